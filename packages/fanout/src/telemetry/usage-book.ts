import type { PassedBatch } from "@sluice/contract";
import type { Clock } from "@sluice/ports";
import type { Receipts } from "../receipts.ts";

/** Different answers counted apart, over all environments, some 300 bytes each: 10,000 flags of two variants in production and staging. */
const ANSWERS_MAX = 40_000;
/** Processes that are remembered; beyond, the longest silent are forgotten first. */
const INSTANCES_MAX = 5_000;
/** Rows of one reply: a page shows fewer. */
const ROWS_SHOWN_MAX = 2_000;
const INSTANCES_SHOWN_MAX = 500;

type Told = PassedBatch["answers"][number];

/** How often one answer was given in one environment, by all processes together. */
export interface AnswerRow extends Told {
  readonly environment: string;
}

/** One process as it reports itself; who it is, its stream said. */
export interface UsageInstance {
  readonly environment: string;
  readonly instance: string;
  readonly service?: string;
  readonly version?: string;
  readonly sdk?: string;
  readonly relay?: string;
  readonly applied?: { readonly epoch: string; readonly seq: number };
  readonly lastMs: number;
  readonly answers: number;
  readonly dropped: number;
}

type Kept = { -readonly [K in "applied" | "lastMs" | "answers" | "dropped"]: UsageInstance[K] } & Pick<UsageInstance, "environment" | "instance">;

/** What processes report of the answers that they gave since this process began: an observation, which nothing that is served depends on. */
export class UsageBook {
  readonly #clock: Clock;
  readonly #receipts: Receipts;
  readonly #sinceMs: number;
  readonly #answers = new Map<string, { -readonly [K in keyof AnswerRow]: AnswerRow[K] }>();
  readonly #instances = new Map<string, Kept>();
  #dropped = 0;

  constructor(clock: Clock, receipts: Receipts) {
    this.#clock = clock;
    this.#receipts = receipts;
    this.#sinceMs = clock.nowMs();
  }

  /** Takes a batch that was not taken before. */
  note(environment: string, { instance, answers, droppedAnswers, applied }: PassedBatch): void {
    const name = `${environment}\n${instance}`;
    const known = this.#instances.get(name);
    const given = answers.reduce((sum, { count }) => sum + count, 0) + droppedAnswers;
    this.#instances.delete(name);
    this.#instances.set(name, {
      environment,
      instance,
      applied: applied ?? known?.applied,
      lastMs: this.#clock.nowMs(),
      answers: (known?.answers ?? 0) + given,
      dropped: (known?.dropped ?? 0) + droppedAnswers,
    });
    const oldest = this.#instances.keys().next().value;
    if (this.#instances.size > INSTANCES_MAX && oldest !== undefined) this.#instances.delete(oldest);
    this.#dropped += droppedAnswers;
    for (const answer of answers) this.#add(environment, answer);
  }

  #add(environment: string, answer: Told): void {
    const { flag, variant, reason, cause, customer, count } = answer;
    const name = JSON.stringify([environment, flag, variant, reason, cause, customer]);
    const row = this.#answers.get(name);
    if (row !== undefined) row.count += count;
    else if (this.#answers.size < ANSWERS_MAX) this.#answers.set(name, { environment, ...answer });
    else this.#dropped += count;
  }

  /** Everything of one environment, or of all. */
  view(environment: string | undefined): {
    readonly sinceMs: number;
    readonly answers: readonly AnswerRow[];
    readonly dropped: number;
    readonly instances: readonly UsageInstance[];
  } {
    const isHere = (one: { readonly environment: string }): boolean => environment === undefined || one.environment === environment;
    const answers = [...this.#answers.values()].filter(isHere).sort((a, b) => b.count - a.count);
    const instances = [...this.#instances.values()].filter(isHere).toReversed().slice(0, INSTANCES_SHOWN_MAX);
    return {
      sinceMs: this.#sinceMs,
      answers: answers.slice(0, ROWS_SHOWN_MAX),
      dropped: this.#dropped,
      instances: instances.map(({ applied, ...kept }) => ({
        ...this.#receipts.identityOf(kept.environment, kept.instance),
        ...(applied === undefined ? {} : { applied }),
        ...kept,
      })),
    };
  }
}
