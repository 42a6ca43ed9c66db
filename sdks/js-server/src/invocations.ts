import type { World } from "@sluice/ports";
import type { Receiver } from "./connection.ts";
import { fetchSnapshot, type SnapshotSource } from "./snapshot-request.ts";
import type { Trouble } from "./trouble.ts";

/** A process without any flags asks sooner, so that a server that was away for a moment is no half minute of the code's defaults. */
const NOTHING_HELD_MS = 1_000;

/** How often is asked, and how long an invocation may wait for it, in milliseconds. */
export interface Pace {
  readonly everyMs: number;
  readonly waitMs: number;
}

/**
 * Keeps a process that is frozen between invocations at the server's version by asking within them alone: no stream, no timer, and no request is left
 * open when `refresh` has resolved.
 */
export class Invocations {
  readonly #world: Pick<World, "clock" | "http" | "log">;
  readonly #source: SnapshotSource;
  readonly #receiver: Receiver;
  readonly #pace: Pace;
  #trouble: Trouble | undefined;
  #askedMs: number | undefined;
  #asking: Promise<void> | undefined;

  constructor(world: Pick<World, "clock" | "http" | "log">, source: SnapshotSource, receiver: Receiver, pace: Pace) {
    this.#world = world;
    this.#source = source;
    this.#receiver = receiver;
    this.#pace = pace;
  }

  /** Why the server did not give its flags the last time; `undefined` where it did. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** Asks where the last time is long enough ago; invocations at the same time share one request. Never rejects. */
  refresh(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking;
    const { everyMs } = this.#pace;
    const dueMs = this.#receiver.version === undefined ? Math.min(everyMs, NOTHING_HELD_MS) : everyMs;
    const nowMs = this.#world.clock.monotonicMs();
    if (this.#askedMs !== undefined && nowMs - this.#askedMs < dueMs) return Promise.resolve();
    this.#askedMs = nowMs;
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    // Urgent kills are a second request: each may take half of the wait.
    const fetched = await fetchSnapshot(this.#world, this.#source, this.#receiver.version, this.#pace.waitMs / 2);
    if (fetched.kind === "trouble") return this.#failed(fetched.trouble);
    this.#trouble = undefined;
    if (fetched.kind === "snapshot") {
      const offer = this.#receiver.snapshot(fetched);
      if (offer.kind === "refused")
        this.#world.log.warn("sluice.snapshot.refused", { message: `The server's snapshot is not used: ${offer.why}. Answers stay as they are.` });
    }
    this.#receiver.polled();
  }

  #failed(trouble: Trouble): void {
    const isNews = this.#trouble?.kind !== trouble.kind;
    this.#trouble = trouble;
    if (isNews) this.#world.log.warn(`sluice.${trouble.kind}`, { message: `${trouble.message} ${trouble.fix}` });
    this.#receiver.disconnected();
  }
}
