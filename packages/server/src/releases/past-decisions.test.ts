import { nodeRandom } from "@sluice/ports/node";
import { MemoryDatabase, MemoryStore } from "@sluice/store";
import type { Proposal } from "@sluice/releases";
import { expect, test } from "vitest";
import { PastDecisions } from "./past-decisions.ts";

const created = (at: number, atMs: number): Proposal => ({
  command: `c${at}`,
  atMs,
  facts: { kind: "projectCreated", project: `p${at}`, salts: { [`environment-${at}`]: "salt" } },
  personal: { by: "server" },
});

test("gives what had been decided at a time, whatever later stamps lie before it", async () => {
  const store = new MemoryStore(new MemoryDatabase(nodeRandom), nodeRandom);
  // A clock that ran ahead when the log began, as in the demo, whose past is written after its first event.
  for (const [at, atMs] of [1_000, 10, 20, 500, 30, 40].entries()) await store.append([created(at, atMs)], at);
  const past = new PastDecisions(store);
  for (const [atMs, seq] of [
    [40, 6],
    [9, 0],
    [10, 2],
    [29, 3],
    [30, 5],
    [2_000, 6],
    [25, 3],
  ] as const)
    expect((await past.at(atMs)).seq, `at ${atMs}`).toBe(seq);
});
