import { canonicalJson } from "@sluice/evaluation";
import type { Audience } from "../customer/customer.ts";
import type { ApprovingRole, NeededVersion, ReleaseContent, WaveContent, WaveStart } from "./release-content.ts";

/** One difference between two plans of a release, for somebody who agreed to the first and is asked about the second. */
export type ContentChange =
  | { readonly what: "title" | "why" | "risk" | "zone" | "owner"; readonly from: string; readonly to: string }
  | { readonly what: "flags"; readonly added: readonly string[]; readonly removed: readonly string[]; readonly served: readonly string[] }
  | { readonly what: "waveAdded" | "waveRemoved"; readonly wave: string }
  | { readonly what: "waveOrder" }
  | { readonly what: "waveStart"; readonly wave: string; readonly from: WaveStart; readonly to: WaveStart }
  | { readonly what: "waveAudience"; readonly wave: string; readonly from: Audience; readonly to: Audience }
  | { readonly what: "waveBake"; readonly wave: string; readonly fromMs: number; readonly toMs: number }
  | { readonly what: "approvals"; readonly added: readonly ApprovingRole[]; readonly removed: readonly ApprovingRole[] }
  | { readonly what: "needs"; readonly from: readonly NeededVersion[]; readonly to: readonly NeededVersion[] }
  | { readonly what: "openHours" | "earlyAccess" };

const differs = (a: unknown, b: unknown): boolean => canonicalJson(a ?? {}) !== canonicalJson(b ?? {});
const without = <T>(list: readonly T[], other: readonly T[]): readonly T[] => list.filter((each) => !other.includes(each));

/** Every difference, in the order in which a plan is read. Empty where the two say the same. Waves are told apart by their names. */
export function contentChanges(before: ReleaseContent, after: ReleaseContent): readonly ContentChange[] {
  return [...textChanges(before, after), ...flagChanges(before, after), ...waveChanges(before.waves, after.waves), ...gateChanges(before, after)];
}

function textChanges(before: ReleaseContent, after: ReleaseContent): readonly ContentChange[] {
  return (["title", "why", "risk", "zone", "owner"] as const).flatMap((what) => {
    const [from, to] = [before[what] ?? "", after[what] ?? ""];
    return from === to ? [] : [{ what, from, to }];
  });
}

function flagChanges(before: ReleaseContent, after: ReleaseContent): readonly ContentChange[] {
  const [was, is] = [before, after].map(({ flags }) => new Map(flags.map(({ flag, serve }) => [flag, serve])));
  if (was === undefined || is === undefined) return [];
  const added = without([...is.keys()], [...was.keys()]);
  const removed = without([...was.keys()], [...is.keys()]);
  const served = [...is].flatMap(([flag, serve]) => (was.has(flag) && was.get(flag) !== serve ? [flag] : []));
  return added.length + removed.length + served.length === 0 ? [] : [{ what: "flags", added, removed, served }];
}

function waveChanges(before: readonly WaveContent[], after: readonly WaveContent[]): readonly ContentChange[] {
  const [was, is] = [before.map(({ name }) => name), after.map(({ name }) => name)];
  const changes: ContentChange[] = [
    ...without(was, is).map((wave): ContentChange => ({ what: "waveRemoved", wave })),
    ...without(is, was).map((wave): ContentChange => ({ what: "waveAdded", wave })),
  ];
  const kept = was.filter((name) => is.includes(name));
  if (
    differs(
      kept,
      is.filter((name) => was.includes(name)),
    )
  )
    changes.push({ what: "waveOrder" });
  for (const to of after) {
    const from = before.find(({ name }) => name === to.name);
    if (from === undefined) continue;
    const wave = to.name;
    if (differs(from.start, to.start)) changes.push({ what: "waveStart", wave, from: from.start, to: to.start });
    if (differs(from.audience, to.audience)) changes.push({ what: "waveAudience", wave, from: from.audience, to: to.audience });
    if (from.bakeMs !== to.bakeMs) changes.push({ what: "waveBake", wave, fromMs: from.bakeMs, toMs: to.bakeMs });
  }
  return changes;
}

function gateChanges(before: ReleaseContent, after: ReleaseContent): readonly ContentChange[] {
  const [was, is] = [before.approvals ?? [], after.approvals ?? []];
  const [added, removed] = [without(is, was), without(was, is)];
  const [neededBefore, neededAfter] = [before.needs ?? [], after.needs ?? []];
  return [
    ...(added.length + removed.length === 0 ? [] : [{ what: "approvals" as const, added, removed }]),
    ...(differs(neededBefore, neededAfter) ? [{ what: "needs" as const, from: neededBefore, to: neededAfter }] : []),
    ...(differs(before.openHours, after.openHours) ? [{ what: "openHours" as const }] : []),
    ...(before.earlyAccessFromMs === after.earlyAccessFromMs ? [] : [{ what: "earlyAccess" as const }]),
  ];
}
