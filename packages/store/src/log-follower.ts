import type { World } from "@sluice/ports";
import { applyEvent, type Decisions, decodeDecisions, emptyDecisions, foldEvents, type LoggedEvent } from "@sluice/releases";
import type { FollowedLog } from "./probe-log.ts";
import { type Place, StoreUnavailable } from "./store.ts";

const READ_AT_ONCE = 1_000;
/** The store's hints can be lost; the head is looked at this often all the same. */
const LOOK_EVERY_MS = 1_000;
/** Name of the checkpoint that holds the folded decisions. */
export const DECISIONS_CHECKPOINT = "decisions";

/** How far a log had been read that has lost its newest decisions since: its last event, and the epochs that were over by then. */
export type LostEnd = Pick<Decisions, "epoch" | "seq" | "hash" | "replaces">;

/**
 * Folds the log as it grows and tells each event once, in order. A database that fails over beneath it, or is restored, may come back without
 * decisions that were read: that is found with the next look, because then the log does not have the place that was read up to.
 */
export class LogFollower {
  decisions: Decisions = emptyDecisions;
  /** Called for each event, after it is folded. */
  onEvent: (event: LoggedEvent) => void = () => {};
  /** Called around the telling of what was read, or appended, at once. */
  together: (tell: () => void) => void = (tell) => tell();
  /**
   * Called once when the log turns out to have lost what was read of it. Nothing more is read then, and whoever decides is told that the store is
   * not to be had, until `rewind`.
   */
  onLost: (end: LostEnd) => void = () => {};
  /** Whether the last look at the store went well. */
  storeOk = true;
  readonly #world: World;
  readonly #store: FollowedLog;
  #reading: Promise<void> | undefined;
  #stopped = false;
  #isLost = false;
  /** Counts how often the log was read anew. */
  #lives = 0;
  #unwatch: () => void = () => {};

  constructor(world: World, store: FollowedLog) {
    this.#world = world;
    this.#store = store;
  }

  /** From the checkpoint, if there is one, without telling the events before it; then follows. */
  async startFromCheckpoint(): Promise<void> {
    try {
      const decoded = await this.#checkpoint();
      if (decoded !== undefined && decoded.seq > this.decisions.seq) this.decisions = decoded;
    } catch (error) {
      this.#failed(error);
    }
    await this.follow();
  }

  /** Undefined where there is none that can be used: it may be of decisions that the database has lost, written by somebody who had not noticed. */
  async #checkpoint(): Promise<Decisions | undefined> {
    const checkpoint = await this.#store.checkpoint(DECISIONS_CHECKPOINT);
    const decoded = checkpoint === undefined ? undefined : decodeDecisions(new TextDecoder().decode(checkpoint.bytes));
    if (decoded === undefined || decoded.seq !== checkpoint?.seq || decoded.hash !== checkpoint.hash) return undefined;
    return (await this.#store.readOn(placeOf(decoded), 1)) === undefined ? undefined : decoded;
  }

  /** After `onLost`: folds what the log has now, without telling it, and goes on from there. Rejects when the store does; then nothing changed. */
  async rewind(): Promise<void> {
    let decisions = (await this.#checkpoint()) ?? emptyDecisions;
    for (;;) {
      const events = await this.#store.readOn(placeOf(decisions), READ_AT_ONCE);
      // It has lost some once more.
      if (events === undefined) throw lostDecisions();
      decisions = foldEvents(events, decisions);
      if (events.length < READ_AT_ONCE) break;
    }
    this.decisions = decisions;
    this.#lives++;
    this.#isLost = false;
  }

  /** Goes on from `decisions`: reads what is new now, and then whenever something is. */
  async follow(): Promise<void> {
    try {
      await this.catchUp();
    } catch (error) {
      this.#failed(error);
    }
    this.#unwatch = this.#store.watch(() => this.hint());
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#unwatch();
  }

  /** Something may have been appended. */
  hint(): void {
    this.catchUp().catch((error: unknown) => this.#failed(error));
  }

  #look(): void {
    if (this.#stopped) return;
    this.hint();
    this.#world.timers.after(LOOK_EVERY_MS, () => this.#look());
  }

  #failed(error: unknown): void {
    if (this.storeOk) this.#world.log.warn("store.unreachable", { why: error instanceof Error ? error.message : String(error) });
    this.storeOk = false;
  }

  /** Reads and folds what is new; rejects when the store does. Callers at the same time share one reading. */
  catchUp(): Promise<void> {
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The same by a question that is asked now: a reading that has begun before may have had its answer before a loss. */
  async readAnew(): Promise<void> {
    await this.#reading?.catch(() => {});
    return this.catchUp();
  }

  async #readOn(): Promise<void> {
    for (;;) {
      if (this.#isLost) throw lostDecisions();
      const lives = this.#lives;
      const events = await this.#store.readOn(placeOf(this.decisions), READ_AT_ONCE);
      // An answer to a question from before the loss was found says nothing any more.
      if (this.#isLost || lives !== this.#lives) throw lostDecisions();
      if (events === undefined) {
        this.#lose();
        throw lostDecisions();
      }
      if (!this.storeOk) this.#world.log.info("store.back");
      this.storeOk = true;
      this.take(events);
      if (events.length < READ_AT_ONCE) return;
    }
  }

  /** Events this process knows of already, e.g. because it appended them; those out of order are left to the next reading. */
  take(events: readonly LoggedEvent[]): void {
    let goesOn = true;
    this.together(() => (goesOn = events.every((event) => this.#takeOne(event))));
    // What came before it is told to the end by now.
    if (!goesOn) this.#lose();
  }

  /** False where the event was appended where the lost end had stood: somebody else has decided meanwhile, as often as had been lost. */
  #takeOne(event: LoggedEvent): boolean {
    if (event.seq !== this.decisions.seq + 1 || this.#isLost) return true;
    if (event.prevHash !== this.decisions.hash) return false;
    this.decisions = applyEvent(this.decisions, event);
    this.onEvent(event);
    return true;
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    const { epoch, seq, hash, replaces } = this.decisions;
    this.onLost({ epoch, seq, hash, replaces });
  }
}

const placeOf = ({ seq, hash }: Decisions): Place => ({ seq, hash });

const lostDecisions = (): StoreUnavailable => new StoreUnavailable("the database has lost decisions that were read of it");
