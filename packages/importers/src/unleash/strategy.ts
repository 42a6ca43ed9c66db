import { allOf, type ConditionDraft, type RuleDraft, type ServeDraft } from "../flag-draft.ts";
import { park } from "../parked.ts";
import { type Foreign, listOf, own, recordOf, textOf } from "../record.ts";
import { addresses, allTests, constraintOf, type Test, test } from "./constraint.ts";
import type { Reading } from "./reading.ts";
import { type Shape, splitOf, type Variant, variantsOf } from "./variants.ts";

/** Part of those whom a strategy's constraints let through. */
interface Part {
  readonly condition?: ConditionDraft;
  /** Attributes that they lack. */
  readonly without?: readonly string[];
  /** Absent is all of them. */
  readonly share?: { readonly percent: number; readonly by: string; readonly salt: string };
}

/** The feature that a strategy belongs to. */
export interface Feature {
  readonly shape: Shape;
  readonly variants: readonly Variant[];
}

/** Rules that together let through whom the strategy does, and serve them what it does. Parks what has no exact equal. */
export function rulesOf(strategy: Foreign, feature: Feature, reading: Reading): readonly RuleDraft[] {
  const tests = [...(listOf(own(strategy, "constraints")) ?? []).map((each) => constraintOf(each, reading)), ...segmentTests(strategy, reading)];
  const conditions = allTests(tests);
  if (conditions === undefined) return [];
  const parts = partsOf(strategy, reading);
  return parts.flatMap((part) =>
    servings(strategy, feature, reading)
      .filter((serving) => isPossible(part, serving))
      .map(({ only, serve, split }): RuleDraft => {
        const when = allOf([...conditions, ...[part.condition, only].filter((each) => each !== undefined)]);
        return { ...(when === undefined ? {} : { if: when }), serve: servedTo(part.share, serve, split) };
      }),
  );
}

/** Nobody is counted by what they do not have. */
function isPossible({ share, without: missing = [] }: Part, { split, without = [] }: Serving): boolean {
  return (share === undefined || !without.includes(share.by)) && (split === undefined || !missing.includes(split.by));
}

/** Whether a rule leaves nobody for the next. */
export function endsList({ if: condition, serve }: RuleDraft): boolean {
  return condition === undefined && (typeof serve === "string" || serve["share"] === undefined);
}

function segmentTests(strategy: Foreign, reading: Reading): readonly Test[] {
  return (listOf(own(strategy, "segments")) ?? []).flatMap((id): readonly Test[] => {
    const constraints = reading.segments.get(String(id));
    // A strategy of a segment that is missing lets nobody through.
    return constraints === undefined ? ["never"] : constraints.map((each) => constraintOf(each, reading));
  });
}

function partsOf(strategy: Foreign, reading: Reading): readonly Part[] {
  const name = textOf(strategy, "name") ?? "";
  const parameters = recordOf(own(strategy, "parameters")) ?? {};
  switch (name) {
    case "default":
      return [{}];
    case "userWithId":
      return whoever(listed(parameters, "userIds", (ids) => test(reading.attributes.path("userId", "string"), "in", ids)));
    case "remoteAddress":
      return whoever(listed(parameters, "IPs", (ips) => addresses("remoteAddress", ips, reading)));
    case "gradualRolloutRandom":
      return byChance(percentOf(parameters, "percentage"));
    case "gradualRolloutUserId":
    case "gradualRolloutSessionId": {
      const by = reading.attributes.unit(name === "gradualRolloutUserId" ? "userId" : "sessionId");
      return shareOf({ percent: percentOf(parameters, "percentage"), by, salt: saltOf(parameters, "") });
    }
    case "flexibleRollout":
      return flexible(parameters, reading);
    default:
      return park(`the strategy ${JSON.stringify(name)}, which is code of its own`);
  }
}

function whoever(who: Test): readonly Part[] {
  return who === "never" ? [] : who === "always" ? [{}] : [{ condition: who }];
}

function listed(parameters: Foreign, name: string, of: (items: readonly string[]) => Test): Test {
  const items = (textOf(parameters, name) ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  return items.length === 0 ? "never" : of(items);
}

function percentOf(parameters: Foreign, name: string): number {
  const given = own(parameters, name);
  const percent = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  return typeof percent === "number" && Number.isInteger(percent) && percent >= 0 && percent <= 100
    ? percent
    : park(`a rollout of ${JSON.stringify(given) ?? "nothing"} percent`);
}

function saltOf(parameters: Foreign, otherwise: string): string {
  const salt = textOf(parameters, "groupId") ?? otherwise;
  return salt === "" ? park("a rollout without a groupId") : salt;
}

function byChance(percent: number): readonly Part[] {
  if (percent === 0) return [];
  return percent === 100 ? [{}] : park(`a rollout to ${percent} percent by chance, anew for each question`);
}

/** Who has no unit is never in a share, not even in a whole one. */
function shareOf(share: Part["share"] & object): readonly Part[] {
  if (share.percent === 0) return [];
  return share.percent === 100 ? [{ condition: { [share.by]: { exists: true } } }] : [{ share }];
}

function flexible(parameters: Foreign, reading: Reading): readonly Part[] {
  const percent = percentOf(parameters, "rollout");
  const stickiness = textOf(parameters, "stickiness") ?? "default";
  if (stickiness === "random" || (stickiness === "default" && (percent === 0 || percent === 100))) return byChance(percent);
  const salt = saltOf(parameters, reading.flag);
  if (stickiness !== "default") return shareOf({ percent, by: reading.attributes.unit(stickiness), salt });
  noteChance(["userId", "sessionId"], "are left out", reading);
  const [user, session] = [reading.attributes.unit("userId"), reading.attributes.unit("sessionId")];
  return [{ share: { percent, by: user, salt } }, { condition: is(undefined, [user]), without: [user], share: { percent, by: session, salt } }];
}

function noteChance(fields: readonly string[], what: string, { flag, report }: Reading): void {
  report.add(flag, "rule/chance", `Who has no ${fields.join(" and no ")} is decided by chance in Unleash, anew each time; here they ${what}.`);
}

interface Serving {
  readonly only?: ConditionDraft;
  /** One variant, or the first of `split`. */
  readonly serve: string;
  /** Attributes that they lack. */
  readonly without?: readonly string[];
  readonly split?: { readonly of: ReadonlyMap<string, number>; readonly by: string; readonly salt: string; readonly algorithm: string };
}

/** What those get whom the strategy lets through: a strategy's own variants, else the feature's. */
function servings(strategy: Foreign, { shape, variants }: Feature, reading: Reading): readonly Serving[] {
  const parameters = recordOf(own(strategy, "parameters")) ?? {};
  const read = variantsOf(strategy);
  const mine = typeof read === "string" ? park(read) : read;
  const chosen = (mine.length > 0 ? mine : variants).filter(({ weight }) => weight > 0);
  const [first, ...others] = chosen;
  if (first === undefined) return [{ serve: shape.on }];
  const overrides = chosen.flatMap((variant) => variant.overrides.map((override) => overriding(variant, override, reading)));
  if (others.length === 0) return [...overrides, { serve: first.name }];
  const salt = mine.length > 0 ? saltOf(parameters, reading.flag) : reading.flag;
  const stickiness = first.stickiness ?? (mine.length > 0 ? textOf(parameters, "stickiness") : undefined) ?? "default";
  if (stickiness === "random") return park("variants by chance, anew for each question");
  const { split: of, algorithm } = splitOf(chosen);
  const fields = stickiness === "default" ? ["userId", "sessionId"] : [stickiness];
  const units = fields.map((field) => reading.attributes.unit(field));
  noteChance(fields, "get no variant", reading);
  const splits = units.map((by, at): Serving => ({
    only: is(by, units.slice(0, at)),
    without: units.slice(0, at),
    serve: first.name,
    split: { of, by, salt, algorithm },
  }));
  return [...overrides, ...splits, { only: is(undefined, units), without: units, serve: shape.on }];
}

/** One attribute is there, and none of the others. */
function is(there: string | undefined, missing: readonly string[]): ConditionDraft {
  const conditions = [
    ...missing.map((path): ConditionDraft => ({ [path]: { exists: false } })),
    ...(there === undefined ? [] : [{ [there]: { exists: true } }]),
  ];
  return allOf(conditions) ?? { all: [] };
}

function overriding({ name }: Variant, { field, values }: Variant["overrides"][number], { attributes }: Reading): Serving {
  return { only: test(attributes.path(field, "string"), "in", values), serve: name };
}

function servedTo(share: Part["share"], serve: string, split: Serving["split"]): ServeDraft {
  if (split === undefined) return share === undefined ? serve : { share: share.percent, of: serve, by: share.by, salt: share.salt, algorithm: "unleash-v1" };
  const { of, by, salt, algorithm } = split;
  if (share !== undefined && (share.by !== by || share.salt !== salt)) return park("a share and variants that are counted by different things");
  return { ...(share === undefined ? {} : { share: share.percent }), split: of, by, salt, algorithm };
}
