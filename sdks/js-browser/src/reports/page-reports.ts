import type { Answer } from "../answer.ts";
import type { BrowserOptions } from "../client.ts";
import type { FlagKey } from "../flag-key.ts";
import { subjectOf } from "../holder.ts";
import type { PageWorld } from "../world.ts";

/** Outcomes wait for others to join them; drawn from this range, so that pages do not send at once. */
const WAIT_MS_MIN = 5_000;
const WAIT_MS_MAX = 10_000;
/** After a report that did not come through: this, doubled each time, a part of it drawn. */
const AGAIN_MS_MIN = 10_000;
const AGAIN_MS_MAX = 300_000;
const SEND_MS_MAX = 12_000;
/** Different counts held at once, which one report takes: with the longest names, less than what a browser sends for a page that is gone. */
const COUNTS_MAX = 50;
/** What one count can say; a page where more happens is a program that goes wrong. */
const COUNT_MAX = 1_000;
/** Keys without an answer in one report, and those remembered as told: whoever makes keys up from data fills no memory. */
const UNKNOWN_MAX = 20;
const ASKED_MAX = 1_000;
const NAME_CHARS_MAX = 200;
/** Names of outcomes, as guards name them. */
const OUTCOME_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const INSTANCE_DIGITS = 16;
/** What the server will never take: the body is wrong, or it has no such route. */
const REFUSED = [400, 404, 413];

interface Count {
  readonly flag: string;
  readonly variant: string;
  readonly outcome: string;
  ok: number;
  failed: number;
}

interface Report {
  readonly text: string;
  /** Outcomes that are lost where it is never taken. */
  readonly outcomes: number;
}

/** Counts what happens in one page for whoever is there, and sends it with the token that the client asks with. */
export class PageReports {
  readonly #options: BrowserOptions;
  #details: (key: FlagKey) => Answer | undefined = () => undefined;
  #world: PageWorld | undefined;
  #unlisten: (() => void) | undefined;
  /** As the client sent it last; absent for nobody, of whom nothing is counted. */
  #authorization: string | undefined;
  /** Whether the answers of whoever is here have arrived: what is missing in them is missing. */
  #isAnswered = false;
  #counts = new Map<string, Count>();
  #dropped = 0;
  readonly #asked = new Set<FlagKey>();
  readonly #unknown = new Set<FlagKey>();
  #instance: string | undefined;
  #batches = 0;
  /** The report that is sent again until the server has it. */
  #underWay: Report | undefined;
  #isSending = false;
  #failures = 0;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(options: BrowserOptions) {
    this.#options = options;
  }

  /** The same page, which also tells with which token it asks, and when it has been answered. */
  watch(page: PageWorld): PageWorld {
    this.#world = page;
    this.#unlisten = page.onHidden(() => {
      // Who leaves a page may not come back to it.
      if (page.isHidden()) this.#send();
    });
    return {
      ...page,
      fetch: (url, init) => {
        this.#asks(init.headers["authorization"], url.includes("/stream?"));
        return page.fetch(url, init);
      },
    };
  }

  /** `details`: what the client answers, without being told that it was asked. */
  begin(details: (key: FlagKey) => Answer | undefined): void {
    this.#details = details;
  }

  #asks(authorization: string | undefined, isStream: boolean): void {
    if (authorization !== this.#authorization) {
      if (subjectIn(authorization) !== subjectIn(this.#authorization)) this.#leave();
      this.#authorization = authorization;
      this.#plan();
    }
    // The stream is asked for when the answers are there.
    this.#isAnswered ||= isStream;
  }

  /** What was counted for the person before is told with their token, once, or lost: another's token would make it another's. */
  #leave(): void {
    this.#isAnswered = false;
    if (!this.#isSending) this.#send();
    this.#underWay = undefined;
    this.#dropped += totalOf(this.#counts);
    this.#counts = new Map();
  }

  /** Remembers a flag that there is no answer of. Gives the key back. */
  asked<Key extends FlagKey>(key: Key): Key {
    if (!this.#asked.has(key) && this.#asked.size < ASKED_MAX && !this.#details(key) && key && key.length <= NAME_CHARS_MAX) {
      this.#asked.add(key);
      this.#unknown.add(key);
      this.#plan();
    }
    return key;
  }

  /** Counts one outcome; what has no room is counted as dropped. */
  note(outcome: string, flag: FlagKey, how: "ok" | "failed"): void {
    const variant = this.#details(flag)?.variant;
    if (variant === undefined || !this.#authorization) return;
    if (!OUTCOME_NAME.test(outcome)) return this.#problem(`An outcome's name is of letters, digits, ".", "_" and "-", at most 100: "${outcome}" is none.`);
    const name = JSON.stringify([flag, variant, outcome]);
    let count = this.#counts.get(name);
    if (!count && this.#counts.size < COUNTS_MAX) this.#counts.set(name, (count = { flag, variant, outcome, ok: 0, failed: 0 }));
    if (count && count[how] < COUNT_MAX) count[how] += 1;
    else this.#dropped += 1;
    this.#plan();
  }

  #problem(message: string): void {
    try {
      this.#options.onProblem?.(message);
    } catch {
      // It is the application's own, and a page goes on.
    }
  }

  close(): void {
    this.#unlisten?.();
    this.#cancel?.();
    if (!this.#isSending) this.#send();
    this.#isClosed = true;
  }

  #plan(): void {
    const world = this.#world;
    if (!world || this.#cancel || this.#isSending || this.#isClosed || !this.#authorization) return;
    if (!this.#underWay && !this.#dropped && !this.#counts.size && !this.#unknown.size) return;
    const againMs = Math.min(AGAIN_MS_MAX, AGAIN_MS_MIN * 2 ** this.#failures) * (0.25 + 0.75 * world.unit());
    this.#cancel = world.after(this.#failures ? againMs : WAIT_MS_MIN + world.unit() * (WAIT_MS_MAX - WAIT_MS_MIN), () => this.#send());
  }

  #send(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const [world, authorization] = [this.#world, this.#authorization];
    if (!world || !authorization || this.#isSending || this.#isClosed) return;
    const report = (this.#underWay ??= this.#next(world));
    if (!report) return;
    this.#isSending = true;
    this.#post(world, authorization, report.text).then(
      (status) => this.#answered(status, report),
      () => this.#answered(0, report),
    );
  }

  async #post(world: PageWorld, authorization: string, body: string): Promise<number> {
    const { url, environment } = this.#options;
    const controller = new AbortController();
    const cancel = world.after(SEND_MS_MAX, () => controller.abort(""));
    try {
      const response = await world.fetch(`${String(url).replace(/\/+$/, "")}/browser/v1/telemetry?environment=${environment}`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body,
        // Also when the page goes meanwhile.
        keepalive: true,
        signal: controller.signal,
      });
      return response.status;
    } finally {
      cancel();
    }
  }

  /** What to send next; `undefined` where there is nothing. */
  #next(world: PageWorld): Report | undefined {
    const outcomes = [...this.#counts.values()];
    // What was asked for before the answers came may be among them now.
    const unknown = this.#isAnswered ? [...this.#unknown].slice(0, UNKNOWN_MAX) : [];
    const missing = unknown.filter((key) => !this.#details(key));
    for (const key of unknown) this.#unknown.delete(key);
    const [counted, droppedOutcomes] = [totalOf(this.#counts), Math.min(this.#dropped, COUNT_MAX)];
    if (!outcomes.length && !missing.length && !droppedOutcomes) return undefined;
    this.#counts = new Map();
    this.#dropped -= droppedOutcomes;
    this.#batches += 1;
    this.#instance ??= instanceName(world);
    const text = JSON.stringify({ instance: this.#instance, batch: this.#batches, outcomes, droppedOutcomes, unknown: missing });
    return { text, outcomes: counted + droppedOutcomes };
  }

  /** 0: no answer. */
  #answered(status: number, report: Report): void {
    this.#isSending = false;
    const isTaken = status >= 200 && status < 300;
    if ((isTaken || REFUSED.includes(status)) && this.#underWay === report) this.#underWay = undefined;
    // Refused, or of somebody who left meanwhile: it is not sent again.
    if (!isTaken && this.#underWay !== report) this.#dropped += report.outcomes;
    this.#failures = isTaken ? 0 : this.#failures + 1;
    this.#plan();
  }
}

const subjectIn = (authorization: string | undefined): string => subjectOf(authorization?.slice("Bearer ".length));

const instanceName = (world: PageWorld): string => Array.from({ length: INSTANCE_DIGITS }, () => Math.floor(world.unit() * 16).toString(16)).join("");

const totalOf = (counts: ReadonlyMap<string, Count>): number => [...counts.values()].reduce((sum, { ok, failed }) => sum + ok + failed, 0);
