import { createHash } from "node:crypto";
import type { FeedMessage, KillPathView, RelayReport } from "@sluice/contract";
import { describe, expect, test } from "vitest";
import { Fanout } from "../fanout.ts";
import { noStore } from "../late-store.ts";
import { PROBE_KEY, PROBE_SDK_KEY, RunningFanout, SDK_KEY } from "../testing/running-fanout.ts";
import { TestApi, TestDisk, TestSink, TestWorld } from "../testing/test-world.ts";
import { KillSigning } from "./kill-signing.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const RELAY_KEY = "slr_0123456789012345678901234567890123456789012";
const STAGING_KEY = "slr_of_staging_89012345678901234567890123456789";

interface Health {
  readonly status: string;
  readonly killPath?: KillPathView;
  readonly fanout: { readonly environments: object };
}

const asJson = (body: string | Uint8Array): unknown => JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));

/** A relay over memory, whose server says only what it is told to. */
class Relay {
  readonly api: TestApi = new TestApi();
  readonly world: TestWorld = new TestWorld({ disk: new TestDisk(), api: this.api });
  readonly fanout: Fanout;
  seq: number = 1;

  constructor() {
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
        killKey: hash("a kill key"),
        probe: { sdk: hash(PROBE_SDK_KEY) },
      },
    });
  }

  async start(...told: readonly FeedMessage[]): Promise<this> {
    this.api.everything = () => [ADMITS, snapshot("production", 4), ...told, { kind: "ping" }];
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

  /** The server tells of a trial kill, and that it is lifted. */
  trial(kill: string): void {
    const base = this.seq;
    this.seq += 2;
    this.api.tell(patch(base, { set: { kills: { [kill]: { flags: ["probe-1"] } } } }));
    this.api.tell(patch(base + 1, { drop: { kills: [kill] } }));
  }

  async ask(method: string, url: string, bearer: string | undefined, body?: unknown): ReturnType<Fanout["handle"]> {
    const headers = { "sluice-instance": "prober", ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) };
    return this.fanout.handle({
      method,
      url,
      headers,
      remote: "127.0.0.1",
      body: body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body)),
    });
  }

  async client(): Promise<TestSink> {
    const reply = await this.ask("GET", "/sdk/v1/stream", PROBE_SDK_KEY);
    if (!("attach" in reply)) throw new Error(`status ${reply.status}`);
    const sink = new TestSink();
    reply.attach(sink);
    return sink;
  }

  async confirm(...urgent: readonly string[]): Promise<void> {
    const body = { instance: "prober", epoch: "p1", seq: this.seq, urgent, asked: [], unknown: [] };
    expect((await this.ask("POST", "/sdk/v1/confirm", PROBE_SDK_KEY, body)).status).toBe(204);
  }

  async health(): Promise<Health> {
    const reply = await this.ask("GET", "/health", undefined);
    if ("attach" in reply) throw new Error("a stream");
    return asJson(reply.body) as Health;
  }

  /** What the newest report says of trial kills. */
  get told(): RelayReport["probe"] {
    const report = this.api.requests.findLast(({ url }) => url.endsWith("/relay/v1/report"));
    return (asJson(report?.body ?? "{}") as RelayReport).probe;
  }
}

const ADMITS: FeedMessage = { kind: "admits", hops: 0, operators: [], people: [], secrets: {}, origins: [], relayKeys: [] };
const snapshot = (environment: string, seq: number, epoch = "p1"): FeedMessage => ({
  kind: "snapshot",
  environment,
  snapshot: { format: 1, environment, epoch, seq, salt: "s", flags: { "probe-1": { rules: [{ serve: "on" }] } } },
  folded: seq,
});
const patch = (base: number, change: object): FeedMessage => ({
  kind: "patch",
  environment: "sluice-probe",
  patch: { epoch: "p1", base, to: base + 1, ...change },
  folded: base + 1,
});

describe("a relay whose server makes trial kills", () => {
  test("sends them to its own client, and tells which the client has had, with its health", async () => {
    const relay = await new Relay().start(snapshot("sluice-probe", 1));
    const client = await relay.client();
    relay.trial("k1");
    expect(client.named("patch")).toMatchObject([{ set: { kills: { k1: { flags: ["probe-1"] } } } }, { drop: { kills: ["k1"] } }]);
    await relay.calm(6_000);
    expect(relay.told).toEqual({ late: [] });
    await relay.confirm();
    expect((await relay.health()).killPath).toEqual({ environment: "sluice-probe", ageMs: 0, reachedMs: 6_000, tried: 1, confirmed: 1, isLate: false });
    await relay.calm(6_000);
    expect(relay.told).toEqual({ kill: "k1", late: [] });
  });

  test("is late where none has reached its client for two and a half minutes, and says when one does again", async () => {
    const relay = await new Relay().start(snapshot("sluice-probe", 1));
    await relay.client();
    relay.trial("k1");
    await relay.confirm();
    for (const kill of ["k2", "k3"]) {
      await relay.calm(60_000);
      relay.trial(kill);
    }
    await relay.calm(30_000);
    expect(await relay.health()).toMatchObject({ status: "ok", killPath: { isLate: false, tried: 3, confirmed: 1 } });
    await relay.calm(1_000);
    expect(await relay.health()).toMatchObject({ status: "degraded", killPath: { isLate: true } });
    await relay.confirm();
    expect(await relay.health()).toMatchObject({ status: "ok", killPath: { isLate: false, confirmed: 3 } });
  });

  test("shows them to nobody else, and takes whatever of them does not fit without losing its feed", async () => {
    const relay = await new Relay().start(snapshot("sluice-probe", 1));
    relay.api.tell(patch(7, { drop: { kills: ["k9"] } }));
    await relay.calm(6_000);
    expect(relay.world.lines.filter((line) => line.includes("feed.lost"))).toEqual([]);
    const sent = relay.api.requests.map(({ headers }) => headers["sluice-has"]);
    expect(sent.at(-1)).toBe("production=p1:4");
    expect(Object.keys((await relay.health()).fanout.environments)).toEqual(["production"]);
    for (const [method, url] of [
      ["GET", "/api/flags"],
      ["POST", "/api/kills"],
      ["GET", "/relay/v1/feed"],
    ] as const)
      expect((await relay.ask(method, url, PROBE_SDK_KEY)).status).toBe(401);
    expect((await relay.ask("GET", "/sdk/v1/snapshot", SDK_KEY)).status).toBe(401);
  });

  test("is late where none comes by urgent frames, though all others do, and tells the server of nothing new then", async () => {
    const relay = await new Relay().start(snapshot("sluice-probe", 1));
    await relay.client();
    const rounds = async (from: number, to: number): Promise<void> => {
      for (let at = from; at <= to; at += 1) {
        relay.trial(`k${at}`);
        await relay.confirm();
        await relay.calm(60_000);
      }
    };
    await rounds(1, 24);
    expect([await relay.health(), relay.told]).toMatchObject([{ status: "ok", killPath: { isLate: false } }, { kill: "k24" }]);
    await rounds(25, 26);
    expect(await relay.health()).toMatchObject({ status: "degraded", killPath: { isLate: true, isEmergencyLate: true, confirmed: 26 } });
    expect(relay.told).toEqual({ late: [] });
    const kill = { id: "k27", epoch: "p1", flags: ["probe-1"], journal: "j1", counter: 1 };
    relay.api.tell({ kind: "urgent", environment: "sluice-probe", kill });
    await relay.confirm("k27");
    await relay.calm(6_000);
    expect([await relay.health(), relay.told]).toMatchObject([{ status: "ok", killPath: { isLate: false, confirmed: 27 } }, { kill: "k27" }]);
  });

  test("is late with a feed that comes and goes too; time without one is not counted", async () => {
    const relay = await new Relay().start(snapshot("sluice-probe", 1));
    for (const isLate of [false, false, true]) {
      await relay.calm(60_000);
      expect((await relay.health()).killPath?.isLate).toBe(isLate);
      relay.api.down();
      await relay.world.advance(600_000);
      expect(await relay.health()).not.toHaveProperty("killPath");
      relay.api.isUp = true;
      await relay.calm(5_000);
    }
  });

  test("is not late where the server makes none, or makes none any more", async () => {
    const relay = await new Relay().start();
    await relay.calm(200_000);
    expect(await relay.health()).not.toHaveProperty("killPath");
    expect(relay.told).toBeUndefined();
    const other = await new Relay().start(snapshot("sluice-probe", 1));
    other.api.everything = () => [ADMITS, { kind: "ping" }];
    other.api.down();
    other.api.isUp = true;
    await other.calm(200_000);
    expect(await other.health()).toMatchObject({ status: "ok" });
    expect(other.told).toBeUndefined();
  });
});

describe("a server that makes trial kills", () => {
  const server = async (): Promise<RunningFanout> => {
    const relayKeys = [
      { hash: hash(RELAY_KEY), environments: [] },
      { hash: hash(STAGING_KEY), environments: ["staging"] },
    ];
    return (await new RunningFanout(undefined, { relayKeys }).prepare()).start();
  };

  async function feed(fanout: RunningFanout, bearer: string, more: Readonly<Record<string, string>>): Promise<TestSink> {
    const reply = await fanout.ask("GET", "/relay/v1/feed", { bearer, headers: { "sluice-relay": "eu-west", "sluice-relay-id": "aaaa", ...more } });
    if (!("attach" in reply)) throw new Error(`status ${reply.status}`);
    const sink = new TestSink();
    reply.attach(sink);
    return sink;
  }

  const ofProbe = (sink: TestSink): readonly string[] =>
    sink.chunks
      .map((chunk) => JSON.parse(chunk) as { readonly kind: string; readonly environment?: string })
      .flatMap(({ kind, environment }) => (environment === "sluice-probe" ? [kind] : []));

  const report = (fanout: RunningFanout, probe: RelayReport["probe"]): ReturnType<RunningFanout["ask"]> =>
    fanout.ask("POST", "/relay/v1/report", {
      bearer: STAGING_KEY,
      headers: { "sluice-relay": "eu-west", "sluice-relay-id": "aaaa" },
      body: { isWhole: false, serves: [], instances: [], asked: [], probe },
    });

  /** A trial kill that reaches the server's own client. */
  async function trial(fanout: RunningFanout, name: string): Promise<string> {
    const client = await fanout.stream({ "sluice-instance": "prober" }, PROBE_SDK_KEY);
    const { flags } = (await fanout.json("GET", "/api/flags", { bearer: PROBE_KEY })).body as { readonly flags: readonly { readonly key: string }[] };
    const wish = { command: name, environment: "sluice-probe", flags: flags.map(({ key }) => key) };
    const { body } = await fanout.jsonIn(400, "POST", "/api/kills", { bearer: PROBE_KEY, body: wish });
    const confirmed = { instance: "prober", epoch: fanout.database.probe.head().epoch, seq: Number(body["seq"]), urgent: [], asked: [], unknown: [] };
    await fanout.ask("POST", "/sdk/v1/confirm", { bearer: PROBE_SDK_KEY, body: confirmed });
    await fanout.jsonIn(100, "POST", `/api/kills/${String(body["kill"])}/lift`, { bearer: PROBE_KEY, body: { command: `${name}-lift` } });
    client.gone();
    return String(body["kill"]);
  }

  test("sends them to every relay that hears them, whatever its key opens, and to no other", async () => {
    const fanout = await server();
    const [hears, earlier] = [await feed(fanout, STAGING_KEY, { "sluice-relay-probe": "1" }), await feed(fanout, RELAY_KEY, {})];
    await trial(fanout, "probe-round-1");
    expect([ofProbe(hears), ofProbe(earlier)]).toEqual([["snapshot", "patch", "patch"], []]);
  });

  test("names a connected relay that they do not come through, in health, metrics and its log, until one does", async () => {
    const fanout = await server();
    await feed(fanout, STAGING_KEY, { "sluice-relay-probe": "1" });
    await report(fanout, { kill: await trial(fanout, "probe-round-1"), late: [] });
    for (const name of ["probe-round-2", "probe-round-3"]) {
      await fanout.world.advance(60_000);
      await trial(fanout, name);
    }
    await fanout.world.advance(20_000);
    expect((await fanout.json("GET", "/health")).body).toMatchObject({ status: "ok", killPath: { isLate: false } });
    await fanout.world.advance(15_000);
    expect((await fanout.json("GET", "/health")).body).toMatchObject({ status: "degraded", killPath: { isLate: false, lateRelays: ["eu-west"] } });
    const metrics = async (): Promise<unknown> => {
      const reply = await fanout.ask("GET", "/metrics", { as: "aud" });
      return "body" in reply && typeof reply.body === "string" ? reply.body.split("\n").filter((line) => line.startsWith("sluice_relay")) : [];
    };
    expect(await metrics()).toEqual(['sluice_relay_kill_path_late{relay="eu-west"} 1']);
    const lines = (event: string): number => fanout.world.lines.filter((line) => line.includes(event)).length;
    expect([lines("error relay.killPathLate"), lines("relay.killPathBack")]).toEqual([1, 0]);
    await report(fanout, { kill: await trial(fanout, "probe-round-4"), late: [] });
    await fanout.world.advance(10_000);
    expect((await fanout.json("GET", "/health")).body).not.toHaveProperty("killPath.lateRelays");
    expect([await metrics(), lines("error relay.killPathLate"), lines("relay.killPathBack")]).toEqual([
      ['sluice_relay_kill_path_late{relay="eu-west"} 0'],
      1,
      1,
    ]);
  });
});
