import { describe, expect, test } from "vitest";
import { apiStopped } from "../faults/kill/api-spin.ts";
import { clockSkew } from "../faults/kill/clock-skew.ts";
import { halfOpen } from "../faults/kill/half-open.ts";
import { hostileTriggers } from "../faults/kill/hostile-triggers.ts";
import { lostEpochs } from "../faults/kill/lost-epochs.ts";
import { slowLink } from "../faults/kill/slow-link.ts";
import type { Tally } from "../faults/rig/tally.ts";

/** A share of every drill, several at once because they mostly wait; `npm run faults -- kill` runs them in full. */
const LIMIT = { timeout: 400_000 };
process.env["SLUICE_DRILL_PATIENCE"] = "6";
const outcome = ({ rounds, lost, wrong }: Tally): object => ({ rounds, lost, wrong });

describe.concurrent("a kill is in force, and nothing else is, with", () => {
  test("connections that are half open", LIMIT, async () => {
    expect(outcome(await halfOpen(1, "sources"))).toEqual({ rounds: 1, lost: 0, wrong: 0 });
  });

  test("two seconds of latency", LIMIT, async () => {
    expect(outcome(await slowLink(2, "sources"))).toEqual({ rounds: 2, lost: 0, wrong: 0 });
  });

  test("clocks a day ahead and a day behind", LIMIT, async () => {
    expect(outcome(await clockSkew(1, "sources"))).toEqual({ rounds: 1, lost: 0, wrong: 0 });
  });

  test("alerts that are forged, replayed, expired and too many", LIMIT, async () => {
    expect(outcome(await hostileTriggers(1, "sources"))).toEqual({ rounds: 1, lost: 0, wrong: 0 });
  });

  test("an API that is stopped in the middle of its work", LIMIT, async () => {
    expect(outcome(await apiStopped(1, "sources"))).toEqual({ rounds: 1, lost: 0, wrong: 0 });
  });

  test("a database from a backup, alone and with the machine's own folder gone", LIMIT, async () => {
    expect(outcome(await lostEpochs(2, "sources"))).toEqual({ rounds: 2, lost: 0, wrong: 0 });
  });
});
