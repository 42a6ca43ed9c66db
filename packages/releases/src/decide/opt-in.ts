import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { isInstant } from "../schedule/zone-time.ts";
import { type Asking, personalOf, refusalOf, repetitionOf } from "./asking.ts";
import { refuseEarly } from "./early-access.ts";

export interface OptInWish extends Asking {
  readonly release: string;
  readonly customer: string;
  readonly untilMs?: number;
  readonly own: ReadonlySet<string>;
}

/**
 * Give one customer a release before its wave. Refusals: notAllowed, notYours, unknownRelease, unknownCustomer, wrongPhase (a draft, ended
 * or paused one), notOffered (no early access, or not yet; a version that does not run; a hold of this customer gates opt-ins too), badWindow.
 */
export function decideOptIn(decisions: Decisions, wish: OptInWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "optedIn", id: wish.release });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "optCustomersIn") ?? refuseWhom(decisions, wish) ?? refuseOffer(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  const environment = decisions.releases.get(wish.release)?.content.environment ?? "";
  const { release, customer, untilMs } = wish;
  const facts = { kind: "optedIn", release, environment, customer, ...(untilMs === undefined ? {} : { untilMs }) } as const;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts }]);
}

/** Take an opt-in back: the customer waits for its wave again. Refusals: notAllowed, notYours, unknownRelease, unknownCustomer, notOffered. */
export function decideOptOut(decisions: Decisions, wish: OptInWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "optedOut", id: wish.release });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "optCustomersIn") ?? refuseWhom(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  const release = decisions.releases.get(wish.release);
  if (release === undefined || !release.optIns.has(wish.customer))
    return refused({ code: "notOffered", message: "This customer is not opted in.", fix: "Nothing needs to be done." });
  const facts = { kind: "optedOut", release: wish.release, environment: release.content.environment, customer: wish.customer } as const;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts }]);
}

function refuseWhom(decisions: Decisions, { release, customer, role, own }: OptInWish): Refusal | undefined {
  if (!decisions.releases.has(release))
    return { code: "unknownRelease", field: "release", message: `There is no release ${release}.`, fix: "Look at the list of releases." };
  if (!decisions.customers.has(customer))
    return { code: "unknownCustomer", field: "customer", message: `There is no customer ${customer}.`, fix: "Look at the list of customers." };
  if (role === "customerSuccess" && !own.has(customer))
    return { code: "notYours", field: "customer", message: "This customer has another owner.", fix: "Ask the owner, or an admin." };
  return undefined;
}

function refuseOffer(decisions: Decisions, wish: OptInWish): Refusal | undefined {
  const { atMs, untilMs } = wish;
  const early = refuseEarly(decisions, decisions.releases.get(wish.release), wish);
  if (early !== undefined) return early;
  if (untilMs !== undefined && !isInstant(untilMs))
    return { code: "badWindow", field: "untilMs", message: "That is no instant.", fix: "Give a date before the year 10000." };
  if (untilMs !== undefined && untilMs <= atMs)
    return { code: "badWindow", field: "untilMs", message: "It would be over already.", fix: "Choose a later end." };
  return undefined;
}
