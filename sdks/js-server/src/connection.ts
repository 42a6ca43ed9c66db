import { decodePatch, decodeUrgentKill, type Patch, type SignedKind, type UrgentKill, type Version } from "@sluice/evaluation";
import type { Timer, World } from "@sluice/ports";
import { Backoff } from "./backoff.ts";
import type { Offer } from "./holder.ts";
import { LiveStream, type StreamEnd } from "./live-stream.ts";
import { requestTo } from "./server-address.ts";
import type { SignedStep } from "./signed-trail.ts";
import { fetchMsMax, fetchSnapshot, type Fetched, type FetchedSnapshot, type SnapshotSource } from "./snapshot-request.ts";
import type { StreamFrame } from "./stream.ts";
import { badSignature, cutOff, otherEnvironment, silent, troubleOf, type Trouble, unreachable, waitAfterMs } from "./trouble.ts";
import { type Hello, readHead, readHello, readSamplingId } from "./wire.ts";

/** Patches kept while the snapshot they build on is being fetched: as many as the server's own ring holds. */
const WAITING_PATCHES_MAX = 1_000;
/** After a heartbeat with another head, a patch that is on its way gets this long before the snapshot is fetched. */
const HEAD_GRACE_MS = 1_000;
/** After this many streams that never said hello, the snapshot is polled, and the stream tried beside it: a proxy may hold streams back. */
const DEAF_AFTER = 2;
/** This and twice of it bound the wait between two polls. With a stream tried at each fifth of them, that is one request in 30 s on average. */
const POLL_MS_MIN = 24_000;
const POLLS_PER_STREAM = 5;

/** Where a connection brings what it hears, and what it must know. */
export interface Receiver {
  readonly version: Version | undefined;
  isReplaced(epoch: string): boolean;
  /** True where a fresh snapshot is wanted soon, even of the version held. */
  readonly wantsSnapshot: boolean;
  snapshot(fetched: FetchedSnapshot): Offer;
  /** `step`: the patch as it was signed, where signatures are checked. */
  patch(patch: Patch, step: SignedStep | undefined): Offer;
  urgent(kill: UrgentKill, step: SignedStep | undefined): Offer;
  /** The stream said on which terms contexts are sampled; `undefined`: they are not. */
  samplingIs(id: string | undefined, jitterMs: number): void;
  /** The stream said hello. */
  connected(hello: Hello): void;
  /** There is no stream, but the snapshot was asked for and answered. */
  polled(): void;
  /** The server cannot be reached, or not any more; said after each attempt that failed. */
  disconnected(): void;
}

/** A patch that waits for the snapshot it builds on. */
interface WaitingPatch {
  readonly patch: Patch;
  readonly step: SignedStep | undefined;
}

/**
 * Keeps one process at the server's version: snapshot, then stream, then whatever it takes to come back, for ever.
 * Reports trouble once when it changes, never for each attempt.
 */
export class Connection {
  readonly #world: Pick<World, "clock" | "timers" | "random" | "http" | "log">;
  readonly #options: SnapshotSource;
  readonly #receiver: Receiver;
  /** Attempts to get a stream that lives. */
  readonly #attempts: Backoff;
  /** Snapshots asked for while a stream is open. */
  readonly #refetches: Backoff;
  #stream: LiveStream | undefined;
  #retryTimer: Timer | undefined;
  #refetchTimer: Timer | undefined;
  #headTimer: Timer | undefined;
  #trouble: Trouble | undefined;
  #isFetching = false;
  #mustFetch = false;
  /** After a reset the whole snapshot is wanted, even one of our own version: the server may have corrected its content. */
  #mustFetchWhole = false;
  #isConnected = false;
  #isClosed = false;
  /** Streams in a row that somebody took and that never said hello. */
  #deaf = 0;
  /** Snapshots asked for since then. */
  #polls = 0;
  /** True where the attempt that is under way has had an answer from the snapshot's route. */
  #isPolled = false;
  /** True where a stream failed although the snapshot could be had: a server that was away is no proxy that holds streams back. */
  #isHeldBack = false;
  /** Requests of the attempt that is under way. */
  #requests = 0;
  #jitterMs = 0;
  #waiting: WaitingPatch[] = [];

  constructor(world: Pick<World, "clock" | "timers" | "random" | "http" | "log">, options: SnapshotSource, receiver: Receiver) {
    this.#world = world;
    this.#options = options;
    this.#receiver = receiver;
    this.#attempts = new Backoff(world.random);
    this.#refetches = new Backoff(world.random);
  }

  /** Why there is no connection; `undefined` where there is one or none was tried yet. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  start(): void {
    this.#attempt();
  }

  /** Ends everything silently. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#retryTimer?.cancel();
    this.#stopWaiting();
    this.#stream?.close();
    this.#waiting = [];
  }

  #attempt(): void {
    if (this.#isClosed) return;
    this.#requests = 0;
    this.#isPolled = false;
    if (this.#receiver.version !== undefined && !this.#mustFetch && !this.#isDeaf) return this.#open();
    void this.#fetch().then((fetched) => {
      if (this.#isClosed) return;
      this.#isPolled = fetched.kind !== "trouble";
      this.#isHeldBack &&= this.#isPolled;
      if (fetched.kind === "trouble") return this.#failed(fetched.trouble);
      if (this.#isDeaf && this.#isHeldBack && (this.#polls += 1) % POLLS_PER_STREAM !== 0) this.#pollLater();
      else this.#open();
    });
  }

  get #isDeaf(): boolean {
    return this.#deaf >= DEAF_AFTER;
  }

  /** A server that can be asked is no outage, though its streams do not get through. */
  #pollLater(): void {
    this.#receiver.polled();
    this.#later(POLL_MS_MIN * (1 + this.#world.random.unit()));
  }

  #failed(trouble: Trouble): void {
    this.#report(trouble);
    this.#receiver.disconnected();
    // After a refusal the next attempt asks for the snapshot: its answer tells more than that of a stream.
    this.#mustFetch ||= waitAfterMs(trouble) > 0;
    this.#later(this.#attempts.failed(this.#world.clock.monotonicMs(), waitAfterMs(trouble), this.#requests));
  }

  #later(delayMs: number): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = this.#world.timers.after(delayMs, () => this.#attempt());
  }

  #report(trouble: Trouble): void {
    // A network failure is worded differently from attempt to attempt; only a new kind of trouble is news.
    const isNews = this.#trouble?.kind !== trouble.kind;
    this.#trouble = trouble;
    if (isNews) this.#world.log.warn(`sluice.${trouble.kind}`, { message: `${trouble.message} ${trouble.fix}` });
  }

  /** One request at a time. Brings what it got to the receiver, with the patches that came meanwhile. */
  async #fetch(): Promise<Fetched> {
    this.#isFetching = true;
    this.#requests += 1;
    const lastedMs = Math.max(this.#attempts.lastedMs(this.#world.clock.monotonicMs()), this.#refetches.lastedMs(this.#world.clock.monotonicMs()));
    const held = this.#mustFetchWhole ? undefined : this.#receiver.version;
    const fetched = await fetchSnapshot(this.#world, this.#options, held, fetchMsMax(lastedMs));
    this.#isFetching = false;
    if (this.#isClosed || fetched.kind === "trouble") return fetched;
    this.#mustFetch = false;
    this.#mustFetchWhole = false;
    if (fetched.kind === "snapshot") {
      const offer = this.#receiver.snapshot(fetched);
      if (offer.kind === "swapped") {
        this.#refetches.succeeded();
        if (this.#stream !== undefined) this.#broughtNews();
      }
      if (offer.kind === "refused")
        this.#world.log.warn("sluice.snapshot.refused", { message: `The server's snapshot is not used: ${offer.why}. Answers stay as they are.` });
    }
    return fetched;
  }

  #open(): void {
    const { version } = this.#receiver;
    const last: Readonly<Record<string, string>> = version === undefined ? {} : { "last-event-id": `${version.epoch}:${version.seq}` };
    const request = requestTo(this.#options.address, "GET /sdk/v1/stream", { accept: "text/event-stream", "cache-control": "no-cache", ...last });
    this.#waiting = [];
    this.#requests += 1;
    this.#stream = new LiveStream(this.#world, request, {
      opened: (status, headers) => this.#opened(status, headers),
      frame: (frame) => this.#frame(frame),
      ended: (end) => this.#ended(end),
    });
  }

  #opened(status: number, headers: Readonly<Record<string, string>>): boolean {
    const trouble = troubleOf(this.#options.address.base, { status, headers }, "text/event-stream");
    if (trouble === undefined) return true;
    this.#wasDeaf();
    this.#lost(trouble);
    return false;
  }

  #ended(end: StreamEnd): void {
    const { base } = this.#options.address;
    // A frame over the limit would come again after every reconnect; the snapshot leads past it.
    if (end.kind === "tooLong") this.#mustFetch = true;
    if (end.kind === "silent" || end.kind === "late") this.#wasDeaf();
    if (end.kind === "silent") return this.#lost(silent(base, end.afterMs));
    if (end.kind === "late") return this.#lost(unreachable(base, `no answer within ${end.afterMs / 1000} s`));
    this.#lost(this.#isConnected ? cutOff(base, end.why) : unreachable(base, end.why));
  }

  /** Somebody took the request for a stream, and no hello came. */
  #wasDeaf(): void {
    if (this.#isConnected) return;
    this.#deaf += 1;
    this.#isHeldBack ||= this.#isPolled;
  }

  #lost(trouble: Trouble): void {
    this.#stream = undefined;
    this.#stopWaiting();
    this.#isConnected = false;
    if (!this.#isPolled || !this.#isDeaf || waitAfterMs(trouble) > 0) return this.#failed(trouble);
    this.#report(trouble);
    this.#pollLater();
  }

  #stopWaiting(): void {
    this.#headTimer?.cancel();
    this.#headTimer = undefined;
    this.#refetchTimer?.cancel();
    this.#refetchTimer = undefined;
  }

  #frame(frame: StreamFrame): void {
    switch (frame.event) {
      case "hello":
        return this.#hello(frame.data);
      case "patch":
        return this.#patch(frame);
      case "urgent":
        return this.#urgent(frame);
      case "reset":
        return this.#reset(frame.data);
      case "heartbeat":
        return this.#heartbeat(frame.data);
      default:
        // Events of later versions of the protocol.
        return undefined;
    }
  }

  #hello(data: string): void {
    const hello = readHello(data);
    if (hello === undefined) return this.#refetch("a hello that cannot be read", 0);
    const { environment, address } = this.#options;
    if (environment !== undefined && hello.environment !== environment) {
      return this.#refuse(otherEnvironment(address.base, environment, hello.environment));
    }
    this.#jitterMs = hello.confirmJitterMs;
    if (this.#trouble !== undefined) this.#world.log.info("sluice.connected", { message: `Connected to ${address.base} again.` });
    this.#trouble = undefined;
    this.#isConnected = true;
    this.#deaf = 0;
    this.#polls = 0;
    this.#isHeldBack = false;
    // What is served is confirmed now: one request more of a stream that may go silent again at once.
    this.#requests += 1;
    this.#receiver.connected(hello);
    this.#receiver.samplingIs(readSamplingId(data), this.#jitterMs);
    this.#compareHead(hello);
  }

  /** False where the frame must not be read on: then the stream has ended, and is tried again with growing waits. */
  #isTrusted(kind: SignedKind, { data, sig }: StreamFrame): boolean {
    const problem = this.#options.check?.problemOf(kind, data, sig);
    if (problem !== undefined) this.#refuse(badSignature(this.#options.address.base, kind, problem));
    return problem === undefined;
  }

  #refuse(trouble: Trouble): void {
    this.#stream?.close();
    this.#lost(trouble);
  }

  #stepOf(kind: SignedKind, { data, sig = "" }: StreamFrame): SignedStep | undefined {
    return this.#options.check === undefined ? undefined : { kind, text: data, signature: sig };
  }

  #patch(frame: StreamFrame): void {
    if (!this.#isTrusted("patch", frame)) return;
    const patch = decodePatch(frame.data);
    if (!patch.ok) return this.#refetch("a patch that cannot be read", 0);
    const step = this.#stepOf("patch", frame);
    const offer = this.#receiver.patch(patch.value, step);
    if (offer.kind === "swapped") {
      this.#refetches.succeeded();
      this.#broughtNews();
    }
    if (offer.kind !== "gap") return;
    if (this.#waiting.length < WAITING_PATCHES_MAX) this.#waiting.push({ patch: patch.value, step });
    this.#refetch(offer.why, 0);
  }

  #urgent(frame: StreamFrame): void {
    if (!this.#isTrusted("kill", frame)) return;
    const kill = decodeUrgentKill(frame.data);
    if (!kill.ok) {
      this.#world.log.error("sluice.urgent.unreadable", { message: "An urgent kill cannot be read; the snapshot is fetched instead." });
      return this.#refetch("an urgent kill that cannot be read", 0);
    }
    const offer = this.#receiver.urgent(kill.value, this.#stepOf("kill", frame));
    if (offer.kind === "swapped") this.#broughtNews();
    if (offer.kind === "refused") this.#world.log.error("sluice.urgent.refused", { message: `An urgent kill is not applied: ${offer.why}.` });
  }

  /** A link that ends streams before their first heartbeat and still brings decisions is no outage: a kill must not wait for as long as in one. */
  #broughtNews(): void {
    this.#attempts.progressed(this.#world.clock.monotonicMs());
  }

  /** Many instances may be reset at once: they fetch spread over the time that the server named for confirms. */
  #reset(data: string): void {
    const head = readHead(data);
    if (head !== undefined && this.#isBehindUs(head)) return;
    this.#fetchWhole("the server cannot patch this version");
  }

  #fetchWhole(why: string): void {
    this.#mustFetch = true;
    this.#mustFetchWhole = true;
    this.#refetch(why, this.#world.random.unit() * this.#jitterMs);
  }

  #heartbeat(data: string): void {
    // A stream that lived until its heartbeat works: the next loss starts from the shortest wait.
    this.#attempts.succeeded();
    this.#receiver.samplingIs(readSamplingId(data), this.#jitterMs);
    const head = readHead(data);
    if (head !== undefined) this.#compareHead(head);
    if (this.#receiver.wantsSnapshot) this.#fetchWhole("many patches are kept since the last one");
  }

  /** A head that is not ours means a patch that is on its way or lost. */
  #compareHead(head: Version): void {
    if (this.#isHeld(head)) return this.#refetches.succeeded();
    if (this.#isBehindUs(head) || this.#headTimer !== undefined) return;
    this.#headTimer = this.#world.timers.after(HEAD_GRACE_MS, () => {
      this.#headTimer = undefined;
      if (this.#isConnected && !this.#isHeld(head) && !this.#isBehindUs(head)) this.#refetch("the server is at another version", 0);
    });
  }

  #isHeld(head: Version): boolean {
    const { version } = this.#receiver;
    return version?.epoch === head.epoch && version.seq === head.seq;
  }

  /** A head that we must not go to: fetching it would be refused each time. */
  #isBehindUs(head: Version): boolean {
    const { version } = this.#receiver;
    return version?.epoch === head.epoch ? head.seq < version.seq : this.#receiver.isReplaced(head.epoch);
  }

  /** Fetches the snapshot while the stream goes on: at once the first time, then with growing waits until something fits again. */
  #refetch(why: string, spreadMs: number): void {
    if (this.#isFetching || this.#refetchTimer !== undefined || this.#stream === undefined) return;
    const stream = this.#stream;
    const isAgain = this.#refetches.hasFailed;
    const backoffMs = this.#refetches.failed(this.#world.clock.monotonicMs(), 0, 1);
    const run = (): void => {
      this.#refetchTimer = undefined;
      if (this.#isClosed || this.#stream !== stream) return;
      void this.#fetch().then((fetched) => this.#refetched(fetched, why));
    };
    const waitMs = isAgain ? backoffMs : spreadMs;
    if (waitMs === 0) run();
    else this.#refetchTimer = this.#world.timers.after(waitMs, run);
  }

  #refetched(fetched: Fetched, why: string): void {
    if (this.#isClosed || this.#stream === undefined) return;
    if (fetched.kind === "trouble" && fetched.trouble.kind === "badSignature") return this.#refuse(fetched.trouble);
    const waiting = this.#waiting;
    this.#waiting = [];
    let isBehind = fetched.kind === "trouble";
    for (const { patch, step } of waiting) isBehind = this.#receiver.patch(patch, step).kind === "gap" || isBehind;
    if (fetched.kind === "trouble")
      this.#world.log.warn("sluice.snapshot.missing", { message: `The snapshot is needed (${why}) and could not be had: ${fetched.trouble.message}` });
    if (isBehind) this.#refetch(why, 0);
  }
}
