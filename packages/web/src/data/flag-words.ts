import { count } from "./counting.ts";
import { flagName } from "./flag-name.ts";
import { listOf } from "./list-words.ts";

/** Names said before the others are counted: a kill of a whole team would fill the page. */
const NAMES_SAID = 4;

/** The first flags by name, and how many more. */
export function namesOf(flags: readonly string[]): string {
  const more = flags.length - NAMES_SAID;
  return listOf([...flags.slice(0, NAMES_SAID).map(flagName), ...(more > 0 ? [count(more, "more", "more")] : [])]);
}

/** "the flag Voice notes", "the flags Voice notes and Snag list": a release and a flag have names of their own, and this says which is which. */
export const theFlags = (flags: readonly string[]): string => `the ${flags.length === 1 ? "flag" : "flags"} ${namesOf(flags)}`;
