import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { machineCommand } from "../machine-commands.ts";
import { type Hold, HOLDS_MAX } from "../plan/release-state.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { type Asking, personalOf } from "./asking.ts";
import { decideChangeCustomers } from "./customers.ts";

export interface MergeCustomersWish extends Asking {
  /** Who stays, as it is. */
  readonly kept: string;
  /** Who is gone afterwards. */
  readonly merged: string;
  readonly own: ReadonlySet<string>;
  readonly wish?: string;
}

/**
 * Two customers that are one: `merged` is removed and `kept` stays. Nobody gets anything by it and nobody loses anything: what each key has stays,
 * opt-ins and turns of `merged` are not handed on, since that would be a start without its gates. A hold is a promise and is: those of
 * `merged` that are not over hold `kept` too, for as long. Refusals: those of `decideChangeCustomers`, and badPlan (into itself).
 */
export function decideMergeCustomers(decisions: Decisions, wish: MergeCustomersWish): Result<readonly Proposal[], Refusal> {
  const { kept, merged, own } = wish;
  const left = decisions.customers.get(kept);
  const removed = decideChangeCustomers(decisions, { ...wish, set: left === undefined ? [] : [left], removed: [merged], touched: new Set([kept]), own });
  if (!removed.ok || removed.value.length === 0) return removed;
  if (left === undefined)
    return refused({ code: "unknownCustomer", field: "into", message: `There is no customer ${kept}.`, fix: "Look at the list of customers." });
  const holds = holdsToKeep(decisions, wish);
  if (holds.length > 0 && ahead(decisions, wish.atMs) + holds.length > HOLDS_MAX)
    return refused({ code: "tooMany", message: `${HOLDS_MAX} holds are in force or to come.`, fix: "Lift those that are not needed." });
  return granted([
    ...removed.value,
    ...holds.map(({ id, by: _by, atMs: _atMs, fromMs, ...hold }, index): Proposal => ({
      command: machineCommand.mergedHold(wish.command, index + 1),
      atMs: wish.atMs,
      personal: personalOf(wish),
      // Named after all three, so that no other merge gives its hold this id.
      facts: { kind: "holdPlaced", ...hold, hold: `${id}.${merged}.${kept}`, customers: [kept], fromMs: Math.max(fromMs, wish.atMs) },
    })),
  ]);
}

const ahead = ({ holds }: Decisions, atMs: number): number => holds.entriesSorted().filter(([, { untilMs }]) => untilMs > atMs).length;

function holdsToKeep({ holds }: Decisions, { kept, merged, atMs }: MergeCustomersWish): readonly Hold[] {
  return holds
    .entriesSorted()
    .map(([, hold]) => hold)
    .filter(({ customers, untilMs }) => untilMs > atMs && customers.includes(merged) && !customers.includes(kept));
}
