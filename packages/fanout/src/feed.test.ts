import { encodeDecisions, foldEvents } from "@sluice/releases";
import { describe, expect, test } from "vitest";
import { RunningFanout, SDK_KEY } from "./testing/running-fanout.ts";
import { settle } from "./testing/test-world.ts";

const running = async (): Promise<RunningFanout> => (await new RunningFanout().prepare()).start();

describe("the feed", () => {
  test("brings what the API publishes to every stream, cut anywhere", async () => {
    const fanout = await running();
    const sdk = await fanout.stream();
    fanout.api.tell({ kind: "patch", environment: "production", patch: { epoch: fanout.epoch, base: 1, to: 2, drop: { flags: ["shop.gift"] } }, folded: 2 });
    expect(sdk.named("patch")).toEqual([{ epoch: fanout.epoch, base: 1, to: 2, drop: { flags: ["shop.gift"] } }]);
  });

  test("silent for more than 6 s is begun anew", async () => {
    const fanout = await running();
    for (let beat = 0; beat < 10; beat++) {
      fanout.api.tell({ kind: "ping" });
      await fanout.world.advance(2_000);
    }
    expect(fanout.world.lines.filter((line) => line.includes("feed.lost"))).toEqual([]);
    await fanout.world.advance(5_000);
    expect(fanout.world.lines.filter((line) => line.includes("feed.lost"))).toEqual([expect.stringContaining("silent")]);
    await fanout.world.advance(1_000);
    expect(fanout.api.feeds).toBe(1);
  });

  test("is begun anew after a line that is no message, and passes over kinds it does not know", async () => {
    const fanout = await running();
    fanout.api.tellRaw('{"kind":"something-newer"}\n');
    expect(fanout.world.lines.filter((line) => line.includes("feed.lost"))).toEqual([]);
    fanout.api.tellRaw('{"kind":"unchanged"\n');
    expect(fanout.world.lines.filter((line) => line.includes("feed.lost"))).toEqual([expect.stringContaining("no message")]);
    await fanout.world.advance(1_000);
    expect(fanout.api.feeds).toBe(1);
  });

  test("that fails each time at once is asked less and less often, and that held is asked again at once", async () => {
    const fanout = await running();
    let begun = 0;
    fanout.api.everything = () => {
      begun++;
      return [{ kind: "unchanged", environment: "never-heard-of", folded: 9 }];
    };
    fanout.api.tellRaw("nonsense\n");
    await fanout.world.advance(60_000);
    expect(begun).toBeGreaterThan(20);
    expect(begun).toBeLessThanOrEqual(45);
  });

  test("ends sessions and brings SDK keys", async () => {
    const fanout = await running();
    const { body } = await fanout.json("GET", "/api/me", { as: "ada" });
    expect(body).toMatchObject({ account: { id: "ada" }, can: { kill: true, lift: true } });
    const [grant] = await fanout.store.grants("session");
    await fanout.store.takeGrant(grant?.hash ?? "");
    fanout.api.tell({ kind: "sessionsEnded", hashes: [grant?.hash ?? ""] });
    expect((await fanout.jsonIn(300, "GET", "/api/me", { as: "ada" })).status).toBe(401);
    fanout.api.tell({ kind: "sdkKeys", keys: [] });
    expect((await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY })).status).toBe(401);
  });

  test("that says otherwise than this process is believed, loudly", async () => {
    const fanout = await running();
    const sdk = await fanout.stream({ "last-event-id": `${fanout.epoch}:1` });
    await fanout.kill("command-1");
    fanout.api.everything = () => [
      { kind: "snapshot", environment: "production", snapshot: fanout.snapshot(2, { kills: { other: { flags: ["shop.gift"] } } }), folded: 2 },
    ];
    fanout.api.tell({
      kind: "patch",
      environment: "production",
      patch: { epoch: fanout.epoch, base: 1, to: 2, set: { kills: { other: { flags: ["shop.gift"] } } } },
      folded: 2,
    });
    await fanout.world.advance(1_000);
    expect(fanout.world.lines.some((line) => line.startsWith("error publish.diverged"))).toBe(true);
    expect(sdk.named("reset")).toEqual([{ epoch: fanout.epoch, seq: 2 }]);
    const { body } = await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY });
    expect(body["kills"]).toEqual({ other: { flags: ["shop.gift"] } });
  });
});

describe("a restart", () => {
  test("serves at once what was served before, with the API dead", async () => {
    const fanout = await running();
    await fanout.kill("command-1");
    await fanout.world.advance(2_000);
    fanout.api.down();
    await fanout.restart();
    const snapshot = await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY });
    expect(snapshot).toMatchObject({ status: 200, body: { seq: 2, epoch: fanout.epoch } });
    expect(Object.values(snapshot.body["kills"] as Record<string, unknown>)).toEqual([{ flags: ["shop.checkout"] }]);
    expect((await fanout.json("GET", "/api/flags", { as: "ada" })).body["flags"]).toHaveLength(3);
    expect(await fanout.json("GET", "/health")).toMatchObject({ status: 200, body: { status: "degraded", api: { reachable: false } } });
  });

  test("after a kill that the cache had not seen yet keeps the kill, though the log begins at a checkpoint", async () => {
    const fanout = await running();
    await fanout.world.advance(2_000);
    const files = new Map(fanout.disk.files);
    const { body } = await fanout.kill("command-1");
    const decisions = foldEvents(fanout.database.events);
    await fanout.store.saveCheckpoint({
      name: "decisions",
      seq: decisions.seq,
      hash: decisions.hash,
      bytes: new TextEncoder().encode(encodeDecisions(decisions)),
    });
    for (const [name, bytes] of files) fanout.disk.files.set(name, bytes);
    fanout.api.down();
    await fanout.restart();
    const sdk = await fanout.stream();
    expect(sdk.named("hello")).toMatchObject([{ seq: 1 }]);
    expect(sdk.named("urgent")).toEqual([{ id: body["kill"], epoch: fanout.epoch, seq: 2, flags: ["shop.checkout"] }]);
  });

  test("of what the database has lost begins an epoch in which every kill holds", async () => {
    const fanout = await running();
    const first = String((await fanout.kill("command-1")).body["kill"]);
    const second = String((await fanout.kill("command-2", ["shop.gift"])).body["kill"]);
    await fanout.world.advance(2_000);
    // A backup of yesterday, and somebody who was quicker to decide on it.
    fanout.database.events.splice(1);
    fanout.database.commands.clear();
    await fanout.store.append([{ command: "held", atMs: 0, facts: { kind: "commitHeld", commit: "c", removed: 1, of: 2 }, personal: { by: "git" } }], 1);
    await fanout.restart();
    const { epoch, replaces } = foldEvents(fanout.database.events);
    expect(replaces).toEqual([fanout.epoch]);
    expect(epoch).not.toBe(fanout.epoch);
    const third = await fanout.kill("command-3", ["shop.limits"]);
    expect(third).toMatchObject({ status: 201, body: { emergency: false } });
    const sdk = await fanout.stream();
    const urgent = sdk.named("urgent").map((kill) => kill as { readonly id: string; readonly epoch: string; readonly flags: readonly string[] });
    expect(new Map(urgent.map(({ id, epoch: of, flags }) => [id, [of, ...flags]]))).toEqual(
      new Map([
        [first, [epoch, "shop.checkout"]],
        [second, [epoch, "shop.gift"]],
        [String(third.body["kill"]), [epoch, "shop.limits"]],
      ]),
    );
    const kills = Object.fromEntries(
      foldEvents(fanout.database.events)
        .environments["production"]?.kills.entriesSorted()
        .map(([id, { flags }]) => [id, { flags }]) ?? [],
    );
    fanout.api.tell({ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(6, { epoch, replaces, kills }), folded: 6 });
    await settle();
    expect(sdk.named("reset").at(-1)).toEqual({ epoch, seq: 6 });
    const before = fanout.database.events.length;
    await fanout.world.advance(2_000);
    await fanout.restart();
    await fanout.restart("refuses");
    expect(fanout.database.events).toHaveLength(before);
  });

  test("of what neither the database nor this machine has any more is told by whoever comes back, and begins an epoch, once", async () => {
    const fanout = await running();
    await fanout.stream({ "last-event-id": `${fanout.epoch}:1` });
    await fanout.stream({ "last-event-id": "e0:7" });
    await settle();
    expect(foldEvents(fanout.database.events).epoch).toBe(fanout.epoch);
    await fanout.stream({ "last-event-id": `${fanout.epoch}:7` });
    await settle();
    const { epoch, replaces } = foldEvents(fanout.database.events);
    expect([replaces, epoch === fanout.epoch]).toEqual([[fanout.epoch], false]);
    // Nobody's word begins a second one: a key must not be enough to do it again and again.
    await fanout.stream({ "last-event-id": `${epoch}:9000` });
    await settle();
    expect(foldEvents(fanout.database.events).epoch).toBe(epoch);
  });

  test("goes on with a cache that is damaged or missing", async () => {
    const fanout = await running();
    await fanout.world.advance(2_000);
    for (const name of fanout.disk.files.keys()) fanout.disk.files.set(name, new TextEncoder().encode('{"folded":'));
    await fanout.restart();
    expect((await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY })).body).toMatchObject({ seq: 1 });
  });

  test.each([
    "null",
    "5",
    "[]",
    "{}",
    "[null,1,{}]",
    '{"flags":5,"environments":"x","sdkKeys":7,"operators":9}',
    '{"flags":[null],"environments":[],"sdkKeys":[null]}',
  ])("goes on with a cache that is JSON, and not its own: %s", async (text) => {
    const fanout = await running();
    await fanout.world.advance(2_000);
    const whole = new Map(fanout.disk.files);
    expect(whole.size).toBe(4);
    for (const name of whole.keys()) {
      for (const [other, bytes] of whole) fanout.disk.files.set(other, bytes);
      fanout.disk.files.set(name, new TextEncoder().encode(text));
      await fanout.restart();
      expect((await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY })).body, name).toMatchObject({ seq: 1 });
      expect((await fanout.kill(`kill-${name}`)).status, name).toBe(201);
      for (const kill of fanout.database.events.splice(1)) expect(kill.facts.kind).toBe("flagsKilled");
    }
  });

  test("finds what was served although the disk was full for a while", async () => {
    const fanout = await running();
    fanout.disk.isFull = true;
    await fanout.kill("command-1");
    await fanout.world.advance(5_000);
    fanout.disk.isFull = false;
    await fanout.world.advance(15_000);
    fanout.api.down();
    await fanout.restart("refuses");
    expect((await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY })).body).toMatchObject({ seq: 2 });
  });
});

test("flags that SDKs ask for reach the API, also when it was gone at first", async () => {
  const fanout = await running();
  fanout.api.isUp = false;
  await fanout.confirm({ instance: "i1", seq: 1, asked: ["shop.checkout", "old.flag"] });
  await fanout.world.advance(6_000);
  fanout.api.isUp = true;
  await fanout.world.advance(6_000);
  const told = fanout.api.requests.filter((request) => request.url.endsWith("/internal/v1/asked"));
  expect(told.map((request) => [request.headers["authorization"], JSON.parse(new TextDecoder().decode(request.body))])).toEqual([
    ["Bearer sli_internal", { environment: "production", keys: ["old.flag", "shop.checkout"] }],
  ]);
});
