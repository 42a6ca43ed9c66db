import type { Decisions, EnvironmentDecisions, KillInForce } from "../decisions.ts";
import type { KeptFlag } from "../event.ts";
import type { ReleasePhase } from "../plan/release-state.ts";

/** A flag that the definitions alone give to nobody, by structure; exposure, pins and reverts are decisions and not looked at. */
export interface OffForAll {
  readonly environment: string;
  readonly flag: string;
  /** True where the tree adopted before gave something to somebody: then it is this commit that makes it so. */
  readonly isNew: boolean;
}

/** Phases in which a release may start something by itself, as soon as no kill stands in its way. */
const STARTING: readonly ReleasePhase[] = ["planned", "inProgress", "needsDecision"];

/**
 * Kills that end with a commit, since nobody's answer can change by their end (semantics 25): those for everybody, whose flags are all given to
 * nobody by the adopted form that is served, at least one of them by this very commit; and none of them is exposed by a release, about to be,
 * pinned, reverted or kept in an older form. `kept`: what the commit keeps.
 */
export function permanentKills(decisions: Decisions, offForAll: readonly OffForAll[], kept: readonly KeptFlag[]): readonly KillInForce[] {
  return Object.entries(decisions.environments)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([environment, known]) => {
      const off = new Map(offForAll.filter((each) => each.environment === environment).map(({ flag, isNew }) => [flag, isNew]));
      if (off.size === 0) return [];
      const decided = decidedOtherwise(decisions, environment, known);
      for (const one of kept) if (one.environment === environment) decided.add(one.flag);
      return known.kills
        .entriesSorted()
        .map(([, kill]) => kill)
        .filter(({ scope, flags }) => scope === undefined && flags.every((flag) => off.has(flag) && !decided.has(flag)) && flags.some((flag) => off.get(flag)));
    });
}

/** Flags of which somebody gets, or soon may get, what the definitions do not say. */
function decidedOtherwise({ releases }: Decisions, environment: string, { exposures, reverts, pins }: EnvironmentDecisions): Set<string> {
  const starting = releases
    .entriesSorted()
    .flatMap(([, { content, phase }]) => (content.environment === environment && STARTING.includes(phase) ? content.flags : []));
  return new Set([
    ...exposures.entriesSorted().map(([flag]) => flag),
    ...reverts.entriesSorted().map(([flag]) => flag),
    ...[...pins.entriesSorted().map(([, pin]) => pin), ...starting].map(({ flag }) => flag),
  ]);
}
