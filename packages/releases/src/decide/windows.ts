import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import type { Risk } from "../plan/release-content.ts";
import { FREEZES_MAX, HOLDS_MAX, WINDOW_MS_MAX } from "../plan/release-state.ts";
import { granted, type Refusal, refused } from "../result.ts";
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
 * Refusals: notAllowed, notYours, unknownEnvironment, unknownCustomer, unknownRelease, badWindow, tooMany, reasonTooLong.
 */
export function decideHold(decisions: Decisions, wish: HoldWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "holdPlaced" });
  if (repetition !== undefined) return repetition;
  const refusal =
    refusalOf(wish, "holdCustomers") ?? unknownEnvironment(decisions, wish.environment) ?? refuseWindow(wish, wish) ?? refuseWhom(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  if (decisions.holds.size >= HOLDS_MAX) return refused({ code: "tooMany", message: `${HOLDS_MAX} holds are in force.`, fix: "Lift those that are over." });
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

function refuseWindow({ fromMs, untilMs }: Window, { reason, atMs }: Asking): Refusal | undefined {
  if ((reason ?? "").trim() === "")
    return { code: "badWindow", field: "reason", message: "It needs a reason.", fix: "Say in a sentence why; people read it later." };
  if (!(Number.isSafeInteger(fromMs) && Number.isSafeInteger(untilMs) && fromMs < untilMs))
    return { code: "badWindow", field: "untilMs", message: "It does not end after it begins.", fix: "Choose a later end." };
  if (untilMs <= atMs) return { code: "badWindow", field: "untilMs", message: "It would be over already.", fix: "Choose an end in the future." };
  if (untilMs - fromMs > WINDOW_MS_MAX)
    return { code: "badWindow", field: "untilMs", message: "It would last longer than a year.", fix: "Choose an earlier end and renew it when it is due." };
  return undefined;
}

function refuseWhom(decisions: Decisions, { customers, releases, role, own }: HoldWish): Refusal | undefined {
  if (customers.length === 0)
    return { code: "unknownCustomer", field: "customers", message: "A hold names at least one customer.", fix: "Choose the customers." };
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

/** Lift a hold: what it moved happens when it would have happened, or asks where that is past. Refusals: notAllowed, notYours, unknownHold. */
export function decideLiftHold(decisions: Decisions, wish: EndHoldWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "holdLifted", id: wish.hold });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "holdCustomers");
  if (refusal !== undefined) return refused(refusal);
  const hold = decisions.holds.get(wish.hold);
  if (hold === undefined) return refused({ code: "unknownHold", field: "hold", message: "There is no such hold.", fix: "It may be lifted already." });
  if (wish.role === "customerSuccess" && hold.customers.some((id) => !wish.own.has(id)))
    return refused({ code: "notYours", message: "This hold is for customers of somebody else too.", fix: "Ask their owner, or an admin." });
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "holdLifted", hold: wish.hold } }]);
}

export interface FreezeWish extends Asking, Window {
  readonly freeze: string;
  readonly policy: "ask" | "shift";
}

/** Release freeze: deploys go on, and kills. Refusals: notAllowed, unknownEnvironment, badWindow, tooMany, reasonTooLong. */
export function decideFreeze(decisions: Decisions, wish: FreezeWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "freezeDeclared" });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "declareFreeze") ?? unknownEnvironment(decisions, wish.environment) ?? refuseWindow(wish, wish);
  if (refusal !== undefined) return refused(refusal);
  if (decisions.freezes.size >= FREEZES_MAX)
    return refused({ code: "tooMany", message: `${FREEZES_MAX} freezes are declared.`, fix: "End those that are over." });
  const { freeze, environment, fromMs, untilMs, policy } = wish;
  return granted([
    { command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "freezeDeclared", freeze, environment, fromMs, untilMs, policy } },
  ]);
}

/** End a freeze before its time. Refusals: notAllowed, unknownFreeze. */
export function decideEndFreeze(decisions: Decisions, wish: Asking & { readonly freeze: string }): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "freezeEnded", id: wish.freeze });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "declareFreeze");
  if (refusal !== undefined) return refused(refusal);
  if (!decisions.freezes.has(wish.freeze))
    return refused({ code: "unknownFreeze", field: "freeze", message: "There is no such freeze.", fix: "It may be over already." });
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "freezeEnded", freeze: wish.freeze } }]);
}
