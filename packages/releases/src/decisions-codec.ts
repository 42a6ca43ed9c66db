import { PersistentMap } from "./persistent-map.ts";
import { canonicalJson } from "@sluice/evaluation";
import type {
  Adoption,
  Decisions,
  EnvironmentDecisions,
  KillInForce,
  KnownCommand,
  LastDrill,
  RevertInForce,
  SegmentRevert,
  WaitingRevert,
} from "./decisions.ts";
import type { Customer, GoneCustomer } from "./customer/customer.ts";
import type { FileChange, KeptFlag } from "./event.ts";
import type { FoundHarm } from "./guard/harm.ts";
import { type Pin, pinKey } from "./pin/pin.ts";
import type { RuntimeList, WaitingListChange } from "./list/runtime-list.ts";
import type { Deployed, Exposure, Freeze, Hold, ReleaseState, WaveState } from "./plan/release-state.ts";

/** Raised whenever the text's shape or the fold's meaning changes; a checkpoint of another number is not used. */
export const CHECKPOINT_FORMAT = 16;

/**
 * The fold as canonical JSON, for checkpoints: equal folds give equal bytes. Trees of older commits are written as differences.
 * Holds `by` of kills, pins, holds and freezes in force and of the last change of a list (account ids): whoever erases an event's personal part writes a new checkpoint from the log.
 */
export function encodeDecisions(decisions: Decisions): string {
  const {
    environments,
    files: _files,
    adoptions,
    commands,
    commandBySeq,
    customers,
    gone,
    releases,
    holds,
    freezes,
    closedAccounts,
    deployments,
    ...rest
  } = decisions;
  const [oldest, ...newer] = adoptions;
  return canonicalJson({
    ...rest,
    format: CHECKPOINT_FORMAT,
    environments: Object.fromEntries(Object.entries(environments).map(([name, known]) => [name, wireOf(known)])),
    ...(oldest === undefined ? {} : { oldest: { ...oldest, files: oldest.files.entriesSorted() } }),
    newer: newer.map(({ files: _tree, ...adoption }) => adoption),
    customers: values(customers),
    gone: gone.entriesSorted(),
    releases: values(releases).map(wireOfRelease),
    holds: values(holds),
    freezes: values(freezes),
    closedAccounts: closedAccounts.entriesSorted(),
    deployments: deployments.entriesSorted(),
    commands: commands.entriesSorted(),
    commandBySeq: commandBySeq.entriesSorted(),
  });
}

/**
 * The fold that `encodeDecisions` wrote, or `undefined` for a text of another format or none at all: fold the log from the start.
 * Trusts the shape of a text with the right format, since checkpoints come from the store alone.
 */
export function decodeDecisions(text: string): Decisions | undefined {
  const wire = parseWire(text);
  if (wire === undefined) return undefined;
  const {
    format: _format,
    environments,
    oldest,
    newer,
    commands,
    commandBySeq,
    customers,
    gone,
    releases,
    holds,
    freezes,
    closedAccounts,
    deployments,
    ...rest
  } = wire;
  const adoptions = oldest === undefined ? [] : adoptionsOf({ ...oldest, files: PersistentMap.from(oldest.files) }, newer);
  return {
    ...rest,
    environments: Object.fromEntries(Object.entries(environments).map(([name, known]) => [name, environmentOf(known)])),
    files: adoptions.at(-1)?.files ?? PersistentMap.empty(),
    adoptions,
    customers: byId(customers),
    gone: PersistentMap.from(gone),
    releases: byId(releases.map(releaseOf)),
    holds: byId(holds),
    freezes: byId(freezes),
    closedAccounts: PersistentMap.from(closedAccounts),
    deployments: PersistentMap.from(deployments),
    commands: PersistentMap.from(commands),
    commandBySeq: PersistentMap.from(commandBySeq),
  };
}

interface WireEnvironment {
  readonly salt: string;
  readonly kept: readonly KeptFlag[];
  readonly kills: readonly KillInForce[];
  readonly reverts: readonly RevertInForce[];
  readonly segmentReverts: readonly SegmentRevert[];
  readonly revertsWaiting: readonly WaitingRevert[];
  readonly journals: Readonly<Record<string, number>>;
  readonly seen?: Readonly<Record<string, number>>;
  readonly exposures: readonly (readonly [string, Exposure])[];
  readonly pins: readonly Pin[];
  readonly lists: readonly (readonly [string, RuntimeList])[];
  readonly listChanges: readonly WaitingListChange[];
  readonly drill?: LastDrill;
  readonly harm?: readonly FoundHarm[];
}

type WireWave = Omit<WaveState, "exposed"> & { readonly exposed: readonly (readonly [string, number])[] };
type OptIn = { readonly sinceMs: number; readonly untilMs?: number };
type WireRelease = Omit<ReleaseState, "waves" | "optIns"> & { readonly waves: readonly WireWave[]; readonly optIns: readonly (readonly [string, OptIn])[] };

interface Wire extends Pick<Decisions, "project" | "epoch" | "replaces" | "seq" | "hash" | "aliases" | "commit" | "held" | "sources"> {
  readonly format: number;
  readonly environments: Readonly<Record<string, WireEnvironment>>;
  readonly oldest?: Omit<Adoption, "files"> & { readonly files: readonly FileChange[] };
  readonly newer: readonly Omit<Adoption, "files">[];
  readonly customers: readonly Customer[];
  readonly gone: readonly (readonly [string, GoneCustomer])[];
  readonly releases: readonly WireRelease[];
  readonly holds: readonly Hold[];
  readonly freezes: readonly Freeze[];
  readonly closedAccounts: readonly (readonly [string, number])[];
  readonly deployments: readonly (readonly [string, Deployed])[];
  readonly commands: readonly (readonly [string, KnownCommand])[];
  readonly commandBySeq: readonly (readonly [string, string])[];
}

function parseWire(text: string): Wire | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const isOurs = typeof parsed === "object" && parsed !== null && "format" in parsed && parsed.format === CHECKPOINT_FORMAT;
  return isOurs ? (parsed as Wire) : undefined;
}

function wireOf(known: EnvironmentDecisions): WireEnvironment {
  const { salt, kept, kills, reverts, segmentReverts, revertsWaiting, journals, seen, exposures, pins, lists, listChanges, drill, harm } = known;
  return {
    salt,
    kept: values(kept),
    kills: values(kills),
    reverts: values(reverts),
    segmentReverts: values(segmentReverts),
    revertsWaiting: values(revertsWaiting),
    journals,
    ...(seen === undefined ? {} : { seen }),
    exposures: exposures.entriesSorted(),
    pins: values(pins),
    lists: lists.entriesSorted(),
    listChanges: values(listChanges),
    ...(drill === undefined ? {} : { drill }),
    ...(harm === undefined ? {} : { harm }),
  };
}

function environmentOf(wire: WireEnvironment): EnvironmentDecisions {
  return {
    salt: wire.salt,
    kept: PersistentMap.from(wire.kept.map((each) => [each.flag, each] as const)),
    kills: PersistentMap.from(wire.kills.map((each) => [each.id, each] as const)),
    reverts: PersistentMap.from(wire.reverts.map((each) => [each.flag, each] as const)),
    segmentReverts: PersistentMap.from(wire.segmentReverts.map((each) => [each.segment, each] as const)),
    revertsWaiting: byId(wire.revertsWaiting),
    journals: wire.journals,
    ...(wire.seen === undefined ? {} : { seen: wire.seen }),
    exposures: PersistentMap.from(wire.exposures),
    lists: PersistentMap.from(wire.lists),
    listChanges: byId(wire.listChanges),
    ...(wire.drill === undefined ? {} : { drill: wire.drill }),
    ...(wire.harm === undefined ? {} : { harm: wire.harm }),
    pins: PersistentMap.from(wire.pins.map((each) => [pinKey(each.flag, each.customer), each] as const)),
  };
}

function wireOfRelease({ waves, optIns, ...rest }: ReleaseState): WireRelease {
  return { ...rest, waves: waves.map((wave) => ({ ...wave, exposed: wave.exposed.entriesSorted() })), optIns: optIns.entriesSorted() };
}

function releaseOf({ waves, optIns, ...rest }: WireRelease): ReleaseState {
  return { ...rest, waves: waves.map((wave) => ({ ...wave, exposed: PersistentMap.from(wave.exposed) })), optIns: PersistentMap.from(optIns) };
}

function byId<V extends { readonly id: string }>(list: readonly V[]): PersistentMap<V> {
  return PersistentMap.from(list.map((each) => [each.id, each] as const));
}

function adoptionsOf(oldest: Adoption, newer: readonly Omit<Adoption, "files">[]): readonly Adoption[] {
  const adoptions = [oldest];
  let files = oldest.files;
  for (const adoption of newer) {
    for (const [path, blob] of adoption.changed) files = blob === "" ? files.delete(path) : files.set(path, blob);
    adoptions.push({ ...adoption, files });
  }
  return adoptions;
}

function values<V>(map: PersistentMap<V>): readonly V[] {
  return map.entriesSorted().map(([, value]) => value);
}
