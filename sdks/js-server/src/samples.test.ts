import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { SluiceClient } from "./client.ts";
import { sampledAttributesOf, type SluiceOptions } from "./options.ts";
import { snapshotAt } from "./testing/snapshots.ts";
import { json, VirtualWorld } from "./testing/virtual-world.ts";

const KEY = "ssk_0123456789";
const HELLO = { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 };
const TERMS = { id: "terms-1", attributes: { plan: "plain", country: "hashed" }, customer: "customer", key: KEY, everyMs: 60_000 };
const MINUTE = 60_000;
const countryHash = (country: string): string => `s${createHmac("sha256", KEY).update(`country\n"${country}"`).digest("base64url").slice(0, 22)}`;

interface Rig {
  readonly world: VirtualWorld;
  readonly client: SluiceClient;
  terms: unknown;
  status: number;
  /** Contexts of all reports, in order, and what was sent as a whole. */
  readonly contexts: () => readonly { readonly plain: Readonly<Record<string, unknown>>; readonly hashed: Readonly<Record<string, unknown>> }[];
  readonly reports: () => number;
  readonly bytes: () => string;
}

async function rigOf(options: Partial<SluiceOptions> = {}, sampling: string | undefined = "terms-1"): Promise<Rig> {
  const world = new VirtualWorld();
  const sent: string[] = [];
  const rig = { terms: TERMS as unknown, status: 204 };
  world.answer = (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/sdk/v1/snapshot") return json(200, snapshotAt(3));
    if (pathname === "/sdk/v1/sampling") return rig.terms === undefined ? { status: 503, headers: {}, body: "" } : json(200, rig.terms);
    if (pathname !== "/sdk/v1/samples") return { status: 204, headers: {}, body: "" };
    sent.push(new TextDecoder().decode(request.body));
    return { status: rig.status, headers: {}, body: "" };
  };
  const client = new SluiceClient({ url: "http://flags.example/", key: "secret", ...options }, world);
  await world.pass(10);
  world.send("hello", { ...HELLO, sampling });
  await world.pass(10);
  return Object.assign(rig, {
    world,
    client,
    contexts: () => sent.flatMap((body) => (JSON.parse(body) as { readonly contexts: ReturnType<Rig["contexts"]> }).contexts),
    reports: () => sent.length,
    bytes: () => world.requests.map((request) => `${JSON.stringify(request.headers)}${request.url}${new TextDecoder().decode(request.body)}`).join("\n"),
  });
}

const ask = ({ client }: Rig, context: object): void => void client.getBoolean("site.diary", false, { ...context });
/** Heartbeats come all the time, or the stream would be given up. */
async function pass({ world }: Rig, ms: number, sampling: string | undefined = "terms-1"): Promise<void> {
  for (let left = ms; left > 0; left -= 5_000) {
    world.send("heartbeat", { epoch: "e1", seq: 3, sampling });
    await world.pass(Math.min(5_000, left));
  }
}

describe("contexts that are sampled", () => {
  test("leave the process as they are declared, each different one once, and nothing else of them does", async () => {
    const rig = await rigOf();
    ask(rig, { targetingKey: "u-canary", customer: "canary-acme", plan: "pro", country: "DE", email: "canary@example.com" });
    ask(rig, { targetingKey: "u-other", customer: "canary-bolt", plan: "pro", country: "DE" });
    rig.client.getStringDetails("greeting", "?", { plan: "free" });
    rig.client.forRequest().getBoolean("site.diary", false, { country: "FR" });
    ask(rig, { email: "canary@example.com" });
    ask(rig, {});
    await pass(rig, MINUTE);
    expect(rig.contexts()).toEqual([
      { plain: { plan: "pro" }, hashed: { country: countryHash("DE") } },
      { plain: { plan: "free" }, hashed: {} },
      { plain: {}, hashed: { country: countryHash("FR") } },
    ]);
    expect(rig.bytes()).not.toMatch(/canary|"DE"|"FR"/);
    expect(rig.client.samples).toEqual({ attributes: ["plan", "country"], sent: 3, dropped: 0 });
  });

  test("are none where the server says nothing of them", async () => {
    const rig = await rigOf({}, "");
    ask(rig, { plan: "pro" });
    await pass(rig, 5 * MINUTE, "");
    await rig.client.close();
    expect(rig.bytes()).not.toMatch(/sampl|"pro"/);
    expect(rig.client.samples).toEqual({ attributes: [], sent: 0, dropped: 0 });
  });

  test("are no more than the application itself allows", async () => {
    const rig = await rigOf({ sampledAttributes: ["country"] });
    ask(rig, { plan: "pro", country: "DE" });
    await pass(rig, MINUTE);
    expect(rig.contexts()).toEqual([{ plain: {}, hashed: { country: countryHash("DE") } }]);
    const none = await rigOf({ sampledAttributes: [] });
    ask(none, { plan: "pro" });
    await pass(none, MINUTE);
    expect(none.bytes()).not.toMatch(/sampl|"pro"/);
  });

  test("are none where signatures are checked and the application names no attribute: what is declared is not signed", () => {
    const signatureKeys = ["slv_any"];
    expect(sampledAttributesOf({ signatureKeys })).toEqual([]);
    expect(sampledAttributesOf({ signatureKeys, sampledAttributes: ["plan"] })).toEqual(["plan"]);
    expect(sampledAttributesOf({})).toBeUndefined();
  });

  test("never show the customer's key or the user's as it is, whatever a server asks for", async () => {
    const rig = await rigOf();
    rig.terms = { ...TERMS, id: "terms-2", attributes: { customer: "plain", targetingKey: "plain", tenant: "plain", plan: "plain" } };
    await pass(rig, 10_000, "terms-2");
    ask(rig, { targetingKey: "u-canary", customer: "canary-acme", tenant: "canary-acme", plan: "pro" });
    await pass(rig, MINUTE, "terms-2");
    expect(rig.contexts()).toEqual([{ plain: { plan: "pro" }, hashed: {} }]);
    expect(rig.bytes()).not.toMatch(/canary/);
  });

  test("are reported once a minute at most, and those that were are not reported again", async () => {
    const rig = await rigOf();
    for (let second = 0; second < 600; second += 5) {
      ask(rig, { plan: `p${second}` });
      ask(rig, { plan: "always" });
      await pass(rig, 5_000);
    }
    expect(rig.reports()).toBeLessThanOrEqual(10);
    expect(rig.reports()).toBeGreaterThanOrEqual(8);
    expect(rig.contexts().filter(({ plain }) => plain["plan"] === "always")).toHaveLength(1);
  });

  test("follow new terms with the next heartbeat, and stop when there are none", async () => {
    const rig = await rigOf();
    ask(rig, { plan: "before" });
    rig.terms = { ...TERMS, id: "terms-2", attributes: { seats: "plain" } };
    await pass(rig, 10_000, "terms-2");
    ask(rig, { plan: "pro", seats: 5 });
    await pass(rig, MINUTE, "terms-2");
    expect(rig.contexts()).toEqual([{ plain: { seats: 5 }, hashed: {} }]);
    await pass(rig, 10_000, "");
    ask(rig, { seats: 6 });
    await pass(rig, 5 * MINUTE, "");
    expect(rig.reports()).toBe(1);
  });

  test("stay within their bounds in a flood of 100,000: one report, 100 contexts, the rest counted", async () => {
    const rig = await rigOf();
    for (let at = 0; at < 100_000; at++) ask(rig, { plan: `p${at}` });
    await pass(rig, MINUTE);
    expect([rig.reports(), rig.contexts().length]).toEqual([1, 100]);
    expect(rig.client.samples.dropped).toBeGreaterThan(100);
    expect(Math.max(...rig.world.requests.map(({ body }) => body.length))).toBeLessThan(64 * 1024);
  });

  test("that are too large are left out, and so is what holds itself or throws", async () => {
    const rig = await rigOf();
    rig.terms = { ...TERMS, id: "terms-2", attributes: Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`a${at}`, "plain"])) };
    await pass(rig, 10_000, "terms-2");
    ask(rig, Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`a${at}`, "x".repeat(200)])));
    const self: Record<string, unknown> = { a1: "seen" };
    self["a2"] = self;
    ask(rig, self);
    const hostile = new Proxy([], { get: () => fail() });
    rig.client.getBoolean("site.diary", false, { a1: hostile });
    await pass(rig, MINUTE, "terms-2");
    expect(rig.contexts()).toEqual([{ plain: { a1: "seen" }, hashed: {} }]);
    expect(rig.client.samples).toMatchObject({ sent: 1, dropped: 2 });
  });

  test("are lost where the server does not take them: nothing is said, nothing waits, and flags are answered", async () => {
    const rig = await rigOf();
    rig.status = 500;
    ask(rig, { plan: "pro" });
    await pass(rig, 3 * MINUTE);
    expect([rig.reports(), rig.world.lines]).toEqual([1, []]);
    expect(rig.client.samples).toMatchObject({ sent: 0, dropped: 1 });
    expect(rig.client.getBoolean("site.diary", false)).toBe(true);
  });

  test.each([
    ["no answer", undefined],
    ["nonsense", { id: "terms-1", attributes: "all" }],
    ["too many attributes", { ...TERMS, attributes: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`a${at}`, "plain"])) }],
  ])("need terms that can be read: after %s they are asked for twice a minute at most", async (_what, terms) => {
    const rig = await rigOf({}, "");
    rig.terms = terms;
    await pass(rig, 5 * MINUTE);
    ask(rig, { plan: "pro" });
    const asked = rig.world.requests.filter(({ url }) => url.endsWith("/sdk/v1/sampling")).length;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(10);
    expect(rig.reports()).toBe(0);
  });

  test("that are left go out when the client is closed", async () => {
    const rig = await rigOf();
    ask(rig, { plan: "pro" });
    await rig.client.close();
    ask(rig, { plan: "late" });
    expect(rig.contexts()).toEqual([{ plain: { plan: "pro" }, hashed: {} }]);
  });
});

function fail(): never {
  throw new Error("a host's own");
}
