import { Refused } from "./requests.ts";

/** Answers after which nobody knows whether it was taken, or that pass by themselves: nobody answered, a proxy alone did, a part is being started again. */
const UNSURE: ReadonlySet<number> = new Set([0, 502, 503, 504]);

/** How a request is sent again: `everyMs` after an answer that says nothing, until `forMs` after the first was sent. */
export interface Patience {
  readonly everyMs: number;
  readonly forMs: number;
  /** A clock that only goes forward, in milliseconds. */
  readonly nowMs: () => number;
}

/**
 * Sends until there is an answer that says what became of it; `again` is called before each repetition. `send` must be one that happens once
 * however often it is sent. Rejects with the first such refusal, or with the last word where none came in time.
 */
export async function untilAnswered<T>(send: () => Promise<T>, again: () => void, { everyMs, forMs, nowMs }: Patience): Promise<T> {
  const end = nowMs() + forMs;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Refused) || !UNSURE.has(error.status) || nowMs() + everyMs > end) throw error;
    }
    again();
    await new Promise<void>((resolve) => void setTimeout(resolve, everyMs));
  }
}
