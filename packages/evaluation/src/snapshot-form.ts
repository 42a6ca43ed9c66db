/**
 * The snapshot as it travels: plain JSON, one environment, everything an SDK needs and nothing it does not.
 * Readers ignore unknown fields of objects; an unknown operator or condition makes that one rule not match (docs/conditions.md).
 * The JSON Schema is conformance/schema/snapshot.json.
 */

/** The only format number written today. Readers accept any higher number and treat what they do not know as above. */
export const SNAPSHOT_FORMAT = 1;

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * A condition as a tagged array, short on the wire and free of name clashes:
 * `["all", c…]`, `["any", c…]`, `["not", c]`, `["segment", id]`, or `[operator, attributePath, operand]` (operators.ts lists them).
 */
export type Condition = readonly JsonValue[];

/** Who is counted when a share or split is decided: an attribute path; `targetingKey` when absent. */
export interface ShareForm {
  /** Part of the matching units that this rule serves, in 1/100,000; absent means all. 0–100,000. */
  readonly share?: number;
  /** One variant, or variants with weights in 1/100,000 that add up to 100,000. */
  readonly of: string | readonly (readonly [variant: string, weightPer100k: number])[];
  readonly by?: string;
  /** Absent means the flag's salt. */
  readonly salt?: string;
  /** Bucketing algorithm id; absent means `sluice-v1` (bucketing.ts). */
  readonly algorithm?: string;
}

export interface RuleForm {
  readonly id?: string;
  /** Absent matches everybody. */
  readonly if?: Condition;
  readonly serve: string | ShareForm;
}

export interface PrerequisiteForm {
  readonly flag: string;
  /** Variants of the other flag that let this one go on. */
  readonly serves: readonly string[];
}

/** Who has this flag's released value now. Hashes are `customerHash(salt, key)` (bucketing.ts), 16 lower-case hex digits. */
export interface ExposureForm {
  readonly serve: string;
  readonly keys?: readonly string[];
  readonly except?: readonly string[];
  /** Everybody with a customer who is not in `except`. */
  readonly rest?: boolean;
  /** Limits `rest` to this part of the customers, in 1/100,000; absent means all. */
  readonly share?: number;
}

/** `["customer" | "user", hash of the customer key or targetingKey, variant]`. */
export type PinForm = readonly [who: "customer" | "user", hash: string, variant: string];

export interface FlagForm {
  /** Absent means `boolean`. */
  readonly type?: "boolean" | "string" | "number" | "object";
  /** Absent means `{ "on": true, "off": false }`. */
  readonly variants?: Readonly<Record<string, JsonValue>>;
  /** What a kill, a failed prerequisite or ineligibility serves; absent means `off`. */
  readonly off?: string;
  /** Absent means the same variant as `off`. */
  readonly default?: string;
  /** Absent means the flag's key. */
  readonly salt?: string;
  /** True when browsers may be given answers. */
  readonly browser?: boolean;
  readonly prerequisites?: readonly PrerequisiteForm[];
  readonly eligible?: Condition;
  readonly pins?: readonly PinForm[];
  readonly exposure?: ExposureForm;
  readonly rules?: readonly RuleForm[];
  /**
   * The flag that this key was the key of before: the entry answers as that flag's does. Evaluation does not look at it; who makes or
   * patches snapshots does, since a kill of either covers both.
   */
  readonly aliasOf?: string;
}

/** Member of the segment: not in `exclude`, and in `include` or `hashes` or matching `if`. `by` names the attribute the lists hold; `targetingKey` when absent. */
export interface SegmentForm {
  readonly by?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Members of runtime lists, as `customerHash(the snapshot's salt, unit text)`: who they are is nobody's business at an SDK. */
  readonly hashes?: readonly string[];
  readonly if?: Condition;
}

/**
 * Whom a kill covers; absent parts do not narrow it, present parts must all hold, values within a part are alternatives.
 * A part this reader does not know narrows nothing: a kill fails towards off.
 */
export interface KillScope {
  /** Customer hashes. */
  readonly customers?: readonly string[];
  /** Segment id in this snapshot. */
  readonly segment?: string;
  /** Service names as the SDK was configured. */
  readonly services?: readonly string[];
  /** Version range over the SDK's configured application version, as the `semver` operator reads it. An SDK whose version is none is covered. */
  readonly versions?: string;
}

export interface KillForm {
  readonly flags: readonly string[];
  readonly scope?: KillScope;
}

/** Position in one environment's history. Within an epoch an SDK never goes back. */
export interface Version {
  readonly epoch: string;
  readonly seq: number;
}

export interface Snapshot {
  readonly format: number;
  readonly environment: string;
  readonly epoch: string;
  /** Sequence of the last event that changed this environment's content. */
  readonly seq: number;
  /** Epochs this one replaces, newest first, at most 100. */
  readonly replaces?: readonly string[];
  /**
   * How far replaced epochs were seen when their end was found: kills that were in force there at that place are in force here, unless they
   * were lifted since. Absent of an epoch: nobody knows.
   */
  readonly seen?: Readonly<Record<string, number>>;
  /** Attribute path of the customer key; absent means `customer`. */
  readonly customer?: string;
  /** Salt of customer and pin hashes in this environment. */
  readonly salt: string;
  /** Highest adopted counter of each emergency journal: emergency kills up to it are ended by this snapshot. */
  readonly journals?: Readonly<Record<string, number>>;
  /** By segment id: the segment's key, or `key@form` where a kept flag holds an older form. */
  readonly segments?: Readonly<Record<string, SegmentForm>>;
  readonly kills?: Readonly<Record<string, KillForm>>;
  readonly flags: Readonly<Record<string, FlagForm>>;
}

/** The snapshot without its flags. */
export type Envelope = Omit<Snapshot, "flags">;

/**
 * A change of one environment from exactly `base` to `to`. Names in `drop` go, names in `set` are replaced whole. `hashes` alone are
 * changed within a segment, by its id, after its form: those in `drop` leave, those in `set` join, and the list is sorted again. A segment
 * that is not there, or whose hashes cannot be read, stays as it is.
 */
export interface Patch {
  readonly epoch: string;
  readonly base: number;
  readonly to: number;
  readonly set?: PatchParts;
  readonly drop?: {
    readonly flags?: readonly string[];
    readonly segments?: readonly string[];
    readonly kills?: readonly string[];
    readonly hashes?: Readonly<Record<string, readonly string[]>>;
  };
}

export interface PatchParts {
  readonly customer?: string;
  readonly salt?: string;
  readonly journals?: Readonly<Record<string, number>>;
  readonly segments?: Readonly<Record<string, SegmentForm>>;
  readonly kills?: Readonly<Record<string, KillForm>>;
  readonly flags?: Readonly<Record<string, FlagForm>>;
  readonly hashes?: Readonly<Record<string, readonly string[]>>;
}

/**
 * A kill that is in force beside the snapshot: sent before the store could take it (`journal` and `counter` name it),
 * or ahead of a patch that is still being compiled (`seq` is its place in the log).
 * It ends when a snapshot lists its journal with a counter at least as high, or has reached its `seq`. Of an epoch that was replaced, `seq` is
 * a place where it was in force.
 */
export interface UrgentKill extends KillForm {
  readonly id: string;
  readonly epoch: string;
  readonly journal?: string;
  readonly counter?: number;
  readonly seq?: number;
}
