import type { World } from "@sluice/ports";
import { decideSettleExposure, type Decisions, type Facts, machineCommand } from "@sluice/releases";
import { type ReadProject, servesOneVariant, treeOf } from "@sluice/snapshot";
import type { ControlPlane } from "./control-plane.ts";

/** Events after which what a release gave may be what Git gives: of what is served by Git, and the end of a release. */
export const SETTLING: ReadonlySet<Facts["kind"]> = new Set(["commitAdopted", "enlargementDecided", "revertEnded", "revertDecided", "releaseEnded"]);

/**
 * Drops what completed releases gave of flags that Git gives to everybody by now (semantics 14): no one changes, and the flag can be cleaned up.
 * Throws `StoreUnavailable`.
 */
export async function settleExposures(plane: ControlPlane, { clock }: Pick<World, "clock">): Promise<void> {
  const exposed = Object.entries(plane.decisions.environments).flatMap(([environment, { exposures }]) =>
    exposures.entriesSorted().map(([flag]) => ({ environment, flag })),
  );
  if (exposed.length === 0) return;
  await plane.texts.need(plane.decisions);
  for (const one of exposed) {
    if (servedByGit(plane.decisions, plane.texts.read, one) === undefined) continue;
    const command = machineCommand.settled(one.environment, one.flag, plane.decisions.seq);
    await plane.decide(command, async (decisions) => {
      await plane.texts.need(decisions);
      // What is adopted by now counts, not what was looked at.
      const servesAll = servedByGit(decisions, plane.texts.read, one);
      return { ok: true, value: decideSettleExposure(decisions, { command, atMs: clock.nowMs(), ...one, servesAll }) };
    });
  }
}

/** The one variant that the adopted definition gives to everybody. */
function servedByGit(
  { files }: Decisions,
  read: ReadProject,
  { environment, flag }: { readonly environment: string; readonly flag: string },
): string | undefined {
  const form = read(treeOf(files)).flags.get(flag)?.form(environment);
  return form === undefined ? undefined : servesOneVariant(form);
}
