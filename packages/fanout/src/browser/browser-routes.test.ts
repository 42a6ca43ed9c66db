import { findRoute } from "@sluice/contract";
import type { Patch, Snapshot } from "@sluice/evaluation";
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CONTEXT_SECRET, PAGE_ORIGIN, RunningFanout } from "../testing/running-fanout.ts";
import { TestApi, TestDisk, TestSink, TestWorld } from "../testing/test-world.ts";
import { BrowserRoutes } from "./browser-routes.ts";

const on = { rules: [{ serve: "on" }] };
/** Of every kind that matters here: not for browsers, for everybody, by plan, by customer in each of the ways, and behind another. */
const FLAGS: Snapshot["flags"] = {
  "server.only": on,
  "shop.checkout": { ...on, browser: true },
  "web.plain": { ...on, browser: true },
  "web.text": { browser: true, type: "string", variants: { off: "", long: "Good day" }, default: "long" },
  "web.pro": { browser: true, rules: [{ if: ["in", "plan", ["pro"]], serve: "on" }] },
  "web.rule": { browser: true, rules: [{ if: ["in", "customer", ["acme"]], serve: "on" }] },
  "web.nested": { browser: true, rules: [{ if: ["not", ["any", ["in", "customer.tier", ["gold"]]]], serve: "on" }] },
  "web.segment": { browser: true, rules: [{ if: ["segment", "beta"], serve: "on" }] },
  "web.wave": { browser: true, exposure: { serve: "on", rest: true } },
  "web.pinned": { browser: true, pins: [["customer", "0000000000000000", "on"]] },
  "web.share": {
    browser: true,
    rules: [
      {
        serve: {
          of: [
            ["on", 50_000],
            ["off", 50_000],
          ],
          by: "customer",
        },
      },
    ],
  },
  "web.behind": { ...on, browser: true, prerequisites: [{ flag: "server.only", serves: ["on"] }] },
  "web.behindWave": { ...on, browser: true, prerequisites: [{ flag: "web.wave", serves: ["on"] }] },
  "web.unless": { ...on, browser: true, prerequisites: [{ flag: "web.plain", serves: ["off", "on"] }] },
};
const PUBLIC = ["shop.checkout", "web.behind", "web.plain", "web.pro", "web.text", "web.unless"];

async function running(): Promise<RunningFanout> {
  const fanout = await new RunningFanout().prepare();
  const everything = fanout.api.everything;
  const snapshot = fanout.snapshot(1, { flags: FLAGS, segments: { beta: { by: "customer", include: ["acme"] } } });
  fanout.api.everything = () => everything().map((message) => (message.kind === "snapshot" ? { ...message, snapshot } : message));
  return fanout.start();
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
function tokenOf(context: object, more: object = {}): string {
  const now = Math.floor(TestWorld.WALL_MS / 1_000);
  const text = `${part({ alg: "HS256" })}.${part({ aud: "production", exp: now + 600, sub: `subject-${JSON.stringify(context).length}`, ctx: context, ...more })}`;
  return `${text}.${createHmac("sha256", CONTEXT_SECRET).update(text).digest("base64url")}`;
}
const ACME = { targetingKey: "ada", customer: "acme", plan: "pro" };

const ASK = "/browser/v1/answers?environment=production";
async function ask(fanout: RunningFanout, bearer?: string, headers: Readonly<Record<string, string>> = {}) {
  const reply = await fanout.ask("GET", ASK, { ...(bearer === undefined ? {} : { bearer }), headers });
  if ("attach" in reply) throw new Error("a stream");
  return { status: reply.status, headers: reply.headers, body: reply.body === "" ? undefined : JSON.parse(String(reply.body)) };
}
async function values(fanout: RunningFanout, bearer?: string): Promise<Record<string, unknown>> {
  const { answers } = (await ask(fanout, bearer)).body;
  return Object.fromEntries(Object.keys(answers).map((key) => [key, answers[key].value]));
}
async function listen(fanout: RunningFanout, bearer?: string): Promise<TestSink & { gone: () => void }> {
  const reply = await fanout.ask("GET", "/browser/v1/stream?environment=production", bearer === undefined ? {} : { bearer });
  if (!("attach" in reply)) throw new Error(`no stream: ${reply.status} ${String(reply.body)}`);
  const sink = new TestSink();
  return Object.assign(sink, { gone: reply.attach(sink) });
}
const names = (sink: TestSink): readonly string[] => sink.events.map(({ event }) => event).filter((event) => event !== "heartbeat");
const off = (reason = "DISABLED"): object => ({ value: false, variant: "off", reason });

function publish(fanout: RunningFanout, patch: Omit<Patch, "epoch">): void {
  fanout.api.tell({ kind: "patch", environment: "production", patch: { epoch: fanout.epoch, ...patch }, folded: patch.to });
}
const killing = (flags: readonly string[], scope?: object) => ({
  set: { kills: { [`k-${flags.join()}`]: { flags, ...(scope === undefined ? {} : { scope }) } } },
});

describe("answers", () => {
  test("are of the flags for browsers, for the signed context, and nothing of why", async () => {
    const fanout = await running();
    const { status, headers, body } = await ask(fanout, tokenOf(ACME));
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "cache-control": "private, no-cache", vary: "origin, authorization" });
    expect(findRoute("GET", "/browser/v1/answers")?.route.reply?.safeParse(body).success).toBe(true);
    expect(body).toEqual({
      environment: "production",
      epoch: fanout.epoch,
      seq: 1,
      answers: {
        "shop.checkout": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.plain": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.text": { value: "Good day", variant: "long", reason: "STATIC" },
        "web.pro": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.rule": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.nested": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.segment": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.wave": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.pinned": { value: false, variant: "off", reason: expect.stringMatching(/STATIC|DEFAULT/) },
        "web.share": expect.objectContaining({ reason: "SPLIT" }),
        "web.behind": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.behindWave": { value: true, variant: "on", reason: "TARGETING_MATCH" },
        "web.unless": { value: true, variant: "on", reason: "TARGETING_MATCH" },
      },
    });
  });

  test("differ by the person, not by who asked before", async () => {
    const fanout = await running();
    const free = tokenOf({ targetingKey: "bob", customer: "other", plan: "free" });
    expect(await values(fanout, tokenOf(ACME))).toMatchObject({ "web.pro": true, "web.rule": true, "web.segment": true });
    expect(await values(fanout, free)).toMatchObject({ "web.pro": false, "web.rule": false, "web.segment": false });
    expect(await values(fanout, tokenOf(ACME))).toMatchObject({ "web.pro": true, "web.rule": true, "web.segment": true });
  });

  test("without a token are of public flags, and of none that has to do with a customer in any way", async () => {
    const fanout = await running();
    expect(Object.keys(await values(fanout))).toEqual(PUBLIC);
    expect(await values(fanout)).toMatchObject({ "web.plain": true, "web.pro": false });
  });

  test("are sent once: the second asking with the same ETag has no body, another person's has one", async () => {
    const fanout = await running();
    const first = await ask(fanout, tokenOf(ACME));
    const etag = first.headers["etag"] ?? "";
    expect(await ask(fanout, tokenOf(ACME), { "if-none-match": etag })).toMatchObject({ status: 304, body: undefined });
    // The same answers for somebody else are another body.
    expect((await ask(fanout, tokenOf({ ...ACME, targetingKey: "eve-of-acme" }), { "if-none-match": etag })).status).toBe(200);
    expect((await ask(fanout, undefined, { "if-none-match": etag })).status).toBe(200);
    publish(fanout, { base: 1, to: 2, set: { flags: { "server.other": on } } });
    expect((await ask(fanout, tokenOf(ACME), { "if-none-match": etag })).status).toBe(200);
  });

  test("name an environment, and one that is there", async () => {
    const fanout = await running();
    expect(await fanout.json("GET", "/browser/v1/answers")).toMatchObject({
      status: 404,
      body: { error: { code: "unknownEnvironment", field: "environment" } },
    });
    expect((await fanout.json("GET", "/browser/v1/answers?environment=nowhere")).status).toBe(404);
  });

  test("are refused to a token that does not fit, and never fall back to public ones", async () => {
    const fanout = await running();
    const code = async (bearer: string): Promise<unknown> => {
      const { status, body } = await ask(fanout, bearer);
      return [status, body.error.code, body.answers];
    };
    const [head = "", body = "", mac = ""] = tokenOf(ACME).split(".");
    expect(await code(`${head}.${body}.${mac.split("").reverse().join("")}`)).toEqual([401, "contextForged", undefined]);
    expect(await code(tokenOf(ACME, { exp: 1 }))).toEqual([401, "contextExpired", undefined]);
    expect(await code(tokenOf(ACME, { aud: "staging" }))).toEqual([403, "contextWrongAudience", undefined]);
    expect(await code("slk_key_of_production_0123456789")).toEqual([401, "contextMalformed", undefined]);
    expect(await code("")).toEqual([401, "contextMalformed", undefined]);
    expect(await code("x".repeat(9_000))).toEqual([413, "contextTooLarge", undefined]);
  });

  test("follow a kill at once, also one that the store could not take", async () => {
    const fanout = await running();
    expect((await fanout.kill("command-1")).status).toBe(201);
    expect(await values(fanout)).toMatchObject({ "shop.checkout": false, "web.plain": true });
    const other = await running();
    other.store.trouble = "refuses";
    expect((await other.kill("command-2")).body).toMatchObject({ emergency: true });
    expect(await values(other)).toMatchObject({ "shop.checkout": false, "web.plain": true });
  });
});

describe("pages of other origins", () => {
  const preflight = (fanout: RunningFanout, origin: string, host = "flags.example") =>
    fanout.ask("OPTIONS", ASK, { headers: { origin, host, "access-control-request-method": "GET", "access-control-request-headers": "authorization" } });

  test("may ask where their origin is configured, and are told so before and after", async () => {
    const fanout = await running();
    expect(await preflight(fanout, PAGE_ORIGIN)).toMatchObject({
      status: 204,
      headers: {
        "access-control-allow-origin": PAGE_ORIGIN,
        "access-control-allow-headers": "authorization, content-type",
        "access-control-allow-methods": "GET, POST",
      },
    });
    const reply = await ask(fanout, tokenOf(ACME), { origin: PAGE_ORIGIN });
    expect(reply.headers).toMatchObject({ "access-control-allow-origin": PAGE_ORIGIN, vary: "origin, authorization" });
    expect(reply.headers["access-control-allow-credentials"]).toBeUndefined();
    expect((await ask(fanout, "nonsense", { origin: PAGE_ORIGIN })).headers["access-control-allow-origin"]).toBe(PAGE_ORIGIN);
  });

  test("may not where it is not, however alike it looks", async () => {
    const fanout = await running();
    for (const origin of [
      "https://evil.example",
      "http://app.example",
      "https://app.example.evil",
      "https://app.example:8443",
      "null",
      "https://APP.example",
      "*",
    ]) {
      const reply = await preflight(fanout, origin);
      expect([reply.status, reply.headers["access-control-allow-origin"]], origin).toEqual([403, undefined]);
      expect((await ask(fanout, tokenOf(ACME), { origin })).status, origin).toBe(403);
    }
  });

  test("of the server itself always may", async () => {
    const fanout = await running();
    expect((await ask(fanout, undefined, { origin: "https://flags.example", host: "flags.example" })).status).toBe(200);
    expect((await ask(fanout, undefined, { origin: "https://flags.example", host: "other.example" })).status).toBe(403);
  });

  test("of any port of this machine may where that is configured, and of every origin where that is", async () => {
    const status = async (origins: readonly string[], origin: string): Promise<number> => {
      const routes = new BrowserRoutes({
        secrets: new Map(),
        origins,
        world: new TestWorld({ disk: new TestDisk(), api: new TestApi() }),
        telemetry: () => {},
        hub: () => undefined,
        earlyAccess: async () => ({ status: 200, headers: {}, body: "" }),
      });
      return (await routes.handle("/browser/v1/answers", { method: "OPTIONS", url: ASK, headers: { origin }, body: new Uint8Array() })).status;
    };
    for (const origin of ["http://localhost:5173", "http://127.0.0.1", "http://[::1]:80"]) expect(await status(["localhost"], origin), origin).toBe(204);
    for (const origin of ["http://localhost.evil.example", "http://evil.example:5173", "https://127.0.0.1.evil.example", "http://localhost:5173/", "null"])
      expect(await status(["localhost"], origin), origin).toBe(403);
    expect(await status(["*"], "https://anything.example")).toBe(204);
  });

  test("get no preflight for any other route", async () => {
    const fanout = await running();
    for (const path of ["/api/kills", "/sdk/v1/snapshot", "/browser/v1/nothing"]) expect((await fanout.ask("OPTIONS", path)).status, path).toBe(404);
  });
});

describe("a page's stream", () => {
  test("begins with where the environment stands and beats every five seconds", async () => {
    const fanout = await running();
    const page = await listen(fanout, tokenOf(ACME));
    expect(page.events).toEqual([{ event: "hello", data: { environment: "production", epoch: fanout.epoch, seq: 1, heartbeatMs: 5_000, jitterMs: 0 } }]);
    await fanout.world.advance(5_000);
    expect(page.events.at(-1)).toEqual({ event: "heartbeat", data: {} });
  });

  test("brings a kill for everybody as the same bytes to all who may know the flags", async () => {
    const fanout = await running();
    const pages = [await listen(fanout, tokenOf(ACME)), await listen(fanout, tokenOf({ customer: "other" }))];
    const stranger = await listen(fanout);
    publish(fanout, { base: 1, to: 2, ...killing(["web.plain", "web.wave", "server.only"]) });
    const [first, second] = pages.map((page) => page.chunks.slice(1));
    expect(first).toEqual(second);
    expect(pages[0]?.named("kill")).toEqual([
      { epoch: fanout.epoch, seq: 2, answers: { "web.behind": off(), "web.behindWave": off(), "web.plain": off(), "web.wave": off() } },
    ]);
    // Behind a wave is a customer's matter, and not even its name goes to nobody.
    expect(stranger.named("kill")).toEqual([{ epoch: fanout.epoch, seq: 2, answers: { "web.behind": off(), "web.plain": off() } }]);
    // A flag that goes on behind the killed one may answer otherwise now, by context: pages ask again.
    expect(names(stranger)).toEqual(["hello", "kill", "changed"]);
  });

  test("is counted in the receipt of a kill that pages may know of, and of no other", async () => {
    const fanout = await running();
    const pages = [await listen(fanout, tokenOf(ACME)), await listen(fanout)];
    const receipt = async (command: string, flag: string): Promise<object> => {
      const { body } = await fanout.kill(command, [flag]);
      return (await fanout.json("GET", `/api/kills/${String(body["kill"])}/receipt`, { as: "ada" })).body;
    };
    expect(await receipt("command-1", "web.plain")).toMatchObject({ of: 0, pages: { of: 2, told: 2 }, done: true });
    pages[1]?.gone();
    expect(await receipt("command-2", "web.text")).toMatchObject({ pages: { of: 1, told: 1 } });
    expect(await receipt("command-3", "shop.gift")).not.toHaveProperty("pages");
  });

  test("says of a kill for some, of its end and of any change only that it is time to ask again", async () => {
    const fanout = await running();
    const page = await listen(fanout, tokenOf(ACME));
    publish(fanout, { base: 1, to: 2, ...killing(["web.text"], { customers: ["0011223344556677"] }) });
    publish(fanout, { base: 2, to: 3, drop: { kills: ["k-web.text"] } });
    publish(fanout, { base: 3, to: 4, set: { flags: { "server.only": {} } } });
    publish(fanout, { base: 4, to: 5, drop: { flags: ["web.text"] } });
    publish(fanout, { base: 5, to: 6, set: { flags: { "web.new": { browser: true } } } });
    publish(fanout, { base: 6, to: 7, set: { segments: { beta: {} } } });
    expect(names(page)).toEqual(["hello", "changed", "changed", "changed", "changed", "changed", "changed"]);
    expect(page.named("changed").map((data) => (data as { seq: number }).seq)).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test("says nothing of what no browser can see", async () => {
    const fanout = await running();
    const page = await listen(fanout);
    publish(fanout, { base: 1, to: 2, set: { flags: { "server.other": on } } });
    publish(fanout, { base: 2, to: 3, ...killing(["server.other"]) });
    publish(fanout, { base: 3, to: 4, ...killing(["server.other"], { customers: ["0011223344556677"] }) });
    publish(fanout, { base: 4, to: 5, drop: { flags: ["server.other"] } });
    expect(names(page)).toEqual(["hello"]);
  });

  test("brings a kill with a scope of services alone to every page: pages state none", async () => {
    const fanout = await running();
    const page = await listen(fanout);
    publish(fanout, { base: 1, to: 2, ...killing(["web.plain"], { services: ["billing"] }) });
    expect(page.named("kill")).toMatchObject([{ answers: { "web.plain": off() } }]);
    expect(await values(fanout)).toMatchObject({ "web.plain": false });
  });

  test("brings a kill that the store could not take, also to those who come later", async () => {
    const fanout = await running();
    const early = await listen(fanout);
    fanout.store.trouble = "refuses";
    expect((await fanout.kill("command-1")).body).toMatchObject({ emergency: true });
    const late = await listen(fanout, tokenOf(ACME));
    const kill = { epoch: fanout.epoch, seq: 1, answers: { "shop.checkout": off() } };
    expect([early.named("kill"), late.named("kill")]).toEqual([[kill], [kill]]);
  });

  test("asks a crowd to spread its questions, but never to wait long", async () => {
    const fanout = await running();
    const pages = await Promise.all(Array.from({ length: 500 }, () => listen(fanout)));
    publish(fanout, { base: 1, to: 2, set: { flags: { "web.plain": { browser: true } } } });
    expect(pages[7]?.named("changed")).toEqual([{ epoch: fanout.epoch, seq: 2, jitterMs: 250 }]);
    for (const page of pages.slice(20)) page.gone();
    publish(fanout, { base: 2, to: 3, set: { flags: { "web.plain": { ...on, browser: true } } } });
    expect(pages[7]?.named("changed").at(-1)).toMatchObject({ seq: 3, jitterMs: 0 });
  });

  test("ends when its token does", async () => {
    const fanout = await running();
    const page = await listen(fanout, tokenOf(ACME));
    const stranger = await listen(fanout);
    const beatsUntil = TestWorld.WALL_MS + 660_000;
    await fanout.world.advance(beatsUntil - fanout.world.clock.nowMs() - 5_001);
    expect(page.isClosed).toBe(false);
    await fanout.world.advance(10_000);
    expect([page.isClosed, stranger.isClosed]).toEqual([true, false]);
  });

  test("costs whoever kills nothing, even where telling pages fails", async () => {
    const fanout = await running();
    const page = await listen(fanout, tokenOf(ACME));
    page.write = () => {
      throw new Error("of the socket");
    };
    const quick = await listen(fanout);
    expect((await fanout.kill("command-1")).status).toBe(201);
    expect([page.isClosed, quick.isClosed]).toEqual([true, true]);
    expect(fanout.world.lines.join()).toContain("error browser.failed");
    expect(await values(fanout)).toMatchObject({ "shop.checkout": false });
  });

  test("is let go when its reader cannot keep up, and nobody waits for it", async () => {
    const fanout = await running();
    const slow = await listen(fanout);
    const quick = await listen(fanout);
    slow.limit = 1;
    publish(fanout, { base: 1, to: 2, set: { flags: { "web.plain": { browser: true } } } });
    publish(fanout, { base: 2, to: 3, set: { flags: { "web.plain": on } } });
    expect([slow.isClosed, names(slow), names(quick)]).toEqual([true, ["hello", "changed"], ["hello", "changed", "changed"]]);
  });

  test("is refused over the limit of those without a token, while those with one still come", async () => {
    const fanout = await running();
    await Promise.all(Array.from({ length: 2_000 }, () => listen(fanout)));
    expect((await fanout.ask("GET", "/browser/v1/stream?environment=production")).status).toBe(503);
    expect((await fanout.ask("GET", "/browser/v1/stream?environment=production", { bearer: tokenOf(ACME) })).status).toBe(200);
  });
});
