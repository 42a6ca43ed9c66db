import { GitHubUnavailable, NotInstalled } from "@sluice/github";
import type { Log, Timers } from "@sluice/ports";
import { StoreUnavailable } from "@sluice/store";
import { SourceUnreachable } from "../source/source.ts";

/** Something at GitHub that must be looked at. */
export type ReviewJob =
  | { readonly kind: "pull"; readonly number: number; readonly isAsked?: true }
  | { readonly kind: "recount" }
  | { readonly kind: "mergeGroup"; readonly headSha: string; readonly baseSha: string; readonly headRef: string };

/** Jobs that wait; what comes on top is found again by the next look around. */
const WAITING_MAX = 1_000;
const TRIES_MAX = 8;
const RETRY_MS_MIN = 5_000;
const RETRY_MS_MAX = 10 * 60_000;
/** GitHub's limits are by the hour: none asks for a longer wait. */
const PAUSE_MS_MAX = 60 * 60_000;

interface Waiting {
  readonly job: ReviewJob;
  readonly tries: number;
}

interface ReviewQueueParts {
  readonly timers: Timers;
  readonly log: Log;
  readonly work: (job: ReviewJob) => Promise<void>;
  /** Told after each job: why the last one failed, `undefined` where it did not. */
  readonly onOutcome: (trouble: string | undefined) => void;
}

/**
 * One job at a time, each named once however often it is asked for: a webhook that comes twice, late or out of order only asks for a look at what is
 * there now. What fails for a while is tried again, later each time. Where GitHub asks to wait, nothing at all is asked of it until then.
 */
export class ReviewQueue {
  readonly #parts: ReviewQueueParts;
  readonly #waiting = new Map<string, Waiting>();
  #running: Promise<void> | undefined;
  #isPaused = false;
  #stopped = false;

  constructor(parts: ReviewQueueParts) {
    this.#parts = parts;
  }

  add(job: ReviewJob): void {
    if (this.#stopped) return;
    const name = nameOf(job);
    if (!this.#waiting.has(name) && this.#waiting.size >= WAITING_MAX) return this.#parts.log.warn("github.queueFull", { job: name });
    const known = this.#waiting.get(name)?.job;
    // That somebody asked for another run is not forgotten for a webhook that comes after it.
    this.#waiting.set(name, { job: known?.kind === "pull" && known.isAsked === true ? known : job, tries: 0 });
    this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  /** Resolves when nothing is left to do now; what is tried again later is not waited for. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #run(): void {
    if (this.#running !== undefined || this.#stopped || this.#isPaused) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [name, waiting] = next;
    this.#waiting.delete(name);
    this.#running = this.#work(name, waiting).finally(() => {
      this.#running = undefined;
      this.#run();
    });
  }

  async #work(name: string, { job, tries }: Waiting): Promise<void> {
    const { work, log, onOutcome } = this.#parts;
    try {
      await work(job);
      onOutcome(undefined);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const isPassing = error instanceof GitHubUnavailable || error instanceof SourceUnreachable || error instanceof StoreUnavailable;
      log[isPassing || error instanceof NotInstalled ? "warn" : "error"]("github.review", { job: name, why, tries: tries + 1 });
      onOutcome(why);
      if (error instanceof GitHubUnavailable && error.waitMs !== undefined) this.#pause(error.waitMs);
      if (isPassing && tries + 1 < TRIES_MAX) this.#later(name, { job, tries: tries + 1 });
    }
  }

  #pause(askedMs: number): void {
    this.#isPaused = true;
    this.#parts.timers.after(Math.min(askedMs, PAUSE_MS_MAX), () => {
      this.#isPaused = false;
      this.#run();
    });
  }

  #later(name: string, waiting: Waiting): void {
    this.#parts.timers.after(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (waiting.tries - 1)), () => {
      // Asked for meanwhile: that look is the newer one.
      if (this.#stopped || this.#waiting.has(name)) return;
      this.#waiting.set(name, waiting);
      this.#run();
    });
  }
}

function nameOf(job: ReviewJob): string {
  if (job.kind === "recount") return "recount";
  return job.kind === "pull" ? `pull ${job.number}` : `merge group ${job.headSha}`;
}
