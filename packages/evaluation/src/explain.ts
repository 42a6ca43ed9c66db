import type { Answer, Cause, Context } from "./answer.ts";
import { compileRead } from "./attribute.ts";
import { customerHash, type SlotOf, slotsOf, unitText } from "./bucketing.ts";
import type { Compiled } from "./compile.ts";
import { compileCondition, type SegmentTests } from "./condition.ts";
import type { Step } from "./draft.ts";
import { unknownFlag } from "./evaluate.ts";
import { listPart, readBasics } from "./flag-form.ts";
import { isListedIn } from "./listed-hashes.ts";
import { isPresent } from "./operators.ts";
import { readShare } from "./rule.ts";
import { isRecord, isStringList, ownValue, type UnknownRecord } from "./shape.ts";
import type { Version } from "./snapshot-form.ts";

/** One condition with what it was asked about. `input` is absent where the attribute is missing or the condition is a group. */
export interface ConditionTrace {
  /**
   * `all`, `any`, `not`, `segment` or an operator; `in` and the name of a list, whose length is the operand; `serves`: a prerequisite, with the
   * variants that let it pass and the one that the other flag answers.
   */
  readonly operator: string;
  /** Attribute path, segment id, or the key of a prerequisite. */
  readonly path?: string;
  readonly operand?: unknown;
  readonly input?: unknown;
  readonly outcome: "true" | "false" | "broken";
  readonly parts?: readonly ConditionTrace[];
}

/** Whom a share or split counts, and where they lie. */
export interface ShareTrace {
  /** Attribute path of the unit. */
  readonly path: string;
  /** Absent where the attribute is missing. */
  readonly input?: unknown;
  /** The unit's place, from 0 below 100,000; absent where the input is no unit, which no share takes in. */
  readonly slot?: number;
  /** In 1/100,000: units at places below it are taken in. */
  readonly share: number;
}

/** One step of the precedence, in order, up to the one that decided. */
export interface StepTrace {
  readonly cause: Cause;
  /** Rule id, kill id, prerequisite: whatever the cause names. */
  readonly by?: string;
  readonly condition?: ConditionTrace;
  /** Of a rule whose condition holds and that a share or split decides, or of an exposure whose rest is counted. */
  readonly share?: ShareTrace;
  readonly problem?: string;
  readonly outcome: "decided" | "passed" | "skipped";
}

/** Why a flag answers what it answers for one context. `answer` is what `evaluate` gives. */
export interface Trace {
  readonly flag: string;
  readonly version: Version;
  readonly steps: readonly StepTrace[];
  readonly answer: Answer;
}

/** Conditions below this level are not traced in parts; conditions are broken there anyway. */
const PARTS_DEPTH_MAX = 64;
/** Segments inside segments are shown this many levels down: deeper ones are broken, or a chain that nobody reads to its end. */
const SEGMENTS_SHOWN_DEPTH_MAX = 8;

/**
 * Asks a flag step by step and writes down each step until one decides. Walks the plan that `evaluate` was made from, but not its closure,
 * so that the two can be held against each other. Total; costs far more than `evaluate`.
 */
export function explain(compiled: Compiled, flag: string, context: Context): Trace {
  const { tables, version } = compiled;
  const plan = tables.planOf(flag);
  if (plan === undefined) return { flag, version, steps: [], answer: unknownFlag };
  const steps: StepTrace[] = [];
  const { salt, customer = "customer" } = tables.envelope;
  const segments: Segments = { test: (id) => tables.segmentOf(id).test, form: (id) => tables.segmentFormOf(id), hash: (unit) => customerHash(salt, unit) };
  const asked: Asked = { tables, flag, form: tables.formOf(flag), customer, place: { context, segments, depth: 0, above: [] } };
  for (const step of plan.steps) {
    const answer = ask(step, context);
    const condition = traceAsked(step, asked);
    const share = condition === undefined || condition.outcome === "true" ? traceShare(step, asked) : undefined;
    steps.push({ ...traceStep(step, answer), ...(condition === undefined ? {} : { condition }), ...(share === undefined ? {} : { share }) });
    if (answer !== undefined) return { flag, version, steps, answer };
  }
  steps.push({ cause: "default", outcome: "decided" });
  return { flag, version, steps, answer: plan.last };
}

function ask(step: Step, context: Context): Answer | undefined {
  switch (step.kind) {
    case "skipped":
      return undefined;
    case "decided":
      return step.decide(context);
    case "fixed":
      return step.when === true || (step.when !== false && step.when(context)) ? step.answer : undefined;
  }
}

function traceStep(step: Step, answer: Answer | undefined): StepTrace {
  const { cause, by } = step.label;
  const problem = step.kind === "decided" ? undefined : step.problem;
  return {
    cause,
    ...(by === undefined ? {} : { by }),
    ...(problem === undefined ? {} : { problem }),
    outcome: step.kind === "skipped" ? "skipped" : answer === undefined ? "passed" : "decided",
  };
}

/** The flag and the context that are explained. */
interface Asked {
  readonly tables: Compiled["tables"];
  readonly flag: string;
  readonly form: unknown;
  /** Attribute path of the customer. */
  readonly customer: string;
  readonly place: Place;
}

/** What a step asks about the context; undefined where it asks nothing that its form says. */
function traceAsked({ label }: Step, asked: Asked): ConditionTrace | undefined {
  const { cause, by = "", at = 0 } = label;
  if (cause === "kill") return traceScope(asked.tables.killFormOn(asked.flag, by)?.scope, asked);
  if (!isRecord(asked.form)) return undefined;
  if (cause === "prerequisite") return tracePrerequisite(listPart(asked.form, "prerequisites")?.[at], asked);
  if (cause === "exposure") return traceExposure(ownValue(asked.form, "exposure"), asked);
  const rule = cause === "rule" ? ruleOf(label, asked.form) : undefined;
  const condition = cause === "ineligible" ? ownValue(asked.form, "eligible") : rule && ownValue(rule, "if");
  return condition === undefined ? undefined : traceCondition(condition, asked.place);
}

function tracePrerequisite(item: unknown, { tables, place }: Asked): ConditionTrace | undefined {
  const [path, serves] = isRecord(item) ? [ownValue(item, "flag"), ownValue(item, "serves")] : [];
  if (typeof path !== "string" || !isStringList(serves)) return undefined;
  const variant = tables.decisionOf(path)?.(place.context).variant;
  const outcome = variant !== undefined && serves.includes(variant) ? "true" : "false";
  return { operator: "serves", path, operand: serves, ...(variant === undefined ? {} : { input: variant }), outcome };
}

/** A scope without parts about the context covers everybody who asks here: nothing to tell. */
function traceScope(scope: unknown, asked: Asked): ConditionTrace | undefined {
  if (!isRecord(scope)) return undefined;
  const [customers, segment] = [ownValue(scope, "customers"), ownValue(scope, "segment")];
  const parts = [
    ...(isStringList(customers) ? [traceCustomerIn("customers", customers, asked)] : []),
    ...(typeof segment === "string" ? [traceCondition(["segment", segment], asked.place)] : []),
  ];
  // A segment that cannot be read covers everybody (towards off).
  return parts.length === 0 ? undefined : { operator: "all", outcome: parts.some(({ outcome }) => outcome === "false") ? "false" : "true", parts };
}

function traceExposure(exposure: unknown, asked: Asked): ConditionTrace | undefined {
  if (!isRecord(exposure)) return undefined;
  const [keys = [], except = [], rest] = [ownValue(exposure, "keys"), ownValue(exposure, "except"), ownValue(exposure, "rest")];
  if (!isStringList(keys) || !isStringList(except)) return undefined;
  const has = traceCustomerIn("keys", keys, asked);
  if (rest !== true) return has;
  const isOther: ConditionTrace = { operator: "not", ...outcomeOf(traceCustomerIn("except", except, asked)) };
  return { operator: "any", outcome: has.outcome === "true" || isOther.outcome === "true" ? "true" : "false", parts: [has, isOther] };
}

/** Customers are texts: whoever is none is not among the others either. */
function outcomeOf(part: ConditionTrace): Pick<ConditionTrace, "outcome" | "parts"> {
  return { outcome: part.outcome === "true" || typeof part.input !== "string" ? "false" : "true", parts: [part] };
}

/** Whether the context's customer is in a list of hashes. */
function traceCustomerIn(name: string, hashes: readonly string[], { customer, place }: Asked): ConditionTrace {
  const input = compileRead(customer)(place.context);
  return traceList({ name, list: hashes, path: customer, input }, typeof input === "string" ? place.segments.hash(input) : undefined);
}

interface ListAsked {
  readonly name: string;
  readonly list: readonly string[];
  readonly path: string;
  readonly input: unknown;
}

/** A list is told as whether somebody is in it, and by its length: it may be too long to show. */
function traceList({ name, list, path, input }: ListAsked, member: string | undefined): ConditionTrace {
  const outcome = isListedIn(list)(member) ? "true" : "false";
  return { operator: `in ${name}`, path, operand: list.length, ...(isPresent(input) ? { input } : {}), outcome };
}

function ruleOf({ at }: Step["label"], form: UnknownRecord): UnknownRecord | undefined {
  const rule = at === undefined ? undefined : listPart(form, "rules")?.[at];
  return isRecord(rule) ? rule : undefined;
}

/** Whom a share counts, and by what. */
interface Counted {
  readonly path: string;
  readonly share: number;
  readonly slotOf: SlotOf;
}

function traceShare(step: Step, asked: Asked): ShareTrace | undefined {
  const counted = countedBy(step, asked);
  if (counted === undefined) return undefined;
  const { path, share, slotOf } = counted;
  const input = compileRead(path)(asked.place.context);
  const unit = unitText(input);
  return { path, ...(isPresent(input) ? { input } : {}), ...(unit === undefined ? {} : { slot: slotOf(unit) }), share };
}

/** A rule that serves one variant to all whom its condition takes in counts nobody; nor does an exposure without a rest. */
function countedBy(step: Step, { flag, form, customer }: Asked): Counted | undefined {
  const basics = readBasics(flag, form);
  if (!isRecord(form) || typeof basics === "string") return undefined;
  if (step.label.cause === "exposure") {
    const exposure = ownValue(form, "exposure");
    const share = isRecord(exposure) && ownValue(exposure, "rest") === true ? ownValue(exposure, "share") : undefined;
    return typeof share === "number" ? { path: customer, share, slotOf: slotsOf(`${basics.salt}:exposure`) } : undefined;
  }
  const rule = step.kind === "decided" && step.label.cause === "rule" ? ruleOf(step.label, form) : undefined;
  const serve = rule === undefined ? undefined : ownValue(rule, "serve");
  const parts = isRecord(serve) ? readShare(basics.salt, serve) : "no share";
  return typeof parts === "string" ? undefined : { path: parts.by, share: parts.share, slotOf: parts.shareSlot };
}

interface Segments {
  readonly test: SegmentTests;
  readonly form: (id: string) => unknown;
  /** A unit as runtime lists hold it. */
  readonly hash: (unit: string) => string;
}

/** Where in a condition, and through which segments, a trace is. */
interface Place {
  readonly context: Context;
  readonly segments: Segments;
  readonly depth: number;
  readonly above: readonly string[];
}

function traceCondition(condition: unknown, place: Place): ConditionTrace {
  const { context, segments, depth } = place;
  const compiled = compileCondition(condition, segments.test, depth);
  const outcome = compiled.ok ? (compiled.value(context) ? "true" : "false") : "broken";
  if (!Array.isArray(condition) || depth > PARTS_DEPTH_MAX) return { operator: "?", outcome };
  const [tag, ...rest] = condition as readonly unknown[];
  const operator = typeof tag === "string" ? tag : "?";
  if (operator === "all" || operator === "any" || operator === "not") {
    return { operator, outcome, parts: rest.map((part) => traceCondition(part, { ...place, depth: depth + 1 })) };
  }
  const [path, operand] = rest;
  if (typeof path !== "string") return { operator, outcome };
  if (operator === "segment") return { operator, path, outcome, ...partsOfSegment(path, place) };
  const input = compileRead(path)(context);
  return { operator, path, operand, ...(isPresent(input) ? { input } : {}), outcome };
}

/** What a segment decided by: its lists and its condition. */
function partsOfSegment(id: string, place: Place): { readonly parts?: readonly ConditionTrace[] } {
  const form = place.segments.form(id);
  if (!isRecord(form) || place.above.includes(id) || place.above.length > SEGMENTS_SHOWN_DEPTH_MAX) return {};
  const by = ownValue(form, "by") ?? "targetingKey";
  const unit = typeof by === "string" ? compileRead(by)(place.context) : undefined;
  const text = unitText(unit);
  const lists = (["exclude", "include", "hashes"] as const).flatMap((name): readonly ConditionTrace[] => {
    const list = ownValue(form, name);
    if (!isStringList(list) || typeof by !== "string") return [];
    return [traceList({ name, list, path: by, input: unit }, name === "hashes" && text !== undefined ? place.segments.hash(text) : text)];
  });
  const condition = ownValue(form, "if");
  const inner = condition === undefined ? [] : [traceCondition(condition, { ...place, depth: 0, above: [...place.above, id] })];
  return { parts: [...lists, ...inner] };
}
