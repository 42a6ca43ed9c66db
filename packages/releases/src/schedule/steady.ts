import type { Decisions } from "../decisions.ts";
import { pinsByEnd } from "../pin/pin.ts";
import type { ReleaseState } from "../plan/release-state.ts";
import { timesOf } from "./due.ts";
import { firstApprovalEndMs, nextDrillEndMs } from "./gates.ts";

/**
 * What the cells of a release at "now" are made of besides the clock. States are immutable: where all of these are the very same and the
 * clock has not reached `steadyUntilMs`, so are the cells.
 */
export type Ground = readonly unknown[];

/** The release itself is not in it: whoever keeps something for a release keeps it by its state. */
export function groundOf(decisions: Decisions, { content }: ReleaseState): Ground {
  const { customers, holds, freezes, deployments, files } = decisions;
  const own = decisions.environments[content.environment];
  // What the definitions say of its flags hangs on the files alone.
  return [customers, holds, freezes, deployments, files, own?.kills, own?.pins, own?.drill];
}

export const isSameGround = (one: Ground, other: Ground): boolean => one.length === other.length && one.every((part, at) => part === other[at]);

/**
 * Until when the cells of a release stay what they are at `nowMs`, if nobody decides anything: the next instant at which something of it
 * may become due, an approval or a pin ends, or a drill may count no longer. Later than everything where there is none.
 */
export function steadyUntilMs(decisions: Decisions, release: ReleaseState, nowMs: number): number {
  const pins = decisions.environments[release.content.environment]?.pins;
  const pinEndMs = pins === undefined ? undefined : pinsByEnd(pins).find(({ untilMs }) => untilMs > nowMs)?.untilMs;
  let untilMs = pinEndMs ?? Number.MAX_SAFE_INTEGER;
  const drillEndMs = nextDrillEndMs(decisions, release.content.environment, nowMs);
  for (const atMs of [...timesOf(decisions, release, nowMs), firstApprovalEndMs(release), drillEndMs]) if (atMs > nowMs && atMs < untilMs) untilMs = atMs;
  return untilMs;
}
