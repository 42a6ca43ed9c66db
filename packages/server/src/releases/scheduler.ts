import type { Timer, World } from "@sluice/ports";
import { type Decisions, due, type FlagProblem, nextDueMs } from "@sluice/releases";
import type { Result } from "@sluice/evaluation";
import type { Problem } from "@sluice/contract";
import type { Proposal } from "@sluice/releases";

/** The clock may be set, and decisions of other processes come by hints that may be lost: it looks at least this often. */
const LOOK_EVERY_MS = 1_000;
/** Rounds of one look: what becomes due by what was just done, a completion behind a start. Far more than ever follow from one another. */
const ROUNDS_MAX = 20;

/** What the scheduler needs of the control plane. */
export interface SchedulerParts {
  readonly world: Pick<World, "clock" | "timers" | "log">;
  readonly decisions: () => Decisions;
  readonly flagProblem: FlagProblem;
  readonly decide: (command: string, decide: (decisions: Decisions) => Promise<Result<readonly Proposal[], Problem>>) => Promise<Result<unknown, Problem>>;
}

/**
 * The only reader of the clock among those who start anything: appends what is due, when it is due, and nothing that is late.
 * Where the store cannot take it, it is due again at the next look, until its grace is over and it asks.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  #timer: Timer | undefined;
  #isLooking = false;
  #isStopped = false;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#later(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Something was decided: what is due may have changed. */
  hint(): void {
    if (!this.#isLooking) this.#later(0);
  }

  #later(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.world.timers.after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { world } = this.#parts;
    this.#isLooking = true;
    try {
      await this.#appendAll();
    } catch (error) {
      world.log.warn("scheduler.look", { why: error instanceof Error ? error.message : String(error) });
    }
    this.#isLooking = false;
    const nowMs = world.clock.nowMs();
    const next = nextDueMs(this.#parts.decisions(), nowMs);
    this.#later(next === undefined ? LOOK_EVERY_MS : Math.min(LOOK_EVERY_MS, Math.max(1, next - nowMs)));
  }

  async #appendAll(): Promise<void> {
    const { world } = this.#parts;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const [first] = this.#due(this.#parts.decisions(), world.clock.nowMs());
      if (first === undefined) return;
      // One at a time: what follows from it, a pause or another start, is decided on the log with it.
      const done = await this.#parts.decide(first.command, async (decisions) => ({
        ok: true,
        value: this.#due(decisions, world.clock.nowMs()).filter(({ command }) => command === first.command),
      }));
      if (!done.ok) return world.log.warn("scheduler.append", { command: first.command, why: done.problem.message });
      world.log.info("scheduler.did", { command: first.command, kind: first.facts.kind });
    }
  }

  #due(decisions: Decisions, nowMs: number): readonly Proposal[] {
    return due(decisions, nowMs, this.#parts.flagProblem);
  }
}
