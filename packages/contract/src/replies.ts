import type { Result } from "@sluice/evaluation";
import type { HttpReply } from "@sluice/ports";
import { errorStatus, type Problem } from "./error-catalogue.ts";

const secure = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

/** A JSON answer; never cached, never sniffed. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...secure, ...headers }, body: JSON.stringify(value) };
}

/** The one shape of an error answer. */
export function problemReply({ code, message, fix, field }: Problem): HttpReply {
  const status = errorStatus[code];
  return jsonReply(status, { error: { code, message, fix, ...(field === undefined ? {} : { field }) } }, status === 503 ? { "retry-after": "2" } : {});
}

/** What was asked for, or what is wrong with it. */
export function resultReply(status: number, result: Result<unknown, Problem>): HttpReply {
  return result.ok ? jsonReply(status, result.value ?? {}) : problemReply(result.problem);
}

/** An answer with nothing in it. */
export const noContent: HttpReply = { status: 204, headers: secure, body: "" };
