import type { Asker } from "./answer.ts";
import { Tables } from "./tables.ts";
import type { Patch, Snapshot, UrgentKill, Version } from "./snapshot-form.ts";
import { type OpenedSnapshot, opening } from "./open-snapshot.ts";
import { checkBase, type PatchProblem } from "./patch.ts";
import type { Result } from "./result.ts";

/** A snapshot ready to answer. Opaque: ask it with `evaluate`, `explain` and the functions of this file. */
export interface Compiled {
  readonly environment: string;
  readonly version: Version;
  /** Owned by this package. */
  readonly tables: Tables;
}

/** What a snapshot is compiled for. */
export interface CompileOptions {
  readonly asker?: Asker;
  /** Urgent kills known, in any order; those that the snapshot has ended are ignored. */
  readonly urgent?: readonly UrgentKill[];
  /** Flags of it that did not change, with nothing they depend on, are taken over as compiled. Stays valid. */
  readonly previous?: Compiled;
}

/**
 * Makes a snapshot ready to answer. Cheap whatever its size: a flag is compiled when it is first asked for.
 * Total for everything that `decodeSnapshot` and `openSnapshot` accept.
 */
export function compileSnapshot(snapshot: Snapshot | OpenedSnapshot, options: CompileOptions = {}): Compiled {
  return faceOf(Tables.of(opening(snapshot), options.asker ?? {}, options.urgent ?? [], options.previous?.tables));
}

/**
 * Applies a patch in time that depends on the patch and not on the snapshot: the tables of `previous` move on to the new version,
 * so `previous` is used up (it answers like the new one). Copying or layering tables of 10,000 flags per patch was rejected:
 * the first costs a millisecond each time, the second slows every answer. Within one thread nobody can see a half-applied patch. Where `previous` is held, a copy moves on.
 */
export function compilePatch(previous: Compiled, patch: Patch, urgent: readonly UrgentKill[] = []): Result<Compiled, PatchProblem> {
  const problem = checkBase(previous.version, patch);
  if (problem !== undefined) return { ok: false, problem };
  const tables = previous.tables.toMoveOn(urgent);
  tables.advance(patch, urgent);
  return { ok: true, value: faceOf(tables) };
}

/** Takes another set of urgent kills into account; as `compilePatch`, `previous` is used up. */
export function compileUrgent(previous: Compiled, urgent: readonly UrgentKill[]): Compiled {
  const tables = previous.tables.toMoveOn(urgent);
  tables.advance(undefined, urgent);
  return faceOf(tables);
}

/**
 * Makes this one stay as it is: it goes on answering from its version, whatever is applied to it afterwards. The next change costs a copy of
 * the tables then, once: a few milliseconds for 10,000 flags that were asked for.
 */
export function hold(compiled: Compiled): Compiled {
  compiled.tables.hold();
  return compiled;
}

/** The plain snapshot behind a compiled one, patches included, urgent kills not. Cost grows with the number of flags. */
export function snapshotOf(compiled: Compiled): Snapshot {
  return compiled.tables.toSnapshot();
}

/** Keys of all flags, in no stated order. Cost grows with their number. */
export function flagKeysOf(compiled: Compiled): string[] {
  return compiled.tables.flagKeys();
}

function faceOf(tables: Tables): Compiled {
  const { environment, epoch, seq } = tables.envelope;
  return Object.freeze({ environment, version: Object.freeze({ epoch, seq }), tables });
}
