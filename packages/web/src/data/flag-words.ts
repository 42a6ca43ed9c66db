import { count } from "./counting.ts";
import { flagName } from "./flag-name.ts";

/** Names said before the others are counted: a kill of a whole team would fill the page. */
const NAMES_SAID = 4;

/** The first flags by name, and how many more. */
export function namesOf(flags: readonly string[]): string {
  const said = flags.slice(0, NAMES_SAID).map(flagName);
  const more = flags.length - said.length;
  if (more > 0) return `${said.join(", ")} and ${count(more, "more", "more")}`;
  return said.length < 2 ? said.join("") : `${said.slice(0, -1).join(", ")} and ${said.at(-1) ?? ""}`;
}

/** "the flag Voice notes", "the flags Voice notes and Snag list": a release and a flag have names of their own, and this says which is which. */
export const theFlags = (flags: readonly string[]): string => `the ${flags.length === 1 ? "flag" : "flags"} ${namesOf(flags)}`;
