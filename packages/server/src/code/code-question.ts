import type { Diagnostic, KnownFlag, KnownFlags, ParsedProject } from "@sluice/definitions";
import { knownFlags } from "@sluice/definitions";

/** Files of code that are looked through for one change; those that it writes come first. */
export const CODE_FILES_MAX = 20_000;
/** Of all of them, on both sides of the change together, each content once. */
export const CODE_BYTES_MAX: number = 128 * 2 ** 20;
/** Findings told of one change: GitHub shows 500 beside their lines. */
export const CODE_FINDINGS_MAX = 500;

/** What is known of a project's flags, as it goes from one process to another. */
export interface SentFlags {
  readonly flags: readonly KnownFlag[];
  readonly formerKeys: readonly (readonly [former: string, today: string])[];
  readonly brokenKeys: readonly string[];
}

/** A change whose code is to be looked at. Plain data. */
export interface CodeQuestion {
  /** `began`: where the change parted from the branch that it is to be merged into, whose tip is `base`. */
  readonly commits: { readonly base: string; readonly began: string; readonly head: string };
  /** From the repository's root; empty for all of it. At least one. */
  readonly folders: readonly string[];
  /** The text of `sluice.yaml` as the change would have it: it says what is held against what. */
  readonly settings: string;
  readonly before: SentFlags;
  readonly after: SentFlags;
  /** Keys of removed flags, each with when and where. */
  readonly tombstones: readonly (readonly [key: string, when: string])[];
}

/** What the rules about code say of a change. Plain data. */
export interface CodeAnswer {
  /** What the change brings, by paths from the repository's root. */
  readonly diagnostics: readonly Diagnostic[];
  /** Texts of those files that the change writes and something is said of. */
  readonly texts: readonly (readonly [path: string, text: string])[];
  /** Whether it writes or removes a file of code. */
  readonly isTouched: boolean;
  /** In a sentence each: what was not looked at, and why. */
  readonly notes: readonly string[];
}

/** What rules about code need of a project that was read. */
export function sentFlags(parsed: ParsedProject): SentFlags {
  const { flags, formerKeys, brokenKeys } = knownFlags(parsed);
  return {
    flags: [...flags.values()].map(({ key, type, codeDefault, kind, owner }) => ({ key, type, codeDefault, kind, ...(owner === undefined ? {} : { owner }) })),
    formerKeys: [...formerKeys],
    brokenKeys: [...brokenKeys],
  };
}

/** The same, as the rules take it. */
export function flagsOfSent({ flags, formerKeys, brokenKeys }: SentFlags, tombstones: CodeQuestion["tombstones"]): KnownFlags {
  return {
    flags: new Map(flags.map((flag) => [flag.key, flag])),
    formerKeys: new Map(formerKeys),
    brokenKeys: new Set(brokenKeys),
    tombstones: new Map(tombstones),
  };
}
