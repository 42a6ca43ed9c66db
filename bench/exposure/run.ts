// `npm run bench -- exposure [--worlds N] [--json]`: what a page asks about customers and releases, and what starts do in random worlds.
import * as releases from "@sluice/releases";
import type { Decisions } from "@sluice/releases";
import { checkWorlds } from "../../conformance/releases/run.ts";
import { seeded } from "../../conformance/worlds.ts";
import { numberOption, percentile, print, type Row } from "../../faults/rig/report.ts";
import { punctuality } from "./punctuality.ts";
import { realStarts } from "./real-starts.ts";
import { companyOf, ENVIRONMENT, START_MS } from "./world.ts";

const CUSTOMERS = 5_000;
const RELEASES = 60;
const HOLDS = 500;
const DAY_MS = 24 * 3_600_000;
const QUESTIONS = 300;
const valid = (): undefined => undefined;
const timed = <T>(work: () => T): { readonly ms: number; readonly value: T } => {
  const from = performance.now();
  const value = work();
  return { ms: performance.now() - from, value };
};

/** The same decisions as a state of its own, so that nothing of an answer before is remembered. */
function fresh(text: string): Decisions {
  const decisions = releases.decodeDecisions(text);
  if (decisions === undefined) throw new Error("the company is not read");
  return decisions;
}

/** One customer at one date over all live releases, as the API's explain asks; the first of them after a decision was made. */
function explainTimes(text: string): { readonly warm: readonly number[]; readonly first: readonly number[] } {
  const random = seeded(7);
  let decisions = fresh(text);
  const ask = (): number => {
    const customer = `c${Math.floor(random() * CUSTOMERS)}`;
    const atMs = START_MS + Math.floor(random() * 30) * DAY_MS;
    return timed(() => {
      for (const [, release] of decisions.releases.entriesSorted()) releases.cellOf(decisions, { release, customer, nowMs: START_MS, atMs }, valid);
    }).ms;
  };
  ask();
  const warm = Array.from({ length: QUESTIONS }, ask);
  const first = Array.from({ length: 10 }, (_, index) => {
    const facts = { kind: "holdPlaced", hold: `x${index}`, environment: ENVIRONMENT, customers: ["c1"], fromMs: START_MS, untilMs: START_MS + DAY_MS } as const;
    const seq = decisions.seq + 1;
    decisions = releases.applyEvent(decisions, { seq, epoch: "e1", atMs: START_MS, command: `x${index}`, facts, personalHash: "", prevHash: "", hash: "" });
    return ask();
  });
  return { warm, first };
}

/** Every cell of every release, of a state that nobody asked before. The answers are counted, so that none is left out. */
function matrixSeconds(text: string): number {
  const times = Array.from({ length: 3 }, () => {
    const decisions = fresh(text);
    const { ms, value } = timed(() =>
      decisions.releases
        .entriesSorted()
        .flatMap(([, release]) => releases.cellsOf(decisions, release, { nowMs: START_MS, atMs: START_MS + 9 * DAY_MS }, valid)),
    );
    const states = new Set(value.map(({ state }) => state.state));
    if (value.length !== CUSTOMERS * RELEASES || !states.has("on") || !states.has("scheduled") || !states.has("held"))
      throw new Error("the matrix is not whole");
    return ms / 1000;
  });
  return percentile(times, 0.5);
}

const text = releases.encodeDecisions(companyOf({ customers: CUSTOMERS, releases: RELEASES, holds: HOLDS }));
const decisions = fresh(text);
const live = decisions.releases.entriesSorted().filter(([, { phase }]) => phase === "inProgress").length;
if (live !== RELEASES) throw new Error(`${live} of ${RELEASES} releases are live`);
const { warm, first } = explainTimes(text);
releases.due(decisions, START_MS, valid);
const looks = Array.from(
  { length: 50 },
  (_, index) => timed(() => [releases.due(decisions, START_MS + index, valid), releases.nextDueMs(decisions, START_MS + index)]).ms,
);
const rows: Row[] = [
  { key: "explain.p99ms", value: percentile(warm, 0.99), target: "<= 100" },
  { key: "explain.firstMs", value: percentile(first, 1), target: "" },
  { key: "matrix5000x60.s", value: matrixSeconds(text), target: "<= 2" },
  { key: "look.p99ms", value: percentile(looks, 0.99), target: "" },
];
const { early: simulatedEarly, lateMs: simulatedLateMs, starts } = punctuality();
const { early, lateMs } = await realStarts();
rows.push(
  { key: "scheduled.early", value: early, target: "0" },
  { key: "scheduled.lateP99ms", value: percentile(lateMs, 0.99), target: "<= 1000" },
  { key: "scheduled.lateP50ms", value: percentile(lateMs, 0.5), target: "" },
  { key: "scheduled.starts", value: lateMs.length, target: "" },
  { key: "simulated.early", value: simulatedEarly, target: "0" },
  { key: "simulated.lateP99ms", value: percentile(simulatedLateMs, 0.99), target: "" },
);
const worlds = numberOption("--worlds", 400);
const checked = checkWorlds({ seed: 1, worlds, minutes: Number.MAX_SAFE_INTEGER, most: worlds }, (done) =>
  process.stderr.write(`${done} of ${worlds} worlds\n`),
);
rows.push({ key: "holds.violations", value: checked.holdViolations, target: "0" }, { key: "worlds.wrong", value: checked.wrong.length, target: "0" });
print({
  name: "exposure",
  rows,
  notes:
    `${CUSTOMERS} customers in 8 zones, ${RELEASES} live releases of 4 waves with open hours, ${HOLDS} holds, a freeze that shifts. explain: one customer at one date over all ${RELEASES} releases, ${QUESTIONS} questions; explain.firstMs: the slowest of 10 right after a hold was placed, which every start is worked out anew for. matrix: median of 3 states that nobody asked before. ` +
    `look: what the scheduler asks each second where nothing changed. scheduled: real processes, store and clock; ${lateMs.length} customers' starts of ${RELEASES} releases and the ends of holds, from the instant that was promised before to the swap in an SDK. simulated: three weeks, ${starts} starts, clock and timers simulated, the append instant. holds.violations: ${checked.starts} starts and questions in ${worlds} random worlds.`,
});
if (early > 0 || simulatedEarly > 0 || checked.wrong.length > 0) process.exitCode = 1;
