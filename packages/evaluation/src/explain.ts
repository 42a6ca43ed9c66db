import type { Answer, Cause, Context } from "./answer.ts";
import { compileRead } from "./attribute.ts";
import { customerHash, slotsOf, unitText } from "./bucketing.ts";
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
  const form = tables.formOf(flag);
  const { salt } = tables.envelope;
  const segments: Segments = { test: (id) => tables.segmentOf(id).test, form: (id) => tables.segmentFormOf(id), hash: (unit) => customerHash(salt, unit) };
  for (const step of plan.steps) {
    const answer = ask(step, context);
    const condition = conditionOf(step, form);
    const place = { context, segments, depth: 0, above: [] };
    const traced = condition === undefined ? traceOther(step, { tables, flag, place }) : traceCondition(condition, place);
    const share =
      traced === undefined || traced.outcome === "true" ? (traceShare(step, flag, form, context) ?? traceRest(step, { tables, flag, place })) : undefined;
    steps.push({ ...traceStep(step, answer), ...(traced === undefined ? {} : { condition: traced }), ...(share === undefined ? {} : { share }) });
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

function conditionOf(step: Step, form: unknown): unknown {
  if (isRecord(form) && step.label.cause === "ineligible") return ownValue(form, "eligible");
  const rule = ruleOf(step, form);
  return rule === undefined ? undefined : ownValue(rule, "if");
}

/** What a step asks that has no condition in its form: another flag's answer, a kill's scope, who has the released value. */
function traceOther({ label: { cause, by = "", at = 0 } }: Step, { tables, flag, place }: Asked): ConditionTrace | undefined {
  const form: unknown = tables.formOf(flag);
  if (cause === "kill") return traceScope(tables.killFormOn(flag, by)?.scope, { tables, flag, place });
  if (cause === "prerequisite" && isRecord(form)) return tracePrerequisite(listPart(form, "prerequisites")?.[at], { tables, flag, place });
  return cause === "exposure" && isRecord(form) ? traceExposure(ownValue(form, "exposure"), { tables, flag, place }) : undefined;
}

interface Asked {
  readonly tables: Compiled["tables"];
  readonly flag: string;
  readonly place: Place;
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

/** Where a customer of the rest lies, of whom a share has the released value. */
function traceRest({ label: { cause } }: Step, { tables, flag, place: { context } }: Asked): ShareTrace | undefined {
  const form: unknown = tables.formOf(flag);
  const exposure = cause === "exposure" && isRecord(form) ? ownValue(form, "exposure") : undefined;
  const [share, rest] = isRecord(exposure) ? [ownValue(exposure, "share"), ownValue(exposure, "rest")] : [];
  const basics = readBasics(flag, form);
  if (rest !== true || typeof share !== "number" || typeof basics === "string") return undefined;
  const path = tables.envelope.customer ?? "customer";
  const input = compileRead(path)(context);
  const text = unitText(input);
  return { path, ...(isPresent(input) ? { input } : {}), ...(text === undefined ? {} : { slot: slotsOf(`${basics.salt}:exposure`)(text) }), share };
}

function outcomeOf(part: ConditionTrace): Pick<ConditionTrace, "outcome" | "parts"> {
  return { outcome: part.outcome === "true" || part.input === undefined ? "false" : "true", parts: [part] };
}

/** Whether the context's customer is in a list of hashes. */
function traceCustomerIn(list: string, hashes: readonly string[], { tables, place: { context, segments } }: Asked): ConditionTrace {
  const path = tables.envelope.customer ?? "customer";
  const input = compileRead(path)(context);
  const text = typeof input === "string" ? unitText(input) : undefined;
  const isListed = text !== undefined && hashes.includes(segments.hash(text));
  return { operator: `in ${list}`, path, operand: hashes.length, ...(isPresent(input) ? { input } : {}), outcome: isListed ? "true" : "false" };
}

function ruleOf({ label: { cause, at } }: Step, form: unknown): UnknownRecord | undefined {
  const rule = isRecord(form) && cause === "rule" && at !== undefined ? listPart(form, "rules")?.[at] : undefined;
  return isRecord(rule) ? rule : undefined;
}

/** A rule that serves one variant to all whom its condition takes in has no share to tell of. */
function traceShare(step: Step, flag: string, form: unknown, context: Context): ShareTrace | undefined {
  const rule = step.kind === "decided" ? ruleOf(step, form) : undefined;
  const serve = rule === undefined ? undefined : ownValue(rule, "serve");
  const basics = readBasics(flag, form);
  const parts = isRecord(serve) && typeof basics !== "string" ? readShare(basics.salt, serve) : "no share";
  if (typeof parts === "string") return undefined;
  const input = compileRead(parts.by)(context);
  const unit = unitText(input);
  return { path: parts.by, ...(isPresent(input) ? { input } : {}), ...(unit === undefined ? {} : { slot: parts.shareSlot(unit) }), share: parts.share };
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

/** What a segment decided by: its lists, told as whether the unit is in them, and its condition. Lists themselves are too long to show. */
function partsOfSegment(id: string, place: Place): { readonly parts?: readonly ConditionTrace[] } {
  const form = place.segments.form(id);
  if (!isRecord(form) || place.above.includes(id) || place.above.length > SEGMENTS_SHOWN_DEPTH_MAX) return {};
  const by = ownValue(form, "by") ?? "targetingKey";
  const unit = typeof by === "string" ? compileRead(by)(place.context) : undefined;
  const text = unitText(unit);
  const lists = (["exclude", "include", "hashes"] as const).flatMap((name): readonly ConditionTrace[] => {
    const list = ownValue(form, name);
    if (!isStringList(list) || typeof by !== "string") return [];
    const isListed = text !== undefined && isListedIn(list)(name === "hashes" ? place.segments.hash(text) : text);
    return [{ operator: `in ${name}`, path: by, operand: list.length, ...(isPresent(unit) ? { input: unit } : {}), outcome: isListed ? "true" : "false" }];
  });
  const condition = ownValue(form, "if");
  const inner = condition === undefined ? [] : [traceCondition(condition, { ...place, depth: 0, above: [...place.above, id] })];
  return { parts: [...lists, ...inner] };
}
