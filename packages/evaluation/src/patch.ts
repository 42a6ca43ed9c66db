import { changeHashes } from "./listed-hashes.ts";
import type { Result } from "./result.ts";
import { isRecord, isStringList, ownValue } from "./shape.ts";
import type { Patch, SegmentForm, Snapshot, Version } from "./snapshot-form.ts";

/** Why a patch does not fit: it is of another epoch, or starts from another version. The reader then fetches the snapshot. */
export interface PatchProblem {
  readonly code: "otherEpoch" | "otherBase";
  readonly message: string;
}

/** Undefined where a patch goes from exactly this version. */
export function checkBase(version: Version, patch: Patch): PatchProblem | undefined {
  if (patch.epoch !== version.epoch)
    return {
      code: "otherEpoch",
      message: `patch is of epoch ${patch.epoch}, snapshot of ${version.epoch}: fetch the snapshot`,
    };
  if (patch.base === version.seq) return undefined;
  return {
    code: "otherBase",
    message: `patch goes from ${patch.base}, snapshot is at ${version.seq}: fetch the snapshot`,
  };
}

/** Applies a patch to plain data; neither argument changes, and parts that the patch does not touch are shared. Cost grows with the parts touched. */
export function applyPatch(snapshot: Snapshot, patch: Patch): Result<Snapshot, PatchProblem> {
  const problem = checkBase(snapshot, patch);
  if (problem !== undefined) return { ok: false, problem };
  const { flags, segments, kills, journals, ...rest } = snapshot;
  const { set = {}, drop = {} } = patch;
  return {
    ok: true,
    value: {
      ...rest,
      ...present("customer", set.customer),
      ...present("salt", set.salt),
      seq: patch.to,
      ...present("journals", patchRecord(journals, set.journals, undefined)),
      ...present("segments", patchSegments(segments, patch)),
      ...present("kills", patchRecord(kills, set.kills, drop.kills)),
      flags: patchRecord(flags, set.flags, drop.flags) ?? flags,
    },
  };
}

/** Ids of the segments that a patch touches, whether they are there or not. */
export function segmentsOf({ set = {}, drop = {} }: Patch): readonly string[] {
  const ids = [Object.keys(set.segments ?? {}), drop.segments ?? [], Object.keys(set.hashes ?? {}), Object.keys(drop.hashes ?? {})];
  return [...new Set(ids.flat())];
}

/** The segments after a patch: forms first, then their hashes. Forms are read defensively, since decoding leaves them as they came. */
export function patchSegments(segments: Snapshot["segments"], { set = {}, drop = {} }: Patch): Snapshot["segments"] {
  const patched = patchRecord(segments, set.segments, drop.segments);
  const changed = new Map<string, SegmentForm>();
  for (const id of new Set([...Object.keys(drop.hashes ?? {}), ...Object.keys(set.hashes ?? {})])) {
    const form = patched !== undefined && Object.hasOwn(patched, id) ? patched[id] : undefined;
    if (!isRecord(form)) continue;
    const before = ownValue({ ...form }, "hashes") ?? [];
    if (!isStringList(before)) continue;
    const change = { add: ownList(set.hashes, id), remove: ownList(drop.hashes, id) };
    changed.set(id, { ...form, hashes: changeHashes(before, change) });
  }
  return changed.size === 0 ? patched : patchRecord(patched, Object.fromEntries(changed), undefined);
}

function ownList(lists: Readonly<Record<string, readonly string[]>> | undefined, id: string): readonly string[] {
  return lists !== undefined && Object.hasOwn(lists, id) ? (lists[id] ?? []) : [];
}

/** Names in `drop` go, names in `set` are replaced whole. The same object where nothing is asked. A name like `__proto__` stays a name. */
export function patchRecord<T>(
  record: Readonly<Record<string, T>> | undefined,
  set: Readonly<Record<string, T>> | undefined,
  drop: readonly string[] | undefined,
): Readonly<Record<string, T>> | undefined {
  if (drop === undefined || drop.length === 0) return set === undefined ? record : { ...record, ...set };
  const entries = new Map(Object.entries(record ?? {}));
  for (const name of drop ?? []) entries.delete(name);
  for (const [name, value] of Object.entries(set ?? {})) entries.set(name, value);
  return Object.fromEntries(entries);
}

function present<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, V>>);
}
