import {
  canonicalJson,
  type Condition,
  isListedIn,
  isOperatorName,
  operators,
  type FlagForm,
  type JsonValue,
  type RuleForm,
  type SegmentForm,
  type ShareForm,
} from "@sluice/evaluation";

/** A flag as it would be served, and the segments that its conditions name. */
export interface JudgedForm {
  readonly form: FlagForm;
  readonly segment: (key: string) => SegmentForm | undefined;
}

/** Why a change is not proved harmless, in sentences for people; empty: it is. */
export type Enlargements = readonly string[];

/**
 * Whether the later form gives a non-off variant to somebody who does not get the very same now (semantics 10). Judged by structure, never by
 * samples: what is not proved harmless is listed. Harmless is what only takes away (to the off variant) or changes nothing; an answer is
 * traced through prerequisites, eligibility, rules, shares and segments. `before` is absent for a flag that is not served yet, which answers
 * the caller's default, as `off` would. Who is exposed by a release is not looked at: they have it before and after.
 */
export function enlargementsOf(before: JudgedForm | undefined, after: JudgedForm): Enlargements {
  const outcomes = servedBy(after.form).filter(({ serve }) => serve !== offOf(after.form));
  if (before === undefined) return outcomes.map(({ name }) => `It is new, and ${name} serves ${variantsOf(outcomes, name)} at once.`);
  const reasons = [...changedVariants(before.form, after.form)];
  if (outcomes.length === 0) return reasons;
  return [...reasons, ...widerGates(before, after), ...widerRules(before, after)];
}

/** Whether both answer everybody alike, by structure: what a flag must do that another one asks to be off. */
export function isSameForm(before: JudgedForm | undefined, after: JudgedForm): boolean {
  return before !== undefined && enlargementsOf(before, after).length === 0 && enlargementsOf(after, before).length === 0;
}

/**
 * The one variant that everybody gets by the form's pins, rules, shares and default, by structure; by a gate that fails they get off. `undefined`
 * where it may be another for some. Exposure is not looked at.
 */
export function servesOneVariant(form: FlagForm): string | undefined {
  const [first, ...others] = servedBy(form);
  return others.every(({ serve }) => serve === first?.serve) ? first?.serve : undefined;
}

/** Whether nobody gets anything but the off variant, by structure. */
export const isOffForAll = (form: FlagForm): boolean =>
  servesOneVariant(form) === offOf(form) && (form.exposure === undefined || form.exposure.serve === offOf(form));

/** Whether a form gives anybody a variant that is not its off variant, by itself. */
export const servesSomething = (form: FlagForm): boolean => servedBy(form).some(({ serve }) => serve !== offOf(form));

interface Outcome {
  readonly name: string;
  readonly serve: string;
}

const variantsIn = ({ variants }: FlagForm): Readonly<Record<string, JsonValue>> => variants ?? { on: true, off: false };
const offOf = ({ off }: FlagForm): string => off ?? "off";
const defaultOf = (form: FlagForm): string => form.default ?? offOf(form);
/** A list of one variant is that variant. */
function shareOf({ serve }: RuleForm): ShareForm {
  if (typeof serve === "string") return { of: serve };
  const [first] = serve.of;
  return typeof serve.of !== "string" && serve.of.length === 1 && Array.isArray(first) ? { ...serve, of: String(first[0]) } : serve;
}

const nameOf = ({ id }: RuleForm, index: number): string => (id === undefined ? `rule ${index + 1}` : `the rule ${id}`);
const variantsOf = (outcomes: readonly Outcome[], name: string): string =>
  [...new Set(outcomes.filter((each) => each.name === name).map(({ serve }) => serve))].join(" and ");

/** Every variant that somebody may get, and by what. */
function servedBy(form: FlagForm): readonly Outcome[] {
  const rules = (form.rules ?? []).flatMap((rule, index): readonly Outcome[] => {
    const { of } = shareOf(rule);
    const served = typeof of === "string" ? [of] : of.map(([variant]) => variant);
    return served.map((serve) => ({ name: nameOf(rule, index), serve }));
  });
  const pins = (form.pins ?? []).map(([, , serve]): Outcome => ({ name: "a pin", serve }));
  const all = [...pins, ...rules, { name: "the default", serve: defaultOf(form) }];
  return all.filter(({ name, serve }, at) => all.findIndex((each) => each.name === name && each.serve === serve) === at);
}

/** Variants that somebody may get by the form itself. */
export const variantsServedBy = (form: FlagForm): ReadonlySet<string> => new Set([offOf(form), ...servedBy(form).map(({ serve }) => serve)]);

function* changedVariants(before: FlagForm, after: FlagForm): Generator<string> {
  const [was, is] = [variantsIn(before), variantsIn(after)];
  if (offOf(before) !== offOf(after)) yield `Off is ${offOf(after)} and no longer ${offOf(before)}.`;
  if ((before.type ?? "boolean") !== (after.type ?? "boolean")) yield `Its type is ${after.type ?? "boolean"} and no longer ${before.type ?? "boolean"}.`;
  const served = new Set([...variantsServedBy(after), ...(after.exposure === undefined ? [] : [after.exposure.serve])]);
  for (const variant of served)
    if (was[variant] !== undefined && canonicalJson(was[variant]) !== canonicalJson(is[variant] ?? null)) yield `The value of ${variant} changes.`;
  // A release may serve any of them.
  for (const variant of Object.keys(was))
    if (!served.has(variant) && canonicalJson(was[variant] ?? null) !== canonicalJson(is[variant] ?? null)) yield `The value of ${variant} changes.`;
}

function* widerGates({ form: before, segment: was }: JudgedForm, { form: after, segment: is }: JudgedForm): Generator<string> {
  for (const gate of before.prerequisites ?? []) {
    const kept = after.prerequisites?.some(({ flag, serves }) => flag === gate.flag && serves.every((variant) => gate.serves.includes(variant)));
    if (kept !== true) yield `It no longer waits for ${gate.flag} to serve ${gate.serves.join(" or ")}.`;
  }
  if (before.eligible !== undefined && !implies({ condition: after.eligible, segment: is }, { condition: before.eligible, segment: was }))
    yield "More may be eligible.";
  if (after.browser === true && before.browser !== true) yield "Pages in browsers get its answers too.";
  if (canonicalJson(before.pins ?? []) !== canonicalJson(after.pins ?? [])) yield "Its pins change.";
}

/** A rule, or the default as the last one. */
interface Step {
  readonly name: string;
  readonly condition: Condition | undefined;
  readonly share: ShareForm;
  readonly segment: JudgedForm["segment"];
  readonly salt: string | undefined;
}

function stepsOf({ form, segment }: JudgedForm): readonly Step[] {
  const steps = (form.rules ?? []).map((rule, index): Step => ({
    name: nameOf(rule, index),
    condition: rule.if,
    share: shareOf(rule),
    segment,
    salt: form.salt,
  }));
  return [...steps, { name: "the default", condition: undefined, share: { of: defaultOf(form) }, segment, salt: form.salt }];
}

/** Each later rule that serves something must be part of one before that served the same, and what came before that one must still do so. */
function* widerRules(before: JudgedForm, after: JudgedForm): Generator<string> {
  const [was, is] = [stepsOf(before), stepsOf(after)];
  for (const [index, step] of is.entries()) {
    if (step.share.of === offOf(after.form)) continue;
    const isProved = was.some((one, at) => {
      if (!servesSame(step, one) || !isWithin(step, one)) return false;
      return was.slice(0, at).every((other) => servesSame(step, other) || is.slice(0, index).some((shadow) => isWithin(other, shadow)));
    });
    const of = typeof step.share.of === "string" ? step.share.of : step.share.of.map(([variant]) => variant).join(" and ");
    if (!isProved) yield `More may get ${of} by ${step.name}.`;
  }
}

const isSplit = ({ share }: Step): boolean => typeof share.of !== "string" && share.of.length > 1;
/** Needs a unit, and takes a part of them. */
const isPlain = (step: Step): boolean => !isSplit(step) && (step.share.share ?? 100_000) === 100_000;
const bucketOf = ({ share, salt }: Step): string => canonicalJson([share.by ?? "", share.salt ?? salt ?? "", share.algorithm ?? ""]);

function servesSame(a: Step, b: Step): boolean {
  return canonicalJson(a.share.of) === canonicalJson(b.share.of) && (!isSplit(a) || bucketOf(a) === bucketOf(b));
}

/** Whoever `a` catches, `b` would catch. */
function isWithin(a: Step, b: Step): boolean {
  if (!implies(a, b)) return false;
  if (isPlain(b)) return true;
  return !isPlain(a) && bucketOf(a) === bucketOf(b) && (a.share.share ?? 100_000) <= (b.share.share ?? 100_000);
}

/** A condition with what its segments are. */
interface Placed {
  readonly condition: Condition | undefined;
  readonly segment: JudgedForm["segment"];
}

/** Deeper ones are not looked into: a definition may not nest deeper in any case. */
const DEPTH_MAX = 64;

/** Whoever `a` holds for, `b` holds for, by structure. False where that is not seen. */
function implies(a: Placed, b: Placed, depth = 0): boolean {
  if (b.condition === undefined) return true;
  if (a.condition === undefined || depth > DEPTH_MAX) return false;
  const [[tag, ...parts], [other, ...others]] = [a.condition, b.condition];
  const under = (part: JsonValue | undefined, of: Placed): Placed => ({
    condition: Array.isArray(part) ? (part as Condition) : undefined,
    segment: of.segment,
  });
  const next = (x: Placed, y: Placed): boolean => implies(x, y, depth + 1);
  if (other === "all" && others.every((part) => next(a, under(part, b)))) return true;
  if (tag === "any" && parts.every((part) => next(under(part, a), b))) return true;
  if (tag === "all" && parts.some((part) => next(under(part, a), b))) return true;
  if (other === "any" && others.some((part) => next(a, under(part, b)))) return true;
  if (tag === "not" && other === "not") return next(under(others[0], b), under(parts[0], a));
  if (tag === "segment" && other === "segment") return parts[0] === others[0] && typeof parts[0] === "string" && isSegmentWithin(parts[0], a, b, depth + 1);
  return isOperatorWithin(a.condition, b.condition);
}

function isOperatorWithin([tag, path, operand]: Condition, [other, otherPath, otherOperand]: Condition): boolean {
  if (path !== otherPath || tag === "all" || tag === "any" || tag === "not" || tag === "segment") return false;
  if (tag === other && canonicalJson(operand ?? null) === canonicalJson(otherOperand ?? null)) return true;
  if (tag === "equals" && other === "in") return isListWithin([operand ?? null], otherOperand);
  if (tag !== other || typeof tag !== "string" || !isOperatorName(tag)) return false;
  const { longer } = operators[tag];
  if (longer === "fewer") return isListWithin(listOf(otherOperand), operand);
  return longer === "more" && isListWithin(listOf(operand), otherOperand);
}

const listOf = (operand: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(operand) ? operand : operand === undefined ? [] : [operand]);

function isListWithin(items: readonly JsonValue[], operand: JsonValue | undefined): boolean {
  const all = new Set(listOf(operand).map((item) => canonicalJson(item)));
  return items.every((item) => all.has(canonicalJson(item)));
}

function isSegmentWithin(key: string, a: Placed, b: Placed, depth: number): boolean {
  const [was, is] = [a.segment(key), b.segment(key)];
  if (was === undefined || is === undefined || (was.by ?? "") !== (is.by ?? "")) return false;
  const isLess = (x: readonly string[] = [], y: readonly string[] = []): boolean => x === y || x.every(isListedIn(y));
  if (!isLess(is.exclude, was.exclude) || !isLess(was.include, is.include) || !isLess(was.hashes, is.hashes)) return false;
  return was.if === undefined || (is.if !== undefined && implies({ condition: was.if, segment: a.segment }, { condition: is.if, segment: b.segment }, depth));
}
