import type { Answer } from "./answer.ts";
import { compileRead, type Test } from "./attribute.ts";
import { algorithmOf, SLOTS, unitText, type SlotOf } from "./bucketing.ts";
import { compileCondition } from "./condition.ts";
import { quote, serve, type Decide, type Draft, type Equality, type Label, type Step } from "./draft.ts";
import { isCount, isRecord, ownValue, type UnknownRecord } from "./shape.ts";

/** Members that this evaluator reads. One that it does not know may narrow the rule: it then matches nobody, as with an unknown operator. */
const RULE_MEMBERS = ["id", "if", "serve"];
const SHARE_MEMBERS = ["share", "of", "by", "salt", "algorithm"];

/** Compiles one rule to a step, or says why it cannot match. */
export function compileRule(draft: Draft, rule: UnknownRecord, label: Label): Step | string {
  const unknown = unknownMember(rule, RULE_MEMBERS);
  if (unknown !== undefined) return unknown;
  const condition = ownValue(rule, "if");
  const test = condition === undefined ? undefined : compileCondition(condition, draft.around.segments);
  if (test?.ok === false) return test.problem;
  const matches = test?.value;
  const what = ownValue(rule, "serve");
  const share: UnknownRecord | undefined = isRecord(what) ? what : undefined;
  if (share === undefined) return fixed(draft, label, what, { matches, condition });
  const form = readShare(draft.basics.salt, share);
  if (typeof form === "string") return form;
  const [only] = form.weights;
  if (only !== undefined && form.weights.length === 1 && form.share === SLOTS) return fixed(draft, label, only[0], { matches, condition });
  const answers: Answer[] = [];
  for (const [variant] of form.weights) {
    const answer = serve(draft, variant, "SPLIT", label);
    if (answer === undefined) return `no variant "${variant}"`;
    answers.push(answer);
  }
  return { kind: "decided", label, decide: compileSplit(form, answers, matches) };
}

interface When {
  readonly matches: Test | undefined;
  readonly condition: unknown;
}

function fixed(draft: Draft, label: Label, variant: unknown, { matches, condition }: When): Step | string {
  const answer = serve(draft, variant, "TARGETING_MATCH", label);
  if (answer === undefined) return `no variant ${quote(variant)}`;
  const equality = equalityOf(condition);
  return { kind: "fixed", label, when: matches ?? true, answer, ...(equality === undefined ? {} : { equality }) };
}

function equalityOf(condition: unknown): Equality | undefined {
  if (!Array.isArray(condition)) return undefined;
  const [operator, path, operand] = condition as readonly unknown[];
  if (typeof path !== "string") return undefined;
  if (operator === "equals") return { path, values: [operand] };
  return operator === "in" && Array.isArray(operand) ? { path, values: operand } : undefined;
}

/** A share as read: whom it counts, and where they lie. */
export interface ShareParts {
  readonly share: number;
  readonly weights: readonly (readonly [variant: string, weight: number])[];
  readonly by: string;
  readonly shareSlot: SlotOf;
  readonly variantSlot: SlotOf;
}

/** Reads what a rule serves where it is no plain variant; a text says why it cannot be read. `salt`: the flag's. */
export function readShare(flagSalt: string, form: UnknownRecord): ShareParts | string {
  const unknown = unknownMember(form, SHARE_MEMBERS);
  if (unknown !== undefined) return unknown;
  const share = ownValue(form, "share") ?? SLOTS;
  const by = ownValue(form, "by") ?? "targetingKey";
  const salt = ownValue(form, "salt") ?? flagSalt;
  const id = ownValue(form, "algorithm") ?? "sluice-v1";
  const algorithm = typeof id === "string" ? algorithmOf(id) : undefined;
  const weights = readWeights(ownValue(form, "of"));
  if (!isCount(share, SLOTS)) return `share is not a whole number from 0 to ${SLOTS}`;
  if (typeof by !== "string" || typeof salt !== "string") return "by or salt is not a string";
  if (algorithm === undefined) return `unknown algorithm ${quote(id)}`;
  if (typeof weights === "string") return weights;
  return { share, weights, by, shareSlot: algorithm.share(salt), variantSlot: algorithm.variant(salt) };
}

function unknownMember(form: UnknownRecord, known: readonly string[]): string | undefined {
  const name = Object.keys(form).find((one) => !known.includes(one));
  return name === undefined ? undefined : `unknown member ${quote(name)}`;
}

function readWeights(of: unknown): ShareParts["weights"] | string {
  if (typeof of === "string") return [[of, SLOTS]];
  if (!Array.isArray(of)) return "of is neither a variant nor a list of variants with weights";
  const weights: (readonly [string, number])[] = [];
  let sum = 0;
  for (const item of of as readonly unknown[]) {
    const [variant, weight] = Array.isArray(item) && item.length === 2 ? (item as readonly unknown[]) : [];
    if (typeof variant !== "string" || !isCount(weight, SLOTS)) return `a weight is not a variant with a whole number from 0 to ${SLOTS}`;
    weights.push([variant, weight]);
    sum += weight;
  }
  return sum === SLOTS ? weights : `weights add up to ${sum}, not ${SLOTS}`;
}

/** The share decides first (outside it the next rule is asked), then the weights in the order written. */
function compileSplit(form: ShareParts, answers: readonly Answer[], matches: Test | undefined): Decide {
  const { share, shareSlot, variantSlot } = form;
  const unitOf = compileRead(form.by);
  const pick = picker(form.weights, answers, variantSlot);
  return (context) => {
    if (matches !== undefined && !matches(context)) return undefined;
    const unit = unitText(unitOf(context));
    if (unit === undefined || (share < SLOTS && shareSlot(unit) >= share)) return undefined;
    return pick(unit);
  };
}

function picker(weights: ShareParts["weights"], answers: readonly Answer[], variantSlot: SlotOf): (unit: string) => Answer | undefined {
  const [only] = answers;
  if (answers.length === 1) return () => only;
  let sum = 0;
  const limits = weights.map(([, weight]) => (sum += weight));
  return (unit) => {
    const slot = variantSlot(unit);
    let at = 0;
    while (slot >= (limits[at] ?? SLOTS)) at += 1;
    return answers[at];
  };
}
