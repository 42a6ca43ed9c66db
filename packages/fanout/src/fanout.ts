import { admit, comesFromElsewhere, type FeedMessage, type FoundRoute, findRoute, isLargeBody, problemReply, problems, refuseBody } from "@sluice/contract";
import type { HttpHandler, HttpHead, HttpReply, HttpRequest, HttpStreamReply, StreamSink, World } from "@sluice/ports";
import type { LoggedEvent } from "@sluice/releases";
import { LogFollower, type Person, Sessions, type Store } from "@sluice/store";
import { BrowserRoutes, type BrowserSettings } from "./browser/browser-routes.ts";
import { ConsoleView } from "./console-view.ts";
import { type ConsoleCache, DiskCache } from "./disk-cache.ts";
import { EmergencyJournal } from "./emergency-journal.ts";
import { FeedClient } from "./feed-client.ts";
import { Forward } from "./forward.ts";
import { frames } from "./frames.ts";
import { healthReply } from "./health-reply.ts";
import { HEARTBEAT_MS } from "./hub.ts";
import { beginEpochAfterLoss } from "./lost-tail.ts";
import { KillHistory } from "./kill-history.ts";
import { KillIntake } from "./kill-intake.ts";
import { answerPerson } from "./people-routes.ts";
import { Probe, type ProbeKeys } from "./probe/probe.ts";
import { Publisher } from "./publisher.ts";
import { ReachBook } from "./reach-book.ts";
import { Receipts } from "./receipts.ts";
import { SdkRoutes, type SdkKeyEntry } from "./sdk-routes.ts";
import type { Signing } from "./signing.ts";
import { type Asset, staticReply } from "./static-pages.ts";
import { TriggerIntake } from "./triggers/trigger-intake.ts";
import { TriggerSecrets } from "./triggers/trigger-secrets.ts";
import { UnknownKeys } from "./unknown-keys.ts";

const ASKED_FLUSH_MS = 5_000;
const CONSOLE_STREAMS_MAX = 1_000;
/** Pages are told of confirmations at most this often: ten thousand come within a second. */
const RECEIPT_EVERY_MS = 200;
/** A start waits this long for the store, then serves what the disk has; the log comes when it comes. */
const START_STORE_MS_MAX = 1_500;

export interface FanoutOptions {
  readonly world: World;
  readonly store: Store;
  /** `http://127.0.0.1:<port>` of the API process. */
  readonly apiUrl: string;
  readonly internalKey: string;
  /** The console's files by path. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** Whether the console says on every page that all of it is invented. */
  readonly isDemo?: boolean;
  /** Absent: pages of other origins may not ask, and no context token is taken. */
  readonly browser?: BrowserSettings;
  /** Absent: nothing is signed. */
  readonly signing?: Signing;
  /** Absent: nobody tries every minute whether kills work. */
  readonly probe?: ProbeKeys;
}

/** The process that owns the public port: streams, kills, journal, receipts, and the console from memory. */
export class Fanout {
  readonly #options: FanoutOptions;
  readonly #publisher: Publisher;
  readonly #receipts: Receipts;
  readonly #reach: ReachBook;
  readonly #history: KillHistory;
  readonly #unknown: UnknownKeys;
  readonly #sessions: Sessions;
  readonly #log: LogFollower;
  readonly #sdk: SdkRoutes;
  readonly #browser: BrowserRoutes;
  readonly #feed: FeedClient;
  readonly #cache: DiskCache;
  readonly #forward: Forward;
  readonly #consoles = new Set<StreamSink>();
  #isReceiptDue = false;
  #sdkKeys: readonly SdkKeyEntry[] = [];
  #view: ConsoleView | undefined;
  #intake: KillIntake | undefined;
  readonly #probe: Probe | undefined;
  readonly #secrets: TriggerSecrets;
  #triggers: TriggerIntake | undefined;
  #journal: EmergencyJournal | undefined;
  #stopped = false;

  constructor(options: FanoutOptions) {
    const { world, store } = options;
    this.#options = options;
    this.#publisher = new Publisher(world.log, options.signing);
    this.#receipts = new Receipts(world.clock);
    this.#reach = new ReachBook(world, this.#receipts);
    this.#history = new KillHistory({ world, store, book: this.#reach });
    this.#unknown = new UnknownKeys(world.clock);
    this.#sessions = new Sessions(store, world);
    this.#probe = options.probe === undefined ? undefined : new Probe({ world, store, keys: options.probe, signing: options.signing });
    this.#secrets = new TriggerSecrets(world);
    this.#log = new LogFollower(world, store);
    this.#cache = new DiskCache(world, this.#publisher, this.#log);
    this.#forward = new Forward(world, options.apiUrl);
    this.#sdk = new SdkRoutes({
      receipts: this.#receipts,
      unknown: this.#unknown,
      hub: (environment) => this.#publisher.hub(environment),
      openStreams: () => this.#publisher.hubs.reduce((sum, hub) => sum + hub.streams, 0),
    });
    const browser = options.browser ?? { secrets: new Map(), origins: [] };
    this.#browser = new BrowserRoutes({
      ...browser,
      clock: world.clock,
      log: world.log,
      hub: (environment) => this.#publisher.hub(environment),
      earlyAccess: (asked) => this.#forward.pass(this.#internalRequest("/internal/v1/early-access", asked)),
    });
    this.#feed = new FeedClient(world, {
      url: options.apiUrl,
      key: options.internalKey,
      take: (message) => this.#take(message),
      onReachable: () => this.#tellConsoles("health"),
    });
  }

  /** Serves what the disk has, then what the log says, then follows the API. Throws `DiskFailed` when no journal can be reserved. */
  async start(): Promise<void> {
    const { world, store } = this.#options;
    this.#journal = await EmergencyJournal.open(world);
    await this.#reach.load();
    this.#receipts.onTracked = (kill) => this.#reach.follow(kill);
    this.#receipts.onConfirmed = () => {
      this.#reach.changed();
      this.#receiptSoon();
    };
    const parts = { world, store, log: this.#log, journal: this.#journal, publisher: this.#publisher, receipts: this.#receipts };
    const view = new ConsoleView(parts);
    this.#view = view;
    const known = { catalogue: () => view.catalogue(), knowsFlagsOf: (environment: string) => view.knowsFlagsOf(environment) };
    const liftNeedsTwo = (environment: string): boolean => view.environments.some(({ key, liftNeedsTwo: two }) => key === environment && two === true);
    const intake = new KillIntake({ ...parts, ...known, liftNeedsTwo, onEmergency: () => this.#tellConsoles("kills") });
    this.#intake = intake;
    const { journal } = parts;
    this.#triggers = new TriggerIntake({ ...known, world, intake, secrets: this.#secrets, view, log: this.#log, journal });
    const cached = await this.#cache.load();
    if (cached !== undefined) {
      view.flags = cached.flags;
      view.environments = cached.environments;
      view.triggers = cached.triggers ?? [];
      this.#setSdkKeys(cached.sdkKeys);
    }
    this.#publisher.onChange = (environment) => this.#cache.changed(environment);
    this.#log.onEvent = (event) => this.#hear(event);
    const tooLong = new Promise<void>((resolve) => {
      world.timers.after(START_STORE_MS_MAX, resolve);
    });
    await Promise.race([this.#startFromStore(view, cached), tooLong]);
    this.#intake.resume();
    // A probe that cannot begin is late, and says so; kills do not wait for it.
    const probe = this.#probe?.start().catch((error: unknown) => world.log.error("probe.notStarted", { why: String(error) }));
    await Promise.race([probe, tooLong]);
    this.#feed.start();
    this.#beat();
    this.#flushAsked();
  }

  async #startFromStore(view: ConsoleView, cached: ConsoleCache | undefined): Promise<void> {
    const { world, store } = this.#options;
    // Until the store says who may, the operator keys of the last life may, so that a kill needs no store even now.
    const operators = cached?.operators ?? [];
    this.#sessions.admitOperators(operators);
    await this.#log.startFromCheckpoint();
    await beginEpochAfterLoss({ world, store, log: this.#log, publisher: this.#publisher }, this.#cache.seen);
    this.#publisher.hold(this.#log.decisions);
    try {
      await this.#sessions.preload();
      const known = new Set((await store.grants("operator")).map((grant) => grant.hash));
      for (const hash of operators) if (!known.has(hash)) this.#sessions.end(hash);
      this.#setSdkKeys(await store.sdkKeys());
      this.#cacheConsole(view);
    } catch (error) {
      world.log.warn("store.unreachable", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** An event of the log, whoever appended it. */
  #hear(event: LoggedEvent): void {
    this.#publisher.event(event);
    const { facts, epoch, seq } = event;
    if (facts.kind !== "flagsKilled" && facts.kind !== "killLifted" && facts.kind !== "liftAsked") return;
    if (facts.kind === "flagsKilled")
      this.#receipts.track({ kill: facts.kill, environment: facts.environment, epoch, seq, atMs: this.#options.world.clock.monotonicMs() });
    else if (facts.kind === "killLifted") this.#reach.close(facts.kill);
    this.#tellConsoles("kills");
  }

  #receiptSoon(): void {
    if (this.#isReceiptDue || this.#consoles.size === 0) return;
    this.#isReceiptDue = true;
    this.#options.world.timers.after(RECEIPT_EVERY_MS, () => {
      this.#isReceiptDue = false;
      this.#tellConsoles("receipt");
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#probe?.stop();
    this.#feed.stop();
    this.#log.stop();
    for (const hub of this.#publisher.hubs) hub.closeAll();
    this.#browser.closeAll();
    for (const sink of this.#consoles) sink.close();
  }

  #setSdkKeys(keys: readonly SdkKeyEntry[]): void {
    this.#sdkKeys = keys;
    this.#sdk.setKeys(keys);
  }

  #beat(): void {
    if (this.#stopped) return;
    for (const hub of this.#publisher.hubs) hub.heartbeat();
    this.#browser.heartbeat();
    this.#probe?.heartbeat();
    this.#tellConsoles("heartbeat");
    this.#options.world.timers.after(HEARTBEAT_MS, () => this.#beat());
  }

  #flushAsked(): void {
    if (this.#stopped) return;
    for (const [environment, keys] of this.#sdk.takeAsked()) {
      // Each SDK says it once: what the API did not hear is told again.
      if (keys.length > 0)
        void this.#tellApi("/internal/v1/asked", { environment, keys }).then((heard) => heard || keys.forEach((key) => this.#sdk.noteAsked(environment, key)));
    }
    this.#options.world.timers.after(ASKED_FLUSH_MS, () => this.#flushAsked());
  }

  /** A request to the API of this process itself. */
  #internalRequest(url: string, body: unknown): HttpRequest {
    const headers = { authorization: `Bearer ${this.#options.internalKey}`, "content-type": "application/json" };
    return { method: "POST", url, headers, body: new TextEncoder().encode(JSON.stringify(body)), remote: "" };
  }

  async #tellApi(path: string, body: unknown): Promise<boolean> {
    const { world, apiUrl } = this.#options;
    try {
      const { status } = await world.http.request(this.#internalRequest(apiUrl + path, body), { timeoutMs: 2_000, maxBytes: 64 << 10 });
      return status < 300;
    } catch (error) {
      world.log.info("api.hint", { path, why: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  #take(message: FeedMessage): boolean {
    const view = this.#view;
    if (view === undefined) return true;
    switch (message.kind) {
      case "snapshot": {
        const fits = this.#publisher.feed(message);
        this.#publisher.hold(this.#log.decisions);
        return fits;
      }
      case "patch":
      case "unchanged":
        return this.#publisher.feed(message);
      case "catalogue":
        view.flags = message.flags;
        view.environments = message.environments;
        view.triggers = message.triggers ?? [];
        void this.#secrets.prepare(view.triggers);
        this.#cacheConsole(view);
        this.#tellConsoles("flags");
        return true;
      case "sdkKeys":
        this.#setSdkKeys(message.keys);
        this.#cacheConsole(view);
        return true;
      case "sessionsEnded":
        for (const hash of message.hashes) this.#sessions.end(hash);
        return true;
      case "health":
        view.source = message.source;
        this.#tellConsoles("health");
        return true;
      case "ping":
        return true;
    }
  }

  #cacheConsole(view: ConsoleView): void {
    const { flags, environments, triggers } = view;
    this.#cache.consoleChanged({ flags, environments, triggers, sdkKeys: this.#sdkKeys, operators: this.#sessions.operators });
  }

  #tellConsoles(event: string): void {
    const bytes = frames.console(event);
    for (const sink of this.#consoles) {
      if (sink.write(bytes)) continue;
      this.#consoles.delete(sink);
      sink.close();
    }
  }

  readonly handle: HttpHandler = async (request) => {
    const path = request.url.split("?")[0] ?? "/";
    // A page of another origin asks first whether it may; that is for the route it wants.
    const found = findRoute(request.method === "OPTIONS" && path.startsWith("/browser/") ? "GET" : request.method, path);
    if (found === undefined) return this.#notARoute(request, path);
    const { route } = found;
    const tooLarge = refuseBody(route, request.body);
    if (tooLarge !== undefined) return problemReply(tooLarge);
    return (await this.#probe?.answer(found, request)) ?? this.#route(found, request);
  };

  async #route(found: FoundRoute, request: HttpRequest): Promise<HttpReply | HttpStreamReply> {
    const { route } = found;
    switch (route.audience.who) {
      case "sdkKey":
        return this.#sdk.handle(route.path, request);
      case "browser":
        return this.#browser.handle(route.path, request);
      case "internal":
        return problemReply(problems.unknownRoute);
      case "trigger":
        return this.#triggers?.answer(found.values["name"] ?? "", request) ?? problemReply(problems.noSnapshot);
      case "public":
        return route.path === "/health" ? this.#health() : this.#forward.pass(request);
      case "visitor":
        return comesFromElsewhere(request.headers) ? problemReply(problems.crossSite) : this.#forward.pass(request);
      case "person": {
        const admitted = admit(route, request.headers, await this.#sessions.person(request));
        return admitted.ok ? this.#answer(request, found, admitted.value) : problemReply(admitted.problem);
      }
    }
  }

  /** What is wrong with a request that would send much, before it is read; `undefined` where nothing is. */
  readonly beforeBody = async (head: HttpHead): Promise<HttpReply | undefined> => {
    const route = findRoute(head.method, head.url.split("?")[0] ?? "/")?.route;
    if (route === undefined || route.audience.who !== "person" || !isLargeBody(route)) return undefined;
    const admitted = admit(route, head.headers, await this.#sessions.person(head));
    return admitted.ok ? undefined : problemReply(admitted.problem);
  };

  #notARoute(request: HttpRequest, path: string): HttpReply {
    const reply =
      request.method === "GET" || request.method === "HEAD"
        ? staticReply(this.#options.assets, path, /\bgzip\b/.test(request.headers["accept-encoding"] ?? ""))
        : undefined;
    return reply ?? problemReply(problems.unknownRoute);
  }

  async #answer(request: HttpRequest, found: FoundRoute, person: Person): Promise<HttpReply | HttpStreamReply> {
    if (found.route.by === "api") return this.#forward.pass(request);
    if (found.route.path === "/api/console-stream") return this.#consoleStream();
    const [view, intake] = [this.#view, this.#intake];
    if (view === undefined || intake === undefined) return problemReply(problems.noSnapshot);
    const reply = await answerPerson(
      {
        view,
        intake,
        receipts: this.#receipts,
        history: this.#history,
        unknown: this.#unknown,
        sessions: this.#sessions,
        store: this.#options.store,
        isDemo: this.#options.isDemo === true,
        signingKeys: this.#options.signing?.keys ?? [],
        secrets: this.#secrets,
        log: this.#options.world.log,
      },
      { request, found, person },
    );
    return reply ?? problemReply(problems.unknownRoute);
  }

  #consoleStream(): HttpReply | HttpStreamReply {
    if (this.#consoles.size >= CONSOLE_STREAMS_MAX) return problemReply(problems.tooManyStreams);
    return {
      status: 200,
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" },
      attach: (sink) => {
        sink.write(frames.console("hello"));
        this.#consoles.add(sink);
        return () => this.#consoles.delete(sink);
      },
    };
  }

  #health(): HttpReply {
    return healthReply({
      hubs: this.#publisher.hubs,
      emergencyKillsWaiting: this.#journal?.pending.length ?? 0,
      isApiReachable: this.#feed.reachable,
      isStoreOk: this.#log.storeOk,
      source: this.#view?.source,
      killPath: this.#probe?.view,
      nowMs: this.#options.world.clock.nowMs(),
    });
  }
}
