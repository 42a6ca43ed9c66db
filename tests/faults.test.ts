import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { gitDown } from "../faults/git/git-down.ts";
import { hostileContent } from "../faults/git/hostile-content.ts";
import { killNine } from "../faults/kill/kill-nine.ts";
import { mangledPatches } from "../faults/kill/mangled-patches.ts";
import { partition } from "../faults/kill/partition.ts";
import { postgresDown } from "../faults/kill/postgres-down.ts";
import { relayAlone } from "../faults/kill/relay-alone.ts";
import { stoppedSdks } from "../faults/kill/stopped-sdks.ts";
import { twoServers } from "../faults/kill/two-servers.ts";
import type { Tally } from "../faults/rig/tally.ts";
import { powerCut } from "../faults/store/power-cut.ts";
import { twoPeople } from "../faults/store/two-people.ts";
import { findPostgres } from "../packages/store/src/postgres/test-server.ts";

/** A share of every drill; `npm run faults` runs them in full. */
const LIMIT = { timeout: 400_000 };
process.env["SLUICE_DRILL_PATIENCE"] = "6";
const hasCompiler = spawnSync("cc", ["--version"], { stdio: "ignore" }).status === 0;

const outcome = ({ rounds, lost, wrong, reasons }: Tally): object => ({ rounds, lost, wrong, reasons });
/** Nothing lost, nothing wrong; where it is not so, the reasons stand in the difference. */
const clean = (rounds: number): object => ({ rounds, lost: 0, wrong: 0, reasons: [] });

describe("real processes", () => {
  test("lose nothing that was acknowledged when they are ended around kills and adoptions", LIMIT, async () => {
    expect(outcome(await killNine(6, "sources"))).toEqual(clean(6));
  });

  test.skipIf(findPostgres() === undefined)("take a signed-in person's kill while PostgreSQL is down, and keep it", LIMIT, async () => {
    expect(outcome(await postgresDown(2, "sources"))).toEqual(clean(2));
  });

  test.skipIf(findPostgres() === undefined)("take an emergency kill each at two servers of one database, and log each once", LIMIT, async () => {
    expect(outcome(await twoServers(1, "sources"))).toEqual(clean(1));
  });

  test("kill through a relay while the server is dead, keep it over the relay's crash, and log it once", LIMIT, async () => {
    expect(outcome(await relayAlone(2, "sources"))).toEqual(clean(2));
  });

  test("agree after a partition between a relay and its server, with kills and lifts on both sides", LIMIT, async () => {
    expect(outcome(await partition(2, "sources"))).toEqual(clean(2));
  });

  test("name exactly the three SDK processes that hang", LIMIT, async () => {
    expect(outcome(await stoppedSdks(1, "sources"))).toEqual(clean(1));
  });

  test("serve what the log says over doubled, swapped, lost and cut patches", LIMIT, async () => {
    expect(outcome(await mangledPatches(2, "sources"))).toEqual(clean(2));
  });

  test("kill and go on serving while the Git host answers 503 or refuses", LIMIT, async () => {
    expect(outcome(await gitDown(2, "sources"))).toEqual(clean(2));
  });

  test("adopt the rest of commits with bombs, huge files and links out of the tree", LIMIT, async () => {
    expect(outcome(await hostileContent(8, "sources"))).toEqual(clean(8));
  });

  test("refuse one of two people who decide the same at once, and lose neither", LIMIT, async () => {
    expect(outcome(await twoPeople(3, "sources"))).toEqual(clean(3));
  });
});

describe("the SQLite store", () => {
  test.skipIf(!hasCompiler)("survives power cuts under FULL, where NORMAL and OFF do not", LIMIT, async () => {
    expect(outcome(await powerCut(100))).toEqual(clean(100));
  });
});
