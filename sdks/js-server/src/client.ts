import { type Context, customerHashOf, evaluate, opening } from "@sluice/evaluation";
import type { Timer } from "@sluice/ports";
import { AnswerCounts, type GivenAnswers } from "./answer-counts.ts";
import { FirstQuestions, FlagsOfOneRequest } from "./answer-source.ts";
import { AskedKeys } from "./asked-keys.ts";
import { clientAccess } from "./client-access.ts";
import { Confirmer, type Served } from "./confirmer.ts";
import { Connection, type Receiver } from "./connection.ts";
import { makeContextToken, type TokenOptions } from "./context-token.ts";
import { FlagAnswers, type Notes } from "./flag-answers.ts";
import type { FlagKey } from "./flag-key.ts";
import { type Change, type Offer, SnapshotHolder } from "./holder.ts";
import { hostLog } from "./host-log.ts";
import { Intake } from "./intake.ts";
import { Invocations } from "./invocations.ts";
import { LastKnownGood, readSnapshotFile, storedName, type StoredState } from "./last-known-good.ts";
import { Listeners } from "./listeners.ts";
import { countedCustomersOf, refreshEveryMsOf, sampledAttributesOf, type SdkWorld, type SluiceOptions, waitMsOf } from "./options.ts";
import { OutcomeCounts } from "./outcome-counts.ts";
import { parseBase, type ServerAddress } from "./server-address.ts";
import { type SampleCounts, Samples } from "./samples.ts";
import { SignatureCheck } from "./signature-check.ts";
import { TelemetrySender } from "./telemetry-sender.ts";
import { badAddress, badSignatureKeys, type Trouble } from "./trouble.ts";
import { Warnings } from "./warnings.ts";
import type { Hello } from "./wire.ts";

/**
 * `starting`: nothing received yet, the code's defaults are answered. `ready`: the server is reached and its flags are answered.
 * `stale`: cut off, the last good flags are answered. `offline`: no server was configured, or the client was closed.
 */
export type ClientState = "starting" | "ready" | "stale" | "offline";

/** What `track` says of an outcome: the flag that it is about, and whether it failed. */
export interface Tracked {
  readonly flag: FlagKey;
  readonly failed?: boolean;
}

/** A disk that does not answer must not keep the network waiting. */
const DISK_WAIT_MS = 250;
/** What is written and sent at the end takes no longer. */
const CLOSE_MS_MAX = 5_000;
const INSTANCE_ID_BYTES = 8;

/**
 * Flags of one environment, evaluated in this process. Its public calls never throw and never wait, except `ready()` and `close()`,
 * which resolve. Made by `createClient`; the constructor is for those who bring their own world.
 */
export class SluiceClient extends FlagAnswers {
  static {
    clientAccess.snapshot = (client, snapshot) => void client.#took(client.#intake.snapshot(opening(snapshot), [], []));
    clientAccess.patch = (client, patch) => void client.#took(client.#intake.patch(patch, undefined));
  }

  readonly #options: SluiceOptions;
  readonly #world: SdkWorld;
  readonly #holder: SnapshotHolder;
  readonly #notes: Notes;
  readonly #intake: Intake;
  readonly #warnings: Warnings;
  readonly #changes: Listeners<Change>;
  readonly #states: Listeners<ClientState>;
  readonly #cache: LastKnownGood | undefined;
  readonly #connection: Connection | undefined;
  /** In place of a connection, where nothing may go on between invocations. */
  readonly #invocations: Invocations | undefined;
  readonly #confirmer: Confirmer | undefined;
  readonly #outcomes: OutcomeCounts = new OutcomeCounts();
  readonly #sender: TelemetrySender | undefined;
  readonly #setupTrouble: Trouble | undefined;
  readonly #timers: Timer[] = [];
  readonly #settled: Promise<void>;
  #settle: () => void = () => {};
  #isSettled = false;
  #isStarted = false;
  #isReached = false;
  #closing: Promise<void> | undefined;
  #state: ClientState = "starting";

  constructor(options: SluiceOptions, world: SdkWorld) {
    const log = hostLog(options.log ?? world.log);
    const { service, version, url, key, environment } = options;
    const warnings = new Warnings(log);
    const keys = new AskedKeys();
    const holder = new SnapshotHolder({ ...(service === undefined ? {} : { service }), ...(version === undefined ? {} : { version }) });
    const first = new FirstQuestions(keys, warnings);
    const base = url === undefined ? undefined : parseBase(url);
    const address = base === undefined ? undefined : addressOf(base, options, world);
    const samples = new Samples(world, address, { attributes: sampledAttributesOf(options) });
    const notes = { first, counts: new AnswerCounts(), warnings, samples, countCustomersOf: countedCustomersOf(options) };
    super(holder, notes);
    this.#notes = notes;
    this.#options = options;
    this.#world = { ...world, log };
    this.#warnings = warnings;
    this.#holder = holder;
    this.#changes = new Listeners(this.#warnings, "An onChange listener");
    this.#states = new Listeners(this.#warnings, "A state listener");
    if (options.onChange !== undefined) this.#changes.add(options.onChange);
    this.#settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const checking = SignatureCheck.of(options.signatureKeys, environment);
    const check = checking.ok ? checking.value : undefined;
    this.#intake = new Intake(this.#holder, environment, check);
    this.#setupTrouble = checking.ok ? addressTrouble(options, base) : badSignatureKeys(checking.problem);
    if (options.cacheDir !== undefined && checking.ok)
      this.#cache = new LastKnownGood(this.#world, storedName(environment, key ?? ""), () => this.#intake.stored);
    if (address !== undefined && checking.ok) {
      const source = { address, environment, check };
      const everyMs = refreshEveryMsOf(options);
      if (everyMs === undefined) this.#connection = new Connection(this.#world, source, this.#receiver());
      else this.#invocations = new Invocations(this.#world, source, this.#receiver(), { everyMs, waitMs: waitMsOf(options) });
      this.#confirmer = new Confirmer(this.#world, address, keys, () => this.#served());
      this.#sender = new TelemetrySender(this.#world, address, { outcomes: this.#outcomes, answers: notes.counts, version: () => this.version });
      first.noted = () => this.#confirmer?.keysNoted();
    }
    this.#start(checking.ok ? options.snapshotFile : undefined);
  }

  /**
   * Answers that agree with one another: those of the version that is served now, kills included, for one request or job. Make one when the
   * request begins and let go of it at its end; after 30 s it answers from the newest flags, so that a forgotten one cannot outlive a kill.
   */
  forRequest(): FlagAnswers {
    return new FlagAnswers(new FlagsOfOneRequest(this.#holder, this.#world.clock), this.#notes);
  }

  /** Resolves with the first flags (from the server, the cache or the file), at the latest after `waitMs`. Never rejects. */
  ready(): Promise<void> {
    if (this.#invocations !== undefined) return this.refresh();
    if (this.#isSettled) return this.#settled;
    const hold = this.#world.stayAlive?.(waitMsOf(this.#options));
    return hold === undefined ? this.#settled : this.#settled.then(() => hold.cancel());
  }

  /**
   * At the beginning of an invocation, with `refreshEveryMs`: asks for the flags where they are older than that, and resolves when they are there, at the
   * latest after `waitMs`, with nothing left under way. Never rejects. Without that option it resolves at once.
   */
  async refresh(): Promise<void> {
    if (this.#closing === undefined) await this.#invocations?.refresh();
  }

  /** At the end of an invocation, with `refreshEveryMs`: sends what was counted; resolves within a second, and keeps for the next what did not come through. */
  async flush(): Promise<void> {
    if (this.#invocations !== undefined && this.#closing === undefined) await this.#sender?.flush();
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Why there is no connection, in words; `undefined` where there is one. */
  get trouble(): Trouble | undefined {
    return this.#setupTrouble ?? this.#connection?.trouble ?? this.#invocations?.trouble;
  }

  /** What of contexts this process shows its server, and how much of it. */
  get samples(): SampleCounts {
    return this.#notes.samples.counts;
  }

  /** How often each answer was given since the client was made: at most 20,000 answers and 1,000 defaults are counted apart. */
  get counts(): GivenAnswers {
    return this.#notes.counts.given();
  }

  /** Calls the listener after each swap. Gives a function that ends it. */
  onChange(listener: (change: Change) => void): () => void {
    return this.#changes.add(listener);
  }

  /** Calls the listener when `state` changes. Gives a function that ends it. */
  onState(listener: (state: ClientState) => void): () => void {
    return this.#states.add(listener);
  }

  /**
   * Signs a context for a page: give the token to `@sluice/browser`, which gets this context's answers and nothing else. Anew for each page
   * or refresh; good for 15 minutes at most. `undefined` where none can be made, with the reason in the log: the page gets public flags then.
   */
  contextToken(context: Context, { ttlMs, mayOptIn }: TokenOptions = {}): string | undefined {
    const { environment = this.#holder.compiled?.environment, contextSecret: secret } = this.#options;
    try {
      const made = makeContextToken({ context, environment, secret, nowMs: this.#world.clock.nowMs(), ttlMs, mayOptIn });
      if (made.ok) return made.value;
      this.#world.log.error("sluice.contextToken", { message: made.problem });
    } catch (error) {
      this.#warnings.fault("contextToken", error);
    }
    return undefined;
  }

  /**
   * Says how something that a flag is about went for a customer, such as `track("export", context, { flag: "billing.invoice-export", failed: true })`:
   * also when it went well, because a guard looks at shares. Counted by customer, outcome and the variant that the flag answers for this context,
   * and sent as counts alone. Without a customer in the context nothing is counted; what no guard of the flag watches is thrown away by the server.
   */
  track(outcome: string, context: Context, { flag, failed = false }: Tracked): void {
    try {
      const { compiled } = this.#holder;
      if (compiled === undefined) return;
      const [{ variant }, customer] = [evaluate(compiled, flag, context), customerHashOf(compiled, context)];
      if (variant === undefined || customer === undefined) return;
      if (this.#outcomes.note({ flag, variant, outcome, customer }, failed)) this.#sender?.noted();
      else this.#warnings.badOutcome(outcome);
    } catch (error) {
      this.#warnings.fault("track", error);
    }
  }

  /** Ends connection, timers and files; resolves when the last good flags are written. Answers stay available. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    const sampled = this.#notes.samples.close();
    this.#connection?.close();
    this.#confirmer?.close();
    const lastCounts = this.#invocations === undefined ? this.#sender?.close() : this.#sender?.flush();
    this.#isReached = false;
    this.#settleNow();
    this.#setState("offline");
    this.#changes.clear();
    this.#states.clear();
    // Whoever waits for this at the end of a program has nothing else that keeps it alive.
    const hold = this.#world.stayAlive?.(CLOSE_MS_MAX);
    await Promise.all([this.#cache?.close(), lastCounts, sampled]);
    hold?.cancel();
  }

  /** `file`: a snapshot to begin with. */
  #start(file: string | undefined): void {
    if (this.#setupTrouble !== undefined)
      this.#world.log.error(`sluice.${this.#setupTrouble.kind}`, { message: `${this.#setupTrouble.message} ${this.#setupTrouble.fix}` });
    if (this.#options.url === undefined && file !== undefined) this.#setState("offline");
    if (this.#invocations !== undefined) {
      // What is stored comes when it comes: an invocation asks the server, and waits for no disk.
      return void this.#loadStored(file).catch((error: unknown) => this.#warnings.fault("start", error));
    }
    this.#timers.push(this.#world.timers.after(waitMsOf(this.#options), () => this.#settleNow()));
    if (this.#cache === undefined && file === undefined) return this.#connect();
    this.#timers.push(this.#world.timers.after(DISK_WAIT_MS, () => this.#connect()));
    this.#loadStored(file).then(
      () => this.#connect(),
      (error: unknown) => {
        this.#warnings.fault("start", error);
        this.#connect();
      },
    );
  }

  /** Once, whichever comes first: the stored state was read, or the disk took too long. */
  #connect(): void {
    if (this.#isStarted || this.#closing !== undefined) return;
    this.#isStarted = true;
    this.#connection?.start();
  }

  async #loadStored(file: string | undefined): Promise<void> {
    this.#restore(await this.#cache?.load());
    if (file === undefined) return;
    const read = await readSnapshotFile(this.#world, file);
    if (this.version === undefined) this.#restore(read);
  }

  #restore(stored: StoredState | undefined): void {
    if (stored === undefined || this.#closing !== undefined) return;
    const restored = this.#intake.restore(stored);
    if (restored.ok) this.#took(restored.value);
    else this.#world.log.warn("sluice.cache.ignored", { message: `Stored flags are not used: ${restored.problem}.` });
  }

  #receiver(): Receiver {
    const [holder, intake] = [this.#holder, this.#intake];
    return {
      get version() {
        return holder.version;
      },
      get wantsSnapshot() {
        return intake.isTrailLong;
      },
      isReplaced: (epoch) => holder.isReplaced(epoch),
      snapshot: ({ snapshot, urgent, steps }) => {
        this.#isReached = true;
        return this.#took(intake.snapshot(snapshot, urgent, steps));
      },
      patch: (patch, step) => this.#took(intake.patch(patch, step)),
      urgent: (kill, step) => this.#took(intake.urgent(kill, step)),
      samplingIs: (id, jitterMs) => this.#notes.samples.termsAre(id, jitterMs),
      connected: (hello) => this.#connected(hello),
      polled: () => this.#polled(),
      disconnected: () => this.#disconnected(),
    };
  }

  /** After every offer: what was swapped is confirmed first, then written down, then told to listeners. */
  #took(offer: Offer): Offer {
    const change = offer.kind === "swapped" || offer.kind === "gap" ? offer.change : undefined;
    if (change === undefined) return offer;
    this.#confirmer?.changed();
    // Between invocations nobody would write later.
    this.#cache?.changed(change.isKill || this.#invocations !== undefined);
    this.#settleNow();
    this.#setState(this.#stateNow());
    this.#changes.call(change);
    return offer;
  }

  #connected(hello: Hello): void {
    this.#isReached = true;
    this.#confirmer?.connected(hello.confirmJitterMs);
    this.#sender?.connected();
    this.#setState(this.#stateNow());
  }

  /** Kills still come, though later: what is answered is as fresh as a poll can make it. */
  #polled(): void {
    this.#isReached = true;
    this.#setState(this.#stateNow());
  }

  #disconnected(): void {
    this.#isReached = false;
    this.#confirmer?.disconnected();
    this.#sender?.disconnected();
    this.#setState(this.#stateNow());
  }

  #stateNow(): ClientState {
    const asksNobody = this.#connection === undefined && this.#invocations === undefined;
    if (this.#closing !== undefined || (asksNobody && this.#setupTrouble === undefined)) return "offline";
    if (this.version === undefined) return "starting";
    return this.#isReached ? "ready" : "stale";
  }

  #setState(state: ClientState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#states.call(state);
  }

  #settleNow(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settle();
  }

  #served(): Served | undefined {
    const { version, urgent } = this.#holder;
    return version === undefined ? undefined : { version, urgent: urgent.map((kill) => kill.id) };
  }
}

function addressOf(base: string, { key = "", service, version }: SluiceOptions, { random }: SdkWorld): ServerAddress {
  const instance = [...random.bytes(INSTANCE_ID_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { base, key, instance, ...(service === undefined ? {} : { service }), ...(version === undefined ? {} : { version }) };
}

/** A server is needed, unless a file is all that was asked for. */
function addressTrouble({ url, snapshotFile }: SluiceOptions, base: string | undefined): Trouble | undefined {
  const isFileEnough = url === undefined && snapshotFile !== undefined;
  return base !== undefined || isFileEnough ? undefined : badAddress(url ?? "");
}
