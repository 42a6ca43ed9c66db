import { jsonReply, type Problem, problemReply } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { HttpReply } from "@sluice/ports";

/** What was asked for, or what is wrong with it. */
export function resultReply(status: number, result: Result<unknown, Problem>): HttpReply {
  return result.ok ? jsonReply(status, result.value ?? {}) : problemReply(result.problem);
}
