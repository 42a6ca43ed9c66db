import type { HttpReply, World } from "@sluice/ports";
import { nodeRandom } from "@sluice/ports/node";
import type { Role } from "@sluice/releases";
import { MemoryDatabase, MemoryStore, secretHash } from "@sluice/store";
import { afterEach, expect, test } from "vitest";
import { Api } from "../api.ts";
import { ControlPlane } from "../control-plane.ts";
import { MemorySource } from "../source/memory-source.ts";
import { Scheduler } from "./scheduler.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** 2026-12-01T00:00:00Z. */
const DAY_ONE = Date.UTC(2026, 11, 1);

/** A clock that the test turns; timers run when their time has come. */
class Clock {
  nowMs: number = DAY_ONE;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  readonly clock: World["clock"] = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs };
  readonly timers: World["timers"] = {
    after: (delayMs, run) => {
      const timer = { atMs: this.nowMs + delayMs, run };
      this.#timers.push(timer);
      return { cancel: () => void (this.#timers = this.#timers.filter((one) => one !== timer)) };
    },
  };

  /** Up to two seconds before it nothing is looked at: hours of looks each second would show nothing. */
  async turnTo(atMs: number): Promise<void> {
    this.nowMs = Math.max(this.nowMs, atMs - 2_000);
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > atMs) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await settle();
    }
    this.nowMs = atMs;
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
}

const flagFile = (key: string): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nvariants: { on: true, off: false }\noff: off\nenvironments:\n  production:\n    default: off\n`;

let running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running) await one.stop();
  running = [];
});

/** The API over memory, with one person of each role and three customers. */
class Office {
  readonly time = new Clock();
  readonly database = new MemoryDatabase(nodeRandom);
  plane: ControlPlane;
  api: Api;
  #commands = 0;

  constructor() {
    const store = new MemoryStore(this.database, nodeRandom);
    const source = new MemorySource();
    const world: World = {
      clock: this.time.clock,
      timers: this.time.timers,
      random: nodeRandom,
      disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
      http: { request: async () => Promise.reject(new Error("no network here")), stream: () => ({ close: () => {} }) },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    };
    source.commit(
      new Map([
        ["sluice.yaml", "project: p\nenvironments: { production: {} }\n"],
        ["flags/site.photos.yaml", flagFile("site.photos")],
      ]),
      { author: "Mara", subject: "first", atMs: 0 },
    );
    this.plane = new ControlPlane({ world, store, source, project: "p", pollMs: 60_000 });
    const passwords = { hash: async (): Promise<string> => "", verify: async (): Promise<boolean> => false };
    this.api = new Api({ world, store, source, plane: this.plane, passwords, internalKey: "internal", secureCookies: false });
    const scheduler = new Scheduler({
      world,
      decisions: () => this.plane.decisions,
      flagProblem: this.plane.flagProblem,
      decide: (...given) => this.plane.decide(...given),
    });
    this.plane.onEvent = () => scheduler.hint();
    running.push({
      stop: async () => {
        scheduler.stop();
        await this.plane.stop();
      },
    });
    this.start = async () => {
      for (const role of ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"] as const) {
        await store.saveAccount({ id: role, email: `${role}@example.com`, name: role, role, passwordHash: "", failures: 0, lockedUntilMs: 0 });
        await store.saveGrant({ hash: secretHash(`token-of-${role}-0123456789`), kind: "token", account: role, expiresAtMs: Number.MAX_SAFE_INTEGER });
      }
      await this.plane.start();
      await settle();
      const customers = ["acme", "bolt", "crane"].map((id) => ({
        id,
        track: id === "acme" ? ("early" as const) : ("standard" as const),
        tags: [],
        hashes: { production: id.padEnd(16, "0") },
      }));
      const facts = { kind: "customersChanged" as const, set: customers };
      await store.append([{ command: "customers", atMs: 0, facts, personal: { by: "admin" } }], undefined);
      this.plane.hint();
      await settle();
      scheduler.start();
      await settle();
      return this;
    };
  }

  readonly start: () => Promise<this>;

  async ask(role: Role, method: "GET" | "POST", url: string, body?: object): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const command = `command-${++this.#commands}`;
    const sent = body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify({ ...(url.endsWith("dry-run") ? {} : { command }), ...body }));
    const headers = { authorization: `Bearer token-of-${role}-0123456789` };
    const reply = (await this.api.handle({ method, url, headers, body: sent, remote: "127.0.0.1" })) as HttpReply;
    await settle();
    const text = typeof reply.body === "string" ? reply.body : new TextDecoder().decode(reply.body);
    return { status: reply.status, body: JSON.parse(text) as Record<string, unknown> };
  }

  get exposure(): unknown {
    return this.plane.state("production")?.snapshot?.flags["site.photos"]?.exposure;
  }
}

const content = {
  title: "Photos on site reports",
  environment: "production",
  flags: [{ flag: "site.photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [
    { name: "Early", audience: { tracks: ["early"] }, start: { atMs: DAY_ONE + 9 * HOUR }, bakeMs: HOUR },
    { name: "Everybody", audience: {}, start: { atMs: DAY_ONE + 12 * HOUR }, bakeMs: HOUR },
  ],
};

async function planned(more: object = {}): Promise<{ readonly office: Office; readonly release: string; readonly hash: string }> {
  const office = await new Office().start();
  const saved = await office.ask("product", "POST", "/api/releases", { content: { ...content, ...more } });
  expect(saved.status).toBe(201);
  const release = String(saved.body["release"]);
  expect((await office.ask("product", "POST", `/api/releases/${release}/plan`, {})).status).toBe(200);
  return { office, release, hash: String((await office.ask("product", "GET", `/api/releases/${release}`)).body["contentHash"]) };
}

test("what the dry run says is what then happens, to the instant, and is served", async () => {
  const office = await new Office().start();
  const dry = await office.ask("product", "POST", "/api/releases/dry-run", { content });
  expect(dry.body).toMatchObject({
    conflicts: [],
    steps: [
      { atMs: DAY_ONE + 9 * HOUR, customers: ["acme"] },
      { atMs: DAY_ONE + 12 * HOUR, customers: ["bolt", "crane"] },
    ],
  });
  const saved = await office.ask("product", "POST", "/api/releases", { content });
  const release = String(saved.body["release"]);
  await office.ask("product", "POST", `/api/releases/${release}/plan`, {});
  await office.time.turnTo(DAY_ONE + 9 * HOUR - 1);
  expect(office.exposure).toBeUndefined();
  await office.time.turnTo(DAY_ONE + 9 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", keys: ["acme000000000000"] });
  await office.time.turnTo(DAY_ONE + 12 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", rest: true, except: [] });
  await office.time.turnTo(DAY_ONE + 13 * HOUR);
  expect((await office.ask("auditor", "GET", `/api/releases/${release}`)).body["phase"]).toBe("completed");
  const started = office.database.events.filter(({ facts }) => facts.kind === "waveStarted").map(({ atMs }) => atMs);
  expect(started).toEqual([DAY_ONE + 9 * HOUR, DAY_ONE + 12 * HOUR]);
});

test("an approval is asked of the right role, for exactly this content, and not of who edited last", async () => {
  const { office, release, hash } = await planned({ approvals: ["product", "marketing"] });
  expect((await office.ask("engineer", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: hash })).status).toBe(403);
  expect((await office.ask("product", "POST", `/api/releases/${release}/approve`, { as: "product", contentHash: hash })).body).toMatchObject({
    error: { code: "ownEdit" },
  });
  expect((await office.ask("marketing", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: "older" })).body).toMatchObject({
    error: { code: "staleContent" },
  });
  expect((await office.ask("marketing", "GET", "/api/home")).body["waiting"]).toMatchObject([{ kind: "approval", as: "marketing" }]);
  expect((await office.ask("marketing", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: hash })).status).toBe(200);
  expect((await office.ask("marketing", "GET", "/api/home")).body["waiting"]).toEqual([]);
});

test("a server that was away over a start asks, and goes on when a person has moved it", async () => {
  const { office, release } = await planned();
  office.time.nowMs = DAY_ONE + 9 * HOUR + 16 * MINUTE;
  await office.time.turnTo(office.time.nowMs + 1);
  const asked = await office.ask("product", "GET", `/api/releases/${release}`);
  expect(asked.body).toMatchObject({ phase: "needsDecision", undecided: [{ why: "missed", dueAtMs: DAY_ONE + 9 * HOUR }] });
  expect(office.exposure).toBeUndefined();
  const startAtMs = office.time.nowMs + 10 * MINUTE;
  expect((await office.ask("product", "POST", `/api/releases/${release}/move-wave`, { wave: 0, startAtMs })).status).toBe(200);
  await office.time.turnTo(startAtMs);
  expect(office.exposure).toEqual({ serve: "on", keys: ["acme000000000000"] });
});

test("a hold moves its customer; customer success may place it only for its own", async () => {
  const { office, release } = await planned();
  const hold = { environment: "production", customers: ["acme"], fromMs: DAY_ONE, untilMs: DAY_ONE + 20 * HOUR, reason: "Payroll week" };
  expect((await office.ask("customerSuccess", "POST", "/api/holds", hold)).body).toMatchObject({ error: { code: "notYours" } });
  expect((await office.ask("admin", "POST", "/api/holds", hold)).status).toBe(200);
  const cells = await office.ask("customerSuccess", "GET", `/api/releases/${release}/customers`);
  expect(cells.body["cells"]).toMatchObject([{ customer: "acme", state: { state: "held", atMs: DAY_ONE + 20 * HOUR } }, {}, {}]);
  await office.time.turnTo(DAY_ONE + 13 * HOUR);
  expect(office.exposure).toBeUndefined();
});

test("nobody does what the table forbids their role", async () => {
  const { office, release } = await planned();
  for (const [role, step] of [
    ["engineer", "resume"],
    ["marketing", "pause"],
    ["customerSuccess", "cancel"],
    ["auditor", "roll-back"],
    ["marketing", "plan"],
  ] as const)
    expect((await office.ask(role, "POST", `/api/releases/${release}/${step}`, {})).body, `${role} ${step}`).toMatchObject({ error: { code: "notAllowed" } });
  expect((await office.ask("auditor", "POST", "/api/releases", { content })).status).toBe(403);
  expect((await office.ask("product", "POST", "/api/freezes", { environment: "production", fromMs: 0, untilMs: DAY_ONE + HOUR, reason: "x" })).status).toBe(
    403,
  );
});

test("the dry run of a move tells who gets it earlier and later, and the move does just that", async () => {
  const { office, release } = await planned();
  const move = { wave: 0, startAtMs: DAY_ONE + 10 * HOUR };
  expect((await office.ask("engineer", "POST", `/api/releases/${release}/move-wave/dry-run`, move)).status).toBe(403);
  expect((await office.ask("product", "POST", `/api/releases/${release}/move-wave/dry-run`, { ...move, startAtMs: 0 })).body).toMatchObject({
    error: { code: "badPlan", field: "startAtMs" },
  });
  const dry = await office.ask("product", "POST", `/api/releases/${release}/move-wave/dry-run`, move);
  expect(dry.body).toEqual({
    title: "Photos on site reports",
    waves: [
      { name: "Early", fromMs: DAY_ONE + 9 * HOUR, toMs: DAY_ONE + 10 * HOUR },
      { name: "Everybody", fromMs: DAY_ONE + 12 * HOUR, toMs: DAY_ONE + 13 * HOUR },
    ],
    earlier: 0,
    later: 3,
    same: 0,
    conflicts: [],
  });
  const seq = (await office.ask("product", "GET", "/api/events")).body["events"];
  await office.ask("product", "POST", `/api/releases/${release}/move-wave/dry-run`, move);
  expect((await office.ask("product", "GET", "/api/events")).body["events"]).toEqual(seq);

  expect((await office.ask("product", "POST", `/api/releases/${release}/move-wave`, move)).status).toBe(200);
  await office.time.turnTo(DAY_ONE + 10 * HOUR);
  await office.time.turnTo(DAY_ONE + 13 * HOUR);
  const started = office.database.events.filter(({ facts }) => facts.kind === "waveStarted").map(({ atMs }) => atMs);
  expect(started).toEqual([DAY_ONE + 10 * HOUR, DAY_ONE + 13 * HOUR]);
});

test("the calendar holds what started, what is planned and what waits, and only what touches its window", async () => {
  const { office, release } = await planned();
  const window = (from: number, until: number): string => `/api/calendar?fromMs=${DAY_ONE + from * HOUR}&untilMs=${DAY_ONE + until * HOUR}`;
  const hold = { environment: "production", customers: ["crane"], fromMs: DAY_ONE, untilMs: DAY_ONE + 30 * HOUR, reason: "Payroll week" };
  await office.ask("admin", "POST", "/api/holds", hold);
  await office.ask("admin", "POST", "/api/freezes", {
    environment: "production",
    fromMs: DAY_ONE + 40 * HOUR,
    untilMs: DAY_ONE + 50 * HOUR,
    reason: "Year end",
  });
  await office.time.turnTo(DAY_ONE + 9 * HOUR);
  const day = (await office.ask("auditor", "GET", window(0, 24))).body;
  const start = { release, title: "Photos on site reports", environment: "production", phase: "inProgress" };
  expect(day["starts"]).toEqual([
    { ...start, wave: 0, waveName: "Early", atMs: DAY_ONE + 9 * HOUR, kind: "started", customers: ["acme"], held: [] },
    { ...start, wave: 1, waveName: "Everybody", atMs: DAY_ONE + 12 * HOUR, kind: "planned", customers: ["bolt"], held: [] },
  ]);
  expect([day["holds"], day["freezes"]]).toMatchObject([[{ customers: ["crane"] }], []]);
  const next = (await office.ask("auditor", "GET", window(24, 48))).body;
  expect(next["starts"]).toMatchObject([{ atMs: DAY_ONE + 30 * HOUR, customers: ["crane"], held: ["crane"] }]);
  expect([next["holds"], next["freezes"]]).toMatchObject([[{ customers: ["crane"] }], [{ untilMs: DAY_ONE + 50 * HOUR }]]);
  for (const bad of ["/api/calendar", window(24, 0), window(0, 24 * 63), "/api/calendar?fromMs=x&untilMs=y"])
    expect((await office.ask("auditor", "GET", bad)).status, bad).toBe(400);

  // A server that is away over a start leaves it waiting for a person, at the instant when it was to begin.
  office.time.nowMs = DAY_ONE + 13 * HOUR;
  await office.time.turnTo(office.time.nowMs + 1);
  expect((await office.ask("auditor", "GET", window(0, 24))).body["starts"]).toMatchObject([
    { kind: "started", customers: ["acme"] },
    { kind: "asks", phase: "needsDecision", atMs: DAY_ONE + 12 * HOUR, customers: expect.arrayContaining(["bolt"]) },
  ]);
});
