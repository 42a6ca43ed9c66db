import type { Snapshot } from "@sluice/evaluation";
import type { HttpReply, HttpStreamReply } from "@sluice/ports";
import type { Role } from "@sluice/releases";
import type { FlagListing } from "@sluice/snapshot";
import { MemoryDatabase, secretHash } from "@sluice/store";
import { Fanout } from "../fanout.ts";
import type { FanoutOptions } from "../fanout-options.ts";
import type { Signing } from "../signing.ts";
import { settle, TestApi, TestDisk, TestSink, TestStore, TestWorld } from "./test-world.ts";

export const SDK_KEY = "slk_key_of_production_0123456789";
export const OPERATOR_KEY = "slk_operator_0123456789abcdef";
/** What the probe kills with, and its SDK key. */
export const PROBE_KEY = "slp_probe_0123456789abcdef";
export const PROBE_SDK_KEY = "slk_probe_0123456789abcdef";
export const CONTEXT_SECRET = "slc_of_production_0123456789abcdef0123456789";
export const PAGE_ORIGIN = "https://app.example";
const PEOPLE: Readonly<Record<string, Role>> = { ada: "engineer", pia: "product", max: "marketing", aud: "auditor" };

/** The session secret of one of the people above. */
export const sessionOf = (person: string): string => `session-of-${person}-0123456789`;

const listing = (key: string, kind: FlagListing["kind"]): FlagListing => ({
  key,
  kind,
  type: "boolean",
  variants: ["off", "on"],
  dependants: key === "shop.checkout" ? ["shop.gift"] : [],
  environments: { production: { state: "on" } },
});

export const FLAGS: readonly FlagListing[] = [listing("shop.checkout", "release"), listing("shop.gift", "release"), listing("shop.limits", "ops")];

/** A fan-out process whose API, store, disk and clock belong to the test. Its disk, store and API outlive it. */
export class RunningFanout {
  readonly disk: TestDisk = new TestDisk();
  readonly api: TestApi = new TestApi();
  readonly database: MemoryDatabase;
  store: TestStore;
  world: TestWorld;
  fanout: Fanout;
  epoch: string = "";
  readonly #signing: Signing | undefined;

  readonly #more: Pick<FanoutOptions, "relayKeys" | "prometheus">;

  /** Bytes that chance has given before: two processes draw different ones. */
  readonly #drawn: number;

  constructor(signing?: Signing, more: Pick<FanoutOptions, "relayKeys" | "prometheus"> = {}, first?: RunningFanout) {
    this.#signing = signing;
    this.#more = more;
    this.#drawn = first === undefined ? 0 : first.#drawn + 1;
    const random = { unit: (): number => 0.5, bytes: (count: number): Uint8Array => new Uint8Array(count).fill(9) };
    this.database = first?.database ?? new MemoryDatabase(random);
    this.store = new TestStore(this.database, random);
    this.world = this.#newWorld();
    this.fanout = this.#make();
  }

  #newWorld(): TestWorld {
    const world = new TestWorld({ disk: this.disk, api: this.api });
    world.random.bytes(this.#drawn);
    return world;
  }

  /** A second process of the same database, with an API, a disk and a clock of its own; not started. */
  beside(): RunningFanout {
    const second = new RunningFanout(this.#signing, this.#more, this);
    second.epoch = this.epoch;
    second.api.everything = this.api.everything;
    return second;
  }

  #make(): Fanout {
    return new Fanout({
      world: this.world,
      store: this.store,
      apiUrl: "http://api",
      internalKey: "sli_internal",
      assets: new Map([["/index.html", { bytes: new TextEncoder().encode("<html>"), type: "text/html; charset=utf-8" }]]),
      browser: { secrets: new Map([["production", [CONTEXT_SECRET]]]), origins: [PAGE_ORIGIN] },
      ...this.#more,
      probe: { person: secretHash(PROBE_KEY), sdk: secretHash(PROBE_SDK_KEY) },
      ...(this.#signing === undefined ? {} : { signing: this.#signing }),
    });
  }

  /** The snapshot that the API has compiled at `seq`. */
  snapshot(seq: number, more: Partial<Snapshot> = {}): Snapshot {
    const flag = { rules: [{ serve: "on" }] };
    return {
      format: 1,
      environment: "production",
      epoch: this.epoch,
      seq,
      salt: "salt-p",
      flags: { "shop.checkout": flag, "shop.gift": flag, "shop.limits": flag },
      ...more,
    };
  }

  /** A project with two environments, four people, an operator and an SDK key; the API has published event 1. */
  async prepare(): Promise<this> {
    const salts = { production: "salt-p", staging: "salt-s" };
    await this.store.append([{ command: "create-shop", atMs: 0, facts: { kind: "projectCreated", project: "shop", salts }, personal: { by: "server" } }], 0);
    this.epoch = (await this.store.head()).epoch;
    for (const [id, role] of Object.entries(PEOPLE)) {
      await this.store.saveAccount({ id, email: `${id}@example.com`, name: id, role, passwordHash: "", failures: 0, lockedUntilMs: 0 });
      await this.store.saveGrant({ hash: secretHash(sessionOf(id)), kind: "session", account: id, expiresAtMs: Number.MAX_SAFE_INTEGER });
    }
    await this.store.saveGrant({ hash: secretHash(OPERATOR_KEY), kind: "operator", expiresAtMs: Number.MAX_SAFE_INTEGER });
    await this.store.saveSdkKey({ hash: secretHash(SDK_KEY), environment: "production", name: "production" });
    const keys = await this.store.sdkKeys();
    this.api.everything = () => [
      { kind: "snapshot", environment: "production", snapshot: this.snapshot(1), folded: 1 },
      { kind: "catalogue", flags: FLAGS, environments: [{ key: "production", name: "Production", protected: true }] },
      { kind: "sdkKeys", keys },
      { kind: "health", source: { problems: [] } },
      { kind: "ping" },
    ];
    return this;
  }

  async start(): Promise<this> {
    const started = this.fanout.start();
    await this.world.advance(2_000);
    await started;
    await settle();
    return this;
  }

  /** As after `kill -9`: only what is on disk, in the store and at the API is left. */
  async restart(trouble: TestStore["trouble"] = "none"): Promise<void> {
    this.fanout.stop();
    const at = this.world.monotonicMs;
    this.store = new TestStore(this.database, this.world.random);
    this.store.trouble = trouble;
    this.world = this.#newWorld();
    this.world.monotonicMs = at;
    this.fanout = this.#make();
    await this.start();
  }

  async ask(
    method: string,
    url: string,
    options: { readonly as?: string; readonly bearer?: string; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<HttpReply | HttpStreamReply> {
    const headers = {
      ...(options.as === undefined ? {} : { cookie: `sluice_session=${sessionOf(options.as)}`, "sluice-request": "1" }),
      ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
      ...options.headers,
    };
    return this.fanout.handle({
      method,
      url,
      headers,
      body: options.body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(options.body)),
      remote: "127.0.0.1",
    });
  }

  /** Status and JSON of an answer. */
  async json(...given: Parameters<RunningFanout["ask"]>): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const reply = await this.ask(...given);
    if ("attach" in reply) throw new Error("a stream, where an answer was expected");
    const text = typeof reply.body === "string" ? reply.body : new TextDecoder().decode(reply.body);
    return { status: reply.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  /** Asks, and lets time pass until the answer is there. */
  async jsonIn(ms: number, ...given: Parameters<RunningFanout["ask"]>): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const answer = this.json(...given);
    await this.world.advance(ms);
    return answer;
  }

  kill(
    command: string,
    flags: readonly string[] = ["shop.checkout"],
    as = "ada",
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    return this.jsonIn(400, "POST", "/api/kills", { as, body: { command, environment: "production", flags } });
  }

  /** Opens an SDK's stream. */
  async stream(headers: Readonly<Record<string, string>> = {}, bearer: string = SDK_KEY): Promise<TestSink & { readonly gone: () => void }> {
    const reply = await this.ask("GET", "/sdk/v1/stream", {
      bearer,
      headers: { "sluice-instance": "i1", "sluice-service": "shop", "sluice-app-version": "1.0.0", ...headers },
    });
    if (!("attach" in reply)) throw new Error(`status ${reply.status}`);
    const sink = new TestSink();
    return Object.assign(sink, { gone: reply.attach(sink) });
  }

  async confirm(body: {
    readonly instance: string;
    readonly seq: number;
    readonly urgent?: readonly string[];
    readonly asked?: readonly string[];
  }): Promise<number> {
    return (await this.ask("POST", "/sdk/v1/confirm", { bearer: SDK_KEY, body: { epoch: this.epoch, ...body } })).status;
  }
}
