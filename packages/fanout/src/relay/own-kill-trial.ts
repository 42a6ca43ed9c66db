import { type FoundRoute, killBody, problemReply, problems, readBody, resultReply } from "@sluice/contract";
import type { HttpReply, HttpRequest, HttpStreamReply, World } from "@sluice/ports";
import { type JournalledKill } from "@sluice/releases";
import { LogFollower, type Person, secretHash } from "@sluice/store";
import type { EmergencyJournal } from "../emergency-journal.ts";
import type { Hub } from "../hub.ts";
import { KillIntake } from "../kill-intake.ts";
import { noStore } from "../late-store.ts";
import { lateAfterMs, PROBE_ENVIRONMENT } from "../probe/probe.ts";
import { Publisher } from "../publisher.ts";
import { Receipts } from "../receipts.ts";
import { SdkRoutes } from "../sdk-routes.ts";
import { UnknownKeys } from "../unknown-keys.ts";

/** Secrets of the client begin so: those of everybody else are not hashed for it, request by request. */
const CLIENT_BEARER = /^Bearer (slk_probe_[\w-]{16,290})$/;
const FLAG = "trial";
const JOURNAL = "trial";
const EPOCH = "trial";

/** How the relay's own kills were tried last. */
export interface OwnKillView {
  /** Since the last one that was written down, reached the relay's client and was confirmed, ms; absent while there is none since the start. */
  readonly ageMs?: number;
  /** From that one's request until its confirmation, ms. */
  readonly reachedMs?: number;
  readonly tried: number;
  readonly confirmed: number;
  /** None has come through for longer than it may take: a kill at this relay may not work. */
  readonly isLate: boolean;
}

interface Options {
  /** SHA-256 of the client's SDK key. */
  readonly client: string;
  /** How often it is tried, ms; a minute where absent. */
  readonly everyMs: number | undefined;
}

/**
 * The relay's own kill, tried all the time: whoever holds the kill key asks for one of a flag that nobody has, over the public port; it is decided by
 * the same intake, written by the same journal into the same file, and goes out by a hub and streams of the same kind, to a client of the relay's own.
 * The journal never reads it again, it waits for no log, and is handed on to nobody.
 */
export class OwnKillTrial {
  readonly #world: World;
  readonly #client: string;
  readonly #lateAfterMs: number;
  readonly #publisher: Publisher;
  readonly #receipts: Receipts;
  readonly #sdk: SdkRoutes;
  #intake: KillIntake | undefined;
  /** Both go on from where an earlier life of this process was, which made one in a minute: the client never goes back. */
  #counter: number;
  #seq: number;
  /** The newest, from when it is asked for until it is confirmed or the next one is. */
  #open: string | undefined;
  #tried = 0;
  #confirmed = 0;
  /** At first the start. */
  #wellAtMs: number;
  #reachedMs: number | undefined;

  constructor(world: World, { client, everyMs }: Options) {
    this.#world = world;
    this.#client = client;
    this.#lateAfterMs = lateAfterMs(everyMs);
    this.#wellAtMs = world.clock.monotonicMs();
    this.#counter = this.#seq = world.clock.nowMs();
    this.#publisher = new Publisher(world.log, undefined);
    this.#receipts = new Receipts(world.clock);
    this.#receipts.onConfirmed = () => this.#note();
    this.#sdk = new SdkRoutes({
      receipts: this.#receipts,
      unknown: new UnknownKeys(world.clock),
      hub: (environment) => this.#publisher.hub(environment),
      // Nothing is guarded here.
      telemetry: () => {},
      openStreams: () => this.#hub?.streams ?? 0,
    });
    this.#sdk.setKeys([{ hash: client, environment: PROBE_ENVIRONMENT, name: "trial" }]);
    const flags = { [FLAG]: { default: "on" } };
    const snapshot = { format: 1, environment: PROBE_ENVIRONMENT, epoch: EPOCH, seq: this.#seq, salt: EPOCH, flags } as const;
    this.#publisher.feed({ kind: "snapshot", environment: PROBE_ENVIRONMENT, snapshot, folded: this.#seq });
  }

  get #hub(): Hub | undefined {
    return this.#publisher.hub(PROBE_ENVIRONMENT);
  }

  /** `journal`: the relay's own. */
  start(journal: EmergencyJournal): void {
    const { clock, timers, random, disk, http, log } = this.#world;
    // What is no kill must not stand among kills in the relay's log once a minute.
    const world: World = { clock, timers, random, disk, http, log: { ...log, info: () => {}, warn: () => {}, error: (...said) => log.error(...said) } };
    const store = noStore(world);
    this.#intake = new KillIntake({
      world,
      store,
      log: new LogFollower(world, store),
      journal: {
        id: JOURNAL,
        former: [],
        pending: [],
        nextCounter: () => ++this.#counter,
        waiting: async () => undefined,
        write: (kill: JournalledKill) => journal.tryOut(kill),
      },
      publisher: this.#publisher,
      receipts: this.#receipts,
      adoption: { isWaiting: false, pending: [], adopt: async () => true },
      catalogue: () => new Map([[FLAG, { kind: "release" }]]),
      knowsFlagsOf: () => true,
      liftNeedsTwo: () => false,
      onEmergency: () => {},
    });
  }

  /** Answers whoever tries it; undefined where a kill of somebody's is asked for. */
  async answerPerson(found: FoundRoute, request: HttpRequest, person: Person): Promise<HttpReply | undefined> {
    if (found.route.method !== "POST" || found.route.path !== "/api/kills" || this.#intake === undefined) return undefined;
    const body = readBody(killBody, request.body);
    if (!body.ok || body.value.environment !== PROBE_ENVIRONMENT) return undefined;
    this.#end();
    this.#tried++;
    const { id, role } = person;
    const killed = await this.#intake.kill({ id, role }, body.value);
    // One that is in force and not written down has not gone well, however soon it reaches the client.
    if (killed.ok) this.#open = killed.value.kill;
    this.#note();
    return resultReply(201, killed);
  }

  /** Answers the client; undefined where somebody else asks. */
  answerClient(found: FoundRoute, request: HttpRequest): HttpReply | HttpStreamReply | undefined {
    const secret = CLIENT_BEARER.exec(request.headers["authorization"] ?? "")?.[1];
    if (secret === undefined || secretHash(secret) !== this.#client) return undefined;
    return found.route.audience.who === "sdkKey" ? this.#sdk.handle(found.route.path, request) : problemReply(problems.badKey);
  }

  #note(): void {
    const receipt = this.#open === undefined ? undefined : this.#receipts.receipt(this.#open);
    if (receipt === undefined || receipt.confirmed === 0) return;
    this.#wellAtMs = this.#world.clock.monotonicMs();
    this.#reachedMs = receipt.p99Ms ?? 0;
    this.#confirmed++;
    this.#end();
  }

  /** As a log does it that has taken the kill, and that somebody has lifted there: its counter is listed. */
  #end(): void {
    this.#open = undefined;
    if ((this.#hub?.urgent.length ?? 0) === 0) return;
    const [base, to] = [this.#seq, ++this.#seq];
    const patch = { epoch: EPOCH, base, to, set: { journals: { [JOURNAL]: this.#counter } } };
    this.#publisher.feed({ kind: "patch", environment: PROBE_ENVIRONMENT, patch, folded: to });
  }

  get view(): OwnKillView {
    const ageMs = this.#world.clock.monotonicMs() - this.#wellAtMs;
    return {
      ...(this.#reachedMs === undefined ? {} : { ageMs: Math.round(ageMs), reachedMs: this.#reachedMs }),
      tried: this.#tried,
      confirmed: this.#confirmed,
      isLate: ageMs > this.#lateAfterMs,
    };
  }

  heartbeat(): void {
    this.#hub?.heartbeat();
  }

  stop(): void {
    this.#hub?.closeAll();
  }
}
