import type { EnvironmentDecisions, RevertInForce, SegmentRevert, WaitingRevert } from "../decisions.ts";
import type { Facts, FileChange, LoggedEvent } from "../event.ts";
import type { PersistentMap } from "../persistent-map.ts";

/** Part of every form, but no file of its own: a revert does not wait for it to be equal. */
const PROJECT_FILE = "sluice.yaml";

type RevertFacts = Extract<Facts, { readonly kind: "flagReverted" | "segmentReverted" | "revertAsked" | "revertDecided" | "revertEnded" }>;

const REVERT_FACTS: Readonly<Record<RevertFacts["kind"], true>> = {
  flagReverted: true,
  segmentReverted: true,
  revertAsked: true,
  revertDecided: true,
  revertEnded: true,
};
export const isRevertFacts = (facts: Facts): facts is RevertFacts => Object.hasOwn(REVERT_FACTS, facts.kind);

type At = Pick<LoggedEvent, "seq" | "atMs" | "personal">;

/** What is decided in an environment, after a revert was made, asked for, decided about or ended. Of one that is over, or waits no longer, nothing changes. */
export function applyRevert(known: EnvironmentDecisions, event: At, facts: RevertFacts): EnvironmentDecisions {
  const at = { seq: event.seq, atMs: event.atMs };
  switch (facts.kind) {
    case "flagReverted": {
      const { kind: _kind, revert: id, ...rest } = facts;
      return withRevert(known, { id, ...rest, ...at });
    }
    case "segmentReverted": {
      const { kind: _kind, revert: id, ...rest } = facts;
      return withRevert(known, { id, ...rest, ...at });
    }
    case "revertAsked": {
      const { kind: _kind, revert: id, of, ...rest } = facts;
      const by = event.personal === undefined ? {} : { by: event.personal.by };
      return { ...known, revertsWaiting: withoutTarget(known.revertsWaiting, of).set(id, { id, ...rest, ...of, ...at, ...by }) };
    }
    case "revertDecided": {
      const waiting = known.revertsWaiting.get(facts.revert);
      if (waiting === undefined) return known;
      if (!facts.isAccepted) return { ...known, revertsWaiting: known.revertsWaiting.delete(facts.revert) };
      const { by: _by, ...accepted } = waiting;
      return withRevert(known, { ...accepted, ...at });
    }
    case "revertEnded":
      return endRevert(known, facts.revert);
  }
}

/** With a revert in force: it takes the place of an older one of the same, and of one that waits. For saying beforehand what it would do, too. */
export function withRevert(known: EnvironmentDecisions, revert: RevertInForce | SegmentRevert): EnvironmentDecisions {
  const revertsWaiting = withoutTarget(known.revertsWaiting, revert);
  return "flag" in revert
    ? { ...known, revertsWaiting, reverts: known.reverts.set(revert.flag, revert) }
    : { ...known, revertsWaiting, segmentReverts: known.segmentReverts.set(revert.segment, revert) };
}

/** Without the revert of this id; the same object where none is in force by it. */
export function endRevert(known: EnvironmentDecisions, id: string): EnvironmentDecisions {
  const flag = keyOf(known.reverts, id);
  if (flag !== undefined) return { ...known, reverts: known.reverts.delete(flag) };
  const segment = keyOf(known.segmentReverts, id);
  return segment === undefined ? known : { ...known, segmentReverts: known.segmentReverts.delete(segment) };
}

/** Reverts that go on once these files are adopted: where Git agrees nothing is left to serve, or to wait for. */
export function stillReverted(
  { reverts, segmentReverts, revertsWaiting }: EnvironmentDecisions,
  files: PersistentMap<string>,
): Pick<EnvironmentDecisions, "reverts" | "segmentReverts" | "revertsWaiting"> {
  return { reverts: differing(reverts, files), segmentReverts: differing(segmentReverts, files), revertsWaiting: differing(revertsWaiting, files) };
}

function differing<R extends { readonly blobs: readonly FileChange[] }>(reverts: PersistentMap<R>, files: PersistentMap<string>): PersistentMap<R> {
  let left = reverts;
  for (const [key, { blobs }] of reverts.size === 0 ? [] : reverts.entriesSorted()) if (gitAgrees(blobs, files)) left = left.delete(key);
  return left;
}

/** True when each file of the form but the project file is in the tree as the form has it. */
function gitAgrees(form: readonly FileChange[], files: PersistentMap<string>): boolean {
  return form.every(([path, blob]) => path === PROJECT_FILE || (files.get(path) ?? "") === blob);
}

function withoutTarget(waiting: PersistentMap<WaitingRevert>, of: object): PersistentMap<WaitingRevert> {
  let left = waiting;
  for (const [id, one] of waiting.size === 0 ? [] : waiting.entriesSorted()) if (isSameTarget(one, of)) left = left.delete(id);
  return left;
}

/** Whether two reverts are of the same flag, or of the same segment. */
export function isSameTarget(a: object, b: object): boolean {
  const [own, other] = [targetText(a), targetText(b)];
  return own !== undefined && own === other;
}

function targetText(of: { readonly flag?: string; readonly segment?: string }): string | undefined {
  if (of.flag !== undefined) return `flag ${of.flag}`;
  return of.segment === undefined ? undefined : `segment ${of.segment}`;
}

function keyOf(reverts: PersistentMap<{ readonly id: string }>, id: string): string | undefined {
  return reverts.entriesSorted().find(([, revert]) => revert.id === id)?.[0];
}
