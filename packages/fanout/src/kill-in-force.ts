import { type Decisions, killInForce } from "@sluice/releases";
import type { Publisher } from "./publisher.ts";

interface Known {
  readonly log: { readonly decisions: Decisions };
  readonly publisher: Publisher;
}

/** Whether a kill is in force, by the log or ahead of it. One that nobody could write down is, whatever was answered to it. */
export function isKillInForce({ log, publisher }: Known, { kill, environment }: { readonly kill: string; readonly environment: string }): boolean {
  return killInForce(log.decisions, kill) !== undefined || publisher.hub(environment)?.urgent.some(({ id }) => id === kill) === true;
}
