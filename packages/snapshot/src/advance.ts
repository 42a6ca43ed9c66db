import { applyPatch, encodeSnapshot } from "@sluice/evaluation";
import type { Patch, Snapshot } from "@sluice/evaluation";
import { applyEvent, emptyDecisions } from "@sluice/releases";
import type { Decisions, LoggedEvent } from "@sluice/releases";
import type { ReadProject } from "./adopted-project.ts";
import { compileEnvironment } from "./compile.ts";
import { diffSnapshots, patchesForKills, patchForKill, patchForLift } from "./patch.ts";

/**
 * One environment as of an event: `decisions.seq` is how far the log is folded, `snapshot.seq` the last event that changed what is
 * served. `snapshot` is absent while the environment has no salt.
 */
export interface EnvironmentState {
  readonly environment: string;
  readonly decisions: Decisions;
  readonly snapshot?: Snapshot;
}

/** What an event did to one environment: nothing, a change that a patch says, or one that only the whole snapshot says. */
export type Change = { readonly kind: "nothing" } | { readonly kind: "patch"; readonly patch: Patch } | { readonly kind: "snapshot" };

export interface Advanced {
  readonly state: EnvironmentState;
  readonly change: Change;
}

/** An event and the decisions after it; every environment shares them. */
export interface Step {
  readonly event: LoggedEvent;
  readonly decisions: Decisions;
}

/** The environment before the first event. */
export function emptyState(environment: string): EnvironmentState {
  return { environment, decisions: emptyDecisions };
}

/**
 * The environment as of any decisions, whole, where its version is known already: `seq` from a checkpoint, or from `compileFromLog`.
 */
export function stateAt(environment: string, decisions: Decisions, at: { readonly seq: number; readonly read: ReadProject }): EnvironmentState {
  return withSnapshot(environment, decisions, compileEnvironment({ decisions, environment, ...at }));
}

/**
 * The environment after one more event. Kills and lifts are patched in without compiling; everything else compiles only if this
 * environment's part of the decisions changed. The same bytes as `compileFromLog` gives.
 */
export function advance(state: EnvironmentState, { event, decisions }: Step, read: ReadProject): Advanced {
  const { environment, snapshot } = state;
  const { facts, seq } = event;
  if (snapshot !== undefined && facts.kind === "flagsKilled") {
    return patched(state, decisions, facts.environment === environment ? patchForKill(snapshot, facts, seq) : undefined);
  }
  if (snapshot !== undefined && facts.kind === "killLifted") {
    return patched(state, decisions, facts.environment === environment ? patchForLift(snapshot, facts, seq) : undefined);
  }
  if (isUntouched(state, decisions)) return { state: { ...state, decisions }, change: { kind: "nothing" } };
  const compiled = compileEnvironment({ decisions, environment, read, seq });
  const next = withSnapshot(environment, decisions, compiled);
  if (compiled === undefined) return { state: next, change: { kind: "nothing" } };
  const patch = snapshot === undefined ? undefined : diffSnapshots(snapshot, compiled);
  if (patch === undefined) return { state: next, change: { kind: "snapshot" } };
  if (patch.set === undefined && patch.drop === undefined) return { state: withSnapshot(environment, decisions, snapshot), change: { kind: "nothing" } };
  return { state: next, change: { kind: "patch", patch } };
}

/**
 * The environment after kills that stand in the log one after the other, and what each of them changed, in their order: what `advance` says of
 * each, for the cost of one. `steps` has one at least, and kills alone; `undefined` where the environment has no snapshot yet.
 */
export function advanceKills(
  state: EnvironmentState,
  steps: readonly Step[],
): { readonly state: EnvironmentState; readonly changes: readonly Change[] } | undefined {
  const [last, { environment, snapshot }] = [steps.at(-1), state];
  if (snapshot === undefined || last === undefined) return undefined;
  const kills = steps.map(({ event: { facts, seq } }) =>
    facts.kind === "flagsKilled" && facts.environment === environment ? { kill: facts, seq } : undefined,
  );
  const { each, whole } = patchesForKills(
    snapshot,
    kills.filter((kill) => kill !== undefined),
  );
  const patches = each.values();
  const changes = kills.map((kill): Change => {
    const patch = kill === undefined ? undefined : patches.next().value;
    return patch === undefined ? { kind: "nothing" } : { kind: "patch", patch };
  });
  return { state: patched(state, last.decisions, whole).state, changes };
}

/**
 * The environment as the log alone gives it, for verification and starts without a checkpoint. Shares no shortcut with `advance`:
 * the last prefixes are compiled in full, backwards, until one says something else. Costs two compiles where the last
 * event changed something, one more for each event at the end that did not but touched what compile reads.
 */
export function compileFromLog(events: readonly LoggedEvent[], environment: string, read: ReadProject): EnvironmentState {
  const prefixes: Decisions[] = [emptyDecisions];
  for (const event of events) prefixes.push(applyEvent(prefixes.at(-1) ?? emptyDecisions, event));
  const decisions = prefixes.at(-1) ?? emptyDecisions;
  const contentAt = (prefix: Decisions): string | undefined => {
    const compiled = compileEnvironment({ decisions: prefix, environment, read, seq: 0 });
    return compiled === undefined ? undefined : encodeSnapshot(compiled);
  };
  const content = contentAt(decisions);
  if (content === undefined) return withSnapshot(environment, decisions, undefined);
  let first = prefixes.length - 1;
  while (first > 0) {
    const [before, after] = [prefixes[first - 1], prefixes[first]];
    if (before === undefined || after === undefined) break;
    if (!readsSame(environment, before, after) && contentAt(before) !== content) break;
    first -= 1;
  }
  return stateAt(environment, decisions, { seq: first, read });
}

function isUntouched(state: EnvironmentState, decisions: Decisions): boolean {
  return state.snapshot !== undefined && readsSame(state.environment, state.decisions, decisions);
}

/** True where everything that compile reads is the very same, which structural sharing makes a comparison of references. */
function readsSame(environment: string, before: Decisions, after: Decisions): boolean {
  const [a, b] = [before.environments[environment], after.environments[environment]];
  if (before.files !== after.files || before.epoch !== after.epoch || before.replaces !== after.replaces || before.aliases !== after.aliases) return false;
  return (
    a === b ||
    (a !== undefined &&
      b !== undefined &&
      a.salt === b.salt &&
      a.kept === b.kept &&
      a.kills === b.kills &&
      a.reverts === b.reverts &&
      a.segmentReverts === b.segmentReverts &&
      a.journals === b.journals &&
      a.seen === b.seen &&
      a.exposures === b.exposures &&
      a.pins === b.pins &&
      a.lists === b.lists)
  );
}

function patched(state: EnvironmentState, decisions: Decisions, patch: Patch | undefined): Advanced {
  if (patch === undefined || state.snapshot === undefined) return { state: { ...state, decisions }, change: { kind: "nothing" } };
  const applied = applyPatch(state.snapshot, patch);
  // Made from this very snapshot a moment ago, so it fits; if ever not, the whole snapshot must not be wrong silently.
  if (!applied.ok) throw new Error(`a patch made from ${state.snapshot.seq} does not fit it: ${applied.problem.message}`);
  return { state: { ...state, decisions, snapshot: applied.value }, change: { kind: "patch", patch } };
}

function withSnapshot(environment: string, decisions: Decisions, snapshot: Snapshot | undefined): EnvironmentState {
  return { environment, decisions, ...(snapshot === undefined ? {} : { snapshot }) };
}
