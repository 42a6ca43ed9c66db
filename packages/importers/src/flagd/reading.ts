import type { LossCode, LossReport } from "../loss.ts";
import type { Foreign } from "../record.ts";

/** What translating one flag's targeting needs to know, and where it reports to. */
export interface Reading {
  readonly flag: string;
  /** `$evaluators` of the file, by name. */
  readonly evaluators: Foreign;
  readonly report: LossReport;
}

/** Thrown inside the translation only: this part has no exact equal. Caught where the targeting is parked. */
export class Parked extends Error {
  override readonly name: string = "Parked";
}

/** Stops the translation of this rule. The reason is the end of a sentence. */
export function park(why: string): never {
  throw new Parked(why);
}

/** Notes a difference that stays when the rule is imported. */
export function note({ flag, report }: Reading, code: LossCode, what: string): void {
  report.add(flag, code, what);
}
