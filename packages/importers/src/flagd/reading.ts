import type { LossCode, LossReport } from "../loss.ts";
import type { Foreign } from "../record.ts";

/** What translating one flag's targeting needs to know, and where it reports to. */
export interface Reading {
  readonly flag: string;
  /** `$evaluators` of the file, by name. */
  readonly evaluators: Foreign;
  readonly report: LossReport;
}

/** Notes a difference that stays when the rule is imported. */
export function note({ flag, report }: Reading, code: LossCode, what: string): void {
  report.add(flag, code, what);
}
