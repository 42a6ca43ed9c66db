import type { FileReport, Span } from "./diagnostic.ts";
import { Fields, listWords, nearest, readCountUpTo, wordFor } from "./fields.ts";
import type { Tree } from "./yaml-tree.ts";

/** Whose alerts a trigger understands; `generic` is a webhook that is signed in the manner of Standard Webhooks. */
export const TRIGGER_SHAPES = ["generic", "alertmanager", "grafana", "datadog", "pagerduty", "opsgenie"] as const;
export type TriggerShape = (typeof TRIGGER_SHAPES)[number];

/** An alert that may switch these flags off, and no others. */
export interface ProjectTrigger {
  /** Stands in its address and, as `trigger:<name>`, in the log. */
  readonly name: string;
  readonly shape: TriggerShape;
  readonly environment: string;
  /** Armed for it, in the order of the file, each once. */
  readonly flags: readonly string[];
  /** Kills within one hour; at least 1, so that the first is never refused. */
  readonly perHour: number;
}

/** A flag that a trigger names, and where. */
export interface ArmedFlag {
  readonly flag: string;
  readonly span: Span;
  /** How many flags the trigger names: ops and permission flags stand alone. */
  readonly of: number;
}

export const TRIGGER_FIELDS = ["shape", "environment", "flags", "perHour"] as const;
/** What stands in an address and in the name of a file, as it is. */
export const TRIGGER_NAME: RegExp = /^[a-z0-9][a-z0-9-]{0,49}$/;
/** More than the alerts that a company would let switch something off. */
export const TRIGGERS_MAX = 50;
/** One kill takes 500; a list that nobody can read at once arms what nobody meant. */
export const ARMED_FLAGS_MAX = 50;
export const PER_HOUR_MAX = 60;
const PER_HOUR_USUAL = 6;

/** Reads `triggers:`. A trigger with a mistake is told and left out: no flag is kept back for it. */
export function readTriggers(
  fields: Fields,
  report: FileReport,
  environments: readonly string[],
): { readonly triggers: readonly ProjectTrigger[]; readonly armed: readonly ArmedFlag[] } {
  const armed: ArmedFlag[] = [];
  const entries = fields.entries("triggers");
  if (entries.length > TRIGGERS_MAX)
    report.add(fields.tree("triggers")?.span ?? fields.span, {
      code: "field/value",
      message: `There are ${entries.length} triggers; the first ${TRIGGERS_MAX} are armed.`,
      fix: "Leave out those that nobody uses.",
    });
  const triggers = entries.slice(0, TRIGGERS_MAX).flatMap(({ key, keySpan, value }): readonly ProjectTrigger[] => {
    const isNamed = TRIGGER_NAME.test(key);
    if (!isNamed)
      report.add(keySpan, {
        code: "field/value",
        message: `"${key.slice(0, 100)}" is not the name of a trigger.`,
        expected: "small letters, digits and dashes, at most 50",
        fix: "Rename it: it stands in the address that the alert is sent to.",
      });
    const one = Fields.of(report, value, TRIGGER_FIELDS, `The trigger ${key.slice(0, 100)}`);
    if (one === undefined) return [];
    const shape = one.required("shape", "alertmanager") && one.oneOf("shape", TRIGGER_SHAPES);
    const environment = readEnvironment(one, report, environments);
    const flags = readFlags(one, report, armed);
    const perHour = readPerHour(one, report);
    if (!isNamed || shape === undefined || environment === undefined || flags.length === 0 || perHour === undefined) return [];
    return [{ name: key, shape, environment, flags, perHour }];
  });
  return { triggers, armed };
}

function readEnvironment(trigger: Fields, report: FileReport, environments: readonly string[]): string | undefined {
  const tree = trigger.tree("environment");
  const environment = tree === undefined ? "production" : trigger.text("environment", tree);
  if (environment === undefined || environments.includes(environment)) return environment;
  const near = nearest(environment, environments);
  report.add(tree?.span ?? { start: trigger.span.start, end: trigger.span.start + 1 }, {
    code: "flag/unknown-environment",
    message: `The project has no environment "${environment}".`,
    expected: listWords(environments),
    nearest: near,
    fix: `Write environment: ${near ?? environments[0] ?? "production"}`,
  });
  return undefined;
}

function readFlags(trigger: Fields, report: FileReport, armed: ArmedFlag[]): readonly string[] {
  const tree = trigger.required("flags", "[billing.invoice-export]");
  if (tree === undefined) return [];
  const items = trigger.items("flags");
  if (tree.kind === "list" && (items.length === 0 || items.length > ARMED_FLAGS_MAX))
    report.add(tree.span, {
      code: "field/value",
      message: `The trigger names ${items.length} flags.`,
      expected: `1 to ${ARMED_FLAGS_MAX} flags`,
      fix: items.length === 0 ? "Name the flags that its alert may switch off." : "Arm fewer, or use a second trigger.",
    });
  const named = items.slice(0, ARMED_FLAGS_MAX).flatMap((item) => flagOf(item, report));
  const flags = [...new Set(named.map(({ flag }) => flag))];
  armed.push(...named.map(({ flag, span }) => ({ flag, span, of: flags.length })));
  return flags;
}

function flagOf(item: Tree, report: FileReport): readonly { readonly flag: string; readonly span: Span }[] {
  if (item.kind === "value" && typeof item.value === "string") return [{ flag: item.value, span: item.span }];
  report.add(item.span, { code: "field/type", message: `A flag of a trigger is ${wordFor(item)}, where a key belongs.`, fix: "Write the flag's key." });
  return [];
}

function readPerHour(trigger: Fields, report: FileReport): number | undefined {
  const tree = trigger.tree("perHour");
  return tree === undefined ? PER_HOUR_USUAL : readCountUpTo(PER_HOUR_MAX, tree, { report, field: "perHour", fix: `Write perHour: ${PER_HOUR_USUAL}` });
}

/** Flags that a trigger names and cannot switch off: unknown ones, and ops and permission flags beside others. The others of its list stay armed. */
export function checkArmedFlags(armed: readonly ArmedFlag[], flags: ReadonlyMap<string, { readonly kind?: string | undefined }>, report: FileReport): void {
  for (const { flag, span, of } of armed) {
    const known = flags.get(flag);
    if (known === undefined) {
      const near = nearest(flag, flags.keys());
      report.add(span, {
        code: "trigger/unknown-flag",
        message: `There is no flag "${flag.slice(0, 100)}" to arm.`,
        nearest: near,
        fix: near === undefined ? "Name a flag of this project." : `Write "${near}".`,
      });
    } else if (of > 1 && (known.kind === "ops" || known.kind === "permission"))
      report.add(span, {
        code: "trigger/guarded-flag",
        message: `"${flag}" is of kind ${known.kind}, and the trigger names other flags beside it.`,
        fix: `Give ${flag} a trigger of its own: ops and permission flags are killed one by one.`,
      });
  }
}
