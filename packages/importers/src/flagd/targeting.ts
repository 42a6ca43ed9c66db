import { allOf, type ConditionDraft, type RuleDraft, type ServeDraft } from "../flag-draft.ts";
import { conditionOf, operationOf, resolve } from "./condition.ts";
import { fractionOf } from "./fractional.ts";
import { Parked, park } from "../parked.ts";
import type { Reading } from "./reading.ts";

/** What a targeting became. */
export interface Targeting {
  readonly rules: readonly RuleDraft[];
  /** Variant for everybody no rule serves. */
  readonly rest: string;
  /** Why the translation stopped; the rules before are whole, and `rest` is the off variant. */
  readonly parked?: string;
}

/** Variants a targeting chooses from. */
export interface Choice {
  readonly variants: ReadonlySet<string>;
  readonly off: string;
  readonly default: string;
}

/** Targetings seen have at most 20 branches; nested ones multiply. */
const RULES_MAX = 200;
const NESTING_MAX = 12;

/** Turns the branches of a JsonLogic targeting into rules in the same order. Each branch serves everybody who reaches it, as there. */
export function targetingOf(logic: unknown, choice: Choice, reading: Reading): Targeting {
  const walk = new Walk(choice, reading);
  try {
    walk.branch(logic, []);
    return { rules: walk.rules, rest: walk.rest ?? choice.default };
  } catch (error) {
    if (!(error instanceof Parked)) throw error;
    return { rules: walk.rules, rest: choice.off, parked: error.message };
  }
}

class Walk {
  readonly rules: RuleDraft[] = [];
  rest: string | undefined;
  readonly #choice: Choice;
  readonly #reading: Reading;

  constructor(choice: Choice, reading: Reading) {
    this.#choice = choice;
    this.#reading = reading;
  }

  /** Everybody for whom all of `guard` holds and no rule so far did. */
  branch(logic: unknown, guard: readonly ConditionDraft[]): void {
    if (guard.length > NESTING_MAX) park(`branches nested more than ${NESTING_MAX} deep`);
    const resolved = resolve(logic, this.#reading);
    if (resolved === undefined || resolved === null) return this.#serve(this.#choice.default, guard);
    if (typeof resolved === "string" || typeof resolved === "boolean") return this.#serve(this.#known(String(resolved)), guard);
    const operation = operationOf(resolved);
    if (operation?.operator === "if" || operation?.operator === "?:") return this.#branches(operation.operands, guard);
    if (operation?.operator === "fractional") return this.#fraction(operation.operands, guard);
    if (!this.#choice.variants.has("true") || !this.#choice.variants.has("false"))
      park(`a result that is no variant: ${JSON.stringify(resolved).slice(0, 60)}`);
    this.#serve("true", [...guard, conditionOf(resolved, this.#reading)]);
    this.#serve("false", guard);
  }

  #branches(operands: readonly unknown[], guard: readonly ConditionDraft[]): void {
    for (let at = 0; at + 1 < operands.length; at += 2) this.branch(operands[at + 1], [...guard, conditionOf(operands[at], this.#reading)]);
    this.branch(operands.length % 2 === 1 ? operands.at(-1) : undefined, guard);
  }

  #fraction(operands: readonly unknown[], guard: readonly ConditionDraft[]): void {
    const { serve, needsUnit } = fractionOf(operands, this.#reading);
    for (const variant of servedBy(serve)) this.#known(variant);
    if (typeof serve === "string") return this.#serve(serve, guard);
    this.#add(serve, guard);
    // Who has no unit gets the default there, and would go on to the next rule here.
    if (needsUnit) this.#serve(this.#choice.default, guard);
  }

  #known(variant: string): string {
    return this.#choice.variants.has(variant) ? variant : park(`the variant ${JSON.stringify(variant)}, which the flag does not have`);
  }

  #serve(variant: string, guard: readonly ConditionDraft[]): void {
    if (guard.length === 0) this.rest = variant;
    else this.#add(variant, guard);
  }

  #add(serve: ServeDraft, guard: readonly ConditionDraft[]): void {
    if (this.rules.length >= RULES_MAX) park(`more than ${RULES_MAX} rules`);
    const condition = allOf(guard);
    this.rules.push({ ...(condition === undefined ? {} : { if: condition }), serve });
  }
}

function servedBy(serve: ServeDraft): readonly string[] {
  if (typeof serve === "string") return [serve];
  return serve["split"] instanceof Map ? [...serve["split"].keys()].map(String) : [];
}
