import type { FlagDraft } from "./flag-draft.ts";

/** One input, read but not understood. */
export interface ForeignFile {
  readonly name: string;
  readonly data: unknown;
}

/** What a format makes of its inputs. */
export interface Drafted {
  readonly drafts: readonly FlagDraft[];
  /** Attribute and type, as `sluice.yaml` declares them; empty where the format does not know them. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Which kind the flags were given, as the end of a sentence. */
  readonly kindWords: string;
  readonly problems: readonly { readonly file: string; readonly message: string; readonly fix: string }[];
}
