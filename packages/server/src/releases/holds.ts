import type { HoldsReply, HoldView } from "@sluice/contract";
import type { Decisions, Hold } from "@sluice/releases";
import type { Store } from "@sluice/store";
import { accountNames } from "../account-names.ts";
import { reasonsAt } from "../reasons.ts";

/** Holds that one answer tells: more than a company has in force at once. */
const SHOWN_MAX = 5_000;

/** Those of one customer, or all: the ones that end last first, so that what is over is left out first. Throws `StoreUnavailable`. */
export async function holdsReply(store: HoldStore, { holds }: Decisions, customer: string | undefined): Promise<HoldsReply> {
  const all = holds
    .entriesSorted()
    .flatMap(([, hold]) => (customer === undefined || hold.customers.includes(customer) ? [hold] : []))
    .sort((a, b) => b.untilMs - a.untilMs);
  return { holds: await holdViews(store, all.slice(0, SHOWN_MAX)), of: all.length };
}

type HoldStore = Pick<Store, "accounts" | "readAt">;

/** Holds with who placed them and why, in the order given. Throws `StoreUnavailable`. */
export async function holdViews(store: HoldStore, holds: readonly Hold[]): Promise<readonly HoldView[]> {
  if (holds.length === 0) return [];
  const [names, reasons] = await Promise.all([accountNames(store), reasonsAt(store, holds)]);
  return holds.map(({ by, seq, ...hold }) => {
    const reason = reasons.get(seq);
    return { ...hold, ...(by === undefined ? {} : { who: names.get(by) ?? by }), ...(reason === undefined ? {} : { reason }) };
  });
}
