import type { Decisions, EnvironmentDecisions } from "../decisions.ts";
import { harmNow } from "../guard/harm.ts";
import type { PersistentMap } from "../persistent-map.ts";
import { type Pin, pinKey } from "../pin/pin.ts";
import type { ReleaseState } from "../plan/release-state.ts";
import type { Aliases, Renamed } from "./aliases.ts";
import { keyNow, keysNow } from "./aliases.ts";
import { contentNow } from "./facts-now.ts";

/**
 * What was decided about flags, under the keys that they go on with: kills, reverts, kept forms, exposure, pins and the plans of releases.
 * A plan keeps its content hash, which names the content that was agreed to: the same flags by another name are the same content. What an
 * earlier flag of the new key has left behind goes: it was decided about another flag.
 */
export function renameFlags(decisions: Decisions, renamed: readonly Renamed[]): Decisions {
  if (renamed.length === 0) return decisions;
  const moves: Aliases = Object.fromEntries(renamed.map(({ from, to }) => [from, to]));
  const environments = Object.fromEntries(Object.entries(decisions.environments).map(([name, own]) => [name, renameIn(own, moves)]));
  const releases = mapped(decisions.releases, (release) => renameRelease(release, moves));
  return { ...decisions, environments, releases };
}

function renameIn(own: EnvironmentDecisions, moves: Aliases): EnvironmentDecisions {
  return {
    ...own,
    kept: moved(own.kept, moves, (kept, flag) => ({ ...kept, flag })),
    reverts: moved(own.reverts, moves, (revert, flag) => ({ ...revert, flag })),
    revertsWaiting: mapped(own.revertsWaiting, (revert) =>
      "flag" in revert && Object.hasOwn(moves, revert.flag) ? { ...revert, flag: keyNow(moves, revert.flag) } : revert,
    ),
    exposures: moved(own.exposures, moves, (term) => term),
    kills: mapped(own.kills, (kill) => {
      const flags = keysNow(moves, kill.flags);
      return flags === kill.flags ? kill : { ...kill, flags };
    }),
    pins: movedPins(own.pins, moves),
    ...(own.harm === undefined ? {} : { harm: harmNow(own.harm, moves) }),
  };
}

/** Values by flag, under the flags' keys now. */
function moved<V>(map: PersistentMap<V>, moves: Aliases, renamed: (value: V, flag: string) => V): PersistentMap<V> {
  let next = map;
  // What stands under a key that is taken over, first: chains of renames do not meet themselves.
  for (const to of Object.values(moves)) if (next.has(to)) next = next.delete(to);
  for (const from of Object.keys(moves)) if (next.has(from)) next = next.delete(from);
  for (const [from, to] of Object.entries(moves)) {
    const value = map.get(from);
    if (value !== undefined) next = next.set(to, renamed(value, to));
  }
  return next;
}

function movedPins(pins: PersistentMap<Pin>, moves: Aliases): PersistentMap<Pin> {
  const targets = new Set(Object.values(moves));
  const touched = pins.entriesSorted().filter(([, { flag }]) => targets.has(flag) || Object.hasOwn(moves, flag));
  if (touched.length === 0) return pins;
  const left = touched.reduce((rest, [key]) => rest.delete(key), pins);
  return touched
    .filter(([, { flag }]) => Object.hasOwn(moves, flag))
    .map(([, pin]): Pin => ({ ...pin, flag: keyNow(moves, pin.flag) }))
    .reduce((rest, pin) => rest.set(pinKey(pin.flag, pin.customer), pin), left);
}

function renameRelease(release: ReleaseState, moves: Aliases): ReleaseState {
  const content = contentNow(release.content, moves);
  const undecided = release.undecided?.map((why) => (why.why === "flagInvalid" ? { ...why, flag: keyNow(moves, why.flag) } : why));
  if (content === release.content) return release;
  return { ...release, content, ...(undecided === undefined ? {} : { undecided }) };
}

/** With each value mapped; the same map where each stays the same. */
function mapped<V>(map: PersistentMap<V>, by: (value: V) => V): PersistentMap<V> {
  return map.entriesSorted().reduce((next, [key, value]) => {
    const after = by(value);
    return after === value ? next : next.set(key, after);
  }, map);
}
