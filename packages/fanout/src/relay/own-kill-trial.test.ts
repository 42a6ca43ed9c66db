import { createHash } from "node:crypto";
import type { RelayReport } from "@sluice/contract";
import { afterEach, expect, test } from "vitest";
import { Fanout } from "../fanout.ts";
import { noStore } from "../late-store.ts";
import { RunningFanout } from "../testing/running-fanout.ts";
import { TestApi, TestDisk, TestSink, TestWorld } from "../testing/test-world.ts";
import { KillSigning } from "./kill-signing.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const KILL_KEY = "slk_kill_of_this_machine_0123456789012345678901";
const CLIENT_KEY = "slk_probe_of_the_trial_0123456789abcdef";
const RELAY_KEY = "slr_0123456789012345678901234567890123456789012";
const REAL = { environment: "production", flags: ["shop.checkout"] };
const TRIAL = { environment: "sluice-probe", flags: ["trial"] };

interface Health {
  readonly status: string;
  readonly fanout: { readonly emergencyKillsWaiting: number };
  readonly ownKills?: { readonly tried: number; readonly confirmed: number; readonly isLate: boolean };
}

const asJson = (body: string | Uint8Array): unknown => JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));

/** A relay over memory, whose server is there and adopts nothing. */
class Relay {
  readonly api: TestApi = new TestApi();
  readonly disk: TestDisk;
  readonly world: TestWorld;
  readonly fanout: Fanout;
  #asked = 0;

  constructor(disk: TestDisk = new TestDisk(), atMs = 0) {
    this.disk = disk;
    this.world = new TestWorld({ disk, api: this.api });
    this.world.monotonicMs = atMs;
    this.fanout = new Fanout({
      world: this.world,
      store: noStore(this.world),
      apiUrl: "http://server",
      internalKey: RELAY_KEY,
      assets: new Map(),
      relay: {
        name: "eu-west",
        signing: new KillSigning(this.world, "sls_TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs"),
        operator: hash("an operator key"),
        killKey: hash(KILL_KEY),
        trial: hash(CLIENT_KEY),
      },
    });
  }

  async start(): Promise<this> {
    const flags = { "shop.checkout": { rules: [{ serve: "on" }] } };
    const snapshot = { format: 1, environment: "production", epoch: "e1", seq: 4, salt: "s", flags };
    const keys = [{ hash: hash("slk_key_of_production_0123456789"), environment: "production", name: "production" }];
    this.api.everything = () => [{ kind: "snapshot", environment: "production", snapshot, folded: 4 }, { kind: "sdkKeys", keys }, { kind: "ping" }];
    this.api.answer = ({ url }) =>
      url.endsWith("/relay/v1/report") ? { status: 204, headers: {}, body: "" } : { status: 200, headers: {}, body: '{"taken":1,"delegations":{}}' };
    const started = this.fanout.start();
    await this.world.advance(2_000);
    await started;
    return this;
  }

  /** So much time passes, and the feed lives. */
  async calm(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.api.tell({ kind: "ping" });
      await this.world.advance(1_000);
    }
  }

  ask(method: string, url: string, bearer?: string, body?: unknown): ReturnType<Fanout["handle"]> {
    const headers = { "sluice-instance": "prober", ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) };
    const bytes = body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body));
    return this.fanout.handle({ method, url, headers, body: bytes, remote: "127.0.0.1" });
  }

  /** As the relay's supervisor asks. */
  async kill(what: object = TRIAL, key: string = KILL_KEY): Promise<{ readonly status: number; readonly body: { readonly kill?: string } }> {
    const asked = this.ask("POST", "/api/kills", key, { command: `own-trial-${++this.#asked}`, ...what });
    await this.world.advance(500);
    const reply = await asked;
    if ("attach" in reply) throw new Error("a stream");
    return { status: reply.status, body: asJson(reply.body) as { readonly kill?: string } };
  }

  async listen(key: string): Promise<TestSink> {
    const reply = await this.ask("GET", "/sdk/v1/stream", key);
    if (!("attach" in reply)) throw new Error(`status ${reply.status}`);
    const sink = new TestSink();
    reply.attach(sink);
    return sink;
  }

  async confirm(kill: string): Promise<void> {
    const body = { instance: "prober", epoch: "trial", seq: 1, urgent: [kill], asked: [], unknown: [] };
    expect((await this.ask("POST", "/sdk/v1/confirm", CLIENT_KEY, body)).status).toBe(204);
  }

  /** A whole round that goes well. */
  async round(): Promise<void> {
    const { status, body } = await this.kill();
    expect(status).toBe(201);
    await this.confirm(body.kill ?? "");
  }

  async health(): Promise<Health> {
    const reply = await this.ask("GET", "/health");
    return asJson("attach" in reply ? "{}" : reply.body) as Health;
  }

  /** What the newest report says of it. */
  get told(): RelayReport["ownKills"] {
    const report = this.api.requests.findLast(({ url }) => url.endsWith("/relay/v1/report"));
    return (asJson(report?.body ?? "{}") as RelayReport).ownKills;
  }
}

let relays: Relay[] = [];
const running = async (disk?: TestDisk, atMs?: number): Promise<Relay> => {
  const relay = await new Relay(disk, atMs).start();
  relays.push(relay);
  return relay;
};
afterEach(() => {
  for (const { fanout } of relays) fanout.stop();
  relays = [];
});

test("a trial of the relay's own kill is written down, reaches its client and ends; nobody else sees it, and it waits for nothing", async () => {
  const relay = await running();
  const [client, shop] = [await relay.listen(CLIENT_KEY), await relay.listen("slk_key_of_production_0123456789")];
  const records = (): readonly string[] => (relay.disk.journals.get("emergency.journal") ?? []).map((record) => new TextDecoder().decode(record));
  const before = records().length;
  const { status, body } = await relay.kill();
  expect(status).toBe(201);
  expect(client.named("urgent")).toMatchObject([{ id: body.kill, flags: ["trial"] }]);
  expect(records().slice(before)).toEqual([expect.stringContaining(`"${body.kill}"`)]);
  expect(await relay.health()).toMatchObject({ fanout: { emergencyKillsWaiting: 0 }, ownKills: { tried: 1, confirmed: 0, isLate: false } });
  await relay.confirm(body.kill ?? "");
  expect(client.named("patch")).toMatchObject([{ set: { journals: { trial: expect.any(Number) as number } } }]);
  await relay.calm(20_000);
  expect(await relay.health()).toMatchObject({ status: "ok", ownKills: { tried: 1, confirmed: 1, isLate: false } });
  expect(shop.named("urgent")).toEqual([]);
  expect(relay.api.requests.filter(({ url }) => url.endsWith("/relay/v1/kills"))).toEqual([]);
  expect(relay.told).toEqual({ isLate: false, late: [] });
  expect(JSON.stringify(relay.world.lines)).not.toContain(body.kill);
  // After a restart it is no kill either, and those that come are further ones for whoever heard it.
  relay.fanout.stop();
  const next = await running(relay.disk, relay.world.monotonicMs);
  expect((await next.health()).fanout.emergencyKillsWaiting).toBe(0);
  await next.listen(CLIENT_KEY);
  await next.round();
  expect(await next.health()).toMatchObject({ ownKills: { confirmed: 1 } });
});

test("a disk that takes no kill, a client that hears of none and a kill that nobody asks for are late after 150 s, which the server is told", async () => {
  const relay = await running();
  const client = await relay.listen(CLIENT_KEY);
  await relay.round();
  relay.disk.isJournalBroken = true;
  for (let minute = 0; minute < 3; minute++) {
    const { status } = await relay.kill();
    expect(status).toBe(503);
    // It comes out all the same, and is not written down.
    expect(client.named("urgent")).toHaveLength(minute + 2);
    await relay.confirm((client.named("urgent").at(-1) as { readonly id: string }).id);
    await relay.calm(60_000);
  }
  expect(await relay.health()).toMatchObject({ status: "degraded", ownKills: { tried: 4, confirmed: 1, isLate: true } });
  expect(relay.told).toEqual({ isLate: true, late: [] });
  expect(relay.world.lines.filter((line) => line.startsWith("error relay.ownKillLate"))).toHaveLength(1);
  relay.disk.isJournalBroken = false;
  await relay.round();
  await relay.calm(10_000);
  expect(relay.told).toEqual({ isLate: false, late: [] });
  expect(relay.world.lines.filter((line) => line.startsWith("info relay.ownKillBack"))).toHaveLength(1);
  // Taken, and heard by nobody.
  for (let minute = 0; minute < 3; minute++) {
    expect((await relay.kill()).status).toBe(201);
    await relay.calm(60_000);
  }
  expect(relay.told).toEqual({ isLate: true, late: [] });
  await relay.round();
  await relay.calm(10_000);
  expect(relay.told).toEqual({ isLate: false, late: [] });
  // As when nobody can reach the port.
  await relay.calm(160_000);
  expect(relay.told).toEqual({ isLate: true, late: [] });
});

test("trials use up no room of kills, however long they go on, and lose none that waits", async () => {
  const relay = await running();
  await relay.listen(CLIENT_KEY);
  const real = await relay.kill(REAL);
  expect(real.status).toBe(201);
  for (let minute = 0; minute < 2_000; minute++) await relay.round();
  const bytes = (relay.disk.journals.get("emergency.journal") ?? []).reduce((sum, record) => sum + record.length + 8, 0);
  expect(bytes).toBeLessThan(34 << 10);
  expect((await relay.health()).fanout.emergencyKillsWaiting).toBe(1);
  relay.fanout.stop();
  const next = await running(relay.disk, relay.world.monotonicMs);
  expect((await next.health()).fanout.emergencyKillsWaiting).toBe(1);
});

test("nobody without a key that kills tries it, and an SDK key or the client's kills nothing", async () => {
  const relay = await running();
  for (const key of [CLIENT_KEY, "slk_key_of_production_0123456789", "slk_kill_of_somebody_else_01234567890123456789"]) {
    expect([401, 403]).toContain((await relay.kill(TRIAL, key)).status);
    expect([401, 403]).toContain((await relay.kill(REAL, key)).status);
  }
  expect(await relay.health()).toMatchObject({ fanout: { emergencyKillsWaiting: 0 }, ownKills: { tried: 0 } });
});

test("a server names relays whose own kill does not work, in health and metrics, until it does or they are gone", async () => {
  const fanout = await (await new RunningFanout(undefined, { relayKeys: [{ hash: hash(RELAY_KEY), environments: [] }] }).prepare()).start();
  const headers = { "sluice-relay": "eu-west" };
  const feed = await fanout.ask("GET", "/relay/v1/feed", { bearer: RELAY_KEY, headers });
  if (!("attach" in feed)) throw new Error(`status ${feed.status}`);
  const gone = feed.attach(new TestSink());
  const report = async (ownKills: RelayReport["ownKills"]): Promise<void> => {
    const body = { isWhole: false, serves: [], instances: [], asked: [], ...(ownKills === undefined ? {} : { ownKills }) };
    expect((await fanout.ask("POST", "/relay/v1/report", { bearer: RELAY_KEY, headers, body })).status).toBe(204);
  };
  const named = async (): Promise<unknown> => ((await fanout.json("GET", "/health")).body["killPath"] as Record<string, unknown>)["relaysWithoutOwnKills"];
  const metrics = async (): Promise<readonly string[]> => {
    const reply = await fanout.ask("GET", "/metrics", { as: "ada" });
    return "attach" in reply
      ? []
      : String(reply.body)
          .split("\n")
          .filter((line) => line.startsWith("sluice_relay_own_kill_late{"));
  };
  await report(undefined);
  expect([await named(), await metrics()]).toEqual([undefined, []]);
  await report({ isLate: true, late: ["far"] });
  expect(await named()).toEqual(["eu-west", "eu-west/far"]);
  expect((await fanout.json("GET", "/health")).body["status"]).toBe("degraded");
  expect(await metrics()).toEqual(['sluice_relay_own_kill_late{relay="eu-west"} 1', 'sluice_relay_own_kill_late{relay="eu-west/far"} 1']);
  await fanout.world.advance(6_000);
  expect(fanout.world.lines.filter((line) => line.startsWith("error relay.ownKillLate"))).toHaveLength(2);
  await report({ isLate: false, late: [] });
  expect([await named(), await metrics()]).toEqual([undefined, ['sluice_relay_own_kill_late{relay="eu-west"} 0']]);
  await report({ isLate: true, late: [] });
  gone();
  expect([await named(), await metrics()]).toEqual([undefined, []]);
  fanout.fanout.stop();
});
