import { browserProblems, noContent, type PageReport, pageReportBody, type PassedBatch, problemReply, problems, readBody } from "@sluice/contract";
import { compileCustomerHash, type Context, type FlagForm, type Snapshot } from "@sluice/evaluation";
import type { HttpReply, HttpRequest, Timer, World } from "@sluice/ports";
import { BatchBook } from "../telemetry/batch-book.ts";

/** Reports read in a second from all pages: at some hundred bytes each their reading stays below a tenth of the process that kills go through. */
const REPORTS_PER_S_MAX = 500;
/** Reports with one token's subject at once: all of a company's people may share a context. */
const BURST_MAX = 200;
/** From then on one in so many milliseconds, 20 a second: nobody shuts out the others. */
const ONE_IN_MS = 50;
/** People whose last reports are remembered: as many as have streams, twice. */
const PEOPLE_MAX = 20_000;
/** Different counts that wait to be handed on, over all environments, some 300 bytes each. */
const WAITING_MAX = 10_000;
/** What comes within this time goes on together. */
const HAND_ON_AFTER_MS = 2_000;
/** Rows of one batch, as batches of processes have at most. */
const BATCH_ROWS_MAX = 1_000;
const INSTANCE_ID_BYTES = 8;
const DEFAULT_CUSTOMER_PATH = "customer";

type Outcome = { -readonly [K in keyof PassedBatch["outcomes"][number]]: PassedBatch["outcomes"][number][K] };

/** What pages of one environment have said since it was last handed on. */
interface Waiting {
  /** By flag, variant, outcome and customer. */
  readonly outcomes: Map<string, Outcome>;
  /** By key: how many pages had no answer. */
  readonly unknown: Map<string, number>;
  dropped: number;
}

/** Who reports, by their signed token. */
interface Reporting {
  readonly context: Context;
  readonly subject: string;
}

/**
 * What pages have seen, put together into batches of this process's own: thousands of pages must not push servers out of the books that batches are kept
 * in. Of a report only what the token proves and the snapshot knows is counted: the token's customer, flags for browsers, their variants.
 */
export class PageReports {
  readonly #world: Pick<World, "clock" | "timers" | "random">;
  readonly #take: (environment: string, batch: PassedBatch) => void;
  /** Drawn when there is something to say. */
  #instance: string | undefined;
  readonly #taken = new BatchBook();
  /** By environment and subject, the longest silent first: until when what they may send is used up. */
  readonly #people = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting>();
  #waitingCount = 0;
  #second = { at: -1, reports: 0 };
  #batches = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(world: Pick<World, "clock" | "timers" | "random">, take: (environment: string, batch: PassedBatch) => void) {
    this.#world = world;
    this.#take = take;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** `POST /browser/v1/telemetry`, from a page whose token fits. */
  take(snapshot: Snapshot | undefined, who: Reporting, request: HttpRequest): HttpReply {
    if (snapshot === undefined) return problemReply(problems.noSnapshot);
    const { environment } = snapshot;
    if (this.#isTooOften(`${environment}\n${who.subject}`)) return problemReply(browserProblems.tooManyReports);
    const body = readBody(pageReportBody, request.body);
    if (!body.ok) return problemReply(body.problem);
    const { instance, batch } = body.value;
    // The subject is part of the name: nobody uses up the numbers of somebody else's page.
    if (this.#taken.isFirst(environment, { instance: `${who.subject}\n${instance}`, batch })) this.#note(snapshot, who.context, body.value);
    return noContent;
  }

  #isTooOften(person: string): boolean {
    const { clock } = this.#world;
    const nowMs = clock.monotonicMs();
    const at = Math.floor(nowMs / 1_000);
    if (this.#second.at !== at) this.#second = { at, reports: 0 };
    this.#second.reports += 1;
    if (this.#second.reports > REPORTS_PER_S_MAX) return true;
    const usedUntilMs = Math.max(nowMs, this.#people.get(person) ?? 0) + ONE_IN_MS;
    if (usedUntilMs > nowMs + BURST_MAX * ONE_IN_MS) return true;
    this.#people.delete(person);
    this.#people.set(person, usedUntilMs);
    const oldest = this.#people.keys().next().value;
    if (this.#people.size > PEOPLE_MAX && oldest !== undefined) this.#people.delete(oldest);
    return false;
  }

  #note(snapshot: Snapshot, context: Context, { outcomes, droppedOutcomes, unknown }: PageReport): void {
    const { environment, flags, salt } = snapshot;
    const customer = compileCustomerHash(snapshot.customer ?? DEFAULT_CUSTOMER_PATH, salt)(context);
    let waiting = this.#waiting.get(environment);
    if (waiting === undefined) this.#waiting.set(environment, (waiting = { outcomes: new Map(), unknown: new Map(), dropped: 0 }));
    waiting.dropped += droppedOutcomes;
    for (const outcome of outcomes)
      if (customer !== undefined && isSeenByPages(Object.hasOwn(flags, outcome.flag) ? flags[outcome.flag] : undefined, outcome.variant))
        this.#add(waiting, { ...outcome, customer });
    for (const key of unknown) {
      // What was defined since is no mistake; what is for servers alone is none that this list is about.
      if (Object.hasOwn(flags, key) || !this.#hasRoom(waiting.unknown.has(key))) continue;
      waiting.unknown.set(key, (waiting.unknown.get(key) ?? 0) + 1);
    }
    this.#handOnSoon();
  }

  #add(waiting: Waiting, { flag, variant, outcome, customer, ok, failed }: Outcome): void {
    const name = JSON.stringify([flag, variant, outcome, customer]);
    const known = waiting.outcomes.get(name);
    if (known !== undefined) {
      known.ok += ok;
      known.failed += failed;
    } else if (this.#hasRoom(false)) waiting.outcomes.set(name, { flag, variant, outcome, customer, ok, failed });
    else waiting.dropped += ok + failed;
  }

  #hasRoom(isKnown: boolean): boolean {
    if (isKnown) return true;
    if (this.#waitingCount >= WAITING_MAX) return false;
    this.#waitingCount += 1;
    return true;
  }

  #handOnSoon(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    this.#timer = this.#world.timers.after(HAND_ON_AFTER_MS, () => {
      this.#timer = undefined;
      for (const [environment, waiting] of this.#waiting) this.#handOn(environment, waiting);
      this.#waiting.clear();
      this.#waitingCount = 0;
    });
  }

  #handOn(environment: string, { outcomes, unknown, dropped }: Waiting): void {
    const instance = (this.#instance ??= `pages-${Buffer.from(this.#world.random.bytes(INSTANCE_ID_BYTES)).toString("hex")}`);
    const rows = [...outcomes.values()];
    const answers = [...unknown].map(([flag, count]) => ({ flag, reason: "ERROR" as const, cause: "unknownFlag" as const, count }));
    for (let at = 0; at === 0 || at < rows.length || at < answers.length; at += BATCH_ROWS_MAX) {
      this.#batches += 1;
      this.#take(environment, {
        isOfPages: true,
        instance,
        batch: this.#batches,
        outcomes: rows.slice(at, at + BATCH_ROWS_MAX),
        droppedOutcomes: at === 0 ? dropped : 0,
        answers: answers.slice(at, at + BATCH_ROWS_MAX),
        droppedAnswers: 0,
      });
    }
  }
}

/** Whether a page can have been given this variant: of a flag for browsers. */
function isSeenByPages(form: FlagForm | undefined, variant: string): boolean {
  return form?.browser === true && (form.variants === undefined ? variant === "on" || variant === "off" : Object.hasOwn(form.variants, variant));
}
