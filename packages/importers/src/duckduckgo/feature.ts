import { allOf, type ConditionDraft, type FlagDraft, type ServeDraft, type Yaml } from "../flag-draft.ts";
import { percentagesOf } from "../percent.ts";
import { type Foreign, listOf, own, recordOf, textOf } from "../record.ts";
import { type Asking, stateCondition, targetsCondition, versionCondition } from "./audience.ts";

const FIELDS: ReadonlySet<string> = new Set([
  "state",
  "exceptions",
  "features",
  "minSupportedVersion",
  "maxSupportedVersion",
  "readme",
  "description",
  "rollout",
  "targets",
  "cohorts",
  "settings",
]);
const STATES: ReadonlySet<unknown> = new Set(["enabled", "disabled", "internal", "preview"]);
const ON = "on";
const OFF = "off";
/** A client counts each installation, not each person. */
const UNIT = "targetingKey";

/** One feature or sub-feature as a flag. `parent` is the flag that must be on for it, where the client asks that. */
export function draftOf(
  feature: Foreign,
  { key, about, parent, asking }: { readonly key: string; readonly about: string; readonly parent: string | undefined; readonly asking: Asking },
): FlagDraft {
  reportLeftOut(feature, asking);
  const cohorts = cohortsOf(feature);
  const variants =
    cohorts === undefined
      ? new Map<string, Yaml>([
          [ON, true],
          [OFF, false],
        ])
      : new Map<string, Yaml>([OFF, ...cohorts.map(([name]) => name)].map((name) => [name, name]));
  const base = {
    key,
    description: textOf(feature, "description") ?? textOf(feature, "readme") ?? about,
    kind: cohorts === undefined ? ("release" as const) : ("experiment" as const),
    type: cohorts === undefined ? ("boolean" as const) : ("string" as const),
    variants,
    off: OFF,
    ...(parent === undefined ? {} : { prerequisites: [{ flag: parent, serves: ["on"] }] }),
  };
  const version = versionCondition(feature, asking);
  const eligible = version === undefined || version === "unreadable" ? {} : { eligible: version };
  const who = stateCondition(own(feature, "state"), asking);
  const serve = who === "nobody" || version === "unreadable" ? undefined : servingOf(feature, cohorts, asking);
  if (who === "nobody" || serve === undefined) {
    const waiting = waitingOf(feature);
    return { ...base, ...eligible, default: OFF, rules: [], ...(waiting === undefined ? {} : { parked: waiting }) };
  }
  const condition = allOf(
    [...(who === "everybody" ? [] : [who]), targetsCondition(feature, asking)].filter((each): each is ConditionDraft => each !== undefined),
  );
  if (condition === undefined && serve === ON) return { ...base, ...eligible, default: ON, rules: [] };
  return {
    ...base,
    ...eligible,
    default: OFF,
    rules: [{ ...(condition === undefined ? {} : { if: condition }), serve }],
  };
}

/** What a disabled feature would do once it is enabled: shown to whoever enables it. */
function waitingOf(feature: Foreign): Foreign | undefined {
  const waiting = ["rollout", "targets", "cohorts"].filter((name) => Object.hasOwn(feature, name)).map((name) => [name, own(feature, name)] as const);
  return waiting.length === 0 ? undefined : Object.fromEntries(waiting);
}

function reportLeftOut(feature: Foreign, { flag, report }: Asking): void {
  const state = own(feature, "state");
  if (state === undefined) report.add(flag, "flag/state-inherited", "This file does not say whether it is enabled.");
  else if (!STATES.has(state)) report.add(flag, "input/field", `The state ${JSON.stringify(state) ?? "?"} is unknown, so it is off, as in the clients.`);
  const settings = recordOf(own(feature, "settings"));
  if (settings !== undefined && Object.keys(settings).length > 0)
    report.add(flag, "flag/settings", `Settings left out: ${Object.keys(settings).slice(0, 10).join(", ")}${Object.keys(settings).length > 10 ? ", …" : ""}.`);
  const exceptions = listOf(own(feature, "exceptions")) ?? [];
  if (exceptions.length > 0) report.add(flag, "flag/exceptions", `It is switched off for ${exceptions.length} sites there.`);
  const others = Object.keys(feature).filter((name) => !FIELDS.has(name));
  if (others.length > 0) report.add(flag, "input/field", `Left out: ${others.slice(0, 20).join(", ")}.`);
}

/** Name and weight of each cohort; undefined where there are none that could be variants. */
function cohortsOf(feature: Foreign): readonly (readonly [string, number])[] | undefined {
  const cohorts = (listOf(own(feature, "cohorts")) ?? []).map((each) => recordOf(each) ?? {});
  const read = cohorts.map((each) => [textOf(each, "name") ?? OFF, Number(own(each, "weight") ?? Number.NaN)] as const);
  return read.length === 0 || read.some(([name]) => name === OFF) ? undefined : read;
}

/** What those who are meant get; undefined where nobody gets anything. */
function servingOf(feature: Foreign, cohorts: readonly (readonly [string, number])[] | undefined, asking: Asking): ServeDraft | undefined {
  const { flag, report } = asking;
  const share = shareOf(feature, asking);
  if (share === undefined || share === 0) return undefined;
  if (share < 100) report.add(flag, "rule/reshuffled", `${share} percent of the installations, but not the same ones.`);
  if (cohorts === undefined) {
    if (own(feature, "cohorts") !== undefined)
      report.add(flag, "rule/parked", "Its cohorts have no names that could be variants; it is imported without them.");
    return share === 100 ? ON : { share, of: ON, by: UNIT };
  }
  report.add(flag, "rule/experiment", `It serves ${cohorts.map(([name]) => JSON.stringify(name)).join(" or ")}, else "off".`);
  const found = percentagesOf(cohorts);
  if (found === undefined) {
    report.add(flag, "rule/parked", "No cohort has a weight, so nobody is enrolled; it serves its off variant.");
    return undefined;
  }
  if (!found.isExact) report.add(flag, "rule/rounded", `Weights became ${[...found.percents.values()].join(", ")} percent.`);
  const [only] = found.percents.keys();
  if (found.percents.size === 1 && only !== undefined) return share === 100 ? only : { share, of: only, by: UNIT };
  report.add(flag, "rule/reshuffled", "The cohorts keep their sizes, not their members.");
  return { ...(share === 100 ? {} : { share }), split: found.percents, by: UNIT };
}

/** The last step of the rollout, in percent with three decimals, rounded down; 100 where there is none, undefined where it cannot be read. */
function shareOf(feature: Foreign, { flag, report }: Asking): number | undefined {
  const rollout = own(feature, "rollout");
  if (rollout === undefined) return 100;
  const steps = listOf(own(recordOf(rollout) ?? {}, "steps")) ?? [];
  const percents = steps.map((step) => own(recordOf(step) ?? {}, "percent"));
  const last = percents.at(-1);
  if (typeof last !== "number" || !(last >= 0 && last <= 100)) {
    report.add(flag, "rule/parked", `The last step of its rollout is ${JSON.stringify(last) ?? "missing"}, no percentage; it serves its off variant.`);
    return undefined;
  }
  if (percents.length > 1) report.add(flag, "rule/ramp", `Steps before: ${percents.slice(0, -1).join(", ")} percent.`);
  const share = Math.floor(Number((last * 1000).toFixed(6))) / 1000;
  if (share !== last) report.add(flag, "rule/rounded", `${last} percent became ${share}.`);
  return share;
}
