import type { Decisions } from "../decisions.ts";

/** Releases of an environment that give one of these flags and have something left to start, in the order of their ids: what a kill pauses. */
export function movingReleases(decisions: Decisions, environment: string, flags: readonly string[]): readonly string[] {
  if (decisions.releases.size === 0) return [];
  return decisions.releases.entriesSorted().flatMap(([id, { phase, content }]) => {
    const isMoving = phase === "planned" || phase === "inProgress" || phase === "needsDecision";
    return isMoving && content.environment === environment && content.flags.some(({ flag }) => flags.includes(flag)) ? [id] : [];
  });
}
