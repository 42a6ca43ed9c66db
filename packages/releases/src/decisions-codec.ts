import { PersistentMap } from "./persistent-map.ts";
import { canonicalJson } from "@sluice/evaluation";
import type { Adoption, Decisions, EnvironmentDecisions, KillInForce, KnownCommand, RevertInForce } from "./decisions.ts";
import type { FileChange, KeptFlag } from "./event.ts";

/** Raised whenever the text's shape or the fold's meaning changes; a checkpoint of another number is not used. */
export const CHECKPOINT_FORMAT = 1;

/**
 * The fold as canonical JSON, for checkpoints: equal folds give equal bytes. Trees of older commits are written as differences.
 * Holds `by` of kills in force (account ids): whoever erases an event's personal part writes a new checkpoint from the log.
 */
export function encodeDecisions(decisions: Decisions): string {
  const { environments, files: _files, adoptions, commands, commandBySeq, ...rest } = decisions;
  const [oldest, ...newer] = adoptions;
  return canonicalJson({
    ...rest,
    format: CHECKPOINT_FORMAT,
    environments: Object.fromEntries(Object.entries(environments).map(([name, known]) => [name, wireOf(known)])),
    ...(oldest === undefined ? {} : { oldest: { ...oldest, files: oldest.files.entriesSorted() } }),
    newer: newer.map(({ files: _tree, ...adoption }) => adoption),
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
  const { format: _format, environments, oldest, newer, commands, commandBySeq, ...rest } = wire;
  const adoptions = oldest === undefined ? [] : adoptionsOf({ ...oldest, files: PersistentMap.from(oldest.files) }, newer);
  return {
    ...rest,
    environments: Object.fromEntries(Object.entries(environments).map(([name, known]) => [name, environmentOf(known)])),
    files: adoptions.at(-1)?.files ?? PersistentMap.empty(),
    adoptions,
    commands: PersistentMap.from(commands),
    commandBySeq: PersistentMap.from(commandBySeq),
  };
}

interface WireEnvironment {
  readonly salt: string;
  readonly kept: readonly KeptFlag[];
  readonly kills: readonly KillInForce[];
  readonly reverts: readonly RevertInForce[];
  readonly journals: Readonly<Record<string, number>>;
}

interface Wire extends Pick<Decisions, "project" | "epoch" | "replaces" | "seq" | "hash" | "commit" | "held"> {
  readonly format: number;
  readonly environments: Readonly<Record<string, WireEnvironment>>;
  readonly oldest?: Omit<Adoption, "files"> & { readonly files: readonly FileChange[] };
  readonly newer: readonly Omit<Adoption, "files">[];
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
  const { salt, kept, kills, reverts, journals } = known;
  return { salt, kept: values(kept), kills: values(kills), reverts: values(reverts), journals };
}

function environmentOf(wire: WireEnvironment): EnvironmentDecisions {
  return {
    salt: wire.salt,
    kept: PersistentMap.from(wire.kept.map((each) => [each.flag, each] as const)),
    kills: PersistentMap.from(wire.kills.map((each) => [each.id, each] as const)),
    reverts: PersistentMap.from(wire.reverts.map((each) => [each.flag, each] as const)),
    journals: wire.journals,
  };
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
