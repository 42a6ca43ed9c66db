import { type FoundRoute, jsonReply, type LogVerified, problemReply, queryOf } from "@sluice/contract";
import type { HttpReply, HttpRequest, Timers } from "@sluice/ports";
import { type LoggedEvent, utcText } from "@sluice/releases";
import type { Store } from "@sluice/store";
import { csvText } from "../customers/csv/write-csv.ts";
import { fileReply } from "./customer-routes.ts";

/** A check that takes longer goes on, and whoever asks again gets its outcome: the fan-out waits 15 s for an answer. */
const PATIENCE_MS = 10_000;
const READ_AT_ONCE = 1_000;
/** Characters of one file: the fan-out passes on 16 MiB, and a character is at most three bytes of UTF-8 here. */
const FILE_CHARS_MAX = 5_000_000;

/** The decision log as a whole: whether its chain holds, and the log as files. One check runs at a time, whoever asks. */
export class LogRoutes {
  readonly #store: Store;
  readonly #timers: Timers;
  #verifying: Promise<LogVerified> | undefined;

  constructor(store: Store, timers: Timers) {
    this.#store = store;
    this.#timers = timers;
  }

  /** `undefined` for a route of somebody else. */
  async reply(request: HttpRequest, found: FoundRoute): Promise<HttpReply | undefined> {
    switch (found.route.path) {
      case "/api/log/verify":
        return jsonReply(200, await this.#verified());
      case "/api/log/export":
        return this.#exported(queryOf(request));
      default:
        return undefined;
    }
  }

  async #verified(): Promise<LogVerified> {
    const mine = (this.#verifying ??= this.#verify());
    const late = new Promise<LogVerified>((resolve) => {
      this.#timers.after(PATIENCE_MS, () => resolve({ isDone: false }));
    });
    const first = await Promise.race([mine, late]);
    if (first.isDone && this.#verifying === mine) this.#verifying = undefined;
    return first;
  }

  async #verify(): Promise<LogVerified> {
    try {
      const { checked, broken } = await this.#store.verify();
      return { isDone: true, checked, ...(broken === undefined ? {} : { broken }), head: await this.#store.head() };
    } catch (error) {
      this.#verifying = undefined;
      throw error;
    }
  }

  /** Events after `after` as JSON Lines or CSV. Where there is more, the header `sluice-next` says what to ask for as `after`. */
  async #exported(query: URLSearchParams): Promise<HttpReply> {
    const format = query.get("format") ?? "jsonl";
    const after = query.get("after") ?? "0";
    if ((format !== "jsonl" && format !== "csv") || !/^\d{1,15}$/.test(after))
      return problemReply({
        code: "badRequest",
        message: "`format` is not jsonl or csv, or `after` is no place in the log.",
        fix: "For example ?format=csv&after=0.",
      });
    const { lines, last, hasMore } = await this.#lines(Number(after), format === "csv" ? csvLine : (event) => [JSON.stringify(event)]);
    const text = format === "csv" ? csvText([CSV_COLUMNS, ...lines]) : lines.map(([line = ""]) => `${line}\n`).join("");
    const reply = fileReply(text, `decisions-${Number(after) + 1}-${last}.${format}`, format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson");
    return hasMore ? { ...reply, headers: { ...reply.headers, "sluice-next": String(last) } } : reply;
  }

  async #lines(
    after: number,
    lineOf: (event: LoggedEvent) => readonly string[],
  ): Promise<{ readonly lines: readonly (readonly string[])[]; readonly last: number; readonly hasMore: boolean }> {
    const lines: (readonly string[])[] = [];
    let chars = 0;
    let last = after;
    for (;;) {
      const events = await this.#store.read(last, READ_AT_ONCE);
      for (const event of events) {
        const line = lineOf(event);
        chars += line.reduce((sum, cell) => sum + cell.length, 0);
        // One event alone may be larger than a file should be; it is still exported.
        if (chars > FILE_CHARS_MAX && lines.length > 0) return { lines, last, hasMore: true };
        lines.push(line);
        last = event.seq;
      }
      if (events.length < READ_AT_ONCE) return { lines, last, hasMore: false };
    }
  }
}

const CSV_COLUMNS = ["seq", "at", "kind", "by", "reason", "facts", "hash"];

function csvLine({ seq, atMs, facts, personal, hash }: LoggedEvent): readonly string[] {
  const { kind, ...rest } = facts;
  return [String(seq), utcText(atMs), kind, personal?.by ?? "", personal?.reason ?? "", JSON.stringify(rest), hash];
}
