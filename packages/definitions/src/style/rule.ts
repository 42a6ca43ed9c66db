import type { JsonValue } from "@sluice/evaluation";
import type { DiagnosticCode } from "../diagnostic-catalogue.ts";
import type { Finding, Span } from "../diagnostic.ts";
import type { FlagFile } from "../flag-file.ts";
import type { FlagTest } from "../test-file.ts";
import type { CaseName } from "./case-style.ts";

/** How much a rule weighs in a project. */
export type Severity = "off" | "warning" | "error";

/** What a rule lets a project set; its kind is that of the rule's own value. */
export type OptionValue = number | string | readonly string[];

/** Options by name. */
export type Options = Readonly<Record<string, OptionValue>>;

/** A flag as it stood before the change: at the commit that files are compared with. */
export interface FlagBefore {
  readonly path: string;
  readonly type?: string;
  readonly expires?: string;
  readonly extensions: number;
  /** What it serves, as text to compare by; empty where it had mistakes. */
  readonly forms: string;
  /** Its former keys; absent where it had none. */
  readonly aliases?: readonly string[];
}

/** A rule that a project wrote as JavaScript, as its module exports it: given a flag's whole file, it says what is wrong with it. */
export type ModuleRule = (flag: JsonValue) => unknown;

/** What files alone do not say. Each may be missing; a rule that needs it then stays silent. */
export interface StyleFacts {
  /** `YYYY-MM-DD`. */
  readonly today?: string;
  /** Flags before the change, by key; a flag that is not among them is new. */
  readonly before?: ReadonlyMap<string, FlagBefore>;
  /** Entries of the baseline before the change, as `rule key`. */
  readonly baselineBefore?: ReadonlySet<string>;
  /** Keys of flags that were removed, each with when and where. */
  readonly tombstones?: ReadonlyMap<string, string>;
  /** Names by which people are known in Git, in lower case. */
  readonly people?: ReadonlySet<string>;
  /** Modules of the project's own rules by their paths, where whoever looks has agreed to run them. */
  readonly modules?: ReadonlyMap<string, ModuleRule>;
  /** Teams that CODEOWNERS names, as `@company/team-billing` is `team-billing`. */
  readonly codeOwners?: ReadonlySet<string>;
}

/** The project as rules see it. */
export interface StyleWorld {
  readonly flags: ReadonlyMap<string, FlagFile>;
  /** The keys of all flags: the same list as before while no key came or went. */
  readonly keys: readonly string[];
  readonly tests: readonly FlagTest[];
  readonly teams: readonly string[];
  readonly facts: StyleFacts;
  /** Flags in a row below a flag, by prerequisites. */
  readonly heightOf: (flag: string) => number;
}

/** What a rule looks at beside the flag. */
export interface RuleContext {
  readonly world: StyleWorld;
  readonly caseName: CaseName;
  /** Whether keys have parts between dots, the first of them an area. */
  readonly hasAreas: boolean;
  /** Registered areas with their owners; empty where none are. */
  readonly areas: ReadonlyMap<string, string>;
  readonly options: Options;
}

/** What a rule says of one flag. */
export interface StyleFinding extends Omit<Finding, "code" | "severity"> {
  readonly span: Span;
  /** The part of the flag that the span is in; absent where it is in the flag's own file. */
  readonly part?: string;
  /** It stays a warning, whatever the rule weighs. */
  readonly cap?: "warning";
}

/** What every rule of the style guide says of itself, whatever it looks at. */
export interface RuleEntry {
  readonly id: DiagnosticCode;
  readonly severity: Severity;
  /** Why, in a sentence or two, for whoever is told. */
  readonly rationale: string;
  readonly bad: string;
  readonly good: string;
  /** Whether `sluice validate --fix` mends it. */
  readonly repair: "automatic" | "suggested" | "none";
  readonly options: Options;
}

/** A rule of the style guide: pure, over one flag with its places and what is known of the project. */
export interface StyleRule extends RuleEntry {
  /**
   * `flag`: whether it finds something depends on the flag, the guide and the facts alone, so a flag that was right stays right while they
   * stay. `project`: it also looks at other flags or at expectations.
   */
  readonly looksAt: "flag" | "project";
  readonly check: (flag: FlagFile, context: RuleContext) => readonly StyleFinding[];
}

/** Reads a number among the options; the configuration has checked its kind. */
export function numberOption(options: Options, name: string): number {
  const value = options[name];
  return typeof value === "number" ? value : 0;
}

/** Reads a list of words among the options. */
export function wordsOption(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value : [];
}

/** Reads a text among the options. */
export function textOption(options: Options, name: string): string {
  const value = options[name];
  return typeof value === "string" ? value : "";
}

/** What several flags are asked for once: built at the first question about a project, and dropped with it. */
export const perWorld = <T>(build: (world: StyleWorld) => T): ((world: StyleWorld) => T) => remembered((world) => world, build);

/** The same of the keys alone: an edit that adds and removes no flag builds nothing. */
export function perKeys<T>(build: (keys: readonly string[]) => T): (world: StyleWorld) => T {
  return remembered(
    ({ keys }) => keys,
    ({ keys }) => build(keys),
  );
}

function remembered<T>(of: (world: StyleWorld) => object, build: (world: StyleWorld) => T): (world: StyleWorld) => T {
  const known = new WeakMap<object, { readonly built: T }>();
  return (world) => {
    const key = of(world);
    const before = known.get(key);
    if (before !== undefined) return before.built;
    const built = build(world);
    known.set(key, { built });
    return built;
  };
}

/** Where a flag's key stands; its first character where it is nowhere. */
export const keySpanOf = (flag: FlagFile): Span => flag.keySpan ?? { start: 0, end: 1 };

/** Where a field's value stands, or the key where the field is missing. */
export const fieldSpan = (flag: FlagFile, name: string): Span => flag.fields.get(name)?.span ?? keySpanOf(flag);

/** A text of one of the flag's fields. */
export function fieldText(flag: FlagFile, name: string): string | undefined {
  const value = flag.fields.value(name);
  return typeof value === "string" ? value : undefined;
}

/** True only where it is known that the flag was not there before. */
export const isNew = (flag: FlagFile, { facts }: StyleWorld): boolean => facts.before !== undefined && flag.key !== undefined && !facts.before.has(flag.key);

/** Puts a field on a line of its own below another one, in block style; undefined where the flag is written in one line. */
export function insertField(flag: FlagFile, after: string, line: string): { readonly start: number; readonly end: number; readonly text: string } | undefined {
  const place = flag.fields.get(after);
  return place?.lineEnd === undefined ? undefined : { start: place.lineEnd, end: place.lineEnd, text: `\n${line}` };
}
