import { admit, comesFromElsewhere, type FeedMessage, type FoundRoute, isLargeBody, problemReply, problems, refuseBody, routeOf } from "@sluice/contract";
import type { HttpHandler, HttpHead, HttpReply, HttpRequest, HttpStreamReply } from "@sluice/ports";
import type { LoggedEvent } from "@sluice/releases";
import { LogFollower, type Person, Sessions } from "@sluice/store";
import { BrowserRoutes } from "./browser/browser-routes.ts";
import { ApiHints } from "./api-hints.ts";
import { CHANGES_KILLS, ConsoleStreams } from "./console-streams.ts";
import { ConsoleView } from "./console-view.ts";
import { type ConsoleCache, DiskCache } from "./disk-cache.ts";
import { EmergencyJournal } from "./emergency-journal.ts";
import type { FanoutOptions } from "./fanout-options.ts";
import { EmergencyAdoption } from "./emergency-adoption.ts";
import { FeedClient } from "./feed-client.ts";
import { Forward } from "./forward.ts";
import { healthReply } from "./health-reply.ts";
import { HEARTBEAT_MS } from "./hub.ts";
import { LostTail } from "./lost-tail.ts";
import { KillHistory } from "./kill-history.ts";
import { KillIntake } from "./kill-intake.ts";
import { withKillMetrics } from "./kill-metrics.ts";
import { answerPerson } from "./people-routes.ts";
import { Probe } from "./probe/probe.ts";
import { Publisher } from "./publisher.ts";
import { ReachBook } from "./reach-book.ts";
import { Receipts } from "./receipts.ts";
import { notHere, Relaying, type RelayingParts } from "./relay/relaying.ts";
import { SampleIntake } from "./samples/sample-intake.ts";
import { SdkRoutes } from "./sdk-routes.ts";
import { StandingOrders } from "./standing-orders.ts";
import { staticReply } from "./static-pages.ts";
import { TelemetryIntake } from "./telemetry/telemetry-intake.ts";
import { TriggerSecrets } from "./triggers/trigger-secrets.ts";
import { UnknownKeys } from "./unknown-keys.ts";

/** A start waits this long for the store, then serves what the disk has; the log comes when it comes. */
const START_STORE_MS_MAX = 1_500;

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
  readonly #lost: LostTail;
  readonly #sdk: SdkRoutes;
  readonly #samples: SampleIntake;
  readonly #browser: BrowserRoutes;
  readonly #feed: FeedClient;
  readonly #cache: DiskCache;
  readonly #forward: Forward;
  readonly #hints: ApiHints;
  readonly #relaying: Relaying;
  readonly #consoles: ConsoleStreams;
  readonly #telemetry: TelemetryIntake;
  #view: ConsoleView | undefined;
  #intake: KillIntake | undefined;
  readonly #probe: Probe | undefined;
  readonly #secrets: TriggerSecrets;
  #orders: StandingOrders | undefined;
  #journal: EmergencyJournal | undefined;
  #stopped = false;

  constructor(options: FanoutOptions) {
    const { world, store } = options;
    this.#options = options;
    this.#publisher = new Publisher(world.log, options.relay?.signing ?? options.signing);
    this.#consoles = new ConsoleStreams(world.timers);
    this.#receipts = new Receipts(world.clock);
    this.#reach = new ReachBook(world, this.#receipts);
    this.#history = new KillHistory({ world, store, book: this.#reach });
    this.#unknown = new UnknownKeys(world.clock);
    this.#sessions = new Sessions(store, world);
    this.#probe = options.probe === undefined ? undefined : new Probe({ world, store, keys: options.probe, signing: options.signing });
    this.#secrets = new TriggerSecrets(world);
    this.#log = new LogFollower(world, store);
    const [journal, disk] = [(): EmergencyJournal | undefined => this.#journal, (): DiskCache => this.#cache];
    this.#lost = new LostTail({ world, store, log: this.#log, publisher: this.#publisher, journal, disk, history: this.#history });
    this.#cache = new DiskCache(world, this.#publisher, { log: this.#log, isWhole: () => this.#lost.isChecked });
    this.#forward = new Forward(world, options.apiUrl);
    const openStreams = (): number => this.#publisher.hubs.reduce((sum, hub) => sum + hub.streams, 0);
    this.#samples = new SampleIntake({ world, secret: options.samplingSecret, streams: openStreams, to: () => this.#relaying.upstream ?? this.#hints });
    const books = { clock: world.clock, receipts: this.#receipts, unknown: this.#unknown };
    this.#sdk = new SdkRoutes({
      ...books,
      hub: (environment) => this.#publisher.hub(environment),
      telemetry: (...batch) => this.#telemetry.take(...batch),
      openStreams,
      comesWith: (known) => this.#lost.heardOf(known),
      samples: this.#samples,
    });
    const browser = { secrets: new Map(options.browser?.secrets), origins: [...(options.browser?.origins ?? [])] };
    this.#browser = new BrowserRoutes({
      ...browser,
      sample: (...page) => this.#samples.page(...page),
      world,
      telemetry: (...batch) => this.#telemetry.take(...batch),
      hub: (environment) => this.#publisher.hub(environment),
      earlyAccess: (asked) => this.#forward.pass(this.#hints.request("/internal/v1/early-access", asked)),
    });
    const asked = { takeAsked: () => this.#sdk.takeAsked(), noteAsked: (environment: string, flag: string) => this.#sdk.noteAsked(environment, flag) };
    this.#hints = new ApiHints({ world, apiUrl: options.apiUrl, internalKey: options.internalKey, ...asked });
    this.#relaying = this.#makeRelaying(browser, asked);
    const { upstream } = this.#relaying;
    this.#telemetry = new TelemetryIntake({ ...books, guards: () => this.#orders?.guards, upstream: upstream?.telemetry });
    this.#feed = new FeedClient(world, {
      url: options.apiUrl + (upstream === undefined ? "/internal/v1/feed" : "/relay/v1/feed"),
      headers: () => upstream?.whoAndWhat ?? { authorization: `Bearer ${options.internalKey}` },
      take: (message) => this.#take(message),
      onReachable: () => {
        upstream?.reachable(this.#feed.reachable);
        this.#consoles.tell("health");
      },
    });
  }

  #makeRelaying(browser: RelayingParts["browser"], asked: Pick<RelayingParts, "takeAsked" | "noteAsked">): Relaying {
    const { world, signing, relayKeys = [], apiUrl, internalKey, relay } = this.#options;
    return new Relaying({
      ...asked,
      world,
      browser,
      publisher: this.#publisher,
      receipts: this.#receipts,
      sessions: this.#sessions,
      view: () => this.#view,
      sdkKeys: () => this.#sdk.keys,
      decisions: () => this.#log.decisions,
      sendUrgent: (kill) => this.#intake?.sendUrgent(kill),
      onTaken: () => {
        this.#intake?.adoptSoon();
        this.#consoles.tell("kills");
      },
      pages: (environment) => this.#browser.pages(environment),
      telemetry: (...batch) => this.#telemetry.take(...batch),
      samples: this.#samples,
      passUp: (request) => this.#forward.pass(request),
      signing,
      relayKeys,
      relay,
      lost: this.#lost,
      probe: this.#probe,
      url: apiUrl,
      key: internalKey,
    });
  }

  /** Serves what the disk has, then what the log says, then follows the API. Throws `DiskFailed` when no journal can be reserved. */
  async start(): Promise<void> {
    const { world, store } = this.#options;
    const { upstream } = this.#relaying;
    const journal = (this.#journal = await EmergencyJournal.open(world, { prefix: this.#options.relay?.signing.journalPrefix }));
    await this.#reach.load();
    this.#receipts.onTracked = (kill) => this.#reach.follow(kill);
    this.#receipts.onConfirmed = () => {
      this.#reach.changed();
      this.#consoles.receiptSoon();
    };
    const parts = { world, store: this.#lost.log, log: this.#log, journal, publisher: this.#publisher, receipts: this.#receipts };
    const onEmergency = (): void => {
      upstream?.handOn();
      this.#consoles.tell("kills");
    };
    const adoption = upstream ?? new EmergencyAdoption({ ...parts, waiting: [journal, this.#relaying.kills], onEmergency });
    const view = (this.#view = new ConsoleView({ ...parts, store, adoption }));
    const known = { catalogue: () => view.catalogue(), knowsFlagsOf: (environment: string) => view.knowsFlagsOf(environment) };
    const intake = (this.#intake = new KillIntake({ ...parts, ...known, liftNeedsTwo: (key) => view.liftNeedsTwo(key), onEmergency, adoption }));
    const { prometheus, guardWindowMs } = this.#options;
    const orders = { ...parts, ...known, adoption, intake, view, secrets: this.#secrets, prometheus, guardWindowMs };
    this.#orders = new StandingOrders({ ...orders, isRelay: upstream !== undefined });
    await this.#relaying.load();
    const cached = await this.#cache.load();
    if (cached !== undefined) {
      view.learn(cached);
      this.#sdk.setKeys(cached.sdkKeys);
    }
    await this.#relaying.startFromPublished();
    this.#publisher.onChange = (environment) => {
      this.#cache.changed(environment);
      (upstream ?? this.#relaying.kills).settle(environment);
      if (upstream === undefined) this.#lost.carried(environment);
    };
    this.#log.onEvent = (event) => this.#hear(event);
    this.#log.together = (tell) => this.#publisher.together(tell);
    const tooLong = new Promise<void>((resolve) => void world.timers.after(START_STORE_MS_MAX, resolve));
    if (upstream === undefined) {
      this.#publisher.look = () => this.#log.readAnew();
      await Promise.race([this.#startFromStore(view, cached), tooLong]);
      this.#hints.start();
      await this.#orders.start();
    }
    upstream?.start(journal);
    intake.resume();
    this.#relaying.start(journal);
    // A probe that cannot begin is late, and says so; kills do not wait for it.
    const probe = this.#probe?.start().catch((error: unknown) => world.log.error("probe.notStarted", { why: String(error) }));
    await Promise.race([probe, tooLong]);
    // The API does not know what its log has lost: by what it says then, kills would end.
    void (this.#cache.seen.length > 0 ? this.#lost.checked : Promise.resolve()).then(() => this.#feed.start());
    this.#beat();
  }

  async #startFromStore(view: ConsoleView, cached: ConsoleCache | undefined): Promise<void> {
    const { world, store } = this.#options;
    // Until the store says who may, the operator and kill keys of the last life may, so that a kill needs no store even now.
    this.#sessions.admitMachines("operator", cached?.operators ?? []);
    this.#sessions.admitMachines("kill", cached?.killKeys ?? []);
    await this.#log.startFromCheckpoint();
    await this.#lost.check();
    this.#publisher.hold(this.#log.decisions);
    try {
      await this.#sessions.preload();
      await this.#sessions.endUnknownMachines();
      this.#sdk.setKeys(await store.sdkKeys());
      this.#cacheConsole(view);
    } catch (error) {
      world.log.warn("store.unreachable", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** An event of the log, whoever appended it. */
  #hear(event: LoggedEvent): void {
    this.#publisher.event(event);
    const { facts, epoch, seq } = event;
    if (!CHANGES_KILLS.has(facts.kind)) return;
    if (facts.kind === "flagsKilled")
      this.#receipts.track({ kill: facts.kill, environment: facts.environment, epoch, seq, atMs: this.#options.world.clock.monotonicMs() });
    else if (facts.kind === "killLifted") this.#reach.close(facts.kill);
    this.#consoles.tell("kills");
  }

  stop(): void {
    this.#stopped = true;
    this.#probe?.stop();
    this.#hints.stop();
    this.#samples.stop();
    this.#relaying.stop();
    this.#orders?.stop();
    this.#feed.stop();
    this.#log.stop();
    for (const hub of this.#publisher.hubs) hub.closeAll();
    this.#browser.closeAll();
    this.#consoles.closeAll();
  }

  #beat(): void {
    if (this.#stopped) return;
    for (const hub of this.#publisher.hubs) hub.heartbeat(this.#samples.id(hub.environment));
    this.#browser.heartbeat();
    this.#probe?.heartbeat();
    this.#relaying.heartbeat();
    this.#consoles.tell("heartbeat");
    this.#options.world.timers.after(HEARTBEAT_MS, () => this.#beat());
  }

  #take(message: FeedMessage): boolean {
    const view = this.#view;
    if (view === undefined || this.#relaying.takeProbe(message)) return true;
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
        view.learn(message);
        this.#samples.learn(message.sampling);
        void this.#secrets.prepare(view.triggers);
        this.#cacheConsole(view);
        this.#relaying.door.besideChanged();
        this.#consoles.tell("flags");
        return true;
      case "sdkKeys":
        this.#sdk.setKeys(message.keys);
        this.#cacheConsole(view);
        this.#relaying.door.besideChanged();
        return true;
      case "sessionsEnded":
        for (const hash of message.hashes) this.#sessions.end(hash);
        return true;
      case "health":
        view.source = message.source;
        this.#consoles.tell("health");
        return true;
      case "ping":
        return true;
      case "urgent":
      case "sealed":
      case "admits":
        return this.#relaying.take(message);
    }
  }

  #cacheConsole(view: ConsoleView): void {
    const { operators, killKeys } = this.#sessions;
    this.#cache.consoleChanged({ ...view.kept, sdkKeys: this.#sdk.keys, operators, killKeys });
  }

  #health(): HttpReply {
    const { relay, world, apiUrl } = this.#options;
    return healthReply({
      hubs: this.#publisher.hubs,
      emergencyKillsWaiting: (this.#journal?.pending.length ?? 0) + this.#relaying.kills.pending.length,
      isReachable: this.#feed.reachable,
      isStoreOk: this.#log.storeOk,
      source: this.#view?.source,
      killPath: this.#relaying.killPath,
      ownKills: this.#relaying.ownKills?.view,
      nowMs: world.clock.nowMs(),
      relays: this.#relaying.door.relays,
      above: relay && { name: relay.name, upstream: apiUrl },
    });
  }

  readonly handle: HttpHandler = async (request) => {
    const path = request.url.split("?")[0] ?? "/";
    const found = routeOf(request.method, path);
    if (found === undefined) return staticReply(this.#options.assets, request, path) ?? problemReply(problems.unknownRoute);
    const { route } = found;
    const tooLarge = refuseBody(route, request.body);
    if (tooLarge !== undefined) return problemReply(tooLarge);
    const probed = this.#probe?.answer(found, request) ?? this.#relaying.answerClient(found, request);
    const elsewhere = (await probed) ?? (this.#options.relay === undefined ? undefined : notHere(route, () => this.#forward.pass(request)));
    return (await elsewhere) ?? this.#here(request, found);
  };

  async #here(request: HttpRequest, found: FoundRoute): Promise<HttpReply | HttpStreamReply> {
    const { route } = found;
    switch (route.audience.who) {
      case "sdkKey":
        return this.#sdk.handle(route.path, request);
      case "browser":
        return this.#browser.handle(route.path, request);
      case "relay":
        return this.#relaying.door.handle(route.path, request);
      case "internal":
        return problemReply(problems.unknownRoute);
      case "trigger":
        return this.#orders?.triggers.answer(found.values["name"] ?? "", request) ?? problemReply(problems.noSnapshot);
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
    const route = routeOf(head.method, head.url.split("?")[0] ?? "/")?.route;
    if (route === undefined || !isLargeBody(route)) return undefined;
    if (route.audience.who === "relay") return this.#relaying.door.refusal(head);
    if (route.audience.who !== "person") return undefined;
    const admitted = admit(route, head.headers, await this.#sessions.person(head));
    return admitted.ok ? undefined : problemReply(admitted.problem);
  };

  async #answer(request: HttpRequest, found: FoundRoute, person: Person): Promise<HttpReply | HttpStreamReply> {
    if (found.route.path === "/metrics") return withKillMetrics(await this.#forward.pass(request), this.#relaying);
    if (found.route.by === "api") return this.#forward.pass(request);
    const tried = await this.#relaying.ownKills?.answerPerson(found, request, person);
    if (tried !== undefined) return tried;
    if (found.route.path === "/api/console-stream") return this.#consoles.open();
    const [view, intake, orders] = [this.#view, this.#intake, this.#orders];
    if (view === undefined || intake === undefined || orders === undefined) return problemReply(problems.noSnapshot);
    const reply = await answerPerson(
      {
        view,
        intake,
        drills: orders.drills,
        guards: orders.guards,
        receipts: this.#receipts,
        history: this.#history,
        unknown: this.#unknown,
        usage: this.#telemetry.usage,
        sessions: this.#sessions,
        store: this.#options.store,
        isDemo: this.#options.isDemo === true,
        signingKeys: this.#options.signing?.keys ?? [],
        secrets: this.#secrets,
        log: this.#options.world.log,
        relays: this.#relaying.book,
        connected: () => this.#sdk.connected(),
      },
      { request, found, person },
    );
    return reply ?? problemReply(problems.unknownRoute);
  }
}
