import { canonicalJson, type FlagForm } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { type Decisions, decideEndRevert, machineCommand, type RevertInForce, type SegmentRevert } from "@sluice/releases";
import { type AdoptedFlag, type AdoptedSegment, flagUnder, treeOf, underKey } from "@sluice/snapshot";
import type { ControlPlane } from "./control-plane.ts";

/**
 * Ends reverts that say what Git says by now (semantics 22): files that are equal end one in the fold; here the form is looked at, since words
 * and other environments of the file may be newer. What is served does not change. Throws `StoreUnavailable`.
 */
export async function endAgreedReverts(plane: ControlPlane, { clock }: Pick<World, "clock">): Promise<void> {
  const reverts = Object.values(plane.decisions.environments).flatMap((own) =>
    [...own.reverts.entriesSorted(), ...own.segmentReverts.entriesSorted()].map(([, revert]) => revert),
  );
  if (reverts.length === 0) return;
  await plane.texts.need(plane.decisions);
  for (const { id } of reverts.filter((revert) => isAgreed(plane, plane.decisions, revert))) {
    const command = machineCommand.revertAgreed(id);
    await plane.decide(command, async (decisions) =>
      decideEndRevert(decisions, { command, revert: id, effect: SAME, atMs: clock.nowMs(), by: "git", role: "admin" }),
    );
  }
}

/** Both say the same, so nobody gets anything. */
const SAME = { enlarges: [], isGuarded: true };

function isAgreed(plane: ControlPlane, decisions: Decisions, revert: RevertInForce | SegmentRevert): boolean {
  return "flag" in revert ? isFlagAgreed(plane, decisions, revert) : isSegmentAgreed(plane, decisions, revert);
}

function isSegmentAgreed({ texts }: ControlPlane, decisions: Decisions, { segment, blobs }: SegmentRevert): boolean {
  const [served, said] = [texts.read(blobs).segments.get(segment), texts.read(treeOf(decisions.files)).segments.get(segment)];
  if (served === undefined || said === undefined || served.isRuntimeList !== said.isRuntimeList) return false;
  return canonicalJson(served.form) === canonicalJson(said.form) && innerOf(served) === innerOf(said);
}

/** Segments that a segment asks, by their contents. */
const innerOf = ({ files, blob }: AdoptedSegment): string => segmentsOf({ files: files.filter(([, each]) => each !== blob) });

function isFlagAgreed({ texts }: ControlPlane, decisions: Decisions, { environment, flag, blobs }: RevertInForce): boolean {
  if (decisions.environments[environment]?.kept.get(flag) !== undefined) return false;
  const [served, said] = [flagUnder(texts.read(blobs), flag), texts.read(treeOf(decisions.files)).flags.get(flag)];
  if (served === undefined || said === undefined) return false;
  return canonicalJson(formUnder(served, flag, environment)) === canonicalJson(formUnder(said, flag, environment)) && segmentsOf(served) === segmentsOf(said);
}

/** As it is served under this key: a form from before a rename goes on counting shares with the key of then. */
function formUnder(of: AdoptedFlag, key: string, environment: string): FlagForm | undefined {
  const form = of.form(environment);
  return form && underKey(form, { own: of.key, key });
}

/** Segments by their contents: a form names them alone. */
const segmentsOf = ({ files }: Pick<AdoptedFlag, "files">): string =>
  JSON.stringify(files.filter(([path]) => path.startsWith("segments/")).toSorted(([a], [b]) => (a < b ? -1 : 1)));
