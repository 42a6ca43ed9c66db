import type { FlagKind } from "@sluice/definitions";
import type { FlagDraft, PrerequisiteDraft, RuleDraft } from "../flag-draft.ts";
import type { Drafted, ForeignFile } from "../foreign-file.ts";
import type { LossReport } from "../loss.ts";
import { Parked } from "../parked.ts";
import { type Foreign, listOf, own, recordOf, textOf } from "../record.ts";
import { Attributes, type Reading } from "./reading.ts";
import { endsList, type Feature, rulesOf } from "./strategy.ts";
import { type Shape, shapeOf, type Variant, variantsOf } from "./variants.ts";

/** Fields that are read, or that say nothing about what is answered. */
const FEATURE_FIELDS: ReadonlySet<string> = new Set(
  "name description type enabled strategies variants dependencies project stale impressionData createdAt lastSeenAt archived".split(" "),
);
const KINDS: Readonly<Record<string, FlagKind>> = {
  release: "release",
  experiment: "experiment",
  operational: "ops",
  "kill-switch": "ops",
  permission: "permission",
};

/** What Unleash's clients are sent: the answer of `/api/client/features`, or the events of `/api/client/delta`. Keys and users are kept. */
export function importUnleash(files: readonly ForeignFile[], report: LossReport): Drafted {
  const features = new Map<string, Foreign>();
  const segments = new Map<string, readonly unknown[]>();
  const problems: { file: string; message: string; fix: string }[] = [];
  for (const { name, data } of files) {
    const file = recordOf(data) ?? {};
    const events = listOf(own(file, "events"));
    if (events !== undefined) for (const event of events) follow(recordOf(event) ?? {}, { features, segments });
    else if (listOf(own(file, "features")) === undefined || own(file, "featureStrategies") !== undefined)
      problems.push({
        file: name,
        message: `${name} is not what Unleash sends its clients.`,
        fix: "Give the answer of /api/client/features of one environment.",
      });
    else take(file, { features, segments });
  }
  const attributes = new Attributes(report);
  const shapes = new Map<string, Known>();
  for (const [key, feature] of features) {
    const known = knownOf(feature);
    if (typeof known === "string") report.add(key, "flag/refused", `Not imported: ${known}.`);
    else shapes.set(key, known);
  }
  const drafts = [...shapes].map(([flag, known]) => draftOf(known, shapes, { flag, segments, features, attributes, report }));
  // Parents have no parents, so they stand before all that wait for them.
  const isChild = ({ prerequisites = [] }: FlagDraft): boolean => prerequisites.length > 0;
  return {
    drafts: [...drafts.filter((draft) => !isChild(draft)), ...drafts.filter(isChild)],
    attributes: attributes.types,
    kindWords: "their kind is Unleash's type, and release where that says nothing",
    problems,
  };
}

interface World {
  readonly features: Map<string, Foreign>;
  readonly segments: Map<string, readonly unknown[]>;
}

function take(file: Foreign, { features, segments }: World): void {
  for (const item of listOf(own(file, "features")) ?? []) {
    const feature = recordOf(item) ?? {};
    const name = textOf(feature, "name");
    if (name !== undefined) features.set(name, feature);
  }
  for (const item of listOf(own(file, "segments")) ?? []) {
    const segment = recordOf(item) ?? {};
    segments.set(String(own(segment, "id")), listOf(own(segment, "constraints")) ?? []);
  }
}

/** One event of the delta API, in order. */
function follow(event: Foreign, world: World): void {
  switch (own(event, "type")) {
    case "hydration":
      world.features.clear();
      world.segments.clear();
      return take(event, world);
    case "feature-updated":
      return take({ features: [own(event, "feature")] }, world);
    case "feature-removed":
      world.features.delete(String(own(event, "featureName")));
      return;
    case "segment-updated":
      return take({ segments: [own(event, "segment")] }, world);
    case "segment-removed":
      world.segments.delete(String(own(event, "segmentId")));
  }
}

interface Known extends Feature {
  readonly feature: Foreign;
  readonly strategies: readonly Foreign[];
}

function knownOf(feature: Foreign): Known | string {
  const strategies = (listOf(own(feature, "strategies")) ?? []).map((each) => recordOf(each) ?? {}).filter((each) => own(each, "disabled") !== true);
  const lists = [feature, ...strategies].map(variantsOf);
  const unreadable = lists.find((list) => typeof list === "string");
  if (typeof unreadable === "string") return unreadable;
  const [variants = [], ...others] = lists.filter((list): list is readonly Variant[] => typeof list !== "string");
  const shape = shapeOf([variants, ...others].flat());
  if (typeof shape === "string") return shape;
  if (strategies.length === 0 && (listOf(own(feature, "strategies")) ?? []).length > 0)
    return "all its strategies are disabled, which Unleash's servers and clients read differently";
  return { feature, strategies: strategies.length === 0 ? [{ name: "default" }] : strategies, variants, shape };
}

function draftOf(known: Known, all: ReadonlyMap<string, Known>, reading: Reading): FlagDraft {
  const { feature, shape, strategies } = known;
  const { flag, report } = reading;
  const others = Object.keys(feature).filter((name) => !FEATURE_FIELDS.has(name));
  if (others.length > 0) report.add(flag, "input/field", `Left out: ${others.slice(0, 20).join(", ")}.`);
  if (shape.type !== "boolean")
    report.add(
      flag,
      "rule/variants",
      `Variants became a ${shape.type} flag: code that asks whether it is on asks here whether the variant is not ${shape.off}.`,
    );
  const draft: FlagDraft = {
    key: flag,
    description: textOf(feature, "description") ?? "Imported from Unleash.",
    kind: KINDS[textOf(feature, "type") ?? ""] ?? "release",
    type: shape.type,
    variants: shape.values,
    off: shape.off,
    default: shape.off,
    rules: [],
  };
  if (own(feature, "enabled") !== true) {
    report.add(flag, "flag/switched-off", "It is off; its strategies are parked.");
    return { ...draft, parked: own(feature, "strategies") };
  }
  const prerequisites = prerequisitesOf(feature, all, reading);
  if (prerequisites === undefined) {
    report.add(flag, "flag/switched-off", "Unleash never switches it on: what it depends on is missing, or has dependencies itself.");
    return { ...draft, parked: own(feature, "strategies") };
  }
  const { rules, parked } = rulesOfAll(strategies, known, reading);
  return { ...draft, ...(prerequisites.length === 0 ? {} : { prerequisites }), rules, ...(parked === undefined ? {} : { parked }) };
}

/** Strategies are asked one after the other until one lets through. From the first on that cannot be kept, all are parked. */
function rulesOfAll(strategies: readonly Foreign[], feature: Feature, reading: Reading): { readonly rules: readonly RuleDraft[]; readonly parked?: unknown } {
  const rules: RuleDraft[] = [];
  for (const [at, strategy] of strategies.entries()) {
    try {
      for (const rule of rulesOf(strategy, feature, reading)) {
        rules.push(rule);
        if (endsList(rule)) return { rules };
      }
    } catch (error) {
      if (!(error instanceof Parked)) throw error;
      reading.report.add(reading.flag, "rule/parked", `After ${rules.length} rules: ${error.message}.`);
      return { rules, parked: strategies.slice(at) };
    }
  }
  return { rules };
}

/** Undefined where the feature can never be on: its parent is missing or has parents of its own. */
function prerequisitesOf(feature: Foreign, all: ReadonlyMap<string, Known>, { features }: Reading): readonly PrerequisiteDraft[] | undefined {
  const prerequisites: PrerequisiteDraft[] = [];
  for (const item of listOf(own(feature, "dependencies")) ?? []) {
    const dependency = recordOf(item) ?? {};
    const flag = textOf(dependency, "feature") ?? "";
    const parent = features.get(flag);
    if (parent === undefined || (listOf(own(parent, "dependencies")) ?? []).length > 0) return undefined;
    const serves = servesOf(dependency, all.get(flag)?.shape);
    if (serves.length === 0) return undefined;
    prerequisites.push({ flag, serves });
  }
  return prerequisites;
}

function servesOf(dependency: Foreign, shape: Shape | undefined): readonly string[] {
  // A parent that was refused has no variants; whoever needs it is refused with it.
  if (shape === undefined) return ["on"];
  if (own(dependency, "enabled") === false) return [shape.off];
  const names = [...shape.values.keys()];
  const wanted = listOf(own(dependency, "variants")) ?? [];
  if (wanted.length === 0) return names.filter((name) => name !== shape.off);
  // Unleash calls it the variant "disabled" where none was chosen; a parent that is off lets nobody through, whatever is wanted.
  return names.filter((name) => name !== shape.off && wanted.includes(name === shape.on ? "disabled" : name));
}
