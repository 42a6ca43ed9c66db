import {
  type FoundRoute,
  type FeedMessage,
  type KillPathView,
  parseFeedMessage,
  problemReply,
  problems,
  type RelayKeyEntry,
  type RelayMessage,
  type Route,
  type PassedBatch,
} from "@sluice/contract";
import type { HttpReply, HttpRequest, HttpStreamReply, World } from "@sluice/ports";
import type { Sessions } from "@sluice/store";
import type { ConsoleView } from "../console-view.ts";
import type { EmergencyJournal } from "../emergency-journal.ts";
import type { LostTail } from "../lost-tail.ts";
import { type Probe, PROBE_ENVIRONMENT, type ProbeKeys } from "../probe/probe.ts";
import type { Publisher } from "../publisher.ts";
import { browsersAskFor } from "../browser/browser-view.ts";
import type { FollowedKill, PagesTold, Receipts } from "../receipts.ts";
import type { SampleIntake } from "../samples/sample-intake.ts";
import type { SdkKeyEntry } from "../sdk-routes.ts";
import type { Signing } from "../signing.ts";
import { coldStart } from "./cold-start.ts";
import type { KillSigning } from "./kill-signing.ts";
import { OwnKillTrial } from "./own-kill-trial.ts";
import { RelayBook } from "./relay-book.ts";
import { RelayDoor } from "./relay-door.ts";
import { RelayKills } from "./relay-kills.ts";
import { RelayProbe } from "./relay-probe.ts";
import { Upstream } from "./upstream.ts";

const FILE = "admits.json";

/** What a relay answers of the people's routes: seeing flags and killing, never lifting, for which it takes the store. */
const ON_RELAY: ReadonlySet<string> = new Set([
  "GET /api/me",
  "GET /api/environments",
  "GET /api/flags",
  "GET /api/blast-radius",
  "GET /api/kills",
  "POST /api/kills",
  "GET /api/kills/:id/receipt",
  "GET /api/console-stream",
]);

/** What a relay does not answer itself; undefined for all else. */
export function notHere({ method, path, audience: { who } }: Route, pass: () => Promise<HttpReply>): HttpReply | Promise<HttpReply> | undefined {
  // What a customer may have early is decided by the server; its own token is what it shows there too.
  if (path === "/browser/v1/early-access") return pass();
  const isServers =
    (who === "person" && !ON_RELAY.has(`${method} ${path}`)) || who === "trigger" || who === "visitor" || (who === "public" && path !== "/health");
  return isServers ? problemReply(problems.onlyServer) : undefined;
}

/** What makes a process a relay of the server at its `apiUrl`, whose key its `internalKey` is. */
export interface RelayOptions {
  /** What people call it; receipts name it by this. */
  readonly name: string;
  readonly signing: KillSigning;
  /** Of the client that confirms trial kills, and how often the server makes one; absent: they are not heard of. */
  readonly probe?: Pick<ProbeKeys, "sdk" | "everyMs">;
  /** SHA-256 of the SDK key of the client that confirms trials of the relay's own kill; absent: it is not tried. */
  readonly trial?: string;
  /** SHA-256 of this machine's own operator key, and of the kill key that follows from it. */
  readonly operator: string;
  readonly killKey: string;
  /** What to start from where the disk has nothing; absent: the server is waited for. */
  readonly published?: { readonly read: () => Promise<Uint8Array>; readonly signatureKeys: readonly string[] };
}

export interface RelayingParts {
  readonly world: World;
  readonly publisher: Publisher;
  readonly receipts: Receipts;
  readonly sessions: Sessions;
  readonly view: () => ConsoleView | undefined;
  readonly sdkKeys: () => readonly SdkKeyEntry[];
  readonly decisions: ConstructorParameters<typeof RelayKills>[0]["decisions"];
  readonly sendUrgent: ConstructorParameters<typeof RelayKills>[0]["sendUrgent"];
  /** Kills of relays were taken that the log does not have. */
  readonly onTaken: () => void;
  readonly noteAsked: (environment: string, flag: string) => void;
  readonly takeAsked: () => ReadonlyMap<string, readonly string[]>;
  readonly pages: (environment: string) => number;
  /** Hears what processes behind other relays have seen. */
  readonly telemetry: (environment: string, body: PassedBatch) => void;
  readonly samples: SampleIntake;
  readonly passUp: (request: HttpRequest) => Promise<HttpReply>;
  readonly signing: Signing | undefined;
  readonly relayKeys: readonly RelayKeyEntry[];
  /** Changed in place by what a relay is told. */
  readonly browser: { readonly secrets: Map<string, readonly string[]>; readonly origins: string[] };
  readonly url: string;
  readonly key: string;
  readonly relay: RelayOptions | undefined;
  readonly lost: LostTail;
  /** Of a server that makes trial kills. */
  readonly probe: Probe | undefined;
}

type Admits = Extract<RelayMessage, { readonly kind: "admits" }>;

/** The part that a process has in a tree of server and relays: a door for those below it, and, of a relay, the server above. */
export class Relaying {
  readonly book: RelayBook;
  readonly kills: RelayKills;
  readonly door: RelayDoor;
  /** Absent where this process belongs to a server. */
  readonly upstream: Upstream | undefined;
  /** Of a relay whose client confirms trial kills. */
  readonly probe: RelayProbe | undefined;
  /** Trials of this relay's own kill; undefined at a server, and where nobody tries it. */
  readonly ownKills: OwnKillTrial | undefined;
  /** Where trial kills are served: by the server's own probe, or by that of a relay; undefined where none are made or heard of. */
  readonly #probing: Probe | RelayProbe | undefined;
  /** Relays that were late when it was last looked. */
  #late: readonly string[] = [];
  #withoutOwn: readonly string[] = [];
  readonly #parts: RelayingParts;
  #relayKeys: readonly RelayKeyEntry[];
  #hops: number | undefined;

  constructor(parts: RelayingParts) {
    const { world, publisher, receipts, relay } = parts;
    this.#parts = parts;
    this.#relayKeys = parts.relayKeys;
    this.#hops = relay === undefined ? 0 : undefined;
    this.book = new RelayBook(world, receipts);
    receipts.pagesTold = (kill) => this.#pagesTold(kill);
    const { decisions, sendUrgent } = parts;
    this.kills = new RelayKills({
      world,
      publisher,
      decisions,
      sendUrgent,
      onTaken: () => {
        this.upstream?.handOn();
        // At a relay too: what it hands on may be lost on its way, and is handed on again until a snapshot lists it.
        parts.onTaken();
      },
    });
    this.probe = relay?.probe === undefined ? undefined : new RelayProbe(world, relay.probe);
    this.ownKills = relay?.trial === undefined ? undefined : new OwnKillTrial(world, { client: relay.trial, everyMs: relay.probe?.everyMs });
    const { signing, noteAsked, passUp, telemetry, samples } = parts;
    this.#probing = parts.probe ?? this.probe;
    this.door = new RelayDoor({
      world,
      publisher,
      signing,
      noteAsked,
      telemetry,
      samples,
      probe: this.#probing,
      lost: relay === undefined ? parts.lost : undefined,
      book: this.book,
      kills: this.kills,
      keys: () => this.#relayKeys,
      hops: () => this.#hops,
      learn: async () => {
        if (relay === undefined) await parts.sessions.learn().catch((error: unknown) => world.log.info("sessions.learn", { why: String(error) }));
      },
      beside: (mayFor) => this.#beside(mayFor),
      passUp: relay === undefined ? undefined : (request) => passUp({ ...request, headers: { ...request.headers, authorization: `Bearer ${parts.key}` } }),
    });
    publisher.onHub = (hub) => this.door.follow(hub);
    this.#probing?.tellHub((hub) => this.door.follow(hub));
    if (relay === undefined) return;
    const { url, key, takeAsked, pages } = parts;
    const { name, signing: killSigning } = relay;
    const { ownKills } = this;
    const probed = { probe: this.probe, late: () => lateOf(this.probed), ownKills, withoutOwn: () => this.withoutOwnKills, noteAsked };
    this.upstream = new Upstream({ world, url, key, publisher, receipts, takeAsked, pages, name, signing: killSigning, relayed: this.kills, ...probed });
    parts.sessions.admitOwn(relay);
  }

  /** Pages of this process, which are sent a kill in the turn in which it is served, and those behind relays; none where no page may know its flags. */
  #pagesTold(kill: FollowedKill): PagesTold {
    const { publisher, pages } = this.#parts;
    const { snapshot, urgent = [] } = publisher.hub(kill.environment) ?? {};
    const own = pages(kill.environment);
    // An epoch that replaced the kill's begins with every kill that is known.
    const behind = this.book.pagesTold(kill, snapshot?.replaces?.includes(kill.epoch) === true ? snapshot.epoch : undefined);
    const all = { of: own + behind.of, told: own + behind.told };
    // Whether pages may know its flags is a walk through all of them: for nobody it is not made, however often a receipt is read.
    if (all.of === 0) return all;
    const flags = (snapshot?.kills?.[kill.kill] ?? urgent.find(({ id }) => id === kill.kill))?.flags ?? [];
    return snapshot !== undefined && browsersAskFor(snapshot, flags) ? all : { of: 0, told: 0 };
  }

  /** How trial kills come through, here and at relays; undefined where none are made or heard of. */
  get killPath(): KillPathView | undefined {
    const view = this.#probing?.view;
    if (view === undefined) return undefined;
    const [lateRelays, withoutOwn] = [lateOf(this.probed), this.withoutOwnKills];
    return { ...view, ...(lateRelays.length === 0 ? {} : { lateRelays }), ...(withoutOwn.length === 0 ? {} : { relaysWithoutOwnKills: withoutOwn }) };
  }

  /** Connected relays whose own kills are tried, and do not work; one behind a relay as `<that relay>/<its name>`. */
  get withoutOwnKills(): readonly string[] {
    return this.book.ownKills.flatMap(({ relay, isLate }) => (isLate ? [relay] : []));
  }

  /** What the clients of trials are answered; undefined where somebody else asks. */
  answerClient(found: FoundRoute, request: HttpRequest): HttpReply | HttpStreamReply | undefined {
    return this.probe?.answer(found, request) ?? this.ownKills?.answerClient(found, request);
  }

  /** Connected relays that hear trial kills, and whether theirs are late. */
  get probed(): ReturnType<RelayBook["probed"]> {
    return this.book.probed(this.#probing?.well);
  }

  /** Every few seconds: streams live, and somebody is told which relays are late. */
  heartbeat(): void {
    this.probe?.heartbeat();
    this.ownKills?.heartbeat();
    const { log } = this.#parts.world;
    this.#tellOwnKills();
    const probed = this.probed;
    const [late, before] = [lateOf(probed), this.#late];
    this.#late = late;
    for (const relay of late.filter((one) => !before.includes(one)))
      log.error("relay.killPathLate", { relay, message: "No trial kill comes through this relay. A real one may not reach whoever is behind it: look now." });
    const now = new Set(probed.map(({ relay }) => relay));
    for (const relay of before.filter((one) => !late.includes(one) && now.has(one))) log.info("relay.killPathBack", { relay });
  }

  /** The log of a relay says it of itself, and that of whoever is above it of a relay. */
  #tellOwnKills(): void {
    const { log } = this.#parts.world;
    const own = this.ownKills?.view.isLate === true ? [OWN] : [];
    const [now, before] = [[...own, ...this.withoutOwnKills], this.#withoutOwn];
    this.#withoutOwn = now;
    for (const relay of now.filter((one) => !before.includes(one)))
      log.error("relay.ownKillLate", {
        relay,
        message: "A trial of this relay's own kill does not come through. `sluice kill --relay` may not work: look now.",
      });
    for (const relay of before.filter((one) => !now.includes(one))) log.info("relay.ownKillBack", { relay });
  }

  /** `journal`: this process's own. */
  start(journal: EmergencyJournal): void {
    this.ownKills?.start(journal);
    this.door.start();
    this.door.watchAdmits();
  }

  stop(): void {
    this.door.stop();
    this.upstream?.stop();
    this.probe?.stop();
    this.ownKills?.stop();
  }

  /** What a relay was told in an earlier life; people sign in again by the server's word alone. */
  async load(): Promise<void> {
    const { world, relay } = this.#parts;
    if (relay === undefined) return;
    await relay.signing.load();
    try {
      const bytes = await world.disk.read(FILE);
      const kept = bytes === undefined ? "unknown" : parseFeedMessage(new TextDecoder().decode(bytes));
      if (typeof kept === "object" && kept.kind === "admits") this.#admit(kept);
    } catch (error) {
      world.log.warn("admits.read", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** After the disk was looked at. */
  async startFromPublished(): Promise<void> {
    const { world, publisher, relay } = this.#parts;
    if (relay?.published !== undefined) await coldStart({ world, publisher, ...relay.published });
  }

  /** True for what is said of the reserved project, which is nobody's environment. */
  takeProbe(message: FeedMessage): boolean {
    if (!("environment" in message) || message.environment !== PROBE_ENVIRONMENT) return false;
    this.probe?.take(message);
    return true;
  }

  /** A message that only relays are told. False where it does not fit. */
  take(message: RelayMessage): boolean {
    const { publisher, world } = this.#parts;
    switch (message.kind) {
      case "urgent":
        publisher.urgent(message.environment, message.kill, message.signature);
        return true;
      case "sealed":
        publisher.seal(message);
        return true;
      case "admits":
        if (message.hops > 1)
          world.log.error("relay.chained", { message: "This relay stands behind two others; give --upstream the server or the first of them." });
        this.#admit(message);
        void this.#keep(message);
        return true;
    }
  }

  #admit({ hops, operators, killKeys = [], people, secrets, origins, relayKeys, samplingKeys = {} }: Admits): void {
    const { browser, sessions, samples } = this.#parts;
    this.#hops = hops + 1;
    this.#relayKeys = relayKeys;
    sessions.admitOnly({ operators, killKeys, people });
    samples.learnKeys(samplingKeys);
    browser.secrets.clear();
    for (const [environment, list] of Object.entries(secrets)) browser.secrets.set(environment, list);
    browser.origins.splice(0, browser.origins.length, ...origins);
  }

  async #keep(message: Admits): Promise<void> {
    const { world } = this.#parts;
    try {
      await world.disk.replace(FILE, new TextEncoder().encode(JSON.stringify({ ...message, people: [], samplingKeys: {} })));
    } catch (error) {
      world.log.warn("admits.write", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** A relay learns of its environments alone: their flags, SDK keys and context secrets, and who may sign in. */
  #beside(mayFor: (environment: string) => boolean): { readonly admits: FeedMessage; readonly rest: readonly FeedMessage[] } {
    const { sessions, browser, sdkKeys, view, samples, publisher } = this.#parts;
    const { sampling, samplingKeys } = samples.forRelay(publisher.hubs.map(({ environment }) => environment).filter(mayFor));
    const admits: FeedMessage = {
      kind: "admits",
      hops: this.#hops ?? 0,
      operators: sessions.operators,
      killKeys: sessions.killKeys,
      people: sessions.people,
      secrets: Object.fromEntries([...browser.secrets].filter(([environment]) => mayFor(environment))),
      origins: browser.origins,
      relayKeys: this.#relayKeys.filter(({ environments }) => environments.length === 0 || environments.some(mayFor)),
      ...(samplingKeys === undefined ? {} : { samplingKeys }),
    };
    const { flags = [], environments = [] } = view() ?? {};
    const here = flags.map((flag) => ({ ...flag, environments: Object.fromEntries(Object.entries(flag.environments).filter(([key]) => mayFor(key))) }));
    return {
      admits,
      rest: [
        { kind: "catalogue", flags: here, environments: environments.filter(({ key }) => mayFor(key)), ...(sampling === undefined ? {} : { sampling }) },
        { kind: "sdkKeys", keys: sdkKeys().filter(({ environment }) => mayFor(environment)) },
      ],
    };
  }
}

/** What a relay calls itself where it says that of relays behind it too. */
const OWN = "(this relay)";

const lateOf = (probed: Relaying["probed"]): readonly string[] => probed.flatMap(({ relay, isLate }) => (isLate ? [relay] : []));
