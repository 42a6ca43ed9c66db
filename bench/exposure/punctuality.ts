import * as releases from "@sluice/releases";
import { companyOf, START_MS } from "./world.ts";

const DAY_MS = 24 * 3_600_000;
const WEEKS_MS = 21 * DAY_MS;
/** As the server's scheduler: it looks when something is due, and each second whatever it was told. */
const LOOK_EVERY_MS = 1_000;

export interface Punctuality {
  readonly early: number;
  readonly lateMs: readonly number[];
  readonly starts: number;
}

/**
 * Three weeks of starts on a simulated clock: what the page promised each customer when nothing had begun is held against the instant at
 * which the log says that it was given. Timers fire up to 20 ms late, as a busy process fires them.
 */
export function punctuality(): Punctuality {
  let decisions = companyOf({ customers: 400, releases: 12, holds: 40 });
  const promised = new Map<string, number>();
  for (const [id, release] of decisions.releases.entriesSorted())
    for (const cell of releases.cellsOf(decisions, release, { nowMs: START_MS, atMs: START_MS }, () => undefined))
      if ("atMs" in cell.state) promised.set(`${id} ${cell.customer}`, cell.state.atMs);
  let [nowMs, early] = [START_MS, 0];
  const lateMs: number[] = [];
  while (nowMs < START_MS + WEEKS_MS) {
    const proposals = releases.due(decisions, nowMs, () => undefined);
    for (const { facts, command } of proposals) {
      const seq = decisions.seq + 1;
      decisions = releases.applyEvent(decisions, { seq, epoch: "e1", atMs: nowMs, command, facts, personalHash: "", prevHash: "", hash: "" });
      const given = facts.kind === "waveStarted" ? facts.exposed : facts.kind === "customersExposed" ? facts.customers : [];
      for (const customer of given) {
        const atMs = "release" in facts ? promised.get(`${facts.release} ${customer}`) : undefined;
        if (atMs === undefined) continue;
        if (nowMs < atMs) early += 1;
        lateMs.push(Math.max(0, nowMs - atMs));
      }
    }
    if (proposals.length > 0) continue;
    const next = releases.nextDueMs(decisions, nowMs) ?? nowMs + LOOK_EVERY_MS;
    nowMs = next + (next % 21);
  }
  if (lateMs.length === 0) throw new Error("nothing started");
  return { early, lateMs, starts: lateMs.length };
}
