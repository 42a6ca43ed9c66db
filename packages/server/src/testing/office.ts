import type { HttpReply, World } from "@sluice/ports";
import { nodeRandom } from "@sluice/ports/node";
import type { Role } from "@sluice/releases";
import { MemoryDatabase, MemoryStore, secretHash } from "@sluice/store";
import { Api } from "../api.ts";
import type { EditingBySource } from "../edits/editing.ts";
import { ControlPlane } from "../control-plane.ts";
import { Scheduler } from "../releases/scheduler.ts";
import { MemorySource } from "../source/memory-source.ts";
import type { FurtherSource } from "../source/further-source.ts";
import type { Source } from "../source/source.ts";

export const HOUR = 3_600_000;
export const MINUTE = 60_000;
/** 2026-12-01T00:00:00Z. */
export const DAY_ONE: number = Date.UTC(2026, 11, 1);

export const ROLES: readonly Role[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"];

/** A clock that the test turns; timers run when their time has come. */
export class Clock {
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

/** Lets everything that waits for nothing but its turn happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** What keys of sampled contexts are made from. */
export const SAMPLING_SECRET = "slh_of_the_office_0123456789abcdef";

/** A boolean release flag that is off unless `rest` says otherwise. */
export const flagFile = (key: string, rest = "    default: off\n"): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nvariants: { on: true, off: false }\noff: off\nenvironments:\n  production:\n${rest}`;

let running: { stop(): Promise<void> }[] = [];
/** Ends every office of a test; for `afterEach`. */
export async function closeOffices(): Promise<void> {
  for (const one of running) await one.stop();
  running = [];
}

/** What came back. */
export interface Answer {
  readonly status: number;
  /** Empty where the answer was no JSON. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The API over memory, with the scheduler on a clock that the test turns, one person of each role and three customers. */
export class Office {
  readonly time: Clock = new Clock();
  readonly database: MemoryDatabase = new MemoryDatabase(nodeRandom);
  readonly store: MemoryStore = new MemoryStore(this.database, nodeRandom);
  readonly source: MemorySource = new MemorySource();
  readonly plane: ControlPlane;
  readonly api: Api;
  readonly #scheduler: Scheduler;
  #commands = 0;

  /** `from`: where definitions come from instead of its own memory, and with `editing` go to; `further` beside it. */
  constructor(from?: Source, editing: EditingBySource = new Map(), further: readonly FurtherSource[] = []) {
    const { store } = this;
    const source = from ?? this.source;
    const world: World = {
      clock: this.time.clock,
      timers: this.time.timers,
      random: nodeRandom,
      disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
      http: { request: async () => Promise.reject(new Error("no network here")), stream: () => ({ close: () => {} }) },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    };
    this.commit({ "sluice.yaml": "project: p\nenvironments: { production: {} }\n", "flags/site.photos.yaml": flagFile("site.photos") });
    this.plane = new ControlPlane({ world, store, source, further, project: "p", pollMs: 60_000 });
    // Quick and telling: the hash is the password itself.
    const passwords = {
      hash: async (password: string): Promise<string> => password,
      verify: async (hash: string, password: string): Promise<boolean> => hash === password,
    };
    this.api = new Api({
      world,
      store,
      plane: this.plane,
      passwords,
      internalKey: "internal",
      samplingSecret: SAMPLING_SECRET,
      secureCookies: false,
      editing,
    });
    this.#scheduler = new Scheduler({
      world,
      decisions: () => this.plane.decisions,
      flagProblem: this.plane.flagProblem,
      decide: (...given) => this.plane.decide(...given),
    });
    this.plane.onEvent = (event) => {
      this.#scheduler.hint();
      this.api.onEvent(event);
    };
    running.push({
      stop: async () => {
        this.#scheduler.stop();
        await this.plane.stop();
      },
    });
  }

  async start(): Promise<this> {
    for (const role of ROLES) {
      await this.store.saveAccount({
        id: role,
        email: `${role}@example.com`,
        name: role,
        role,
        passwordHash: `password of ${role}`,
        failures: 0,
        lockedUntilMs: 0,
      });
      await this.store.saveGrant({ hash: secretHash(tokenOf(role)), kind: "token", account: role, expiresAtMs: Number.MAX_SAFE_INTEGER });
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
    await this.store.append([{ command: "customers", atMs: 0, facts, personal: { by: "admin" } }], undefined);
    this.plane.hint();
    await settle();
    this.#scheduler.start();
    await settle();
    return this;
  }

  /** A commit of files on top of what is there; an empty text removes one. Looked at when the test says so, by `plane.adoption.lookNow`. */
  commit(files: Readonly<Record<string, string>>): string {
    const all = new Map([...this.#files, ...Object.entries(files)]);
    this.#files = new Map([...all].filter(([, text]) => text !== ""));
    return this.source.commit(this.#files, { author: "Mara", subject: "a commit", atMs: this.time.nowMs });
  }

  #files: ReadonlyMap<string, string> = new Map();

  async ask(role: Role, method: "GET" | "POST", url: string, body?: object): Promise<Answer> {
    const command = `command-${++this.#commands}`;
    return this.send(
      method,
      url,
      { authorization: `Bearer ${tokenOf(role)}` },
      body === undefined ? undefined : { ...(/(?:dry-run|^\/api\/plan|\/preview)$/.test(url) ? {} : { command }), ...body },
    );
  }

  /** Anybody's request, with the headers that it has. */
  async send(method: string, url: string, headers: Readonly<Record<string, string>>, body?: object): Promise<Answer> {
    const sent = body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body));
    const reply = (await this.api.handle({ method, url, headers, body: sent, remote: "127.0.0.1" })) as HttpReply;
    await settle();
    const text = typeof reply.body === "string" ? reply.body : new TextDecoder().decode(reply.body);
    const isJson = (reply.headers["content-type"] ?? "").startsWith("application/json");
    return { status: reply.status, headers: reply.headers, text, body: isJson && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }

  get exposure(): unknown {
    return this.plane.state("production")?.snapshot?.flags["site.photos"]?.exposure;
  }
}

const tokenOf = (role: Role): string => `token-of-${role}-0123456789`;
