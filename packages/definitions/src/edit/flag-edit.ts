import type { JsonValue } from "@sluice/evaluation";
import type { EnvironmentText } from "./environment-text.ts";

/** A rule as it shall be: one that stands in the file, by its place, with every byte of it; or a new one. */
export type RuleWanted =
  | { readonly keep: number }
  | { readonly id?: string | undefined; readonly description?: string | undefined; readonly if?: JsonValue | undefined; readonly serve: JsonValue };

/** What a flag is about, besides what it serves. `null` takes a field away. */
export interface FlagFacts {
  readonly description?: string | undefined;
  readonly owner?: string | undefined;
  readonly ticket?: string | null | undefined;
  readonly expires?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** One wish about one flag's file. */
export type FlagEdit =
  | { readonly kind: "facts"; readonly set: FlagFacts }
  /** Values of variants by name; `null` takes a variant away. */
  | { readonly kind: "variants"; readonly set: Readonly<Record<string, JsonValue>> }
  /** What one environment serves; what is not named stays. No rules: `[]`. */
  | { readonly kind: "serving"; readonly environment: string; readonly default?: string | undefined; readonly rules?: readonly RuleWanted[] | undefined }
  /** What another text says for an environment; absent where it says nothing. Put behind `after` where the file does not have the environment. */
  | {
      readonly kind: "environmentOf";
      readonly environment: string;
      readonly said: EnvironmentText | undefined;
      readonly after?: readonly string[];
    };

/** What became of a file. */
export type Edited =
  | { readonly ok: true; readonly text: string }
  /** `unread`: it has mistakes. `notTouched`: it is written in a way that would lose something. `unknownRule`: there is no rule at that place. */
  | { readonly ok: false; readonly why: "unread" | "notTouched" | "unknownRule" };
