import type { Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";

/** A change that is not made: why, and what to do instead. */
export function refuse(code: Problem["code"], message: string, fix: string): Result<never, Problem> {
  return { ok: false, problem: { code, message, fix } };
}

/** Of a file that cannot be read as it is. */
export const unreadFile = (file: string): Result<never, Problem> =>
  refuse("changeRefused", `${file} has mistakes, so it cannot be edited here.`, "Mend it in Git first; `sluice validate` names the line.");
