// What conversations with a runner are made of: requests of one small world, and the replies that come back.
import type { Reply, Request } from "../protocol.ts";

export interface ScriptCase {
  readonly because: string;
  readonly exchanges: readonly (readonly [Request, Reply])[];
}

export const whole: Readonly<Record<string, unknown>> = {
  format: 1,
  environment: "production",
  epoch: "e1",
  seq: 5,
  salt: "s",
  flags: { f: { default: "on" } },
};
/** What the two variants of a flag without a definition of its own answer. */
export const ON: Answered = { value: true, variant: "on" };
export const OFF: Answered = { value: false, variant: "off" };
type Answered = { readonly value: boolean; readonly variant: string };
export const STATIC_ON: Reply = { answer: { ...ON, reason: "STATIC", cause: "default" } };
export const STATIC_OFF: Reply = { answer: { ...OFF, reason: "STATIC", cause: "default" } };
export const KILLED: Reply = { answer: { ...OFF, reason: "DISABLED", cause: "kill", by: "k" } };
export const UNKNOWN: Reply = { answer: { reason: "ERROR", cause: "unknownFlag" } };
export const NOTHING: Reply = { answer: { reason: "ERROR", cause: "noSnapshot" } };
export const BROKEN: Reply = { answer: { reason: "ERROR", cause: "default", problems: true } };
export const YES: Reply = { ok: true };
export const NO: Reply = { ok: false };

export const ask = (flag = "f", context: unknown = {}): Request => ({ do: "ask", flag, context });
export const loadText = (snapshot: string, urgent: readonly string[] = []): Request => ({ do: "load", snapshot, urgent, asker: {} });
export const load = (change: object = {}): Request => loadText(JSON.stringify({ ...whole, ...change }));
export const patch = (content: object): Request => ({ do: "patch", patch: JSON.stringify({ epoch: "e1", base: 5, to: 6, ...content }) });
export const DEFAULT_ON: Reply = { answer: { ...ON, reason: "DEFAULT", cause: "default" } };
