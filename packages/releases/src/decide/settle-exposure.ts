import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { isBeingReleased } from "../plan/release-state.ts";

export interface SettleWish {
  readonly command: string;
  readonly atMs: number;
  readonly environment: string;
  readonly flag: string;
  /** The one variant that the adopted form gives everybody; absent where it may give another. */
  readonly servesAll: string | undefined;
}

/**
 * Drop what releases gave of a flag, where Git gives the very same to everybody: once no release of it goes on, by the form that is served as
 * adopted, with nothing kept or reverted (semantics 14). No one changes by it. `[]` anywhere else.
 */
export function decideSettleExposure(decisions: Decisions, wish: SettleWish): readonly Proposal[] {
  const { command, atMs, environment, flag, servesAll } = wish;
  const own = decisions.environments[environment];
  const exposure = own?.exposures.get(flag);
  if (own === undefined || exposure === undefined || exposure.serve !== servesAll || decisions.commands.has(command)) return [];
  if (own.kept.get(flag) !== undefined || own.reverts.get(flag) !== undefined || isBeingReleased(decisions, environment, flag)) return [];
  return [{ command, atMs, personal: { by: "git" }, facts: { kind: "exposureSettled", environment, flag, serve: exposure.serve } }];
}
