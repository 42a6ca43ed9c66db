import type { FeedMessage } from "@sluice/contract";
import { applyPatch, type Patch, type Snapshot } from "@sluice/evaluation";
import { sameContent } from "@sluice/snapshot";
import { type Hub, samePatch } from "./hub.ts";

/** What the API publishes of one environment. */
export type Publication = Extract<FeedMessage, { readonly kind: "snapshot" | "patch" | "unchanged" }>;

/**
 * Whether a publication says otherwise than what is served in the same epoch, or would end a kill without anybody having lifted it. Either happens
 * where the database has lost its newest decisions beneath this process, and the API, which had not read so far, went on from what is left: then
 * what is served is right until a new epoch begins. `folded`: the log is folded into what the hub serves up to here.
 */
export function contradicts({ hub, folded }: { readonly hub: Hub; readonly folded: number }, message: Publication): boolean {
  const own = hub.snapshot;
  if (own === undefined || message.kind === "unchanged") return false;
  if (message.kind === "patch") {
    const { patch } = message;
    if (patch.epoch !== own.epoch) return false;
    if (patch.to <= own.seq) return !agrees(hub, patch);
    return endsUrgent(hub, { epoch: patch.epoch, seq: patch.to, kills: { ...own.kills, ...patch.set?.kills } });
  }
  const { snapshot } = message;
  if (snapshot.epoch !== own.epoch) return false;
  if (snapshot.seq <= own.seq) return message.folded >= folded && !(snapshot.seq === own.seq && sameContent(own, snapshot));
  const { kills = {} } = snapshot;
  return Object.keys(own.kills ?? {}).some((id) => !Object.hasOwn(kills, id)) || endsUrgent(hub, { ...snapshot, kills });
}

/** Of the kills that were sent ahead of their place in the log, one whose place is passed and that is not there. */
const endsUrgent = ({ urgent }: Hub, { epoch, seq, kills }: Pick<Snapshot, "epoch" | "seq"> & { readonly kills: object }): boolean =>
  // What covers a flag's other name alone ends with the kill that it goes with.
  urgent.some((kill) => kill.epoch === epoch && kill.seq !== undefined && kill.seq <= seq && !kill.id.includes(":") && !Object.hasOwn(kills, kill.id));

/**
 * Whether a patch to a version that is served, or was, says what was served. One from another base cannot be compared with what led here: whoever
 * sends it came back with an older state and goes on in longer steps. Such a one must change nothing in the version that it leads to.
 */
export function agrees(hub: Hub, patch: Patch): boolean {
  const own = hub.patchTo(patch.to);
  if (own === undefined) return true;
  if (own.base === patch.base) return samePatch(own, patch);
  const { snapshot } = hub;
  if (snapshot === undefined || snapshot.seq !== patch.to) return true;
  const applied = applyPatch(snapshot, { ...patch, base: patch.to });
  return applied.ok && sameContent(snapshot, applied.value);
}
