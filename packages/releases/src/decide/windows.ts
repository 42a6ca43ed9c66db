import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import type { Risk } from "../plan/release-content.ts";
import { AUDIENCE_CUSTOMERS_MAX } from "../customer/customer.ts";
import type { PersistentMap } from "../persistent-map.ts";
import { FREEZES_MAX, HOLDS_MAX, WINDOW_MS_MAX } from "../plan/release-state.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { isInstant } from "../schedule/zone-time.ts";
import { type Asking, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";

interface Window {
  readonly environment: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface HoldWish extends Asking, Window {
  /** The id that the hold will have. */
  readonly hold: string;
  readonly customers: readonly string[];
  readonly releases?: readonly string[];
  readonly risks?: readonly Risk[];
  /** Required: a hold says why. */
  readonly reason: string;
  /** Customers whose owner asks: customer success holds these and no others. */
  readonly own: ReadonlySet<string>;
}

/**
 * Nothing new for these customers in this window. It switches nothing off and moves starts only.
 * Refusals: notAllowed, notYours, unknownEnvironment, unknownCustomer, unknownRelease, badWindow, scopeCoversNobody (an empty list of
 * releases or risks), alreadyInForce (the id is another hold's), tooMany, reasonTooLong.
 */
export function decideHold(decisions: Decisions, wish: HoldWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "holdPlaced" });
  if (repetition !== undefined) return repetition;
  const refusal =
    refusalOf(wish, "holdCustomers") ??
    unknownEnvironment(decisions, wish.environment) ??
    refuseWindow(wish, wish) ??
    refuseId(decisions.holds, wish.hold) ??
    refuseWhom(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  if (countAhead(decisions.holds, wish.atMs) >= HOLDS_MAX)
    return refused({ code: "tooMany", message: `${HOLDS_MAX} holds are in force or to come.`, fix: "Lift those that are not needed." });
  const { hold, environment, fromMs, untilMs, releases, risks } = wish;
  return granted([
    {
      command: wish.command,
      atMs: wish.atMs,
      personal: personalOf(wish),
      facts: {
        kind: "holdPlaced",
        hold,
        environment,
        customers: [...new Set(wish.customers)].sort(),
        fromMs,
        untilMs,
        ...(releases === undefined ? {} : { releases }),
        ...(risks === undefined ? {} : { risks }),
      },
    },
  ]);
}

/** A refusal where nobody says why, or the window does not end, has ended already or lasts over a year. */
export function refuseWindow({ fromMs, untilMs }: Window, { reason, atMs }: Asking): Refusal | undefined {
  if ((reason ?? "").trim() === "")
    return { code: "badWindow", field: "reason", message: "It needs a reason.", fix: "Say in a sentence why; people read it later." };
  if (!(isInstant(fromMs) && isInstant(untilMs) && fromMs < untilMs))
    return { code: "badWindow", field: "untilMs", message: "It does not end after it begins.", fix: "Choose a later end." };
  if (untilMs <= atMs) return { code: "badWindow", field: "untilMs", message: "It would be over already.", fix: "Choose an end in the future." };
  if (untilMs - fromMs > WINDOW_MS_MAX)
    return { code: "badWindow", field: "untilMs", message: "It would last longer than a year.", fix: "Choose an earlier end and renew it when it is due." };
  return undefined;
}

function refuseId(windows: PersistentMap<unknown>, id: string): Refusal | undefined {
  return windows.has(id) ? { code: "alreadyInForce", message: `The id ${id} is taken.`, fix: "Try again with a new id." } : undefined;
}

/** Windows that are not over: those that are over stay, since they tell why a start came when it did. */
function countAhead(windows: PersistentMap<Window>, nowMs: number): number {
  return windows.entriesSorted().filter(([, { untilMs }]) => untilMs > nowMs).length;
}

function refuseWhom(decisions: Decisions, { customers, releases, risks, role, own }: HoldWish): Refusal | undefined {
  if (customers.length === 0)
    return { code: "unknownCustomer", field: "customers", message: "A hold names at least one customer.", fix: "Choose the customers." };
  if (customers.length > AUDIENCE_CUSTOMERS_MAX)
    return { code: "tooMany", field: "customers", message: `A hold names at most ${AUDIENCE_CUSTOMERS_MAX} customers.`, fix: "Declare a freeze instead." };
  if (releases?.length === 0 || risks?.length === 0)
    return { code: "scopeCoversNobody", message: "An empty list of releases or risks would hold nothing.", fix: "Leave the list out to hold everything." };
  const unknown = customers.find((id) => !decisions.customers.has(id));
  if (unknown !== undefined)
    return { code: "unknownCustomer", field: "customers", message: `There is no customer ${unknown}.`, fix: "Look at the list of customers." };
  if (role === "customerSuccess" && customers.some((id) => !own.has(id)))
    return { code: "notYours", field: "customers", message: "Customer success holds its own customers.", fix: "Ask the owner of that customer, or an admin." };
  const missing = releases?.find((id) => !decisions.releases.has(id));
  return missing === undefined
    ? undefined
    : { code: "unknownRelease", field: "releases", message: `There is no release ${missing}.`, fix: "Look at the list of releases." };
}

export interface EndHoldWish extends Asking {
  readonly hold: string;
  readonly own: ReadonlySet<string>;
}

/** Lift a hold: it ends now, so what it kept starts now, in open hours. Refusals: notAllowed, notYours, unknownHold (none, or it is over). */
export function decideLiftHold(decisions: Decisions, wish: EndHoldWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "holdLifted", id: wish.hold });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "holdCustomers");
  if (refusal !== undefined) return refused(refusal);
  const hold = decisions.holds.get(wish.hold);
  if (hold === undefined || hold.untilMs <= wish.atMs)
    return refused({ code: "unknownHold", field: "hold", message: "There is no such hold in force.", fix: "It may be over already." });
  if (wish.role === "customerSuccess" && hold.customers.some((id) => !wish.own.has(id)))
    return refused({ code: "notYours", message: "This hold is for customers of somebody else too.", fix: "Ask their owner, or an admin." });
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "holdLifted", hold: wish.hold } }]);
}

export interface FreezeWish extends Asking, Window {
  readonly freeze: string;
  readonly policy: "ask" | "shift";
}

/** Release freeze: deploys go on, and kills. Refusals: notAllowed, unknownEnvironment, badWindow, alreadyInForce, tooMany, reasonTooLong. */
export function decideFreeze(decisions: Decisions, wish: FreezeWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "freezeDeclared" });
  if (repetition !== undefined) return repetition;
  const refusal =
    refusalOf(wish, "declareFreeze") ?? unknownEnvironment(decisions, wish.environment) ?? refuseWindow(wish, wish) ?? refuseId(decisions.freezes, wish.freeze);
  if (refusal !== undefined) return refused(refusal);
  if (countAhead(decisions.freezes, wish.atMs) >= FREEZES_MAX)
    return refused({ code: "tooMany", message: `${FREEZES_MAX} freezes are declared.`, fix: "End those that are not needed." });
  const { freeze, environment, fromMs, untilMs, policy } = wish;
  return granted([
    { command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "freezeDeclared", freeze, environment, fromMs, untilMs, policy } },
  ]);
}

/** End a freeze before its time: what it moved moves to now, what it made ask still asks. Refusals: notAllowed, unknownFreeze (none, or over). */
export function decideEndFreeze(decisions: Decisions, wish: Asking & { readonly freeze: string }): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "freezeEnded", id: wish.freeze });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "declareFreeze");
  if (refusal !== undefined) return refused(refusal);
  if ((decisions.freezes.get(wish.freeze)?.untilMs ?? 0) <= wish.atMs)
    return refused({ code: "unknownFreeze", field: "freeze", message: "There is no such freeze in force.", fix: "It may be over already." });
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "freezeEnded", freeze: wish.freeze } }]);
}
