import { type FoundRoute, jsonReply, killBody, type KillPathView, liftBody, problemReply, problems, readBody, resultReply } from "@sluice/contract";
import type { HttpReply, HttpRequest, HttpStreamReply, World } from "@sluice/ports";
import { encodeDecisions, type KillCatalogue, machineCommand } from "@sluice/releases";
import { type AdoptedProject, compileEnvironment } from "@sluice/snapshot";
import {
  DECISIONS_CHECKPOINT,
  LogFollower,
  type LostEnd,
  type Person,
  probeCheckpoint,
  probeLog,
  secretHash,
  type Store,
  StoreUnavailable,
} from "@sluice/store";
import { EmergencyAdoption } from "../emergency-adoption.ts";
import { EmergencyJournal } from "../emergency-journal.ts";
import { KillIntake } from "../kill-intake.ts";
import type { Hub } from "../hub.ts";
import { newEpochName } from "../lost-tail.ts";
import { Publisher } from "../publisher.ts";
import { Receipts } from "../receipts.ts";
import { SdkRoutes } from "../sdk-routes.ts";
import type { Signing } from "../signing.ts";
import { UnknownKeys } from "../unknown-keys.ts";

/** The one environment of the reserved project; no project's environment may be called so. */
export const PROBE_ENVIRONMENT = "sluice-probe";
/** How often it is tried, where nothing else is said. */
const EVERY_MS = 60_000;
/** Without a kill that came through for so many rounds, somebody is told. */
const LATE_ROUNDS = 2.5;
/** A relay tells every 5 s what it has had: trials that are quicker than that are not late sooner. */
const LATE_MS_MIN = 15_000;
/** How long the probe's log is kept. */
const KEPT_MS = 7 * 24 * 3_600_000;
const TIDY_EVERY_MS = 3_600_000;
/** While the store does not answer, it is asked again after this. */
const AGAIN_MS = 1_000;
/** A round is over sooner: a kill that two looks find has nobody any more who lifts it. */
const LEFT_EVERY_MS = 20_000;
const JOURNAL = "probe.journal";
/** Each so many'th round goes by journal and urgent frames although the store is there: what is only used in an outage is not known to work in one. */
export const EMERGENCY_EVERY = 10;
/** Secrets of the probe begin so: those of everybody else are not hashed for it, request by request. */
const PROBE_BEARER = /^Bearer ((?:slp_|slk_probe_)[\w-]{16,290})$/;
const PROBER: Omit<Person, "grant"> = { id: "probe", name: "The probe", email: "", role: "engineer", byCookie: false };

/** What lets the probe in, and nobody else: secrets that the processes of one server share. */
export interface ProbeKeys {
  /** SHA-256 of what kills and lifts. */
  readonly person: string;
  /** SHA-256 of the SDK key. */
  readonly sdk: string;
  /** How often a round begins, ms; a minute where absent. */
  readonly everyMs?: number;
}

/** How long trial kills may stay away before somebody is told, ms: two and a half rounds. */
export const lateAfterMs = (everyMs: number = EVERY_MS): number => Math.max(LATE_MS_MIN, LATE_ROUNDS * everyMs);

/** Where trial kills are served, for those behind to hear them. */
export interface ProbePlace {
  /** Told of what serves them when it is made; set once, before the start. */
  tellHub(hear: (hub: Hub) => void): void;
  /** Undefined before there is one. */
  readonly hub: Hub | undefined;
  /** Since when they come through here, and how long a relay may have had none of them; undefined while they are late here. */
  readonly well: { readonly sinceMs: number; readonly lateAfterMs: number } | undefined;
}

interface ProbeOptions {
  readonly world: World;
  readonly store: Store;
  readonly keys: ProbeKeys;
  readonly signing: Signing | undefined;
}

/**
 * A project of its own with one flag that nobody has, behind the same port and made of the same parts as the real one: intake, journal, log in
 * the same database, hub, receipts. An emergency path that is rarely used is itself a fault, so this one is used every minute.
 */
export class Probe implements ProbePlace {
  readonly #options: ProbeOptions;
  readonly #publisher: Publisher;
  readonly #receipts: Receipts;
  readonly #log: LogFollower;
  readonly #sdk: SdkRoutes;
  #intake: KillIntake | undefined;
  #flag = "";
  /** When a kill was last confirmed that the log did not have: it had come by an urgent frame, and by nothing else. At first the start. */
  #urgentMs: number;
  #wasUrgentLate = false;
  /** Since when nothing was late: the start, or the round that came through after none had for too long. */
  #wellSinceMs: number;
  #tried = 0;
  #confirmed = 0;
  #last: { readonly atMs: number; readonly reachedMs: number; readonly isEmergency: boolean } | undefined;
  #isEmergency = false;
  /** This round goes the emergency way on purpose; its kill is being taken, without the store. */
  #isPlanned = false;
  #isWithoutStore = false;
  #stopped = false;

  constructor(options: ProbeOptions) {
    const { world, store, keys, signing } = options;
    this.#options = options;
    this.#publisher = new Publisher(world.log, signing);
    this.#receipts = new Receipts(world.clock);
    this.#log = new LogFollower(world, probeLog(store));
    this.#sdk = new SdkRoutes({
      receipts: this.#receipts,
      unknown: new UnknownKeys(world.clock),
      hub: (environment) => this.#publisher.hub(environment),
      // Nothing is guarded here.
      telemetry: () => {},
      openStreams: () => this.#publisher.hubs.reduce((sum, hub) => sum + hub.streams, 0),
    });
    this.#sdk.setKeys([{ hash: keys.sdk, environment: PROBE_ENVIRONMENT, name: "probe" }]);
    this.#urgentMs = this.#wellSinceMs = world.clock.monotonicMs();
  }

  tellHub(hear: (hub: Hub) => void): void {
    this.#publisher.onHub = hear;
  }

  get hub(): Hub | undefined {
    return this.#publisher.hub(PROBE_ENVIRONMENT);
  }

  get well(): ProbePlace["well"] {
    return this.#isLate ? undefined : { sinceMs: this.#wellSinceMs, lateAfterMs: lateAfterMs(this.#options.keys.everyMs) };
  }

  get #isUrgentLate(): boolean {
    return this.#options.world.clock.monotonicMs() - this.#urgentMs > EMERGENCY_EVERY * lateAfterMs(this.#options.keys.everyMs);
  }

  get #isLate(): boolean {
    return this.#options.world.clock.monotonicMs() - (this.#last?.atMs ?? this.#wellSinceMs) > lateAfterMs(this.#options.keys.everyMs);
  }

  /** Never rejects for the store's sake: a probe that cannot begin is late, and says so. Throws `DiskFailed` when no journal can be reserved. */
  async start(): Promise<void> {
    const { world, store } = this.#options;
    const journal = await EmergencyJournal.open(world, { name: JOURNAL });
    // Servers that share a database kill a flag each: a kill of one must not hide the lift of another.
    this.#flag = `probe-${journal.id}`;
    this.#log.onEvent = (event) => {
      this.#publisher.event(event);
      if (event.facts.kind === "projectCreated") this.#publish();
    };
    this.#log.onLost = (end) => void this.#goOnAfter(end);
    const catalogue: KillCatalogue = new Map([[this.#flag, { kind: "release" }]]);
    const onEmergency = (): void => {
      this.#isEmergency ||= !this.#isPlanned;
    };
    const parts = { world, store: this.#storeOfRounds(probeLog(store)), log: this.#log, receipts: this.#receipts, onEmergency };
    const intake = new KillIntake({
      ...parts,
      journal,
      publisher: this.#publisher,
      adoption: new EmergencyAdoption({ ...parts, waiting: [journal] }),
      catalogue: () => catalogue,
      knowsFlagsOf: () => true,
      liftNeedsTwo: () => false,
    });
    this.#intake = intake;
    this.#receipts.onConfirmed = () => {
      const isUrgent = journal.pending.some(({ kill }) => (this.#receipts.receipt(kill)?.confirmed ?? 0) > 0);
      if (isUrgent) this.#urgentMs = this.#options.world.clock.monotonicMs();
    };
    await this.#log.startFromCheckpoint();
    await this.#begin();
    this.#publish();
    intake.resume();
    void this.#lift(intake, this.#inForce(journal));
    this.#liftLeftLater(intake, journal);
    this.#tidyLater();
  }

  #storeOfRounds(log: ReturnType<typeof probeLog>): ReturnType<typeof probeLog> {
    const append: typeof log.append = (...given) =>
      this.#isWithoutStore ? Promise.reject(new StoreUnavailable("this round of the probe goes without it")) : log.append(...given);
    return { ...log, append };
  }

  /** The first event of the probe's log, whichever process writes it. */
  async #begin(): Promise<void> {
    const { world, store } = this.#options;
    if (this.#log.decisions.environments[PROBE_ENVIRONMENT] !== undefined) return;
    const salt = [...world.random.bytes(8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const facts = { kind: "projectCreated", project: PROBE_ENVIRONMENT, salts: { [PROBE_ENVIRONMENT]: salt } } as const;
    try {
      await store.probeAppend([{ command: `probe-begins-${salt}`, atMs: world.clock.nowMs(), facts, personal: { by: "server" } }], 0);
      await this.#log.catchUp();
    } catch (error) {
      world.log.warn("probe.store", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /**
   * The database has lost the end of the probe's log too. Its client never goes back within an epoch, so another one begins, in which whatever was
   * served is over: no kill of the probe's is worth keeping.
   */
  async #goOnAfter(end: LostEnd): Promise<void> {
    const { world, store } = this.#options;
    try {
      await this.#log.rewind();
      await this.#begin();
      const { seq, replaces: known } = this.#log.decisions;
      // Another server has seen to it.
      if (known.includes(end.epoch)) return this.#publish();
      const replaces = [...new Set([end.epoch, ...end.replaces, ...known])];
      const epoch = newEpochName(world, new Set(replaces));
      const seen = { [PROBE_ENVIRONMENT]: { epochs: { [end.epoch]: end.seq }, journals: {} } };
      const started = {
        command: machineCommand.epoch(epoch),
        atMs: world.clock.nowMs(),
        facts: { kind: "epochStarted", epoch, replaces, seen },
        personal: { by: "server" },
      } as const;
      const result = await store.probeAppend([started], seq);
      if (result.kind !== "conflict") {
        await this.#log.catchUp();
        return this.#publish();
      }
    } catch (error) {
      world.log.warn("probe.store", { why: error instanceof Error ? error.message : String(error) });
    }
    world.timers.after(AGAIN_MS, () => void this.#goOnAfter(end));
  }

  /** What the probe serves is always the same: one flag that is on, but for its kills. */
  #publish(): void {
    const { decisions } = this.#log;
    const snapshot = compileEnvironment({ decisions, environment: PROBE_ENVIRONMENT, read: () => onlyFlag(this.#flag), seq: decisions.seq });
    if (snapshot !== undefined) this.#publisher.feed({ kind: "snapshot", environment: PROBE_ENVIRONMENT, snapshot, folded: decisions.seq });
  }

  /** Its own kills, those that wait for the log too. */
  #inForce(journal: EmergencyJournal): readonly string[] {
    const logged = this.#log.decisions.environments[PROBE_ENVIRONMENT]?.kills.entriesSorted() ?? [];
    const own = logged.flatMap(([id, { flags }]) => (flags.includes(this.#flag) ? [id] : []));
    return [...new Set([...own, ...journal.pending.map(({ kill }) => kill)])];
  }

  /** What the store does not take is in force still when it is looked for again. */
  async #lift(intake: KillIntake, kills: readonly string[]): Promise<void> {
    for (const id of kills) await intake.lift({ ...PROBER, grant: "" }, id, { command: `probe-lift-old-${id}` });
  }

  /** Kills of an earlier life of this process, and of rounds that could not lift theirs: no round can begin while one of them is in force. */
  #liftLeftLater(intake: KillIntake, journal: EmergencyJournal, before: readonly string[] = []): void {
    this.#options.world.timers.after(LEFT_EVERY_MS, () => {
      if (this.#stopped) return;
      const now = this.#inForce(journal);
      const left = now.filter((id) => before.includes(id));
      void this.#lift(intake, left).finally(() => this.#liftLeftLater(intake, journal, now));
    });
  }

  #tidyLater(): void {
    this.#options.world.timers.after(TIDY_EVERY_MS, () => {
      if (this.#stopped) return;
      void this.tidy().finally(() => this.#tidyLater());
    });
  }

  /** Forgets events of more than seven days ago, behind a checkpoint. */
  async tidy(): Promise<void> {
    const { world, store } = this.#options;
    const { decisions } = this.#log;
    if (decisions.seq === 0) return;
    try {
      const { seq, hash } = decisions;
      await store.saveCheckpoint({ name: probeCheckpoint(DECISIONS_CHECKPOINT), seq, hash, bytes: new TextEncoder().encode(encodeDecisions(decisions)) });
      await store.probeForget(seq, world.clock.nowMs() - KEPT_MS);
    } catch (error) {
      world.log.warn("probe.store", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Answers the probe's own requests; undefined where somebody else asks, or for what is not its business. */
  async answer(found: FoundRoute, request: HttpRequest): Promise<HttpReply | HttpStreamReply | undefined> {
    const secret = PROBE_BEARER.exec(request.headers["authorization"] ?? "")?.[1];
    if (secret === undefined) return undefined;
    const hash = secretHash(secret);
    const { keys } = this.#options;
    if (hash === keys.sdk) return found.route.audience.who === "sdkKey" ? this.#sdk.handle(found.route.path, request) : undefined;
    if (hash !== keys.person) return undefined;
    const person = { ...PROBER, grant: hash };
    const intake = this.#intake;
    if (intake === undefined) return problemReply(problems.noSnapshot);
    switch (`${found.route.method} ${found.route.path}`) {
      case "GET /api/flags":
        if (this.#publisher.hub(PROBE_ENVIRONMENT)?.snapshot === undefined) await this.#begin().then(() => this.#publish());
        return jsonReply(200, { flags: [{ key: this.#flag, kind: "release", dependants: [], environments: { [PROBE_ENVIRONMENT]: { state: "on" } } }] });
      case "POST /api/kills": {
        const body = readBody(killBody, request.body);
        if (!body.ok) return problemReply(body.problem);
        if (body.value.environment !== PROBE_ENVIRONMENT) return problemReply(problems.badKey);
        this.#tried++;
        this.#isEmergency = false;
        this.#isPlanned = this.#tried % EMERGENCY_EVERY === 0;
        this.#isWithoutStore = this.#isPlanned;
        try {
          return resultReply(201, await intake.kill(person, body.value));
        } finally {
          this.#isWithoutStore = false;
        }
      }
      case "POST /api/kills/:id/lift": {
        const id = found.values["id"] ?? "";
        const body = readBody(liftBody, request.body);
        if (!body.ok) return problemReply(body.problem);
        const ended = await intake.lift(person, id, body.value);
        if (ended.ok) this.#note(id);
        return resultReply(200, ended);
      }
      default:
        return problemReply(problems.badKey);
    }
  }

  /** A round is over: it counts where the kill had reached its client before it was lifted. */
  #note(kill: string): void {
    const receipt = this.#receipts.receipt(kill);
    if (receipt?.p99Ms === undefined || receipt.confirmed === 0) return;
    this.#confirmed++;
    if (this.#isLate) this.#wellSinceMs = this.#options.world.clock.monotonicMs();
    this.#last = { atMs: this.#options.world.clock.monotonicMs(), reachedMs: receipt.p99Ms, isEmergency: this.#isEmergency };
  }

  get view(): KillPathView {
    const now = this.#options.world.clock.monotonicMs();
    const last = this.#last;
    return {
      environment: PROBE_ENVIRONMENT,
      ...(last === undefined ? {} : { ageMs: Math.round(now - last.atMs), reachedMs: last.reachedMs }),
      ...(last?.isEmergency === true ? { isEmergency: true } : {}),
      tried: this.#tried,
      confirmed: this.#confirmed,
      ...(this.#isUrgentLate ? { isEmergencyLate: true } : {}),
      isLate: this.#isLate || this.#isUrgentLate,
    };
  }

  heartbeat(): void {
    const isLate = this.#isUrgentLate;
    if (isLate && !this.#wasUrgentLate)
      this.#options.world.log.error("probe.emergencyLate", { message: "No trial kill comes through without the database. Look before one is needed." });
    this.#wasUrgentLate = isLate;
    for (const hub of this.#publisher.hubs) hub.heartbeat();
  }

  stop(): void {
    this.#stopped = true;
    this.#log.stop();
    for (const hub of this.#publisher.hubs) hub.closeAll();
  }
}

/** One flag that serves on, in a file that nobody has. */
function onlyFlag(key: string): AdoptedProject {
  const form = { rules: [{ serve: "on" }] };
  return {
    environments: [PROBE_ENVIRONMENT],
    decidedByPeople: [],
    flags: new Map([[key, { key, kind: "release", path: "", files: [], form: () => form }]]),
    segments: new Map(),
    broken: [],
    unreadable: [],
  };
}
