import type { AccountListing, Problem } from "@sluice/contract";
import type { Account } from "@sluice/store";

/** What an account has in place of a password's hash while nobody can sign in to it: no hash looks like these. */
export const NO_PASSWORD = "";
export const REMOVED = "removed";

/** Whether there is a password to compare with: somebody invited or removed has none. */
export const canSignIn: (account: Account) => boolean = ({ passwordHash }) => passwordHash !== NO_PASSWORD && passwordHash !== REMOVED;
export const isActiveAdmin: (account: Account) => boolean = (account) => account.role === "admin" && canSignIn(account);

/** What the list of people says of an account; `isIn`: somebody holds a session or a personal token of it, so the invitation was taken up. */
export function stateOf(account: Account, { nowMs, isIn }: { readonly nowMs: number; readonly isIn: boolean }): AccountListing["state"] {
  if (account.passwordHash === REMOVED) return "removed";
  if (account.passwordHash === NO_PASSWORD && !isIn) return "invited";
  return account.lockedUntilMs > nowMs ? "locked" : "active";
}

export const emailTaken: Problem = {
  code: "badRequest",
  field: "email",
  message: "There is an account with this e-mail already.",
  fix: "Sign in with it, or choose another.",
};
