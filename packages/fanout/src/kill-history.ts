import { type KillPast, type Problem, problems } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { actorWords, type Facts, type LoggedEvent } from "@sluice/releases";
import type { Store } from "@sluice/store";
import type { ReachBook } from "./reach-book.ts";

/** Events that are looked back over once in the life of this process: a year of a busy company. */
const LOOKED_BACK_MAX = 20_000;
const READ_AT_ONCE = 1_000;
/** Kills that are remembered; the oldest are forgotten first. */
const KILLS_MAX = 2_000;
/** A database that does not answer must not make the page wait. */
const STORE_MS_MAX = 1_500;
export const HISTORY_ROWS_MAX = 200;
const ROWS_USUAL = 50;

type Killed = Extract<Facts, { readonly kind: "flagsKilled" }>;

/** One kill, and what ended it, by their places in the log. */
interface Row {
  readonly facts: Killed;
  readonly seq: number;
  readonly atMs: number;
  readonly lifted?: { readonly seq: number; readonly atMs: number; readonly isUndo: boolean };
}

interface Parts {
  readonly world: World;
  readonly store: Store;
  readonly book: ReachBook;
}

/** Every kill of the log, active and past, with how far it came. Words and names are read each time, so that what was erased is gone. */
export class KillHistory {
  readonly #parts: Parts;
  readonly #rows = new Map<string, Row>();
  /** The last event that was looked at; undefined before the first look. */
  #upTo: number | undefined;
  /** How often the log has lost its end. */
  #losses = 0;
  #reading: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The newest first, from `before` on, which an earlier answer gave as `next`. Problems: badRequest, storeUnavailable where the log was never read. */
  async list(query: URLSearchParams): Promise<Result<{ readonly kills: readonly KillPast[]; readonly next?: string }, Problem>> {
    const limit = Number(query.get("limit") ?? ROWS_USUAL);
    if (!Number.isInteger(limit) || limit < 1 || limit > HISTORY_ROWS_MAX)
      return {
        ok: false,
        problem: { code: "badRequest", field: "limit", message: "`limit` is not a whole number in its range.", fix: `Ask for 1 to ${HISTORY_ROWS_MAX}.` },
      };
    const before = placeIn(query.get("before"));
    if (before === undefined)
      return {
        ok: false,
        problem: { code: "badRequest", field: "before", message: "`before` is no place in the history.", fix: "Send what `next` of the page before says." },
      };
    await this.#inTime(this.#readOn());
    if (this.#upTo === undefined) return { ok: false, problem: problems.storeUnavailable };
    const environment = query.get("environment");
    const fitting = [...this.#rows.values()].filter((row) => (environment === null || row.facts.environment === environment) && newestFirst(before, row) < 0);
    const rows = fitting.sort(newestFirst);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const said = (await this.#inTime(this.#words(page))) ?? new Map<number, Words>();
    const next = last === undefined || rows.length === page.length ? {} : { next: `${last.atMs}.${last.seq}` };
    return { ok: true, value: { kills: page.map((row) => this.#past(row, said)), ...next } };
  }

  #past({ facts, seq, atMs, lifted }: Row, said: ReadonlyMap<number, Words>): KillPast {
    const { kill, environment, flags, of, scope, drill } = facts;
    const reach = this.#parts.book.reach(kill);
    return {
      kill,
      environment,
      flags,
      ...(of === undefined ? {} : { of }),
      ...(scope === undefined ? {} : { scope }),
      seq,
      atMs,
      ...said.get(seq),
      ...(lifted === undefined ? {} : { lifted: { atMs: lifted.atMs, isUndo: lifted.isUndo, ...said.get(lifted.seq) } }),
      ...(reach === undefined ? {} : { reach }),
      ...(drill === true ? { isDrill: true } : {}),
    };
  }

  /** Undefined where the store fails, or takes too long. */
  async #inTime<T>(work: Promise<T>): Promise<T | undefined> {
    const late = new Promise<undefined>((resolve) => {
      this.#parts.world.timers.after(STORE_MS_MAX, () => resolve(undefined));
    });
    return Promise.race([work.catch(() => undefined), late]);
  }

  #readOn(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The log has lost its end: what was read of it is read anew, for other events stand in its place. */
  reset(): void {
    this.#losses += 1;
    this.#upTo = undefined;
    this.#rows.clear();
  }

  async #read(): Promise<void> {
    const { store } = this.#parts;
    const losses = this.#losses;
    const { seq: head } = await store.head();
    let after = this.#upTo ?? Math.max(0, head - LOOKED_BACK_MAX);
    while (after < head) {
      const events = await store.read(after, READ_AT_ONCE);
      if (losses !== this.#losses) return;
      for (const event of events) this.#fold(event);
      const last = events.at(-1)?.seq;
      if (last === undefined) break;
      after = last;
    }
    if (losses === this.#losses) this.#upTo = after;
  }

  #fold({ facts, seq, atMs }: LoggedEvent): void {
    if (facts.kind === "flagsKilled") {
      const oldest = this.#rows.keys().next().value;
      if (this.#rows.size >= KILLS_MAX && oldest !== undefined) this.#rows.delete(oldest);
      this.#rows.set(facts.kill, { facts, seq, atMs });
    }
    if (facts.kind !== "killLifted") return;
    const row = this.#rows.get(facts.kill);
    if (row !== undefined) this.#rows.set(facts.kill, { ...row, lifted: { seq, atMs, isUndo: facts.undo === true } });
  }

  async #words(rows: readonly Row[]): Promise<ReadonlyMap<number, Words>> {
    const { store } = this.#parts;
    const seqs = rows.flatMap(({ seq, lifted }) => [seq, ...(lifted === undefined ? [] : [lifted.seq])]);
    const [events, accounts] = await Promise.all([store.readAt(seqs.sort((a, b) => a - b)), store.accounts()]);
    const names = new Map(accounts.map(({ id, name }) => [id, name]));
    return new Map(
      events.flatMap(({ seq, personal }) => {
        if (personal === undefined) return [];
        const { by, reason, incident } = personal;
        const words = { by: names.get(by) ?? actorWords(by), ...(reason === undefined ? {} : { reason }), ...(incident === undefined ? {} : { incident }) };
        return [[seq, words] as const];
      }),
    );
  }
}

/** Where a row stands: an emergency kill enters the log later than others that were made after it. */
type Place = Pick<Row, "atMs" | "seq">;

const newestFirst = (a: Place, b: Place): number => b.atMs - a.atMs || b.seq - a.seq;

/** The place that a page begins behind; before everything where none is named, `undefined` for what is none. */
function placeIn(text: string | null): Place | undefined {
  if (text === null) return { atMs: Number.POSITIVE_INFINITY, seq: 0 };
  const [, atMs, seq] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  return atMs === undefined || seq === undefined ? undefined : { atMs: Number(atMs), seq: Number(seq) };
}

interface Words {
  readonly by: string;
  readonly reason?: string;
  readonly incident?: string;
}
