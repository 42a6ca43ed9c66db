import { partPlace, sourcePlace } from "@sluice/definitions";
import { adoptionAt, keyNow, namesOf, renameFlags, sourceState } from "@sluice/releases";
import type { CommitNames, CommitSummary, Decisions, FileChange } from "@sluice/releases";
import { type AdoptedProject, flagUnder, type ReadProject } from "./adopted-project.ts";
import { enlargementsIn } from "./commit-enlargements.ts";
import { commitNames, keyBefore } from "./commit-names.ts";
import { isOffForAll } from "./enlargement.ts";
import { treeOf } from "./compile.ts";

/** A commit as it was fetched: every definition file of its tree. */
export interface FetchedCommit {
  readonly commit: string;
  /** Name of the further source that it was fetched from; absent for the main one. */
  readonly source?: string;
  /** `[path, blob id]`, each path once, in any order; with what is adopted of the other sources. */
  readonly files: readonly FileChange[];
  /** False where nobody but whoever edits the files decides: `sluice dev`. */
  readonly waitsForPeople: boolean;
}

/**
 * What adopting this commit would mean, for `decideAdopt`. Changes are relative to the tree adopted now, not to the commit's
 * parent, so a force-push or a skipped commit needs no special case.
 */
export function summariseCommit(decisions: Decisions, { commit, source, files, waitsForPeople }: FetchedCommit, read: ReadProject): CommitSummary {
  const tree = files.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const [before, after] = [read(treeOf(decisions.files)), read(tree)];
  const unreadable = new Set(after.unreadable.map((path) => path.toLowerCase()));
  /** Of a path that is renamed in case alone, or whose folder became a link, it is known as well what it held. */
  const isUnreadable = (path: string): boolean => pathsAbove(path.toLowerCase()).some((each) => unreadable.has(each));
  const known = new Set([...after.flags.keys(), ...after.broken.map(({ flag }) => flag)]);
  const paths = pathsOfKnown(decisions, read);
  // A file that no longer says its key stands for the flag that it held, or that is kept from it.
  const hidden = [...paths].filter(([flag, path]) => !known.has(flag) && isUnreadable(path)).map(([flag]) => flag);
  const names = commitNames(decisions, { before, after, hidden });
  const keyOf = new Map(names.renamed.map(({ from, to }) => [from, to]));
  // Without such a part its environment would seem to serve nobody: what it served was hidden, and not taken away.
  const stand = new Set(tree.map(([path]) => path));
  const halved = [...partsOfKnown(decisions, read)]
    .filter(([, parts]) => parts.some((path) => !stand.has(path) && isUnreadable(path)))
    .map(([flag]) => keyOf.get(flag) ?? flag)
    .filter((flag) => after.flags.has(flag));
  const moved = renameFlags(decisions, names.renamed);
  // What a source has when it is first taken is served as the first commit of a project is; what was served, or waits, is judged as ever.
  const isFirst = source !== undefined && sourceState(decisions, source).commit === undefined;
  const isKnown = ({ flag, environment }: { readonly flag: string; readonly environment: string }): boolean =>
    before.flags.has(keyBefore(names, flag)) || moved.environments[environment]?.kept.get(flag) !== undefined;
  return {
    commit,
    ...(source === undefined ? {} : { source }),
    flagsElsewhere: new Set([...paths].filter(([, path]) => sourcePlace(path).source !== source).map(([flag]) => flag)),
    changed: changesBetween(decisions.files.entriesSorted(), tree),
    environments: after.environments.length > 0 ? after.environments : Object.keys(decisions.environments).sort(),
    names,
    formsBefore: new Map([...before.flags].map(([flag, { files: form }]) => [keyOf.get(flag) ?? flag, form])),
    flagsAfter: new Set([...known, ...hidden]),
    enlarging: waitsForPeople ? enlargementsIn(moved, { before, after, names }, read).filter((one) => !isFirst || isKnown(one)) : [],
    offForAll: offForAllIn(moved, { before, after, names }),
    broken: [...after.broken, ...[...hidden, ...halved].map((flag) => ({ flag, why: "broken" as const }))],
    ...movesBetween(decisions, before, after),
  };
}

/** Where the new project file cannot be read nothing moves: what was adopted stays in force. */
function movesBetween(decisions: Decisions, before: AdoptedProject, after: AdoptedProject): Pick<CommitSummary, "moves"> {
  if (after.environments.length === 0 || before.flags.size === 0) return {};
  const gone = before.environments.filter((environment) => decisions.environments[environment] !== undefined && !after.environments.includes(environment));
  const [was, is] = [before.customer, after.customer];
  const customer = was === undefined || is === undefined || was === is ? undefined : { was, is };
  if (gone.length === 0 && customer === undefined) return {};
  return { moves: { ...(gone.length === 0 ? {} : { gone }), ...(customer === undefined ? {} : { customer }) } };
}

/**
 * The files of the form that a flag was served in at `seq` in one environment, for `decideRevert`: the kept form where it was kept
 * then. `undefined` where it had none, or `seq` is further back than remembered.
 */
export function formFilesAt(
  decisions: Decisions,
  at: { readonly seq: number; readonly environment: string; readonly flag: string },
  read: ReadProject,
): readonly FileChange[] | undefined {
  const adoption = adoptionAt(decisions, at.seq);
  if (adoption === undefined) return undefined;
  // It may have had another key then.
  const names = namesOf(decisions.aliases, keyNow(decisions.aliases, at.flag));
  const kept = adoption.kept.find(({ flag, environment, aliasOf }) => names.includes(flag) && environment === at.environment && aliasOf === undefined);
  if (kept !== undefined) return kept.blobs.length === 0 ? undefined : kept.blobs;
  const { flags } = read(treeOf(adoption.files));
  return names.map((name) => flags.get(name)?.files).find((files) => files !== undefined);
}

/**
 * The files of the form that a segment had at `seq`, for `decideRevert`. `undefined` where it had no valid one, or `seq` is further back than
 * remembered.
 */
export function segmentFilesAt(
  decisions: Decisions,
  at: { readonly seq: number; readonly segment: string },
  read: ReadProject,
): readonly FileChange[] | undefined {
  const adoption = adoptionAt(decisions, at.seq);
  return adoption && read(treeOf(adoption.files)).segments.get(at.segment)?.files;
}

/** The files of a project where those of one source are these, and of each other one what is adopted. In any order. */
export function withSource(adopted: readonly FileChange[], source: string | undefined, files: readonly FileChange[]): readonly FileChange[] {
  return [...adopted.filter(([path]) => sourcePlace(path).source !== source), ...files];
}

/** Of flags that are killed for everybody, those that the new tree gives to nobody. */
function offForAllIn(
  decisions: Decisions,
  { before, after, names }: { readonly before: AdoptedProject; readonly after: AdoptedProject; readonly names: CommitNames },
): CommitSummary["offForAll"] {
  return Object.entries(decisions.environments).flatMap(([environment, { kills }]) => {
    const killed = new Set(kills.entriesSorted().flatMap(([, { scope, flags }]) => (scope === undefined ? flags : [])));
    return [...killed].sort().flatMap((flag): CommitSummary["offForAll"] => {
      const [was, is] = [before.flags.get(keyBefore(names, flag)), after.flags.get(flag)].map((each) => each?.form(environment));
      return is === undefined || !isOffForAll(is) ? [] : [{ environment, flag, isNew: was !== undefined && !isOffForAll(was) }];
    });
  });
}

/** The path itself and each folder that it is in. */
function pathsAbove(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** `[path, ""]` for what is gone; by path. */
export function changesBetween(before: readonly FileChange[], after: readonly FileChange[]): readonly FileChange[] {
  const [old, now] = [new Map(before), new Map(after)];
  const set = after.filter(([path, blob]) => old.get(path) !== blob);
  const gone = before.filter(([path]) => !now.has(path)).map(([path]): FileChange => [path, ""]);
  return [...set, ...gone].sort(([a], [b]) => (a < b ? -1 : 1));
}

function pathsOfKnown(decisions: Decisions, read: ReadProject): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const { kept } of Object.values(decisions.environments)) {
    for (const [flag, { blobs }] of kept.entriesSorted()) {
      const path = flagUnder(read(blobs), flag)?.path;
      if (path !== undefined) paths.set(flag, path);
    }
  }
  for (const [flag, { path }] of read(treeOf(decisions.files)).flags) paths.set(flag, path);
  return paths;
}

/** Where single environments of flags stood, of what is adopted and of what is kept. */
function partsOfKnown(decisions: Decisions, read: ReadProject): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const note = (flag: string, files: readonly FileChange[]): void => {
    const parts = files.flatMap(([path]) => (partPlace(path) === undefined ? [] : [path]));
    if (parts.length > 0) found.set(flag, [...(found.get(flag) ?? []), ...parts]);
  };
  for (const { kept } of Object.values(decisions.environments)) for (const [flag, { blobs }] of kept.entriesSorted()) note(flag, blobs);
  for (const [flag, { files }] of read(treeOf(decisions.files)).flags) note(flag, files);
  return found;
}
