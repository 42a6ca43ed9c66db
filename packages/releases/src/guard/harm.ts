import { type Aliases, keyNow } from "../rename/aliases.ts";

/** What a guard did by itself. */
export type GuardDeed = "announced" | "paused" | "killed";

/**
 * Why it only announced where it would have done more: a person has taken back what it did not long ago, it has done so too often within a day,
 * nobody is without the feature who could be compared, or what it wanted was refused.
 */
export type WhyHeldBack = "quiet" | "perDay" | "alone" | "refused";

/** Harm that a guard has found. */
export interface FoundHarm {
  readonly guard: string;
  readonly flag: string;
  readonly atMs: number;
  readonly did: GuardDeed;
  /** What it has seen, in counts and shares; no customer is named. */
  readonly words: string;
  readonly heldBack?: WhyHeldBack;
  /** Customers that it found harmed, of so many that had the feature; absent where nobody can count them. */
  readonly harmed?: number;
  readonly of?: number;
  readonly kills?: readonly string[];
  /** When a person lifted its kill, or resumed what it paused. */
  readonly takenBackAtMs?: number;
}

/** Of one environment; the oldest are forgotten first. More than all guards may do in a week. */
export const FOUND_HARM_MAX = 500;
const DAY_MS = 24 * 3_600_000;

/** How much guards may do by themselves. */
export interface GuardBounds {
  /** Of this guard, and of all together. */
  readonly perDay: number;
  readonly allPerDay: number;
  readonly quietMs: number;
}

/**
 * Why a guard may only announce now, as the log says; undefined where it may act. Deeds of the last 24 hours count, and those of a log whose
 * clock was ahead: a clock that jumps back makes guards slower, never faster.
 */
export function whyHeldBack(
  found: readonly FoundHarm[],
  { guard, flag }: { readonly guard: string; readonly flag: string },
  { bounds, nowMs }: { readonly bounds: GuardBounds; readonly nowMs: number },
): WhyHeldBack | undefined {
  const own = found.filter((one) => one.guard === guard && one.flag === flag);
  if (own.some(({ takenBackAtMs }) => takenBackAtMs !== undefined && takenBackAtMs > nowMs - bounds.quietMs)) return "quiet";
  const deeds = (of: readonly FoundHarm[]): number => of.filter(({ did, atMs }) => did !== "announced" && atMs > nowMs - DAY_MS).length;
  return deeds(own) >= bounds.perDay || deeds(found) >= bounds.allPerDay ? "perDay" : undefined;
}

/** With each flag under its key now. */
export const harmNow = (found: readonly FoundHarm[], moves: Aliases): readonly FoundHarm[] =>
  found.some(({ flag }) => Object.hasOwn(moves, flag)) ? found.map((one) => ({ ...one, flag: keyNow(moves, one.flag) })) : found;

/** Marks what a person has taken back; the same list where that is none of it. */
export function takenBack(found: readonly FoundHarm[], atMs: number, is: (one: FoundHarm) => boolean): readonly FoundHarm[] {
  const isOne = (one: FoundHarm): boolean => one.takenBackAtMs === undefined && is(one);
  return found.some(isOne) ? found.map((one) => (isOne(one) ? { ...one, takenBackAtMs: atMs } : one)) : found;
}
