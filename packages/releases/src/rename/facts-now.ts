import type { Facts } from "../event.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import { type Aliases, keyNow, keysNow } from "./aliases.ts";

/**
 * What was decided, of the flags as they are called now: whoever decided may not have heard of a rename, or have meant the flag by its
 * former name. Adoption and enlargements name files' own keys and stay as they are.
 */
export function factsNow(facts: Facts, aliases: Aliases): Facts {
  if (facts.kind === "flagsKilled") return { ...facts, flags: keysNow(aliases, facts.flags) };
  if (facts.kind === "releaseSaved") return { ...facts, content: contentNow(facts.content, aliases) };
  if (facts.kind === "flagReverted" || facts.kind === "customerPinned" || facts.kind === "pinEnded" || facts.kind === "harmFound")
    return { ...facts, flag: keyNow(aliases, facts.flag) };
  if (facts.kind === "revertAsked" && "flag" in facts.of) return { ...facts, of: { flag: keyNow(aliases, facts.of.flag) } };
  return facts;
}

/** The plan with its flags as they are called now; the same object where they are called so. */
export function contentNow(content: ReleaseContent, aliases: Aliases): ReleaseContent {
  if (!content.flags.some(({ flag }) => Object.hasOwn(aliases, flag))) return content;
  return { ...content, flags: content.flags.map(({ flag, serve }) => ({ flag: keyNow(aliases, flag), serve })) };
}
