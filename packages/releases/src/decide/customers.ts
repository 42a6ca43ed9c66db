import { canonicalJson, type Result } from "@sluice/evaluation";
import { type Customer, CUSTOMERS_MAX, CUSTOMERS_PER_EVENT_MAX, TAGS_MAX, TRACKS } from "../customer/customer.ts";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { isZone } from "../schedule/zone-time.ts";
import { type Asking, personalOf, refusalOf, repetitionOf } from "./asking.ts";

export interface ChangeCustomersWish extends Asking {
  readonly set: readonly Customer[];
  readonly removed?: readonly string[];
  /** Ids whose name, key or owner changes in the registry: who changed them belongs into the log even where facts stay as they are. */
  readonly touched?: ReadonlySet<string>;
  /** Customers whose owner asks: customer success changes and removes these and no other that is known. Absent: not asked by a person. */
  readonly own?: ReadonlySet<string>;
  /** See `Personal.wish`. */
  readonly wish?: string;
}

/**
 * Register, change or remove customers: only what differs is written, in events of at most `CUSTOMERS_PER_EVENT_MAX`, all or nothing.
 * The same command again is `[]`. Refusals: notAllowed, notYours, badPlan (with the customer's field), unknownCustomer, tooMany, reasonTooLong.
 */
export function decideChangeCustomers(decisions: Decisions, wish: ChangeCustomersWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "customersChanged" });
  if (repetition !== undefined) return repetition;
  const removed = [...new Set(wish.removed)];
  // A customer that is listed twice is as its last row says.
  const set = [...new Map(wish.set.map((customer) => [customer.id, customer])).values()];
  const refusal =
    refusalOf(wish, "changeCustomers") ??
    refuseOthers(decisions, wish) ??
    refuseRemoved(decisions, removed, set) ??
    set.map(refuseCustomer).find((each) => each !== undefined);
  if (refusal !== undefined) return refused(refusal);
  // As canonical text: a customer that was read from a checkpoint has its parts in another order.
  const isKnown = (customer: Customer): boolean => {
    const known = decisions.customers.get(customer.id);
    return wish.touched?.has(customer.id) !== true && known !== undefined && canonicalJson(known) === canonicalJson(customer);
  };
  const changed = set.filter((customer) => !isKnown(customer));
  const added = changed.filter(({ id }) => !decisions.customers.has(id)).length;
  if (decisions.customers.size + added - removed.length > CUSTOMERS_MAX)
    return refused({ code: "tooMany", message: `A project has at most ${CUSTOMERS_MAX} customers.`, fix: "Remove those who are gone first." });
  const proposals: Proposal[] = [];
  for (let at = 0; at < Math.max(changed.length, removed.length); at += CUSTOMERS_PER_EVENT_MAX) {
    const gone = removed.slice(at, at + CUSTOMERS_PER_EVENT_MAX);
    proposals.push({
      // The first event carries the command itself, which makes a repetition of the whole recognisable.
      command: at === 0 ? wish.command : `${wish.command}+${at / CUSTOMERS_PER_EVENT_MAX}`,
      atMs: wish.atMs,
      personal: { ...personalOf(wish), ...(wish.wish === undefined ? {} : { wish: wish.wish }) },
      facts: { kind: "customersChanged", set: changed.slice(at, at + CUSTOMERS_PER_EVENT_MAX), ...(gone.length === 0 ? {} : { removed: gone }) },
    });
  }
  return granted(proposals);
}

function refuseOthers({ customers }: Decisions, { role, own, set, removed = [] }: ChangeCustomersWish): Refusal | undefined {
  if (role !== "customerSuccess" || own === undefined) return undefined;
  const other = [...set.map(({ id }) => id), ...removed].find((id) => customers.has(id) && !own.has(id));
  return other === undefined
    ? undefined
    : { code: "notYours", field: "customer", message: `Somebody else looks after ${other}.`, fix: "Ask its owner, or an admin to make it yours." };
}

function refuseRemoved({ customers }: Decisions, removed: readonly string[], set: readonly Customer[]): Refusal | undefined {
  const gone = new Set(removed);
  const both = set.find(({ id }) => gone.has(id));
  if (both !== undefined) return { code: "badPlan", field: "removed", message: `${both.id} is set and removed at once.`, fix: "Say one of the two." };
  const unknown = removed.find((id) => !customers.has(id));
  return unknown === undefined
    ? undefined
    : { code: "unknownCustomer", field: "removed", message: `There is no customer ${unknown}.`, fix: "It may be gone already." };
}

function refuseCustomer({ zone, track, tags }: Customer): Refusal | undefined {
  if (zone !== undefined && !isZone(zone))
    return {
      code: "badPlan",
      field: "zone",
      message: `There is no time zone ${JSON.stringify(zone)}.`,
      fix: "Use a name of the IANA database, such as America/New_York.",
    };
  if (!TRACKS.includes(track))
    return { code: "badPlan", field: "track", message: `There is no track ${JSON.stringify(track)}.`, fix: `Tracks are ${TRACKS.join(", ")}.` };
  if (tags.length > TAGS_MAX) return { code: "badPlan", field: "tags", message: `A customer has at most ${TAGS_MAX} tags.`, fix: "Keep those that plans use." };
  return undefined;
}
