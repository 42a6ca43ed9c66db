import type { FlagGuard } from "@sluice/definitions";
import type { FlagForm, RuleForm } from "@sluice/evaluation";
import { killsOf, namesOf } from "@sluice/releases";
import type { Decisions, FlagKind, KeptFlag } from "@sluice/releases";
import { type AdoptedFlag, type AdoptedProject, flagUnder, type ReadProject } from "./adopted-project.ts";
import { olderForms, treeOf } from "./compile.ts";

/**
 * What a flag does in one environment, read off its form without any context:
 * - `absent`: not served there, so every answer is the code's default;
 * - `killed`: a kill without a scope is in force (a scoped one makes `on` to `partlyOn`);
 * - `off`: every step that could answer serves the off variant;
 * - `on`: no step can answer the off variant to anybody of a customer: a release that has reached every customer makes it so;
 * - `partlyOn`: anything between, prerequisites and `eligible` included.
 */
export type StateWord = "on" | "partlyOn" | "off" | "killed" | "absent";

export interface FlagInEnvironment {
  readonly state: StateWord;
  /** Ids, in code unit order; absent where none. */
  readonly kills?: readonly string[];
  /** Id of the revert in force. */
  readonly revert?: string;
  /** Why the flag is served in an earlier form. */
  readonly kept?: KeptFlag["why"];
}

/** One flag as the console lists it. */
export interface FlagListing {
  readonly key: string;
  readonly description?: string;
  readonly kind: FlagKind;
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** What is watched while customers get it. */
  readonly guards?: readonly FlagGuard[];
  readonly type: "boolean" | "string" | "number" | "object";
  /** Names, in code unit order. */
  readonly variants: readonly string[];
  /** Former keys that are answered as this one is, in code unit order; absent where none. */
  readonly aliases?: readonly string[];
  /** Flags that have this one as a prerequisite in some environment, in code unit order: what a kill takes along. */
  readonly dependants: readonly string[];
  readonly environments: Readonly<Record<string, FlagInEnvironment>>;
}

/** A share of everybody, in thousandths of a percent. */
const WHOLE = 100_000;

interface Served {
  readonly flag: AdoptedFlag;
  readonly form: FlagForm;
}

/** Every flag that some environment serves, as served there, by key. */
export function catalogue(decisions: Decisions, read: ReadProject): readonly FlagListing[] {
  const environments = Object.keys(decisions.environments).sort();
  const served = new Map(environments.map((environment) => [environment, servedIn(decisions, environment, read)]));
  const keys = new Set([...served.values()].flatMap((flags) => [...flags.keys()]));
  for (const key of read(treeOf(decisions.files)).flags.keys()) if (!Object.hasOwn(decisions.aliases, key)) keys.add(key);
  const dependants = dependantsOf([...served.values()]);
  return [...keys].sort().flatMap((key) => {
    const first = [...served.values()].map((flags) => flags.get(key)).find((each) => each !== undefined);
    const flag = read(treeOf(decisions.files)).flags.get(key) ?? first?.flag;
    if (flag === undefined) return [];
    const states = environments.map((environment) => [
      environment,
      inEnvironment(decisions, environment, { key, form: served.get(environment)?.get(key)?.form }),
    ]);
    const [, ...aliases] = namesOf(decisions.aliases, key);
    const names = { key, ...(aliases.length === 0 ? {} : { aliases }) };
    return [{ ...names, ...about(flag, first?.form), dependants: [...(dependants.get(key) ?? [])].sort(), environments: Object.fromEntries(states) }];
  });
}

/** The state word of a form, kills aside. Exported for its own tests. */
export function stateOf(form: FlagForm): "on" | "partlyOn" | "off" {
  const off = form.off ?? "off";
  const served = [...(form.pins ?? []).map(([, , variant]) => variant), ...(form.exposure === undefined ? [] : [form.exposure.serve])];
  if (!reachesEveryCustomer(form.exposure)) served.push(...servedByRules(form));
  if (served.every((variant) => variant === off)) return "off";
  const isGated = form.eligible !== undefined || (form.prerequisites ?? []).length > 0;
  return isGated || served.includes(off) ? "partlyOn" : "on";
}

/** What stands below a release that has reached every customer answers to none of them. */
function reachesEveryCustomer(exposure: FlagForm["exposure"]): boolean {
  return exposure?.rest === true && (exposure.except ?? []).length === 0 && (exposure.share ?? WHOLE) === WHOLE;
}

function servedByRules({ rules = [], off = "off", default: fallback = off }: FlagForm): readonly string[] {
  // What stands below a rule that serves everybody cannot answer.
  const last = rules.findIndex(servesEverybody);
  const reached = (last < 0 ? rules : rules.slice(0, last + 1)).flatMap(({ serve }) => variantsOf(serve));
  return last < 0 ? [...reached, fallback] : reached;
}

function servesEverybody(rule: RuleForm): boolean {
  if (rule.if !== undefined) return false;
  return typeof rule.serve === "string" || (rule.serve.share === undefined && typeof rule.serve.of === "string");
}

function variantsOf(serve: RuleForm["serve"]): readonly string[] {
  if (typeof serve === "string") return [serve];
  return typeof serve.of === "string" ? [serve.of] : serve.of.filter(([, weight]) => weight > 0).map(([variant]) => variant);
}

function about(flag: AdoptedFlag, form: FlagForm | undefined): Omit<FlagListing, "key" | "aliases" | "dependants" | "environments"> {
  return {
    ...(flag.description === undefined ? {} : { description: flag.description }),
    kind: flag.kind,
    ...(flag.owner === undefined ? {} : { owner: flag.owner }),
    ...(flag.tags === undefined ? {} : { tags: flag.tags }),
    ...(flag.guards === undefined ? {} : { guards: flag.guards }),
    type: form?.type ?? "boolean",
    variants: Object.keys(form?.variants ?? { off: false, on: true }).sort(),
  };
}

function inEnvironment(
  decisions: Decisions,
  environment: string,
  { key, form }: { readonly key: string; readonly form: FlagForm | undefined },
): FlagInEnvironment {
  const kills = killsOf(decisions, environment, key);
  const own = decisions.environments[environment];
  const [revert, kept] = [own?.reverts.get(key), own?.kept.get(key)];
  return {
    state: stateWord(form, { isKilled: kills.some(({ scope }) => scope === undefined), isPartlyKilled: kills.length > 0 }),
    ...(kills.length === 0 ? {} : { kills: kills.map(({ id }) => id) }),
    ...(revert === undefined ? {} : { revert: revert.id }),
    ...(kept === undefined ? {} : { kept: kept.why }),
  };
}

function stateWord(form: FlagForm | undefined, { isKilled, isPartlyKilled }: { readonly isKilled: boolean; readonly isPartlyKilled: boolean }): StateWord {
  if (form === undefined) return "absent";
  if (isKilled) return "killed";
  const state = stateOf(form);
  return state === "on" && isPartlyKilled ? "partlyOn" : state;
}

function servedIn(decisions: Decisions, environment: string, read: ReadProject): ReadonlyMap<string, Served> {
  const served = new Map<string, Served>();
  const own = decisions.environments[environment];
  const older: ReadonlyMap<string, AdoptedProject> = own === undefined ? new Map() : olderForms(own, read);
  const sources = [...read(treeOf(decisions.files)).flags].filter(([key]) => !older.has(key));
  for (const [key, project] of older) {
    const flag = flagUnder(project, key);
    if (flag !== undefined) sources.push([key, flag]);
  }
  for (const [key, flag] of sources) {
    const form = Object.hasOwn(decisions.aliases, key) ? undefined : flag.form(environment);
    if (form !== undefined) served.set(key, { flag, form });
  }
  return served;
}

function dependantsOf(environments: readonly ReadonlyMap<string, Served>[]): ReadonlyMap<string, ReadonlySet<string>> {
  const dependants = new Map<string, Set<string>>();
  for (const [key, { form }] of environments.flatMap((served) => [...served])) {
    for (const { flag } of form.prerequisites ?? []) dependants.set(flag, (dependants.get(flag) ?? new Set()).add(key));
  }
  return dependants;
}
