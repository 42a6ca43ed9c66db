import type { GuardView } from "@sluice/contract";
import { count } from "./counting.ts";
import { flagName } from "./flag-name.ts";

const DOES: Readonly<Record<GuardView["reaction"], string>> = {
  announce: "says so when that does harm",
  pause: "pauses its releases when that does harm",
  kill: "switches it off for those whom it harms",
};

const DID: Readonly<Record<string, string>> = {
  killed: "It was switched off for them.",
  paused: "Its releases were paused.",
  announced: "Nothing was done about it.",
};

const HELD_BACK: Readonly<Record<string, string>> = {
  quiet: "Nothing was done about it: somebody took back what was done before, not long ago.",
  perDay: "Nothing was done about it: as much was done within a day as may be.",
  alone: "Nothing was done about it: everybody has it, so it may be a trouble of everything. Somebody should look.",
  refused: "Nothing was done about it: it is not for a guard to do.",
};

/** What a guard watches, and what it does. */
export function guardSentence({ watches, reaction }: GuardView): string {
  const what = watches.kind === "outcome" ? `how often ${watches.outcome} fails` : "a figure of Prometheus";
  return `Watches ${what}, and ${DOES[reaction]}.`;
}

/** How far it sees: what keeps it from seeing comes first. */
export function guardSight({ noData, seen }: GuardView): string {
  if (noData !== undefined) return `It sees nothing now, so it does nothing. ${noData}`;
  return seen === undefined ? "It has data." : `It sees ${count(seen.customers, "customer that has it", "customers that have it")}.`;
}

/** What came of the harm that it found last. */
export function guardDid({ did, heldBack, takenBackAtMs }: NonNullable<GuardView["last"]>): string {
  if (takenBackAtMs !== undefined) return `${DID[did] ?? ""} Somebody has taken that back.`;
  return (heldBack === undefined ? DID[did] : HELD_BACK[heldBack]) ?? "";
}

const LOGGED: Readonly<Record<string, string>> = { killed: "switched it off for them", paused: "paused its releases", announced: "only says so" };
const LOGGED_WHY: Readonly<Record<string, string>> = {
  quiet: "because somebody took back what it did not long ago",
  perDay: "because it has done as much today as it may",
  alone: "because everybody has it, so it may be a trouble of everything",
  refused: "because what it wanted was refused",
};

/** What a guard has found, and did by itself: the facts of `harmFound` as a sentence of the log. */
export function harmSentence(facts: Readonly<Record<string, unknown>>): string {
  const text = (name: string): string => {
    const value = facts[name];
    return typeof value === "string" ? value : "";
  };
  const [harmed, of] = [facts["harmed"], facts["of"]];
  const customers = (number: number): string => count(number, "customer", "customers");
  const whom = typeof harmed !== "number" ? "" : typeof of !== "number" ? ` for ${customers(harmed)}` : ` for ${harmed} of ${customers(of)}`;
  const why = LOGGED_WHY[text("heldBack")];
  const did = `${LOGGED[text("did")] ?? text("did")}${why === undefined ? "" : `, ${why}`}`;
  return `The guard ${text("guard")} found harm of ${flagName(text("flag"))} in ${text("environment")}${whom} and ${did}`;
}
