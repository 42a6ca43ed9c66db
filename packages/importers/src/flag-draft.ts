import type { FlagKind, FlagType } from "@sluice/definitions";

/** What a flag file is written from. Maps keep the order of names that look like numbers. */
export type Yaml = string | number | boolean | null | readonly Yaml[] | ReadonlyMap<string, Yaml> | { readonly [name: string]: Yaml };

/** A condition as flag files write it. */
export type ConditionDraft = { readonly [name: string]: Yaml };

export type ServeDraft = string | { readonly [name: string]: Yaml };

export interface RuleDraft {
  readonly if?: ConditionDraft;
  readonly serve: ServeDraft;
}

/** A flag that must serve one of these variants. */
export interface PrerequisiteDraft {
  readonly flag: string;
  readonly serves: readonly string[];
}

/** One flag on its way into a file; the same in every environment, because foreign files describe one. */
export interface FlagDraft {
  readonly key: string;
  readonly description: string;
  readonly kind: FlagKind;
  readonly type: FlagType;
  readonly variants: ReadonlyMap<string, Yaml>;
  readonly off: string;
  readonly default: string;
  readonly eligible?: ConditionDraft;
  readonly prerequisites?: readonly PrerequisiteDraft[];
  readonly rules: readonly RuleDraft[];
  /** What could not be imported, as it stood: goes into a comment, so that a person can finish the work. */
  readonly parked?: unknown;
}

/** All conditions at once; one alone stays itself, none is none. */
export function allOf(conditions: readonly ConditionDraft[]): ConditionDraft | undefined {
  const [first] = conditions;
  return conditions.length <= 1 ? first : { all: conditions };
}

/** Any of the conditions; one alone stays itself. */
export function anyOf(conditions: readonly ConditionDraft[]): ConditionDraft {
  const [first] = conditions;
  return conditions.length === 1 && first !== undefined ? first : { any: conditions };
}
