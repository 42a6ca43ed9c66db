import type { World } from "@sluice/ports";
import { applyEvent, type Decisions, decodeDecisions, emptyDecisions, type LoggedEvent } from "@sluice/releases";
import type { FollowedLog } from "./probe-log.ts";

const READ_AT_ONCE = 1_000;
/** The store's hints can be lost; the head is looked at this often all the same. */
const LOOK_EVERY_MS = 1_000;
/** Name of the checkpoint that holds the folded decisions. */
export const DECISIONS_CHECKPOINT = "decisions";

/** Folds the log as it grows and tells each event once, in order. */
export class LogFollower {
  decisions: Decisions = emptyDecisions;
  /** Called for each event, after it is folded. */
  onEvent: (event: LoggedEvent) => void = () => {};
  /** Whether the last look at the store went well. */
  storeOk = true;
  readonly #world: World;
  readonly #store: FollowedLog;
  #reading: Promise<void> | undefined;
  #stopped = false;
  #unwatch: () => void = () => {};

  constructor(world: World, store: FollowedLog) {
    this.#world = world;
    this.#store = store;
  }

  /** From the checkpoint, if there is one, without telling the events before it; then follows. */
  async startFromCheckpoint(): Promise<void> {
    try {
      const checkpoint = await this.#store.checkpoint(DECISIONS_CHECKPOINT);
      const decoded = checkpoint === undefined ? undefined : decodeDecisions(new TextDecoder().decode(checkpoint.bytes));
      if (decoded !== undefined && decoded.seq === checkpoint?.seq && decoded.hash === checkpoint.hash && decoded.seq > this.decisions.seq)
        this.decisions = decoded;
    } catch (error) {
      this.#failed(error);
    }
    await this.follow();
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

  async #readOn(): Promise<void> {
    for (;;) {
      const events = await this.#store.read(this.decisions.seq, READ_AT_ONCE);
      if (!this.storeOk) this.#world.log.info("store.back");
      this.storeOk = true;
      this.take(events);
      if (events.length < READ_AT_ONCE) return;
    }
  }

  /** Events this process knows of already, e.g. because it appended them; those out of order are left to the next reading. */
  take(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (event.seq !== this.decisions.seq + 1) continue;
      this.decisions = applyEvent(this.decisions, event);
      this.onEvent(event);
    }
  }
}
