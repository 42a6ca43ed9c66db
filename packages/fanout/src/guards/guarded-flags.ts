import type { FlagForm, UrgentKill } from "@sluice/evaluation";
import { type Decisions, killsOf } from "@sluice/releases";
import { type FlagListing, stateOf } from "@sluice/snapshot";

export type FlagGuard = NonNullable<FlagListing["guards"]>[number];

/** A guard, and the flag that it is of. */
export interface GuardOf {
  readonly flag: string;
  readonly kind: FlagListing["kind"];
  readonly guard: FlagGuard;
}

/** Guards of one server: each is looked at every minute. */
export const GUARDS_AT_ONCE_MAX = 500;

export const guardsOf = (flags: readonly FlagListing[]): readonly GuardOf[] =>
  flags.flatMap(({ key: flag, kind, guards = [] }) => guards.map((guard) => ({ flag, kind, guard }))).slice(0, GUARDS_AT_ONCE_MAX);

/** One line for each guard, the same for ever. */
export const guardKey = ({ flag, guard: { environment, name } }: GuardOf): string => `${environment}\n${flag}\n${name}`;

/**
 * Whether a customer may have something else than the off variant of a flag served in this form. Where rules or a default serve it, that depends
 * on more than the customer, and the answer is yes.
 */
export function mayHave({ exposure, pins = [], ...rest }: FlagForm, customer: string): boolean {
  const off = rest.off ?? "off";
  if (pins.some(([, hash, variant]) => hash === customer && variant !== off)) return true;
  const isExposed =
    exposure !== undefined && (exposure.keys?.includes(customer) === true || (exposure.rest === true && exposure.except?.includes(customer) !== true));
  return isExposed || stateOf(rest) !== "off";
}

/** Whether a kill switches the flag off for this customer already: one of the log, or one that waits for it. */
export function isKilledFor(
  decisions: Decisions,
  urgent: readonly UrgentKill[],
  { environment, flag, customer }: { readonly environment: string; readonly flag: string; readonly customer: string },
): boolean {
  const covers = ({ scope }: Pick<UrgentKill, "scope">): boolean => {
    if (scope === undefined) return true;
    const { customers, ...others } = scope;
    return customers?.includes(customer) === true && Object.keys(others).length === 0;
  };
  return killsOf(decisions, environment, flag).some(covers) || urgent.some((kill) => kill.flags.includes(flag) && covers(kill));
}
