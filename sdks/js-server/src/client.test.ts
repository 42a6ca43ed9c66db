import type { HttpReply, HttpRequest } from "@sluice/ports";
import { describe, expect, test } from "vitest";
import { SluiceClient } from "./client.ts";
import type { SluiceOptions } from "./options.ts";
import { snapshotAt } from "./testing/snapshots.ts";
import { json, VirtualWorld } from "./testing/virtual-world.ts";

const HELLO = { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 };
const OPTIONS: SluiceOptions = { url: "http://flags.example/", key: "secret", service: "shop", version: "1.2.3" };
const KILL = { epoch: "e1", base: 3, to: 4, set: { kills: { k1: { flags: ["site.diary"] } } } };

const isPath = (request: HttpRequest, path: string): boolean => new URL(request.url).pathname === path;

/** A world whose server has `snapshotAt(3)`, takes confirms and has no urgent kills. */
function serving(): VirtualWorld {
  const world = new VirtualWorld();
  world.answer = (request) => (isPath(request, "/sdk/v1/snapshot") ? json(200, snapshotAt(3)) : { status: 204, headers: {}, body: "" });
  return world;
}

async function connected(
  options: Partial<SluiceOptions> = {},
  world: VirtualWorld = serving(),
): Promise<{ readonly world: VirtualWorld; readonly client: SluiceClient }> {
  const client = new SluiceClient({ ...OPTIONS, ...options }, world);
  await world.pass(10);
  world.send("hello", HELLO);
  await world.settle();
  return { world, client };
}

const confirms = (world: VirtualWorld): readonly Record<string, unknown>[] =>
  world.requests.filter((request) => isPath(request, "/sdk/v1/confirm")).map((request) => JSON.parse(new TextDecoder().decode(request.body)));
const snapshots = (world: VirtualWorld): number => world.requests.filter((request) => isPath(request, "/sdk/v1/snapshot")).length;

describe("a client that reaches its server", () => {
  test("is ready with the snapshot and says who it is", async () => {
    const { world, client } = await connected();
    await client.ready();
    expect({
      state: client.state,
      version: client.version,
      diary: client.getBoolean("site.diary", false),
      greeting: client.getString("greeting", "?"),
    }).toEqual({
      state: "ready",
      version: { epoch: "e1", seq: 3 },
      diary: true,
      greeting: "Good morning",
    });
    expect(world.stream.request.headers).toMatchObject({
      authorization: "Bearer secret",
      "last-event-id": "e1:3",
      "sluice-service": "shop",
      "sluice-app-version": "1.2.3",
      "sluice-instance": "0707070707070707",
    });
    expect(world.lines).toEqual([]);
  });

  test("applies a kill in the moment its bytes arrive and confirms it at once", async () => {
    const { world, client } = await connected();
    await world.settle();
    const before = confirms(world).length;
    world.send("patch", KILL);
    expect(client.getBooleanDetails("site.diary", true)).toEqual({
      value: false,
      variant: "off",
      reason: "DISABLED",
      cause: "kill",
      by: "k1",
      version: { epoch: "e1", seq: 4 },
    });
    expect(confirms(world).slice(before)).toMatchObject([{ instance: "0707070707070707", epoch: "e1", seq: 4, urgent: [] }]);
  });

  test("spreads its confirm over the jitter that the server names", async () => {
    const world = serving();
    const client = new SluiceClient(OPTIONS, world);
    await world.pass(10);
    world.send("hello", { ...HELLO, confirmJitterMs: 400 });
    world.send("patch", KILL);
    await world.pass(299);
    expect(confirms(world)).toEqual([]);
    await world.pass(1);
    expect(confirms(world)).toMatchObject([{ seq: 4 }]);
    await client.close();
  });

  test("has one confirm under way, joins what changes meanwhile, and tries again until one is taken", async () => {
    const { world } = await connected();
    await world.settle();
    const before = confirms(world).length;
    world.answer = () => "refused";
    world.send("patch", KILL);
    world.send("urgent", { id: "u1", epoch: "e1", journal: "j", counter: 1, flags: ["site.photos"] });
    expect(confirms(world).length).toBe(before + 1);
    await world.pass(3_000);
    world.answer = () => ({ status: 204, headers: {}, body: "" });
    await world.pass(4_000);
    const count = confirms(world).length;
    expect(confirms(world).at(-1)).toMatchObject({ seq: 4, urgent: ["u1"] });
    world.send("heartbeat", { epoch: "e1", seq: 4 });
    await world.pass(10_000);
    expect(confirms(world).length).toBe(count);
  });

  test("answers one request from one version, also when a kill comes in between, and the next one without it", async () => {
    const { world, client } = await connected();
    const request = client.forRequest();
    world.send("patch", KILL);
    expect({
      held: request.getBooleanDetails("site.diary", false),
      next: client.forRequest().getBoolean("site.diary", true),
      now: client.getBoolean("site.diary", true),
    }).toMatchObject({ held: { value: true, version: { epoch: "e1", seq: 3 } }, next: false, now: false });
    await world.pass(29_000);
    world.send("heartbeat", { epoch: "e1", seq: 4 });
    expect(request.getBoolean("site.diary", false)).toBe(true);
    await world.pass(1_100);
    expect({ value: request.getBoolean("site.diary", true), version: request.version }).toEqual({ value: false, version: { epoch: "e1", seq: 4 } });
  });

  test("answers defaults for the whole of a request that began before the first flags", async () => {
    const world = serving();
    const client = new SluiceClient(OPTIONS, world);
    const request = client.forRequest();
    await world.pass(10);
    expect([request.getBoolean("site.diary", false), client.getBoolean("site.diary", false)]).toEqual([false, true]);
  });

  test("reads a patch whose bytes come one by one", async () => {
    const { world, client } = await connected();
    for (const byte of new TextEncoder().encode(`: Bauführer 🏗️\r\nevent: patch\r\ndata: ${JSON.stringify(KILL)}\r\n\r\n`))
      world.sendBytes(Uint8Array.of(byte));
    expect(client.getBoolean("site.diary", true)).toBe(false);
  });

  test("reports each key once, known or unknown, within 30 s", async () => {
    const { world, client } = await connected();
    for (let round = 0; round < 3; round += 1) {
      client.getBoolean("site.diary", false);
      client.getBoolean("site.dairy", false);
      await world.pass(4_000);
      world.send("heartbeat", { epoch: "e1", seq: 3 });
    }
    await world.pass(11_000);
    expect(confirms(world).flatMap((body) => body["asked"])).toEqual(["site.diary"]);
    expect(confirms(world).flatMap((body) => body["unknown"])).toEqual(["site.dairy"]);
  });

  test("goes on confirming without keys that the server calls malformed", async () => {
    const { world, client } = await connected();
    await world.settle();
    world.answer = (request) => (new TextDecoder().decode(request.body).includes("site.diary") ? json(400, {}) : json(204, ""));
    client.getBoolean("site.diary", false);
    await world.pass(10_000);
    world.send("patch", KILL);
    await world.pass(5_000);
    expect(confirms(world).at(-1)).toMatchObject({ seq: 4, asked: [] });
    expect(confirms(world).filter((body) => String(body["asked"]) === "site.diary").length).toBe(1);
  });

  test("warns once about an unknown key, with the nearest names, and once about a wrong type", async () => {
    const { world, client } = await connected();
    for (let round = 0; round < 2; round += 1) {
      expect(client.getBoolean("site.dairy", true)).toBe(true);
      expect(client.getNumberDetails("site.diary", 4)).toMatchObject({ value: 4, reason: "ERROR", cause: "wrongType" });
    }
    expect(world.said("sluice.flag.unknown")).toEqual([
      'There is no flag "site.dairy" in production: the code\'s default is answered. Did you mean "site.diary"?',
    ]);
    expect(world.said("sluice.flag.wrongType")).toEqual([
      'Flag "site.diary" is asked for as number, but its value is boolean: the code\'s default is answered.',
    ]);
  });

  test("tells listeners what changed, and survives one that throws", async () => {
    const heard: string[] = [];
    const { world, client } = await connected({
      onChange: () => {
        throw new Error("host");
      },
    });
    const stop = client.onChange(({ flags, isKill }) => heard.push(`${flags.join()} ${isKill}`));
    world.send("patch", KILL);
    stop();
    world.send("patch", { epoch: "e1", base: 4, to: 5, drop: { kills: ["k1"] } });
    expect(heard).toEqual(["site.diary true"]);
    expect(world.said("sluice.fault").length).toBe(1);
    expect(client.getBoolean("site.diary", false)).toBe(true);
  });

  test("asks for urgent kills before it serves the first snapshot", async () => {
    const world = serving();
    world.answer = (request) => {
      if (isPath(request, "/sdk/v1/snapshot")) return json(200, snapshotAt(3), { "sluice-urgent": "1" });
      return json(200, { urgent: [{ id: "u1", epoch: "e1", journal: "j", counter: 1, flags: ["site.diary"] }] });
    };
    const answers: boolean[] = [];
    const client: SluiceClient = new SluiceClient({ ...OPTIONS, onChange: () => answers.push(client.getBoolean("site.diary", true)) }, world);
    await world.pass(10);
    expect(answers).toEqual([false]);
  });

  test("explains an answer in words", async () => {
    const { client } = await connected();
    expect(client.explain("site.diary")[0]).toBe("site.diary answers on = true, reason STATIC (snapshot e1:3).");
  });
});

describe("a client that must catch up", () => {
  test("fetches the snapshot over a gap and applies what came meanwhile", async () => {
    const { world, client } = await connected();
    world.answer = (request) => (isPath(request, "/sdk/v1/snapshot") ? json(200, snapshotAt(6)) : json(204, ""));
    world.send("patch", { epoch: "e1", base: 5, to: 6, set: { flags: {} } });
    world.send("patch", { epoch: "e1", base: 6, to: 9, set: { flags: { "site.diary": { default: "off" } } } });
    await world.settle();
    expect({ version: client.version, diary: client.getBoolean("site.diary", true) }).toEqual({ version: { epoch: "e1", seq: 9 }, diary: false });
  });

  test.each(["reset", "heartbeat"])("fetches the snapshot after a %s with another head", async (event) => {
    const { world, client } = await connected();
    world.answer = (request) => (isPath(request, "/sdk/v1/snapshot") ? json(200, snapshotAt(12)) : json(204, ""));
    world.send(event, { epoch: "e1", seq: 12 });
    await world.pass(1_100);
    expect(client.version?.seq).toBe(12);
  });

  test("takes the corrected snapshot of its own version after a reset", async () => {
    const { world, client } = await connected();
    const etagOf = (request: HttpRequest): string => request.headers["if-none-match"] ?? "";
    world.answer = (request) => {
      if (!isPath(request, "/sdk/v1/snapshot")) return json(204, "");
      return etagOf(request) === '"e1:3"' ? { status: 304, headers: {}, body: "" } : json(200, snapshotAt(3, { flags: { "site.diary": { default: "off" } } }));
    };
    world.send("heartbeat", { epoch: "e1", seq: 3 });
    world.send("reset", { epoch: "e1", seq: 3 });
    await world.pass(100);
    expect({ diary: client.getBoolean("site.diary", true), seq: client.version?.seq }).toEqual({ diary: false, seq: 3 });
  });

  test("does not fetch when the patch follows its heartbeat", async () => {
    const { world, client } = await connected();
    const before = snapshots(world);
    world.send("heartbeat", { epoch: "e1", seq: 4 });
    world.send("patch", KILL);
    await world.pass(2_000);
    expect({ fetched: snapshots(world) - before, seq: client.version?.seq }).toEqual({ fetched: 0, seq: 4 });
  });

  test("stays at its version when the server is behind, and does not ask again and again", async () => {
    const { world, client } = await connected();
    world.send("patch", KILL);
    const before = snapshots(world);
    for (let beat = 0; beat < 10; beat += 1) {
      world.send("heartbeat", { epoch: "e1", seq: 2 });
      await world.pass(5_000);
    }
    expect({ fetched: snapshots(world) - before, seq: client.version?.seq }).toEqual({ fetched: 0, seq: 4 });
  });

  test("asks ever more rarely when the snapshot never reaches the head that is announced", async () => {
    const { world } = await connected();
    const before = snapshots(world);
    for (let beat = 0; beat < 120; beat += 1) {
      world.send("heartbeat", { epoch: "e1", seq: 99 });
      await world.pass(5_000);
    }
    // Ten minutes: at most two requests a minute once it is clear that they do not help.
    expect(snapshots(world) - before).toBeLessThan(45);
  });

  test("survives garbage on the stream", async () => {
    const { world, client } = await connected();
    for (const [event, data] of [
      ["patch", "{}"],
      ["patch", 4],
      ["urgent", { id: 3 }],
      ["hello", []],
      ["heartbeat", null],
      ["reset", {}],
      ["news", "?"],
    ] as const)
      world.send(event, data);
    world.sendBytes(Uint8Array.from([0xff, 0xfe, 0, 10, 10, 58, 10]));
    world.sendBytes(new TextEncoder().encode("event: patch\ndata: {not json\n\n"));
    await world.pass(5_000);
    world.send("patch", KILL);
    expect({ state: client.state, diary: client.getBoolean("site.diary", true) }).toEqual({ state: "ready", diary: false });
  });
});

describe("a client that is cut off", () => {
  test("answers the code's defaults after waitMs, and goes on trying for ever", async () => {
    const world = new VirtualWorld();
    const client = new SluiceClient({ ...OPTIONS, waitMs: 500 }, world);
    let isReady = false;
    void client.ready().then(() => (isReady = true));
    await world.pass(499);
    expect(isReady).toBe(false);
    await world.pass(1);
    expect({ isReady, state: client.state, value: client.getBooleanDetails("site.diary", true) }).toEqual({
      isReady: true,
      state: "starting",
      value: { value: true, reason: "ERROR", cause: "noSnapshot" },
    });
    await world.pass(3_600_000);
    const count = world.requests.length;
    await world.pass(3_600_000);
    const anHour = world.requests.length - count;
    expect([anHour >= 60, anHour <= 120]).toEqual([true, true]);
    expect(world.said("sluice.unreachable")).toEqual([
      "No Sluice server answers at http://flags.example: connection refused (ECONNREFUSED). Check that the server runs and that this machine may reach it. Flags keep their last answers; the connection is tried again for ever.",
    ]);
  });

  test("comes back within 10 s after an outage of less than a minute", async () => {
    for (const outageMs of [300, 2_000, 9_000, 30_000, 59_000]) {
      const { world, client } = await connected();
      world.send("heartbeat", { epoch: "e1", seq: 3 });
      world.streamStatus = 0;
      world.drop("connection reset");
      await world.pass(outageMs);
      expect(client.state).toBe("stale");
      world.streamStatus = 200;
      world.hello = HELLO;
      await world.pass(10_000);
      expect({ outageMs, state: client.state }).toEqual({ outageMs, state: "ready" });
    }
  });

  test("comes back within seconds, for as long as streams end early and bring decisions all the same; without one it is an outage", async () => {
    const { world, client } = await connected();
    const streamsOf = async (minutes: number, bring: (seq: number) => void): Promise<number> => {
      const before = world.streams.length;
      const untilMs = world.nowMs + minutes * 60_000;
      while (world.nowMs < untilMs) {
        const seq = client.version?.seq ?? 0;
        world.hello = { ...HELLO, seq };
        await world.pass(100);
        if (world.streams.every(({ isClosed }) => isClosed)) continue;
        bring(seq);
        world.drop("connection reset");
      }
      return world.streams.length - before;
    };
    const withNews = await streamsOf(10, (seq) => world.send("patch", { epoch: "e1", base: seq, to: seq + 1 }));
    // Waits are 4 s at most, and a stream takes 0.1 s.
    expect(withNews).toBeGreaterThan(600 / 4.1);
    expect(client.version?.seq).toBeGreaterThan(600 / 4.1);
    const kills = await streamsOf(10, (seq) => world.send("urgent", { id: `u${world.nowMs}`, flags: ["site.diary"], epoch: "e1", seq: seq + 1 }));
    expect(kills).toBeGreaterThan(600 / 4.1);
    // Some 24 of them in its first minute.
    expect(await streamsOf(10, () => {})).toBeLessThan(60);
  });

  test("takes a stream that is silent for 12 s for dead", async () => {
    const { world, client } = await connected();
    await world.pass(7_000);
    world.sendBytes(new TextEncoder().encode(": still here\n"));
    await world.pass(11_990);
    expect({ state: client.state, streams: world.streams.length }).toEqual({ state: "ready", streams: 1 });
    await world.pass(1_100);
    expect({ state: client.state, streams: world.streams.length, isClosed: world.streams[0]?.isClosed }).toEqual({
      state: "stale",
      streams: 2,
      isClosed: true,
    });
  });

  test.each([
    ["unreachable", "refused" as const, "No Sluice server answers at"],
    ["badKey", json(401, {}), "does not know this SDK key"],
    ["wrongEnvironment", json(403, {}), "not for this environment"],
    ["wrongPath", json(404, {}), "no Sluice server at this path: it sent status 404"],
    ["wrongPath", { status: 200, headers: { "content-type": "text/html" }, body: "<html>" }, "it sent a web page"],
    ["wrongPath", { status: 302, headers: { location: "/login" }, body: "" }, "a redirect to /login"],
    ["badAnswer", json(200, { format: 1 }), "something that is no snapshot"],
    ["badAnswer", { status: 200, headers: { "content-type": "application/json" }, body: "{" }, "something that is no snapshot: not JSON"],
    [
      "badAnswer",
      { ...json(200, snapshotAt(3)), headers: { "content-type": "application/json", "unencoded-digest": `sha-256=:${"A".repeat(43)}=:` } },
      "changed on its way",
    ],
    ["serverFailed", json(503, {}), "answered status 503"],
  ] as const)("says %s in words of its own, once", async (kind, answer, words) => {
    const world = new VirtualWorld();
    world.answer = () => answer;
    const client = new SluiceClient(OPTIONS, world);
    await world.pass(120_000);
    expect(world.lines.map(({ event }) => event)).toEqual([`sluice.${kind}`]);
    expect(world.lines[0]?.message).toContain(words);
    expect(client.trouble?.kind).toBe(kind);
    world.answer = () => json(200, snapshotAt(3));
    await world.pass(50_000);
    expect(client.getBoolean("site.diary", false)).toBe(true);
  });

  test("waits at least 5 s after a refusal", async () => {
    const world = new VirtualWorld();
    world.answer = () => json(401, {});
    const client = new SluiceClient(OPTIONS, world);
    await world.pass(4_900);
    expect(world.requests.length).toBe(1);
    await client.close();
  });

  // Random is 0.5 here: an even draw's average.
  test.each([
    ["refused connections", "refused" as const, 0],
    ["no answer ever", "never" as const, 0],
    ...[201, 204, 206, 301, 308, 400, 401, 403, 404, 405, 408, 410, 418, 421, 429, 451, 500, 502, 503, 504, 599].map(
      (status) => [`status ${status}`, json(status, {}), status] as const,
    ),
    ["streams alone refused", json(200, snapshotAt(3)), 404],
    ["streams alone failing", json(200, snapshotAt(3)), 503],
  ] as const)("keeps its flags through hours of %s, and asks once in 30 s at most", async (what, answer, status) => {
    const { world, client } = await connected();
    [world.answer, world.streamStatus] = [(): typeof answer => answer, status];
    world.drop("gone");
    await world.pass(60_000);
    const asked = (): number => world.streams.length + world.requests.filter((request) => !isPath(request, "/sdk/v1/confirm")).length;
    const before = asked();
    await world.pass(7_200_000);
    expect(asked() - before).toBeGreaterThan(60);
    expect(asked() - before).toBeLessThanOrEqual(240);
    expect(client.getString("greeting", "?")).toBe("Good morning");
    [world.streamStatus, world.hello, world.answer] = [200, HELLO, (): HttpReply => json(200, snapshotAt(3))];
    // Until the first hello: nobody plays heartbeats here, so a stream that is back is taken for dead again. Where the snapshot could be had
    // all the time, streams are tried beside each fifth poll only.
    await world.pass(what.startsWith("streams alone") ? 300_000 : 100_000);
    expect(world.said("sluice.connected").length).toBeGreaterThan(0);
  });

  test("refuses a key of another environment than it was told", async () => {
    const world = serving();
    const client = new SluiceClient({ ...OPTIONS, environment: "staging" }, world);
    await world.pass(1_000);
    expect({ value: client.getBoolean("site.diary", false), kind: client.trouble?.kind }).toEqual({ value: false, kind: "wrongEnvironment" });
  });

  test("throws nothing whatever the host passes", async () => {
    const { client } = await connected();
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
        ownKeys: () => {
          throw new Error("no");
        },
        getOwnPropertyDescriptor: () => {
          throw new Error("no");
        },
      },
    );
    for (const context of [hostile, null, 3, "x", [], undefined]) {
      for (const key of ["site.diary", "x".repeat(1_000_000), undefined, null, {}]) {
        // @ts-expect-error JavaScript callers may pass anything.
        expect(typeof client.getBoolean(key, false, context)).toBe("boolean");
      }
    }
  });

  test.each(["", "flags", "ftp://flags.example", "http://"])("says that %o is no address, and answers defaults", async (url) => {
    const world = new VirtualWorld();
    const client = new SluiceClient({ url, key: "k" }, world);
    await world.pass(1_000);
    await client.ready();
    expect({ said: world.said("sluice.badAddress").length, value: client.getBoolean("site.diary", true), asked: world.requests.length }).toEqual({
      said: 1,
      value: true,
      asked: 0,
    });
  });
});

describe("the last good flags", () => {
  const stored = (world: VirtualWorld): { snapshot: { seq: number }; urgent: unknown[] } => JSON.parse(world.writes.at(-1) ?? "{}");

  test("answer after a restart without a server, kills included", async () => {
    const first = await connected({ cacheDir: "cache" });
    first.world.send("patch", KILL);
    first.world.send("urgent", { id: "u1", epoch: "e1", journal: "j", counter: 1, flags: ["site.photos"] });
    await first.client.close();
    const world = new VirtualWorld();
    for (const [name, bytes] of first.world.files) world.files.set(name, bytes);
    const client = new SluiceClient({ ...OPTIONS, cacheDir: "cache" }, world);
    await world.pass(1);
    expect({
      state: client.state,
      diary: client.getBoolean("site.diary", true),
      photos: client.getBoolean("site.photos", true),
      greeting: client.getString("greeting", "?"),
    }).toEqual({
      state: "stale",
      diary: false,
      photos: false,
      greeting: "Good morning",
    });
  });

  test("are written at most once a second, a kill at once", async () => {
    const { world } = await connected({ cacheDir: "cache" });
    await world.pass(2_000);
    const before = world.writes.length;
    for (let seq = 3; seq < 103; seq += 1) {
      world.send("patch", { epoch: "e1", base: seq, to: seq + 1, set: { flags: { added: { default: "on" } } } });
      await world.pass(20);
    }
    expect(world.writes.length - before).toBeLessThanOrEqual(3);
    world.send("patch", { epoch: "e1", base: 103, to: 104, set: { kills: { k9: { flags: ["added"] } } } });
    await world.settle();
    expect(stored(world).snapshot.seq).toBe(104);
  });

  test("that cannot be read are ignored with a message", async () => {
    const { world } = await connected({ cacheDir: "cache", environment: "production" });
    await world.pass(1_000);
    expect([...world.files.keys()]).toEqual(["sluice-production.json"]);
    for (const text of ["", "{", "[]", '{"snapshot":{"format":1}}', JSON.stringify({ snapshot: snapshotAt(9), urgent: [{}] })]) {
      const next = serving();
      next.files.set("sluice-production.json", new TextEncoder().encode(text));
      const { client } = await connected({ cacheDir: "cache", environment: "production" }, next);
      expect({ text, said: next.said("sluice.cache.ignored").length, seq: client.version?.seq }).toEqual({ text, said: 1, seq: 3 });
    }
  });

  test("from the future of the same epoch stay: nothing goes back", async () => {
    const world = serving();
    world.files.set(
      "sluice-production.json",
      new TextEncoder().encode(JSON.stringify({ snapshot: snapshotAt(50, { kills: { k: { flags: ["site.diary"] } } }), urgent: [] })),
    );
    const { client } = await connected({ cacheDir: "cache", environment: "production" }, world);
    await world.pass(4_000);
    expect({ seq: client.version?.seq, diary: client.getBoolean("site.diary", true) }).toEqual({ seq: 50, diary: false });
  });

  test("do not hinder answers when the disk refuses, and the trouble is said once", async () => {
    const world = serving();
    world.diskRefuses = true;
    const { client } = await connected({ cacheDir: "cache" }, world);
    for (let seq = 3; seq < 9; seq += 1) {
      world.send("patch", { epoch: "e1", base: seq, to: seq + 1, set: { flags: {} } });
      await world.pass(1_500);
    }
    expect({
      seq: client.version?.seq,
      unreadable: world.said("sluice.cache.unreadable").length,
      notWritten: world.said("sluice.cache.notWritten").length,
    }).toEqual({ seq: 9, unreadable: 1, notWritten: 1 });
    world.diskRefuses = false;
    world.send("heartbeat", { epoch: "e1", seq: 9 });
    await world.pass(11_000);
    world.send("heartbeat", { epoch: "e1", seq: 9 });
    await world.pass(11_000);
    world.send("heartbeat", { epoch: "e1", seq: 9 });
    await world.pass(11_000);
    expect(stored(world).snapshot.seq).toBe(9);
  });
});

describe("close", () => {
  test("leaves no timer and no stream, whenever it comes", async () => {
    for (const afterMs of [0, 1, 10, 300, 5_000]) {
      const world = serving();
      const client = new SluiceClient({ ...OPTIONS, cacheDir: "cache" }, world);
      await world.pass(afterMs);
      const closed = client.close();
      await client.ready();
      await closed;
      await world.settle();
      expect({ afterMs, timers: world.plannedCount, open: world.streams.filter((stream) => !stream.isClosed).length, state: client.state }).toEqual({
        afterMs,
        timers: 0,
        open: 0,
        state: "offline",
      });
    }
  });

  test("may be called twice and keeps the last answers", async () => {
    const { world, client } = await connected();
    await client.close();
    await client[Symbol.asyncDispose]();
    expect({ value: client.getBoolean("site.diary", false), timers: world.plannedCount }).toEqual({ value: true, timers: 0 });
  });
});
