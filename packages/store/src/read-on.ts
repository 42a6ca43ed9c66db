import type { LoggedEvent } from "@sluice/releases";
import type { Place, Store } from "./store.ts";

/**
 * `Store.readOn` by its two questions. The head is asked after the events, so that one that is behind the place cannot be older than it; that it is
 * at another place of the same number is seen by its hash, and where there are events behind the place, by the first one's.
 */
export async function readOn(log: Pick<Store, "read" | "head">, { seq, hash }: Place, limit: number): Promise<readonly LoggedEvent[] | undefined> {
  const events = await log.read(seq, limit);
  const [first] = events;
  if (first !== undefined) return first.seq === seq + 1 && first.prevHash !== hash ? undefined : events;
  const head = await log.head();
  return head.seq < seq || (head.seq === seq && head.hash !== hash) ? undefined : events;
}
