import type { Freeze, ReleaseView } from "./release-data.ts";
import { whenOf } from "./when.ts";

/** What becomes of a start inside a freeze (semantics 9 and 18). */
const fates: Readonly<Record<Freeze["policy"], string>> = {
  ask: "waits for a decision when its time comes",
  shift: "moves to the end of the freeze, and what follows it by as much",
};

/** "A start inside it waits for a decision when its time comes." */
export const fateInside = ({ policy }: Pick<Freeze, "policy">): string => `A start inside it ${fates[policy]}.`;

/** The same for all these freezes: told apart by their ends where they differ. Nothing without any. */
export function fatesInside(freezes: readonly Freeze[], nowMs: number): string {
  const policies = [...new Set(freezes.map(({ policy }) => policy))];
  const [only] = policies;
  if (only === undefined) return "";
  if (policies.length === 1) return `A start inside ${freezes.length === 1 ? "the freeze" : "a freeze"} ${fates[only]}.`;
  return policies
    .map((policy) => {
      const own = freezes.filter((freeze) => freeze.policy === policy);
      const ends = own.slice(0, ENDS_TOLD).map(({ untilMs }) => whenOf(untilMs, nowMs));
      return `A start inside the freeze until ${ends.join(" or ")}${own.length > ENDS_TOLD ? " and others" : ""} ${fates[policy]}.`;
    })
    .join(" ");
}

/** Ends of freezes that one sentence tells. */
const ENDS_TOLD = 3;

/** " Everybody, planned for Thu 3 Dec, 09:00, lies in …: it waits for a decision …": each wave that would begin in a freeze. */
export function frozenSentence({ waves }: Pick<ReleaseView, "waves">, nowMs: number): string {
  return waves
    .map(({ name, frozen }) =>
      frozen === undefined
        ? ""
        : ` ${name}, planned for ${whenOf(frozen.wishedAtMs, nowMs)}, lies in the release freeze until ${whenOf(frozen.untilMs, nowMs)}: it ${fates[frozen.policy]}.`,
    )
    .join("");
}
