import { createHash } from "node:crypto";
import type { RelayKill, RelayReport } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import { expect, test } from "vitest";
import { Fanout } from "../fanout.ts";
import { noStore } from "../late-store.ts";
import { TestApi, TestDisk, TestSink, TestWorld } from "../testing/test-world.ts";
import { KillSigning } from "./kill-signing.ts";
import { requestParts } from "./request-parts.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const OPERATOR_KEY = "slk_operator_of_the_relay_0123456789";
const SDK_KEY = "slk_key_of_production_0123456789";
const ok: HttpReply = { status: 200, headers: {}, body: '{"taken":1,"delegations":{}}' };
const bodyOf = ({ body }: HttpRequest): unknown => JSON.parse(new TextDecoder().decode(body));

/** A relay over memory that serves two environments. */
class Relay {
  readonly api: TestApi = new TestApi();
  readonly world: TestWorld = new TestWorld({ disk: new TestDisk(), api: this.api });
  readonly fanout: Fanout = new Fanout({
    world: this.world,
    store: noStore(this.world),
    apiUrl: "http://server",
    internalKey: "slr_of_the_relay_0123456789",
    assets: new Map(),
    relay: {
      name: "eu-west",
      signing: new KillSigning(this.world, "sls_TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs"),
      operator: hash(OPERATOR_KEY),
      killKey: hash("the kill key of this relay"),
    },
  });

  /** `more`: environments beside the two. */
  async start(...more: readonly string[]): Promise<this> {
    const flags = { "shop.checkout": { rules: [{ serve: "on" }] } };
    const snapshots = ["staging", "production", ...more].map((environment) => ({
      kind: "snapshot" as const,
      environment,
      snapshot: { format: 1, environment, epoch: "e1", seq: 4, salt: "s", flags },
      folded: 4,
    }));
    const keys = [{ hash: hash(SDK_KEY), environment: "production", name: "production" }];
    this.api.everything = () => [...snapshots, { kind: "sdkKeys", keys }, { kind: "ping" }];
    this.api.answer = () => ok;
    const started = this.fanout.start();
    await this.calm(2_000);
    await started;
    return this;
  }

  /** So much time passes, and the feed lives. */
  async calm(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      this.api.tell({ kind: "ping" });
      await this.world.advance(500);
    }
  }

  async kill(command: string, environment: string): Promise<number> {
    const body = new TextEncoder().encode(JSON.stringify({ command, environment, flags: ["shop.checkout"] }));
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
    const asked = this.fanout.handle({ method: "POST", url: "/api/kills", headers, body, remote: "127.0.0.1" });
    await this.calm(500);
    return (await asked).status;
  }

  /** A process behind it that serves these urgent kills, and has asked for these flags. */
  async process(instance: string, urgent: readonly string[], asked: readonly string[] = []): Promise<void> {
    const headers = { authorization: `Bearer ${SDK_KEY}`, "sluice-instance": instance };
    const stream = await this.fanout.handle({ method: "GET", url: "/sdk/v1/stream", headers, body: new Uint8Array(), remote: "127.0.0.1" });
    if ("attach" in stream) stream.attach(new TestSink());
    const body = new TextEncoder().encode(JSON.stringify({ instance, epoch: "e1", seq: 4, urgent, asked }));
    const confirmed = await this.fanout.handle({ method: "POST", url: "/sdk/v1/confirm", headers, body, remote: "127.0.0.1" });
    expect(confirmed.status).toBe(204);
  }

  of(path: string): readonly HttpRequest[] {
    return this.api.requests.filter(({ url }) => url.endsWith(path));
  }
}

const environmentsOf = (request: HttpRequest): readonly string[] =>
  (bodyOf(request) as { readonly kills: readonly RelayKill[] }).kills.map(({ text }) => (JSON.parse(text) as { readonly environment: string }).environment);

test("kills of an environment that the server does not take keep those of another from nobody", async () => {
  const relay = await new Relay().start();
  const taken: string[] = [];
  relay.api.answer = (request) => {
    if (!request.url.endsWith("/relay/v1/kills")) return ok;
    const environments = environmentsOf(request);
    // As a server does: all of one request or none.
    if (environments.includes("staging")) return { status: 403, headers: {}, body: '{"error":{"code":"relayRefused"}}' };
    taken.push(...environments);
    return ok;
  };
  expect(await relay.kill("relay-command-1", "staging")).toBe(201);
  expect(await relay.kill("relay-command-2", "production")).toBe(201);
  await relay.calm(10_000);
  expect(new Set(taken)).toEqual(new Set(["production"]));
  expect(relay.world.lines.some((line) => line.startsWith("error relay.killsRefused"))).toBe(true);
});

test("what the server has taken waits no longer behind a kill that it refuses for ever, in another environment", async () => {
  const relay = await new Relay().start();
  relay.api.answer = (request) => (request.url.endsWith("/relay/v1/kills") && environmentsOf(request).includes("staging") ? { ...ok, status: 403 } : ok);
  expect(await relay.kill("relay-command-1", "staging")).toBe(201);
  expect(await relay.kill("relay-command-2", "production")).toBe(201);
  const waiting = async (): Promise<unknown> => {
    const reply = await relay.fanout.handle({ method: "GET", url: "/health", headers: {}, body: new Uint8Array(), remote: "127.0.0.1" });
    const { fanout } = JSON.parse("attach" in reply ? "{}" : String(reply.body)) as { readonly fanout: { readonly emergencyKillsWaiting: number } };
    return fanout.emergencyKillsWaiting;
  };
  expect(await waiting()).toBe(2);
  const sent = relay.of("/relay/v1/kills").flatMap((request) => (bodyOf(request) as { readonly kills: readonly RelayKill[] }).kills);
  const { kill, journal, counter } = JSON.parse(sent.find(({ text }) => text.includes("relay-command-2"))?.text ?? "") as Readonly<Record<string, string>>;
  const set = { kills: { [kill ?? ""]: { flags: ["shop.checkout"] } }, journals: { [journal ?? ""]: Number(counter) } };
  relay.api.tell({ kind: "patch", environment: "production", patch: { epoch: "e1", base: 4, to: 5, set }, folded: 5 });
  await relay.calm(1_000);
  expect(await waiting()).toBe(1);
  const before = relay.of("/relay/v1/kills").length;
  await relay.calm(20_000);
  const later = relay.of("/relay/v1/kills").slice(before).flatMap(environmentsOf);
  expect(new Set(later)).toEqual(new Set(["staging"]));
});

test("what stands between and answers in the server's place with something else ends no relay", async () => {
  const relay = await new Relay().start();
  const rejected: unknown[] = [];
  const hear = (error: unknown): void => void rejected.push(error);
  process.on("unhandledRejection", hear);
  try {
    relay.api.answer = () => ({ status: 200, headers: { "content-type": "text/html" }, body: "<html>Please sign in</html>" });
    relay.api.down();
    relay.api.isUp = true;
    const before = relay.of("/relay/v1/delegation").length;
    await relay.calm(10_000);
    expect(relay.of("/relay/v1/delegation").length).toBeGreaterThan(before + 1);
    await new Promise((resolve) => void setImmediate(resolve));
    expect(rejected).toEqual([]);
  } finally {
    process.off("unhandledRejection", hear);
  }
});

test("who is behind a relay is told in requests that the server takes, however many urgent kills each serves", async () => {
  const relay = await new Relay().start();
  relay.api.answer = ({ url }) => (url.endsWith("/relay/v1/report") ? { status: 204, headers: {}, body: "" } : ok);
  const urgent = Array.from({ length: 1_000 }, (_, at) => `k${hash(String(at)).slice(0, 12)}`);
  const names = Array.from({ length: 100 }, (_, at) => `process-${at}`);
  for (const name of names) await relay.process(name, urgent);
  await relay.calm(6_000);
  const reports = relay.of("/relay/v1/report");
  expect(Math.max(...reports.map(({ body }) => body.length))).toBeLessThanOrEqual(1 << 20);
  const told = reports.flatMap((report) => (bodyOf(report) as RelayReport).instances).filter((one) => one.urgent.length === 1_000);
  expect(new Set(told.map(({ instance }) => instance))).toEqual(new Set(names));
});

test("flags that were asked for are told until the server has taken them, and never more than a report has room for", async () => {
  const relay = await new Relay().start();
  const told = new Set<string>();
  let largest = 0;
  let isUp = false;
  relay.api.answer = (request) => {
    if (!request.url.endsWith("/relay/v1/report")) return ok;
    largest = Math.max(largest, request.body.length);
    if (!isUp) return { status: 503, headers: {}, body: "" };
    for (const { environment, keys } of (bodyOf(request) as RelayReport).asked) for (const key of keys) told.add(`${environment} ${key}`);
    return { status: 204, headers: {}, body: "" };
  };
  const key = (process: number, at: number): string => `${"a-flag-of-a-rather-long-name.".repeat(4)}${process}.${at}`;
  for (let process = 0; process < 100; process += 1)
    await relay.process(
      `process-${process}`,
      [],
      Array.from({ length: 100 }, (_, at) => key(process, at)),
    );
  await relay.calm(6_000);
  expect(told.size).toBe(0);
  isUp = true;
  await relay.calm(60_000);
  expect(told.size).toBe(10_000);
  expect(told).toContain(`production ${key(99, 99)}`);
  expect(largest).toBeLessThanOrEqual(1 << 20);
});

test("a relay of more environments than a request's head has room for says what it has of those that fit", async () => {
  const more = Array.from({ length: 400 }, (_, at) => `environment-with-a-long-name-${at}`);
  const relay = await new Relay().start(...more);
  await relay.calm(6_000);
  const has = relay.of("/relay/v1/report").at(-1)?.headers["sluice-has"] ?? "";
  expect(has.length).toBeLessThanOrEqual(8_000);
  expect(has.split(",").length).toBeGreaterThan(100);
  for (const one of has.split(",")) expect(one).toMatch(/^[a-z0-9-]+=e1:4$/);
});

test("a list is cut where the next item would be one too many or too large, and an item that fits nowhere stands alone", () => {
  // As JSON each is three bytes and a comma, the long one twelve and a comma.
  const limits = { countMax: 3, bytesMax: 12 };
  expect(requestParts([], limits)).toEqual([]);
  expect(requestParts(["a", "b", "c", "d"], limits)).toEqual([["a", "b", "c"], ["d"]]);
  expect(requestParts(["a", "b", "c"], { ...limits, bytesMax: 8 })).toEqual([["a", "b"], ["c"]]);
  expect(requestParts(["a", "0123456789", "b"], limits)).toEqual([["a"], ["0123456789"], ["b"]]);
  // Two bytes of UTF-8.
  expect(requestParts(["ä", "ä"], { ...limits, bytesMax: 9 })).toEqual([["ä"], ["ä"]]);
});
