// Starts on a real server: the clock of this machine, the scheduler of the API process, the embedded store, and an SDK that hears of them.
import { createClient } from "@sluice/node";
import * as releases from "@sluice/releases";
import { openStore } from "@sluice/store";
import { join } from "node:path";
import { until } from "../../faults/rig/running.ts";
import { LARGE } from "../world/large-company.ts";
import { startLargeServer } from "../world/large-server.ts";

/** From writing the company to the first start: the server has read it by then. */
const LEAD_MS = 15_000;
/** The third waves begin one after another, then some holds end, each for all releases at once. */
const EVERY_MS = 250;
const HOLDS_END = 8;
const HOLD_EVERY_MS = 1_000;
const READ_AT_ONCE = 1_000;
const WAIT_MS_MAX = 120_000;
const DAY = 24 * 3_600_000;

export interface RealStarts {
  readonly early: number;
  /** From the promised instant to the SDK's swap, one for each customer and release. */
  readonly lateMs: readonly number[];
}

/** A customer that was given a release: by which event, and when it was promised. */
interface Given {
  readonly seq: number;
  readonly atMs: number;
  readonly promisedMs: number;
}

/** What was promised each customer before anything started, held against when an SDK had it. */
export async function realStarts(): Promise<RealStarts> {
  const lastMs = LEAD_MS + LARGE.releases * EVERY_MS + HOLDS_END * HOLD_EVERY_MS;
  let fromMs = 0;
  const server = await startLargeServer((nowMs) => {
    fromMs = nowMs;
    return {
      nowMs,
      nextMs: (release) => nowMs + LEAD_MS + release * EVERY_MS,
      heldUntilMs: (hold) => (hold < HOLDS_END ? nowMs + LEAD_MS + LARGE.releases * EVERY_MS + hold * HOLD_EVERY_MS : nowMs + (1 + (hold % 15)) * DAY),
    };
  });
  const client = createClient({ url: server.running.url, key: server.running.sdkKey, service: "bench" });
  const store = await openStore(`sqlite:${join(server.running.data, "store.db")}`);
  try {
    const heard: { readonly seq: number; readonly atMs: number }[] = [];
    client.onChange(({ version }) => heard.push({ seq: version.seq, atMs: Date.now() }));
    await client.ready();
    const promised = promisesOf(server.decisions, fromMs, fromMs + lastMs);
    const given: Given[] = [];
    let seq = server.decisions.seq;
    await until(
      "everybody has what was promised",
      async () => {
        for (const event of await store.read(seq, READ_AT_ONCE)) {
          seq = event.seq;
          given.push(...givenBy(event, promised));
        }
        return given.length >= promised.size ? true : undefined;
      },
      WAIT_MS_MAX,
    );
    const last = Math.max(...given.map((one) => one.seq));
    await until("the SDK has heard of it", () => (heard.some((one) => one.seq >= last) ? true : undefined), WAIT_MS_MAX);
    const times = given.map((one) => ({ ...one, heardMs: heard.find((swap) => swap.seq >= one.seq)?.atMs ?? Number.NaN }));
    return {
      early: times.filter(({ promisedMs, atMs, heardMs }) => atMs < promisedMs || heardMs < promisedMs).length,
      lateMs: times.map(({ promisedMs, heardMs }) => heardMs - promisedMs),
    };
  } finally {
    await client.close();
    await store.close();
    await server.stop();
  }
}

/** When each customer gets each release, by `release customer`, as the page says it before anything starts; of those whose time falls into the window. */
function promisesOf(decisions: releases.Decisions, nowMs: number, untilMs: number): ReadonlyMap<string, number> {
  const promised = new Map<string, number>();
  for (const [id, release] of decisions.releases.entriesSorted())
    for (const cell of releases.cellsOf(decisions, release, { nowMs, atMs: nowMs }, () => undefined)) {
      const state = releases.givenState(cell);
      if ("atMs" in state && state.atMs <= untilMs) promised.set(`${id} ${cell.customer}`, state.atMs);
    }
  if (promised.size === 0) throw new Error("nothing was promised");
  return promised;
}

function givenBy({ seq, atMs, facts }: releases.LoggedEvent, promised: ReadonlyMap<string, number>): readonly Given[] {
  const [release, customers] =
    facts.kind === "waveStarted" ? [facts.release, facts.exposed] : facts.kind === "customersExposed" ? [facts.release, facts.customers] : ["", []];
  return customers.flatMap((customer) => {
    const promisedMs = promised.get(`${release} ${customer}`);
    return promisedMs === undefined ? [] : [{ seq, atMs, promisedMs }];
  });
}
