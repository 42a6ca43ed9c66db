import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { AccountChange, Proposal } from "../event.ts";
import type { Role } from "../policy.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { type Asking, personalOf, refusalOf, repetitionOf } from "./asking.ts";

export interface AccountWish extends Asking {
  readonly account: string;
  readonly how: AccountChange;
  /** Of an invitation or a change of role. */
  readonly as?: Role;
  /** Accounts that are admins and can sign in, without this one. */
  readonly otherAdmins: number;
  readonly isAdmin: boolean;
}

/**
 * Invite somebody, give them another role, let them in again, end their sessions, or keep them out for good. Refusals: notAllowed, lastAdmin (nobody
 * could ever manage accounts again), reasonTooLong.
 */
export function decideChangeAccount(decisions: Decisions, wish: AccountWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "accountChanged" });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "manageAccounts") ?? refuseLastAdmin(wish);
  if (refusal !== undefined) return refused(refusal);
  const { account, how, as } = wish;
  return granted([
    {
      command: wish.command,
      atMs: wish.atMs,
      personal: personalOf(wish),
      facts: { kind: "accountChanged", account, how, ...(as === undefined ? {} : { role: as }) },
    },
  ]);
}

function refuseLastAdmin({ how, as, otherAdmins, isAdmin }: AccountWish): Refusal | undefined {
  const isLeaving = how === "removed" || (how === "roleChanged" && as !== "admin");
  if (!isAdmin || !isLeaving || otherAdmins > 0) return undefined;
  return { code: "lastAdmin", message: "This is the only admin: nobody could manage accounts afterwards.", fix: "Make somebody else an admin first." };
}
