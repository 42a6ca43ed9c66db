import { encodeSnapshot, isUrgentInForce } from "@sluice/evaluation";
import { foldEvents } from "@sluice/releases";
import { StoreUnavailable } from "@sluice/store";
import { describe, expect, test } from "vitest";
import { RunningFanout, SDK_KEY } from "./testing/running-fanout.ts";
import { settle } from "./testing/test-world.ts";

const running = async (): Promise<RunningFanout> => (await new RunningFanout().prepare()).start();

/** The database comes back with the project's first event alone. */
function lose(fanout: RunningFanout): void {
  fanout.database.events.splice(1);
  fanout.database.commands.clear();
}

function logOf({ database }: RunningFanout): { readonly epoch: string; readonly replaces: readonly string[]; readonly kills: readonly string[] } {
  const { epoch, replaces, environments } = foldEvents(database.events);
  return { epoch, replaces, kills: environments["production"]?.kills.entriesSorted().map(([id]) => id) ?? [] };
}

async function killsServed(fanout: RunningFanout): Promise<readonly string[]> {
  const { body } = await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY });
  return Object.keys({ ...(body["kills"] as object | undefined) });
}

describe("after a database has lost its newest decisions", () => {
  test("an epoch that is lost in its turn is told to be over, and its kills hold", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart();
    const { epoch, replaces } = logOf(fanout);
    const second = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    const kills = { [first]: { flags: ["shop.checkout"] }, [second]: { flags: ["shop.gift"] } };
    fanout.api.tell({ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(4, { epoch, replaces, kills }), folded: 4 });
    await settle();
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart();
    const again = logOf(fanout);
    expect([fanout.epoch, epoch]).not.toContain(again.epoch);
    expect(again.replaces).toEqual([fanout.epoch, epoch]);
    expect(again.kills).toEqual([first, second].sort());
  });

  test("a kill that was served before it was read of the log is kept where the log has lost it", async () => {
    const fanout = await running();
    // The API has read on; this process has not, and serves what it is told.
    fanout.store.trouble = "refuses";
    const kills = { k0123456789ab: { flags: ["shop.checkout"] } };
    fanout.api.tell({ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(2, { kills }), folded: 2 });
    await settle();
    expect(await killsServed(fanout)).toEqual(["k0123456789ab"]);
    await fanout.world.advance(3_000);
    fanout.store.trouble = "none";
    await fanout.restart();
    expect(logOf(fanout)).toMatchObject({ replaces: [fanout.epoch], kills: ["k0123456789ab"] });
    // What was lifted in what is left of the log stays so.
    await fanout.json("POST", "/api/kills/k0123456789ab/lift", { as: "ada", body: { command: "command-1" } });
    await fanout.world.advance(3_000);
    await fanout.restart();
    expect(logOf(fanout).kills).toEqual([]);
  });

  test("of an environment of which nothing that was read is lost, what was served ahead of it is kept too", async () => {
    const fanout = await running();
    await fanout.kill("command-1");
    await fanout.world.advance(2_000);
    const [begun, killed] = fanout.database.events;
    if (begun === undefined || killed === undefined) throw new Error("nothing was decided");
    // Production was read as far as the second decision, staging as far as the first, and served a kill of the third.
    const staging = { ...fanout.snapshot(3, { kills: { k0123456789ab: { flags: ["shop.gift"] } } }), environment: "staging" };
    const file = (name: string): string => `${name}-${Buffer.from("staging").toString("hex")}.json`;
    const seen = JSON.stringify({ epoch: begun.epoch, seq: begun.seq, hash: begun.hash, replaces: [] });
    await fanout.world.disk.replace("environments.json", new TextEncoder().encode('["production","staging"]'));
    await fanout.world.disk.replace(file("snapshot"), new TextEncoder().encode(`{"folded":3,"log":${seen},"snapshot":${encodeSnapshot(staging)}}`));
    lose(fanout);
    await fanout.restart();
    const { environments, replaces } = foldEvents(fanout.database.events);
    expect([replaces, environments["staging"]?.kills.entriesSorted().map(([id]) => id)]).toEqual([[fanout.epoch], ["k0123456789ab"]]);
  });

  test("a kill that the store knows to have come back long ago keeps no new epoch from beginning, and no other kill out", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    const second = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    await fanout.world.advance(2_000);
    lose(fanout);
    // Of commands the fold knows the newest thousand, and the store all.
    fanout.database.commands.set(`kept-${first}`, [1]);
    await fanout.restart();
    expect(logOf(fanout)).toMatchObject({ replaces: [fanout.epoch], kills: [second] });
  });

  test("a process that runs on finds it, keeps what it serves, and nobody decides meanwhile", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    const lifted = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    await fanout.json("POST", `/api/kills/${lifted}/lift`, { as: "ada", body: { command: "command-3" } });
    const client = await fanout.stream();
    lose(fanout);
    // Whoever kills before anybody has looked is answered the emergency way.
    const second = await fanout.kill("command-4", ["shop.limits"]);
    expect(second.body["emergency"]).toBe(true);
    // What the API made of the log of now would end the kill.
    fanout.api.tell({ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(5), folded: 5 });
    await settle();
    expect(await killsServed(fanout)).toEqual([first]);
    await fanout.world.advance(6_000);
    const { epoch, replaces, kills } = logOf(fanout);
    expect([epoch === fanout.epoch, replaces]).toEqual([false, [fanout.epoch]]);
    expect(kills).toEqual([first, String(second.body["kill"])].sort());
    expect(foldEvents(fanout.database.events).environments["production"]?.seen).toEqual({ [fanout.epoch]: 4 });
    expect(client.named("reset")).toHaveLength(1);
    // From now on as ever: in the log, and at once.
    expect((await fanout.kill("command-5", ["shop.gift"])).body["emergency"]).toBe(false);
    const served = fanout.snapshot(4, { epoch, replaces, kills: Object.fromEntries(kills.map((id) => [id, { flags: ["shop.limits"] }])) });
    fanout.api.tell({ kind: "snapshot", environment: "production", snapshot: served, folded: 4 });
    await settle();
    expect((await killsServed(fanout)).length).toBe(3);
  });

  test("what a process that runs on had seen is not forgotten where it ends before the store answers", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(2_000);
    lose(fanout);
    fanout.store.append = () => Promise.reject(new StoreUnavailable("read only"));
    await fanout.world.advance(1_000);
    await fanout.kill("command-2", ["shop.gift"]);
    await fanout.world.advance(3_000);
    expect(logOf(fanout).replaces).toEqual([]);
    await fanout.restart();
    expect(logOf(fanout).replaces).toEqual([fanout.epoch]);
    expect(logOf(fanout).kills).toContain(first);
  });

  test("what a lost epoch had replaced stays replaced, for whoever still holds a kill of it", async () => {
    const fanout = await running();
    const epochs: string[] = [];
    const kills: string[] = [];
    for (const [at, flag] of ["shop.checkout", "shop.gift", "shop.limits"].entries()) {
      kills.push(String((await fanout.kill(`command-${at}`, [flag])).body["kill"]));
      await fanout.world.advance(2_000);
      lose(fanout);
      await fanout.restart();
      epochs.push(logOf(fanout).epoch);
      await fanout.world.advance(2_000);
    }
    const [first = "", second = "", third = ""] = epochs;
    expect(new Set([fanout.epoch, ...epochs]).size).toBe(4);
    expect(logOf(fanout)).toEqual({ epoch: third, replaces: [fanout.epoch, second, first], kills: kills.sort() });
  });

  test("what was read of an epoch that is lost before any of it was served has been seen too", async () => {
    const fanout = await running();
    const kill = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(2_000);
    lose(fanout);
    // The API says nothing from here on: the kill is sent ahead, as one of the epoch that has just begun.
    fanout.api.everything = () => [];
    await fanout.restart();
    const { epoch } = logOf(fanout);
    const stream = await fanout.stream();
    expect(stream.named("urgent")).toMatchObject([{ id: kill, epoch, seq: 3 }]);
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart();
    expect(foldEvents(fanout.database.events).environments["production"]?.seen).toEqual({ [fanout.epoch]: 2, [epoch]: 3 });
  });

  test("a kill that had begun and ended in what is lost is over for whoever missed its end", async () => {
    const fanout = await running();
    const kill = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.json("POST", `/api/kills/${kill}/lift`, { as: "ada", body: { command: "command-2" } });
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart();
    const { environments, epoch, replaces } = foldEvents(fanout.database.events);
    expect(environments["production"]?.seen).toEqual({ [fanout.epoch]: 3 });
    // Who was cut off at the kill comes back: what is in force there has been seen, and is not.
    const known = { id: kill, epoch: fanout.epoch, seq: 2, flags: ["shop.checkout"] };
    const { seen } = environments["production"] ?? {};
    expect(isUrgentInForce(known, { epoch, seq: 4, replaces, ...(seen === undefined ? {} : { seen }) })).toBe(false);
    expect(isUrgentInForce({ ...known, seq: 4 }, { epoch, seq: 4, replaces, ...(seen === undefined ? {} : { seen }) })).toBe(true);
  });

  test("an API that has not noticed is not believed, and nobody decides, before the log was looked at", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(2_000);
    lose(fanout);
    const [, ...rest] = fanout.api.everything();
    fanout.api.everything = () => [{ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(1), folded: 2 }, ...rest];
    await fanout.restart("refuses");
    expect(await killsServed(fanout)).toEqual([first]);
    fanout.store.trouble = "none";
    const second = await fanout.kill("command-2", ["shop.gift"]);
    expect(second.body["emergency"]).toBe(true);
    await fanout.world.advance(3_000);
    const { kills, replaces } = logOf(fanout);
    expect(replaces).toEqual([fanout.epoch]);
    expect(kills).toEqual([first, String(second.body["kill"])].sort());
  });

  test("a loss that could not be looked at is not forgotten by what is written meanwhile", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart("refuses");
    await fanout.kill("command-2", ["shop.gift"]);
    await fanout.world.advance(2_000);
    await fanout.restart();
    expect(logOf(fanout).replaces).toEqual([fanout.epoch]);
    expect(logOf(fanout).kills).toContain(first);
  });

  test("a loss behind a kill that was sent ahead of its version is found", async () => {
    const fanout = await running();
    // Waits for the API, which compiles it: the kill behind it cannot be patched in yet.
    await fanout.store.append(
      [{ command: "adopt", atMs: 0, facts: { kind: "commitAdopted", commit: "c", changed: [], kept: [] }, personal: { by: "git" } }],
      1,
    );
    await fanout.kill("command-1");
    await fanout.world.advance(2_000);
    lose(fanout);
    await fanout.restart();
    expect(logOf(fanout).replaces).toEqual([fanout.epoch]);
  });

  test("a kill of the moment before, which the next whole snapshot would have had, holds, and can be lifted", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    const second = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    lose(fanout);
    await fanout.restart();
    expect(logOf(fanout)).toMatchObject({ replaces: [fanout.epoch], kills: [first, second].sort() });
    for (const [at, kill] of [first, second].entries())
      expect(await fanout.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { as: "ada", body: { command: `lift-command-${at}` } })).toMatchObject({
        status: 200,
      });
    expect(logOf(fanout).kills).toEqual([]);
  });

  test("a kill that was lifted in the moment before is not brought back by what the disk had of it", async () => {
    const fanout = await running();
    const kill = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { as: "ada", body: { command: "lift-command-1" } });
    const [, ...rest] = fanout.api.everything();
    fanout.api.everything = () => [{ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(3), folded: 3 }, ...rest];
    await fanout.restart();
    await fanout.world.advance(2_000);
    expect(await killsServed(fanout)).toEqual([]);
    expect(logOf(fanout)).toEqual({ epoch: fanout.epoch, replaces: [], kills: [] });
  });

  test("a kill whose lift the log still has is not brought back by an older snapshot, when what came after is lost", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(2_000);
    await fanout.jsonIn(100, "POST", `/api/kills/${first}/lift`, { as: "ada", body: { command: "lift-command-1" } });
    const second = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    fanout.database.events.splice(3);
    fanout.database.commands.delete("command-2");
    await fanout.restart();
    expect(logOf(fanout)).toMatchObject({ replaces: [fanout.epoch], kills: [second] });
    expect(foldEvents(fanout.database.events).environments["production"]?.seen).toEqual({ [fanout.epoch]: 4 });
  });

  test("a kill that was sent ahead of its version, and lifted, is not brought back by what stood beside an older snapshot", async () => {
    const fanout = await running();
    // Waits for the API, which compiles it: the kill behind it is in no snapshot that is written.
    await fanout.store.append(
      [{ command: "adopt", atMs: 0, facts: { kind: "commitAdopted", commit: "c", changed: [], kept: [] }, personal: { by: "git" } }],
      1,
    );
    const first = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(2_000);
    await fanout.jsonIn(100, "POST", `/api/kills/${first}/lift`, { as: "ada", body: { command: "lift-command-1" } });
    fanout.api.tell({ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(4), folded: 4 });
    const second = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    fanout.database.events.splice(4);
    fanout.database.commands.delete("command-2");
    await fanout.restart();
    expect(logOf(fanout)).toMatchObject({ replaces: [fanout.epoch], kills: [second] });
  });

  test("a kill that was sent ahead while the disk took no file of kills is known by the snapshot's, which was written after it", async () => {
    const fanout = await running();
    await fanout.store.append(
      [{ command: "adopt", atMs: 0, facts: { kind: "commitAdopted", commit: "c", changed: [], kept: [] }, personal: { by: "git" } }],
      1,
    );
    const first = String((await fanout.kill("command-1")).body["kill"]);
    await fanout.world.advance(12_000);
    const name = `kills-${Buffer.from("production").toString("hex")}.json`;
    const older = fanout.disk.files.get(name);
    expect(new TextDecoder().decode(older)).toContain(first);
    const second = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    await fanout.world.advance(12_000);
    fanout.disk.files.set(name, older ?? new Uint8Array());
    lose(fanout);
    await fanout.restart();
    expect(logOf(fanout).kills).toEqual([first, second].sort());
  });

  test("a disk that refuses for a while has every kill again when it takes them", async () => {
    const fanout = await running();
    fanout.disk.isFull = true;
    const kill = String((await fanout.kill("command-1")).body["kill"]);
    fanout.disk.isFull = false;
    await fanout.world.advance(10_500);
    const [name = ""] = [...fanout.disk.files.keys()].filter((one) => one === `kills-${Buffer.from("production").toString("hex")}.json`);
    expect(new TextDecoder().decode(fanout.disk.files.get(name))).toContain(kill);
    lose(fanout);
    await fanout.restart();
    expect(logOf(fanout).kills).toEqual([kill]);
  });

  test("who comes back while the log cannot be looked at is heard as soon as it can", async () => {
    const fanout = await running();
    fanout.disk.files.clear();
    await fanout.restart("refuses");
    await fanout.stream({ "last-event-id": `${fanout.epoch}:3` });
    fanout.store.trouble = "none";
    await fanout.world.advance(3_000);
    expect(logOf(fanout).replaces).toEqual([fanout.epoch]);
  });

  test("nothing is appended in the place of what is lost, where somebody comes with it", async () => {
    const fanout = await running();
    const { epoch } = fanout;
    fanout.disk.files.clear();
    // Two decisions were served; the log that is left has none of them, and nor has the disk.
    const stream = fanout.stream({ "last-event-id": `${epoch}:3` });
    const killed = fanout.json("POST", "/api/kills", { as: "ada", body: { command: "command-1", environment: "production", flags: ["shop.gift"] } });
    await fanout.world.advance(2_000);
    await stream;
    const { kill } = (await killed).body;
    const { replaces, kills } = logOf(fanout);
    expect(replaces).toEqual([epoch]);
    expect(kills).toEqual([kill]);
    expect(fanout.database.events.map(({ facts }) => facts.kind)).toEqual(["projectCreated", "epochStarted", "flagsKilled"]);
  });
});
