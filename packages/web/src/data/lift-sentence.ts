import type { EnvironmentListing, KillListing } from "./console-data.ts";
import { namesOf } from "./flag-words.ts";

/** What is known where a kill is to be lifted. */
export interface LiftParts {
  readonly environment: Pick<EnvironmentListing, "name" | "liftNeedsTwo">;
  /** All kills in force, this one among them. */
  readonly kills: readonly Pick<KillListing, "kill" | "environment" | "flags" | "scope">[];
}

/** What the next press of "Lift it now" comes to: it may only ask, and what another kill takes away stays away. */
export function liftSentence(kill: Pick<KillListing, "kill" | "environment" | "flags" | "scope" | "liftAsked">, { environment, kills }: LiftParts): string {
  const { name, liftNeedsTwo } = environment;
  if (liftNeedsTwo === true && kill.liftAsked === undefined) {
    return `In ${name} a lift takes two people: this asks for it, and ${namesOf(kill.flags)} ${stays(kill.flags)} killed until somebody else lifts it too.`;
  }
  const others = kills.filter((other) => other.kill !== kill.kill && other.environment === kill.environment);
  const kept = kill.flags.filter((flag) => others.some((other) => other.scope === undefined && other.flags.includes(flag)));
  const back = kill.flags.filter((flag) => !kept.includes(flag));
  const keptWords = `${namesOf(kept)} ${stays(kept)} killed: another kill names ${kept.length === 1 ? "it" : "them"} too.`;
  if (back.length === 0) return `Lifting ends this kill alone. In ${name} ${keptWords}`;
  const isPartly = others.some((other) => other.scope !== undefined && other.flags.some((flag) => back.includes(flag)));
  const whom = isPartly ? "whoever the rules give it to and no other kill takes it from" : "whoever the rules give it to";
  const given = `Lifting gives ${namesOf(back)} back in ${name} to ${whom}, at once.`;
  return kept.length === 0 ? given : `${given} There ${keptWords}`;
}

const stays = (flags: readonly string[]): string => (flags.length === 1 ? "stays" : "stay");
