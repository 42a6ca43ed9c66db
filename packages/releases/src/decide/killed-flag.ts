import { type Decisions, killsForAll } from "../decisions.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import type { Refusal } from "../result.ts";

/**
 * What a kill for everybody refuses: a wave that starts under it gives nobody anything, and its lift would give it to all of them at once, while a lift is
 * to give back what was there (semantics 21). A kill for some only stops nobody else.
 */
export function killedFlag(decisions: Decisions, content: ReleaseContent): Refusal | undefined {
  const flags = content.flags.map(({ flag }) => flag);
  const killed = killsForAll(decisions, content.environment, flags).flatMap((kill) => flags.filter((flag) => kill.flags.includes(flag)));
  if (killed.length === 0) return undefined;
  return {
    code: "stillKilled",
    message: `${[...new Set(killed)].join(", ")} is killed for everybody in ${content.environment}: nobody could get it.`,
    fix: "Have the kill lifted first, then go on here.",
  };
}
