import type { KillPast } from "@sluice/contract";
import { describe, expect, test } from "vitest";
import { RunningFanout } from "./testing/running-fanout.ts";

const running = async (): Promise<RunningFanout> => (await new RunningFanout().prepare()).start();
const history = async (fanout: RunningFanout, query = ""): Promise<readonly KillPast[]> => {
  const { status, body } = await fanout.jsonIn(4_000, "GET", `/api/kills/history${query}`, { as: "aud" });
  expect(status).toBe(200);
  return body["kills"] as readonly KillPast[];
};
const lift = (fanout: RunningFanout, kill: string, reason: string): ReturnType<RunningFanout["json"]> =>
  fanout.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { as: "pia", body: { command: `lift-${kill}`, reason } });

/** Connects the SDK of a process. */
const connect = async (fanout: RunningFanout, instance: string): Promise<{ readonly gone: () => void }> =>
  fanout.stream({ "sluice-instance": instance, "sluice-app-version": "1.0.0" });

/** Kills with four processes connected: three confirm, 100, 300 and 700 ms after it was asked for. */
async function killedAmongFour(fanout: RunningFanout): Promise<{ readonly kill: string; readonly slow: { readonly gone: () => void } }> {
  const [slow] = [await connect(fanout, "slow"), await connect(fanout, "a"), await connect(fanout, "b"), await connect(fanout, "c")];
  const asked = fanout.world.monotonicMs;
  const answer = fanout.json("POST", "/api/kills", {
    as: "ada",
    body: {
      command: "kill-of-checkout",
      environment: "production",
      flags: ["shop.checkout"],
      reason: "charges twice",
      incident: "https://incidents.example/7",
    },
  });
  await fanout.world.advance(0);
  for (const [instance, afterMs] of [
    ["a", 100],
    ["b", 300],
    ["c", 700],
  ] as const) {
    await fanout.world.advance(asked + afterMs - fanout.world.monotonicMs);
    await fanout.confirm({ instance, seq: 2 });
  }
  return { kill: String((await answer).body["kill"]), slow: slow ?? { gone: () => {} } };
}

describe("the history of kills", () => {
  test("says who placed and lifted each, why, and how far it came by when", async () => {
    const fanout = await running();
    const { kill } = await killedAmongFour(fanout);
    const [row] = await history(fanout);
    const placed = {
      kill,
      environment: "production",
      flags: ["shop.checkout"],
      seq: 2,
      by: "ada",
      reason: "charges twice",
      incident: "https://incidents.example/7",
    };
    // Four were connected: the second of them is half, and three are not 99 %.
    expect(row).toEqual({
      ...placed,
      atMs: fanout.database.events[1]?.atMs,
      reach: { kill, of: 4, confirmed: 3, gone: 0, halfMs: 300, missing: ["shop 1.0.0 slow"] },
    });
    // Among those in force it stands with the same words.
    const inForce = await fanout.jsonIn(4_000, "GET", "/api/kills", { as: "aud" });
    expect(inForce.body["kills"]).toMatchObject([placed]);
    await lift(fanout, kill, "mended");
    const [past] = await history(fanout);
    expect(past).toMatchObject({
      ...placed,
      lifted: { atMs: fanout.database.events[2]?.atMs, isUndo: false, by: "pia", reason: "mended" },
      reach: { confirmed: 3 },
    });
  });

  test("has the time until all, and leaves out who came later", async () => {
    const fanout = await running();
    const { kill } = await killedAmongFour(fanout);
    await fanout.world.advance(1_000);
    await fanout.confirm({ instance: "slow", seq: 2 });
    await connect(fanout, "late");
    await fanout.world.advance(60_000);
    await fanout.confirm({ instance: "late", seq: 2 });
    const [row] = await history(fanout);
    expect(row?.reach).toEqual({ kill, of: 4, confirmed: 4, gone: 0, halfMs: 300, p99Ms: 1_700, allMs: 1_700, missing: [] });
  });

  test("counts who went without a word, and stays as it was when the kill was lifted", async () => {
    const fanout = await running();
    const { kill, slow } = await killedAmongFour(fanout);
    slow.gone();
    await fanout.world.advance(31_000);
    const gone = { of: 3, confirmed: 3, gone: 1, halfMs: 300, p99Ms: 700, allMs: 700, missing: [] };
    expect((await history(fanout))[0]?.reach).toMatchObject(gone);
    await lift(fanout, kill, "mended");
    await connect(fanout, "slow");
    await fanout.confirm({ instance: "slow", seq: 3 });
    expect((await history(fanout))[0]?.reach).toMatchObject(gone);
  });

  test("survives a restart, of kills in force and past, with new ones before them", async () => {
    const fanout = await running();
    const { kill } = await killedAmongFour(fanout);
    await lift(fanout, kill, "mended");
    await fanout.kill("kill-of-gift-0", ["shop.gift"]);
    await fanout.world.advance(5_000);
    const before = await history(fanout);
    await fanout.restart();
    expect(await history(fanout)).toEqual(before);
    await fanout.kill("kill-of-limits-0", ["shop.limits"]);
    expect((await history(fanout)).map(({ flags }) => flags)).toEqual([["shop.limits"], ["shop.gift"], ["shop.checkout"]]);
    expect(await history(fanout, "?limit=1")).toHaveLength(1);
    expect(await history(fanout, "?environment=staging")).toEqual([]);
  });

  test("of a disk that was damaged is without the reach, and of one that is full it stays in memory", async () => {
    const fanout = await running();
    fanout.disk.isFull = true;
    const { kill } = await killedAmongFour(fanout);
    await fanout.world.advance(5_000);
    await lift(fanout, kill, "mended");
    expect((await history(fanout))[0]?.reach).toMatchObject({ confirmed: 3 });
    for (const bytes of ["{", '[{"kill":7}]', '"x"']) {
      fanout.disk.isFull = false;
      fanout.disk.files.set("kill-reach.json", new TextEncoder().encode(bytes));
      await fanout.restart();
      const [row] = await history(fanout);
      expect([row?.kill, row !== undefined && "reach" in row], bytes).toEqual([kill, false]);
    }
  });

  test("forgets words that were erased, and tells what it knows while the database is gone", async () => {
    const fanout = await running();
    const { kill } = await killedAmongFour(fanout);
    expect((await history(fanout))[0]).toMatchObject({ kill, by: "ada" });
    fanout.store.trouble = "hangs";
    const [known] = await history(fanout);
    expect([known?.kill, known?.by, known?.reach?.confirmed]).toEqual([kill, undefined, 3]);
    fanout.store.trouble = "none";
    await fanout.store.erase(2);
    const [erased] = await history(fanout);
    expect([erased?.kill, erased?.by, erased?.reason]).toEqual([kill, undefined, undefined]);
    await fanout.restart("refuses");
    expect(await fanout.jsonIn(4_000, "GET", "/api/kills/history", { as: "ada" })).toMatchObject({ status: 401 });
  });

  test("follows a log that has lost its end: no row stands for an event that is another's now", async () => {
    const fanout = await running();
    await fanout.kill("kill-of-checkout", ["shop.checkout"]);
    await fanout.kill("kill-of-limits-0", ["shop.limits"]);
    const { body } = await fanout.kill("kill-of-gift-0", ["shop.gift"]);
    await lift(fanout, String(body["kill"]), "mended");
    expect((await history(fanout)).map(({ flags }) => flags)).toEqual([["shop.gift"], ["shop.limits"], ["shop.checkout"]]);
    // The database comes back with the project's first event alone; kills in force come into the log again, one that was lifted does not.
    fanout.database.events.splice(1);
    fanout.database.commands.clear();
    await fanout.world.advance(6_000);
    await fanout.kill("kill-of-gift-1", ["shop.gift"]);
    const logged = fanout.database.events.flatMap(({ facts, seq }) => (facts.kind === "flagsKilled" ? [[facts.kill, seq] as const] : []));
    expect(logged).toHaveLength(3);
    const rows = (await history(fanout)).map(({ kill, seq }) => [kill, seq] as const);
    expect(rows.sort(([, a], [, b]) => a - b)).toEqual(logged);
  });

  test("is read page by page, each kill once, also while others are made; of one environment alone too", async () => {
    const fanout = await running();
    const flags = ["shop.checkout", "shop.gift", "shop.limits"];
    for (let at = 0; at < 7; at++) {
      await fanout.kill(`kill-number-${at}`, [flags[at % 3] ?? ""]);
      if (at % 2 === 0) await fanout.world.advance(1_000);
    }
    const made = fanout.database.events.flatMap(({ facts }) => (facts.kind === "flagsKilled" ? [facts.kill] : [])).toReversed();
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const asked = `?limit=3&environment=production${next === undefined ? "" : `&before=${next}`}`;
      const { body } = await fanout.jsonIn(4_000, "GET", `/api/kills/history${asked}`, { as: "aud" });
      seen.push(...(body["kills"] as readonly KillPast[]).map(({ kill }) => kill));
      next = body["next"] as string | undefined;
      // A kill that comes while somebody reads pushes none out of the next page.
      await fanout.kill(`kill-meanwhile-${seen.length}`, ["shop.gift"]);
    } while (next !== undefined);
    expect(seen).toEqual(made);
    expect(await history(fanout, `?environment=staging&before=${fanout.world.monotonicMs}.1`)).toEqual([]);
  });

  test("begins a page at no place that is none", async () => {
    const fanout = await running();
    for (const before of ["", "x", "1", "1.x", "-1.1", "1.1.1", "1e3.1", "9".repeat(20)])
      expect(await fanout.jsonIn(100, "GET", `/api/kills/history?before=${before}`, { as: "ada" }), before).toMatchObject({
        status: 400,
        body: { error: { code: "badRequest", field: "before" } },
      });
  });

  test("asks for 1 to 200", async () => {
    const fanout = await running();
    for (const limit of ["0", "201", "x", "1.5"])
      expect(await fanout.jsonIn(100, "GET", `/api/kills/history?limit=${limit}`, { as: "ada" }), limit).toMatchObject({
        status: 400,
        body: { error: { code: "badRequest", field: "limit" } },
      });
  });
});
