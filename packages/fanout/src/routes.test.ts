import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient, routes } from "@sluice/contract";
import { describe, expect, test } from "vitest";
import { OPERATOR_KEY, RunningFanout, SDK_KEY, sessionOf } from "./testing/running-fanout.ts";
import { secretHash } from "@sluice/store";
import type { SdkKeyEntry } from "./sdk-routes.ts";
import { settle, TestSink } from "./testing/test-world.ts";

const running = async (): Promise<RunningFanout> => (await new RunningFanout().prepare()).start();
const concrete = (path: string): string => path.replace(/:[a-z]+/g, "x");

describe("who may ask", () => {
  test("nobody reaches a route without what it asks for, by any spelling of its path", async () => {
    const fanout = await running();
    for (const { method, path, audience } of routes.filter((route) => route.audience.who !== "public" && route.audience.who !== "browser")) {
      const expected = audience.who === "internal" ? 404 : audience.who === "visitor" ? 403 : 401;
      for (const bearer of [undefined, SDK_KEY.replace("slk", "xxx"), "sli_internal_0123456789"]) {
        const { status } = await fanout.jsonIn(300, method, concrete(path), bearer === undefined ? {} : { bearer });
        expect(status, `${method} ${path} ${bearer ?? ""}`).toBe(expected);
      }
      for (const spelling of [
        `/${concrete(path)}`,
        `${concrete(path)}/`,
        `/.${concrete(path)}`,
        `/x/..${concrete(path)}`,
        concrete(path).toUpperCase(),
        `${concrete(path)};x=1`,
        concrete(path).replace("/api/", "/api%2f"),
      ]) {
        if (spelling !== concrete(path)) expect([401, 404], spelling).toContain((await fanout.json(method, spelling)).status);
      }
    }
    expect(fanout.api.requests).toEqual([]);
  });

  test("an SDK key opens its environment's SDK routes and nothing else", async () => {
    const fanout = await running();
    for (const { method, path, audience } of routes.filter((route) => route.audience.who === "person"))
      expect((await fanout.jsonIn(300, method, concrete(path), { bearer: SDK_KEY })).status, `${method} ${path} ${audience.who}`).toBe(401);
    expect((await fanout.json("GET", "/sdk/v1/urgent", { bearer: SDK_KEY })).status).toBe(200);
    expect((await fanout.json("GET", "/sdk/v1/urgent", { bearer: OPERATOR_KEY })).status).toBe(401);
  });

  test("an SDK key that was taken back, or moved to another environment, ends its streams and no others", async () => {
    const fanout = await running();
    const [mine, other] = [secretHash(SDK_KEY), secretHash("slk_another_key_0123456789")];
    const key = (hash: string, environment = "production"): SdkKeyEntry => ({ hash, environment, name: hash });
    fanout.api.tell({ kind: "sdkKeys", keys: [key(mine), key(other)] });
    const [first, second] = [await fanout.stream(), await fanout.stream({ "sluice-instance": "i2" })];
    const reply = await fanout.ask("GET", "/sdk/v1/stream", { bearer: "slk_another_key_0123456789" });
    const stays = new TestSink();
    if ("attach" in reply) reply.attach(stays);
    fanout.api.tell({ kind: "sdkKeys", keys: [key(mine), key(other)] });
    expect([first.isClosed, second.isClosed, stays.isClosed]).toEqual([false, false, false]);
    first.gone();
    fanout.api.tell({ kind: "sdkKeys", keys: [key(other)] });
    expect([first.isClosed, second.isClosed, stays.isClosed]).toEqual([false, true, false]);
    fanout.api.tell({ kind: "sdkKeys", keys: [key(other, "staging")] });
    expect(stays.isClosed).toBe(true);
  });

  test("an open stream keeps nothing of the request that opened it", async () => {
    const fanout = await running();
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const sink = new TestSink();
    let gone = (): void => {};
    const open = async (): Promise<WeakRef<object>> => {
      const headers = { authorization: `Bearer ${SDK_KEY}`, "sluice-instance": "i1", "sluice-service": "shop" };
      const reply = await fanout.fanout.handle({ method: "GET", url: "/sdk/v1/stream", headers, body: new Uint8Array(), remote: "127.0.0.1" });
      if ("attach" in reply) gone = reply.attach(sink);
      return new WeakRef(headers);
    };
    const headers = await open();
    await settle();
    collect();
    expect(headers.deref()).toBeUndefined();
    await fanout.kill("command-1");
    expect(sink.named("patch")).toHaveLength(1);
    gone();
  });

  test("a cookie alone changes nothing: the page must say that it asked", async () => {
    const fanout = await running();
    const body = { command: "command-1", environment: "production", flags: ["shop.checkout"] };
    const headers = { cookie: `other=1; sluice_session=${sessionOf("ada")}` };
    expect(await fanout.json("POST", "/api/kills", { headers, body })).toMatchObject({ status: 403, body: { error: { code: "crossSite" } } });
    expect((await fanout.json("GET", "/api/me", { headers })).status).toBe(200);
    expect((await fanout.jsonIn(300, "POST", "/api/kills", { bearer: OPERATOR_KEY, body })).status).toBe(201);
  });

  test("a role that was changed holds within a minute, an account that is gone no longer", async () => {
    const fanout = await running();
    const role = async (as: string): Promise<unknown> => {
      await fanout.world.advance(61_000);
      await fanout.jsonIn(300, "GET", "/api/me", { as });
      const { status, body } = await fanout.jsonIn(300, "GET", "/api/me", { as });
      return status === 200 ? (body["account"] as { readonly role: string }).role : status;
    };
    const ada = await fanout.store.account("ada");
    if (ada === undefined) throw new Error("no account");
    expect(await role("ada")).toBe("engineer");
    await fanout.store.saveAccount({ ...ada, role: "auditor" });
    expect(await role("ada")).toBe("auditor");
    expect((await fanout.kill("command-1")).status).toBe(403);
    fanout.store.trouble = "refuses";
    expect(await role("ada")).toBe("auditor");
    fanout.store.trouble = "none";
    await fanout.store.saveGrant({ hash: secretHash(sessionOf("ada")), kind: "session", account: "nobody", expiresAtMs: Number.MAX_SAFE_INTEGER });
    expect(await role("ada")).toBe(401);
  });

  test("signing out ends the session here at once and clears the cookie under its own name", async () => {
    const fanout = await running();
    const reply = await fanout.ask("POST", "/api/sign-out", { headers: { cookie: `__Host-sluice_session=${sessionOf("ada")}`, "sluice-request": "1" } });
    expect(reply.status).toBe(204);
    expect(reply.headers["set-cookie"]).toBe("__Host-sluice_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure");
    expect((await fanout.jsonIn(300, "GET", "/api/me", { as: "ada" })).status).toBe(401);
    expect((await fanout.json("GET", "/api/me", { as: "pia" })).status).toBe(200);
  });

  test("bodies over a route's limit are refused", async () => {
    const fanout = await running();
    const reply = await fanout.fanout.handle({
      method: "POST",
      url: "/sdk/v1/confirm",
      headers: { authorization: `Bearer ${SDK_KEY}` },
      body: new Uint8Array(16_385),
    });
    expect(reply.status).toBe(413);
  });
});

describe("answers", () => {
  test("of the people's routes are what the contract promises", async () => {
    const fanout = await running();
    await fanout.stream({ "sluice-instance": "i1" });
    const http = {
      request: async (request: { method: string; url: string; headers: Readonly<Record<string, string>>; body: Uint8Array }) => {
        const reply = await fanout.fanout.handle({ ...request, url: request.url.replace("http://sluice", "") });
        if ("attach" in reply) throw new Error("a stream");
        return { ...reply, body: typeof reply.body === "string" ? new TextEncoder().encode(reply.body) : reply.body };
      },
      stream: () => ({ close: () => {} }),
    };
    const client = createClient(http, "http://sluice", { bearer: OPERATOR_KEY });
    const killed = await client.kill({ command: "command-1", environment: "production", flags: ["shop.checkout"], reason: "checkout charges twice" });
    if (!killed.ok) throw new Error(killed.problem.message);
    await fanout.confirm({ instance: "i1", seq: 2 });
    expect(await client.me()).toMatchObject({ ok: true, value: { account: { role: "admin" }, can: { kill: true } } });
    expect(await client.environments()).toMatchObject({
      ok: true,
      value: { environments: [{ key: "production", name: "Production", protected: true, version: { epoch: fanout.epoch, seq: 2 }, instances: 1 }] },
    });
    expect(await client.flags()).toMatchObject({
      ok: true,
      value: {
        flags: [
          { key: "shop.checkout", environments: { production: { state: "killed", kills: [killed.value.kill] } } },
          { key: "shop.gift", environments: { production: { state: "on" } } },
          { key: "shop.limits" },
        ],
      },
    });
    expect(await client.kills("production")).toMatchObject({
      ok: true,
      value: { kills: [{ kill: killed.value.kill, flags: ["shop.checkout"], reason: "checkout charges twice", by: "the operator of this machine" }] },
    });
    expect(await client.kills("staging")).toEqual({ ok: true, value: { kills: [] } });
    expect(await client.receipt(killed.value.kill)).toMatchObject({ ok: true, value: { of: 1, confirmed: 1, done: true } });
    expect(await client.receipt("k-unknown")).toMatchObject({ ok: false, problem: { status: 404, code: "unknownKill" } });
    expect(await client.lift(killed.value.kill, { command: "lift-0001" })).toMatchObject({ ok: true, value: { seq: 3 } });
    expect(await client.health()).toMatchObject({
      ok: true,
      value: { status: "ok", fanout: { environments: { production: { seq: 3, streams: 1 } }, emergencyKillsWaiting: 0 }, store: { ok: true } },
    });
  });

  test("name what a kill takes away, from whom, in a sentence", async () => {
    const fanout = await running();
    for (const [instance, service] of [
      ["i1", "web"],
      ["i2", "web"],
      ["i3", "jobs"],
    ] as const)
      await fanout.stream({ "sluice-instance": instance, "sluice-service": service });
    expect((await fanout.json("GET", "/api/blast-radius?environment=production&flag=shop.checkout", { as: "max" })).body).toEqual({
      sentence:
        "Killing it takes Checkout away in Production from everyone. 3 running processes of web and jobs switch it off at once. Gift goes off with it, because it needs it.",
      flags: ["shop.checkout"],
      leftOut: [],
      releases: [],
      instances: 3,
      services: [
        { service: "web", instances: 2 },
        { service: "jobs", instances: 1 },
      ],
      dependants: ["shop.gift"],
    });
  });

  test("carry a snapshot once: 304 for whoever has it, compressed for whoever can", async () => {
    const fanout = await running();
    const first = await fanout.ask("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY });
    expect([first.status, first.headers["etag"], first.headers["sluice-urgent"]]).toEqual([200, `"${fanout.epoch}:1"`, undefined]);
    expect((await fanout.ask("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY, headers: { "if-none-match": `"${fanout.epoch}:1"` } })).status).toBe(304);
    expect((await fanout.ask("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY, headers: { "accept-encoding": "br, gzip" } })).headers["content-encoding"]).toBe(
      "gzip",
    );
    fanout.store.trouble = "refuses";
    await fanout.kill("command-1");
    expect((await fanout.ask("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY })).headers["sluice-urgent"]).toBe("1");
    // An emergency kill changes no version: whoever polls with the version that it has must be told of it all the same.
    const again = await fanout.ask("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY, headers: { "if-none-match": `"${fanout.epoch}:1"` } });
    expect([again.status, again.headers["sluice-urgent"]]).toEqual([200, "1"]);
  });
});

describe("the console", () => {
  test("is served from memory under a strict policy, and nothing beside it", async () => {
    const fanout = await running();
    const page = await fanout.ask("GET", "/");
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
    for (const path of ["/assets/../index.html", "/%2e%2e/index.html", "/store.db", "/index.html/"])
      expect((await fanout.ask("GET", path)).status, path).toBe(404);
  });

  test("hears of flags, kills, confirmations and health as they change", async () => {
    const fanout = await running();
    const reply = await fanout.ask("GET", "/api/console-stream", { as: "ada" });
    if (!("attach" in reply)) throw new Error(`status ${reply.status}`);
    const page = new TestSink();
    reply.attach(page);
    await fanout.kill("command-1");
    await fanout.stream({ "sluice-instance": "i1" });
    for (const instance of ["i1", "i2", "i3"]) await fanout.confirm({ instance, seq: 2 });
    await fanout.world.advance(300);
    fanout.api.tell({ kind: "catalogue", flags: [], environments: [] });
    fanout.api.down();
    expect(page.events.map(({ event }) => event)).toEqual(["hello", "kills", "receipt", "flags", "health"]);
    page.limit = 0;
    await fanout.kill("command-2");
    expect(page.isClosed).toBe(true);
  });
});

describe("what the API answers", () => {
  test("is handed on with its status, headers and body, and without what belongs to one connection", async () => {
    const fanout = await running();
    fanout.api.answer = () => ({
      status: 200,
      headers: { "content-type": "application/json", "set-cookie": "a=b", connection: "close", "transfer-encoding": "chunked" },
      body: '{"account":{}}',
    });
    const reply = await fanout.ask("POST", "/api/sign-in", {
      body: { email: "a@b", password: "x" },
      headers: { host: "evil", connection: "upgrade", "content-type": "application/json", "sluice-request": "1" },
    });
    expect({ ...reply, body: new TextDecoder().decode((reply as { body: Uint8Array }).body) }).toEqual({
      status: 200,
      headers: { "content-type": "application/json", "set-cookie": "a=b" },
      body: '{"account":{}}',
    });
    expect(fanout.api.requests.at(-1)).toMatchObject({ method: "POST", url: "http://api/api/sign-in", headers: { "content-type": "application/json" } });
    expect(fanout.api.requests.at(-1)?.headers).not.toHaveProperty("host");
  });

  test("is a 503 with what to do while it is gone, and everything else goes on", async () => {
    const fanout = await running();
    fanout.api.down();
    expect(await fanout.json("GET", "/api/flags/shop.checkout", { as: "ada" })).toMatchObject({
      status: 503,
      body: { error: { code: "apiUnavailable", fix: expect.stringContaining("kills") as string } },
    });
    expect((await fanout.kill("command-1")).status).toBe(201);
  });
});
