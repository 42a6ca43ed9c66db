import type { PassedBatch } from "@sluice/contract";
import type { Clock } from "@sluice/ports";
import type { Receipts } from "../receipts.ts";
import type { UnknownKeys } from "../unknown-keys.ts";
import { BatchBook } from "./batch-book.ts";
import { UsageBook } from "./usage-book.ts";

/** Who asked, of a key that pages have no answer for: they state no service. */
const OF_PAGES = { service: "pages" } as const;

interface Parts {
  readonly clock: Clock;
  readonly receipts: Receipts;
  readonly unknown: UnknownKeys;
  /** Who looks at outcomes; absent until this process has started. */
  readonly guards: () => { note(environment: string, body: PassedBatch): void } | undefined;
  /** Of a relay: what hands it to the server, which has the guards. */
  readonly upstream: { put(environment: string, body: PassedBatch): void } | undefined;
}

/** What processes have seen, from SDKs, pages and relays: counted once here, or, at a relay, handed on as it came. */
export class TelemetryIntake {
  readonly usage: UsageBook;
  readonly #parts: Parts;
  readonly #batches = new BatchBook();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.usage = new UsageBook(parts.clock, parts.receipts);
  }

  take(environment: string, body: PassedBatch): void {
    const { upstream, guards } = this.#parts;
    if (!this.#batches.isFirst(environment, body)) return;
    if (upstream !== undefined) {
      upstream.put(environment, body);
      return;
    }
    if (body.applied !== undefined) this.#parts.receipts.tells(environment, body.instance, body.applied);
    this.usage.note(environment, body);
    this.#noteUnknown(environment, body);
    guards()?.note(environment, body);
  }

  /** A process says once that it asks for a flag that nobody knows; how often, and of one that was removed since, its counts say. */
  #noteUnknown(environment: string, { instance, answers, isOfPages = false }: PassedBatch): void {
    const by = isOfPages ? OF_PAGES : this.#parts.receipts.identityOf(environment, instance);
    for (const { flag, cause, count } of answers) if (cause === "unknownFlag") this.#parts.unknown.note(environment, flag, { by, count, isOfPages });
  }
}
