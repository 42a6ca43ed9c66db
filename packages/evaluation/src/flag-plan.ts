import type { Answer } from "./answer.ts";
import type { Test } from "./attribute.ts";
import { slotsOf, unitText } from "./bucketing.ts";
import { compileCondition } from "./condition.ts";
import { errorAnswer, note, quote, serve, serveOrError, skip, type Draft, type FlagSurroundings, type Label, type Parent, type Plan } from "./draft.ts";
import { listPart, readBasics } from "./flag-form.ts";
import type { Coverage } from "./kill.ts";
import { compileRule } from "./rule.ts";
import { isCount, isRecord, isStringList, ownValue, type UnknownRecord } from "./shape.ts";

/** Turns a flag's form into steps. Total: what cannot be read is skipped with a problem, as docs/conditions.md says. */
export function planFlag(key: string, form: unknown, around: FlagSurroundings): Plan {
  const basics = readBasics(key, form);
  if (typeof basics === "string") return { steps: [], last: errorAnswer({ cause: "default" }, [basics]) };
  const draft: Draft = { basics, around, steps: [], problems: [] };
  planKills(draft);
  planPrerequisites(draft);
  planEligible(draft);
  planPins(draft);
  planExposure(draft);
  planRules(draft);
  const reason = isStatic(draft) ? "STATIC" : "DEFAULT";
  return { steps: draft.steps, last: serveOrError(draft, basics.fallback, reason, { cause: "default" }) };
}

function isStatic({ basics: { form }, around }: Draft): boolean {
  const isEmpty = (name: string): boolean => listPart(form, name)?.length === 0;
  const absent = (name: string): boolean => ownValue(form, name) === undefined;
  return isEmpty("rules") && isEmpty("prerequisites") && isEmpty("pins") && absent("eligible") && absent("exposure") && around.kills.length === 0;
}

function off(draft: Draft, label: Label): Answer {
  return serveOrError(draft, draft.basics.off, "DISABLED", label);
}

function planKills(draft: Draft): void {
  for (const { id, coverage } of draft.around.kills) {
    const label: Label = { cause: "kill", by: id };
    if (coverage !== false) draft.steps.push({ kind: "fixed", label, when: coverage, answer: off(draft, label) });
  }
}

function planPrerequisites(draft: Draft): void {
  const list = listPart(draft.basics.form, "prerequisites") ?? [undefined];
  for (const [at, item] of list.entries()) {
    const flag = isRecord(item) ? ownValue(item, "flag") : undefined;
    const serves = isRecord(item) ? ownValue(item, "serves") : undefined;
    const label: Label = { cause: "prerequisite", by: typeof flag === "string" ? flag : `#${at + 1}`, at };
    const parent: Parent =
      typeof flag === "string" && isStringList(serves) ? draft.around.parent(flag) : { ok: false, problem: "flag or serves is not readable" };
    const problem = parent.ok ? undefined : note(draft, label, parent.problem);
    const when = parent.ok && isStringList(serves) ? failing(parent, serves) : true;
    draft.steps.push({
      kind: "fixed",
      label,
      when,
      answer: off(draft, label),
      ...(problem === undefined ? {} : { problem }),
    });
  }
}

/** A parent that answers everybody the same is asked once, here. */
function failing({ decide, constant }: Parent & { readonly ok: true }, serves: readonly string[]): Coverage {
  const [only] = serves;
  const wanted: ReadonlySet<unknown> = new Set(serves);
  if (constant !== undefined) return !wanted.has(constant.variant);
  if (serves.length === 1) return (context) => decide(context).variant !== only;
  return (context) => !wanted.has(decide(context).variant);
}

function planEligible(draft: Draft): void {
  const condition = ownValue(draft.basics.form, "eligible");
  if (condition === undefined) return;
  const label: Label = { cause: "ineligible" };
  const test = compileCondition(condition, draft.around.segments);
  const problem = test.ok ? undefined : note(draft, label, test.problem);
  const when: Coverage = test.ok ? (context) => !test.value(context) : true;
  draft.steps.push({
    kind: "fixed",
    label,
    when,
    answer: off(draft, label),
    ...(problem === undefined ? {} : { problem }),
  });
}

function planPins(draft: Draft): void {
  const list = listPart(draft.basics.form, "pins") ?? [undefined];
  if (list.length === 0) return;
  const pinned = { user: new Map<unknown, Answer>(), customer: new Map<unknown, Answer>() };
  const read = list.map((item) => readPin(item));
  for (const [at, pin] of read.entries()) {
    const label: Label = { cause: "pin", at };
    if (typeof pin === "string") skip(draft, { ...label, by: `#${at + 1}` }, pin);
    else if (serve(draft, pin.variant, "TARGETING_MATCH", label) === undefined) {
      skip(draft, { ...label, by: `#${at + 1}` }, `no variant "${pin.variant}"`);
    }
  }
  // Answers are made once all problems are known: any of these pins might have been the one that decides.
  for (const pin of read) {
    const answer = typeof pin === "string" ? undefined : serve(draft, pin.variant, "TARGETING_MATCH", { cause: "pin" });
    if (typeof pin !== "string" && answer !== undefined && !pinned[pin.who].has(pin.hash)) pinned[pin.who].set(pin.hash, answer);
  }
  const { userHash, customerHash } = draft.around;
  for (const [who, hashOf] of [
    ["user", userHash],
    ["customer", customerHash],
  ] as const) {
    const answers = pinned[who];
    if (answers.size > 0)
      draft.steps.push({
        kind: "decided",
        label: { cause: "pin", by: who },
        decide: (context) => answers.get(hashOf(context)),
      });
  }
}

function readPin(item: unknown): { readonly who: "user" | "customer"; readonly hash: string; readonly variant: string } | string {
  const [who, hash, variant] = Array.isArray(item) ? (item as readonly unknown[]) : [];
  if (who !== "user" && who !== "customer") return "neither of a user nor of a customer";
  return typeof hash === "string" && typeof variant === "string" ? { who, hash, variant } : "not readable";
}

function planExposure(draft: Draft): void {
  const exposure = ownValue(draft.basics.form, "exposure");
  if (exposure === undefined) return;
  const label: Label = { cause: "exposure" };
  const test = isRecord(exposure) ? compileExposure(draft, exposure) : "not an object";
  if (typeof test === "string") return skip(draft, label, test);
  const answer = serve(draft, ownValue(exposure as UnknownRecord, "serve"), "TARGETING_MATCH", label);
  if (answer === undefined) return skip(draft, label, `no variant ${quote(ownValue(exposure as UnknownRecord, "serve"))}`);
  draft.steps.push({ kind: "fixed", label, when: test, answer });
}

function compileExposure({ basics, around }: Draft, exposure: UnknownRecord): Test | string {
  const keys = ownValue(exposure, "keys") ?? [];
  const except = ownValue(exposure, "except") ?? [];
  const rest = ownValue(exposure, "rest") ?? false;
  const share = ownValue(exposure, "share") ?? 100_000;
  if (!isStringList(keys) || !isStringList(except)) return "keys or except is not a list of hashes";
  if (typeof rest !== "boolean") return "rest is not true or false";
  if (!isCount(share, 100_000)) return "share is not a whole number from 0 to 100000";
  const [inKeys, inExcept]: readonly ReadonlySet<unknown>[] = [new Set(keys), new Set(except)];
  const slotOf = slotsOf(`${basics.salt}:exposure`);
  return (context) => {
    const hash = around.customerHash(context);
    if (hash === undefined) return false;
    if (inKeys?.has(hash) === true) return true;
    return rest && inExcept?.has(hash) !== true && (share === 100_000 || slotOf(unitText(around.customer(context)) ?? "") < share);
  };
}

function planRules(draft: Draft): void {
  const list = listPart(draft.basics.form, "rules");
  if (list === undefined) return skip(draft, { cause: "rule" }, "rules is not a list");
  for (const [at, rule] of list.entries()) {
    const id = isRecord(rule) ? ownValue(rule, "id") : undefined;
    const label: Label = { cause: "rule", by: typeof id === "string" ? id : `#${at + 1}`, at };
    const step = isRecord(rule) ? compileRule(draft, rule, label) : "not an object";
    if (typeof step === "string") skip(draft, label, step);
    else draft.steps.push(step);
  }
}
