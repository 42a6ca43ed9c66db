import { type FeedMessage, type FoundRoute, type KillPathView, problemReply, problems, type RelayMessage } from "@sluice/contract";
import type { HttpReply, HttpRequest, HttpStreamReply, World } from "@sluice/ports";
import { secretHash } from "@sluice/store";
import type { Hub, HubChange } from "../hub.ts";
import { EMERGENCY_EVERY, lateAfterMs, PROBE_ENVIRONMENT, type ProbeKeys, type ProbePlace } from "../probe/probe.ts";
import { Publisher } from "../publisher.ts";
import { Receipts } from "../receipts.ts";
import { SdkRoutes } from "../sdk-routes.ts";
import { UnknownKeys } from "../unknown-keys.ts";

/** Secrets of the probe's client begin so: those of everybody else are not hashed for it, request by request. */
const PROBE_BEARER = /^Bearer (slk_probe_[\w-]{16,290})$/;

interface Open {
  readonly kill: string;
  /** It has come by an urgent frame, and by nothing else yet. */
  isUrgent: boolean;
}

/** Kills that the client has not confirmed and that are still looked for: one a minute. */
const OPEN_MAX = 20;

type ProbeMessage = Extract<FeedMessage | RelayMessage, { readonly kind: "snapshot" | "patch" | "unchanged" | "urgent" | "sealed" }>;

/**
 * The server's trial kills at a relay: they come over its feed, go out by a hub and streams of the same kind as everybody's, and a client of the
 * relay's own, outside its process, confirms them. Beside the relay's environments, so that nobody sees them and whatever is wrong with them harms nothing.
 */
export class RelayProbe implements ProbePlace {
  readonly #world: World;
  readonly #sdkHash: string;
  readonly #lateAfterMs: number;
  readonly #publisher: Publisher;
  readonly #receipts: Receipts;
  readonly #sdk: SdkRoutes;
  /** Whether the server above has told of them in this feed. */
  #hears = false;
  #feedEndedMs = 0;
  /** From when on it is counted how long none has come through, and none by an urgent frame alone; undefined before the first is heard of. */
  #countedFromMs: number | undefined;
  #urgentFromMs = 0;
  #wellSinceMs = 0;
  #heard = 0;
  #confirmed = 0;
  /** Those that the client has not confirmed yet, oldest first: as a rule none or one. */
  readonly #open: Open[] = [];
  #last: { readonly kill: string; readonly atMs: number; readonly reachedMs: number } | undefined;

  constructor(world: World, { sdk, everyMs }: Pick<ProbeKeys, "sdk" | "everyMs">) {
    this.#world = world;
    this.#sdkHash = sdk;
    this.#lateAfterMs = lateAfterMs(everyMs);
    this.#publisher = new Publisher(world.log, undefined);
    this.#receipts = new Receipts(world.clock);
    this.#receipts.onConfirmed = () => this.#note();
    this.#sdk = new SdkRoutes({
      receipts: this.#receipts,
      unknown: new UnknownKeys(world.clock),
      hub: (environment) => this.#publisher.hub(environment),
      // Nothing is guarded here.
      telemetry: () => {},
      openStreams: () => this.hub?.streams ?? 0,
    });
    this.#sdk.setKeys([{ hash: sdk, environment: PROBE_ENVIRONMENT, name: "probe" }]);
  }

  tellHub(hear: (hub: Hub) => void): void {
    this.#publisher.onHub = (hub) => {
      hub.follow((change) => this.#changed(change));
      hear(hub);
    };
  }

  get hub(): Hub | undefined {
    return this.#publisher.hub(PROBE_ENVIRONMENT);
  }

  /** The feed is gone: whether the server above tells of trial kills is seen by what the next one says. */
  feedEnded(): void {
    this.#hears = false;
    this.#feedEndedMs = this.#world.clock.monotonicMs();
  }

  /** What the feed says of the reserved project. What does not fit is late, and no reason to begin everybody's feed anew. */
  take(message: ProbeMessage): void {
    if (!this.#hears) this.#beginHearing();
    if (message.kind === "urgent") this.#publisher.urgent(message.environment, message.kill, message.signature);
    else if (message.kind === "sealed") this.#publisher.seal(message);
    else if (!this.#publisher.feed(message)) this.#world.log.warn("probe.notFit", { kind: message.kind });
  }

  #beginHearing(): void {
    const now = this.#world.clock.monotonicMs();
    this.#hears = true;
    if (this.#countedFromMs === undefined) this.#wellSinceMs = this.#countedFromMs = this.#urgentFromMs = now;
    else {
      // Time without a feed is not held against this relay, and a feed that comes and goes all the time is late all the same.
      this.#countedFromMs += now - this.#feedEndedMs;
      this.#urgentFromMs += now - this.#feedEndedMs;
    }
  }

  #changed(change: HubChange): void {
    if (change.kind === "urgent") this.#track(change.kill.id, change.kill.epoch);
    if (change.kind !== "patch") return;
    const { patch } = change;
    for (const kill of Object.keys(patch.set?.kills ?? {})) this.#track(kill, patch.epoch, patch.to);
  }

  #track(kill: string, epoch: string, seq?: number): void {
    const isNew = this.#receipts.receipt(kill) === undefined;
    const open = this.#open.find((one) => one.kill === kill);
    if (open !== undefined && seq !== undefined) open.isUrgent = false;
    this.#receipts.track({ kill, environment: PROBE_ENVIRONMENT, epoch, atMs: this.#world.clock.monotonicMs(), ...(seq === undefined ? {} : { seq }) });
    if (!isNew) return;
    this.#heard++;
    this.#open.push({ kill, isUrgent: seq === undefined });
    if (this.#open.length > OPEN_MAX) this.#open.shift();
  }

  #note(): void {
    const had = this.#open.filter(({ kill }) => (this.#receipts.receipt(kill)?.confirmed ?? 0) > 0);
    const last = had.at(-1);
    if (last === undefined) return;
    const { kill } = last;
    const atMs = this.#world.clock.monotonicMs();
    if (this.#isLate) this.#wellSinceMs = atMs;
    this.#confirmed += had.length;
    this.#open.splice(0, this.#open.indexOf(last) + 1);
    if (had.some(({ isUrgent }) => isUrgent)) this.#urgentFromMs = atMs;
    this.#countedFromMs = atMs;
    this.#last = { kill, atMs, reachedMs: this.#receipts.receipt(kill)?.p99Ms ?? 0 };
  }

  /** Answers the probe's client; undefined where somebody else asks. */
  answer(found: FoundRoute, request: HttpRequest): HttpReply | HttpStreamReply | undefined {
    const secret = PROBE_BEARER.exec(request.headers["authorization"] ?? "")?.[1];
    if (secret === undefined || secretHash(secret) !== this.#sdkHash) return undefined;
    return found.route.audience.who === "sdkKey" ? this.#sdk.handle(found.route.path, request) : problemReply(problems.badKey);
  }

  get #isLate(): boolean {
    return this.#hears && this.#world.clock.monotonicMs() - (this.#countedFromMs ?? 0) > this.#lateAfterMs;
  }

  get #isUrgentLate(): boolean {
    return this.#hears && this.#world.clock.monotonicMs() - this.#urgentFromMs > EMERGENCY_EVERY * this.#lateAfterMs;
  }

  get well(): ProbePlace["well"] {
    return !this.#hears || this.#isLate ? undefined : { sinceMs: this.#wellSinceMs, lateAfterMs: this.#lateAfterMs };
  }

  /** Id of the newest trial kill that the client has had; undefined where none comes by urgent frames any more, so that the server hears nothing new. */
  get kill(): string | undefined {
    return this.#isUrgentLate ? undefined : this.#last?.kill;
  }

  /** Undefined where the server above tells of no trial kills. */
  get view(): KillPathView | undefined {
    if (!this.#hears) return undefined;
    const last = this.#last;
    return {
      environment: PROBE_ENVIRONMENT,
      ...(last === undefined ? {} : { ageMs: Math.round(this.#world.clock.monotonicMs() - last.atMs), reachedMs: last.reachedMs }),
      tried: this.#heard,
      confirmed: this.#confirmed,
      ...(this.#isUrgentLate ? { isEmergencyLate: true } : {}),
      isLate: this.#isLate || this.#isUrgentLate,
    };
  }

  heartbeat(): void {
    this.hub?.heartbeat();
  }

  stop(): void {
    this.hub?.closeAll();
  }
}
