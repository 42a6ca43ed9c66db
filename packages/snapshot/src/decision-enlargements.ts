import { canonicalJson, type Snapshot } from "@sluice/evaluation";
import { type Decisions, type ListChange, withListChange } from "@sluice/releases";
import type { ReadProject } from "./adopted-project.ts";
import { gatesOf } from "./commit-enlargements.ts";
import { compileEnvironment, treeOf } from "./compile.ts";
import { type Enlargements, enlargementsOf, isSameForm, type JudgedForm } from "./enlargement.ts";
import { asksSegment } from "./segment-use.ts";

/** A release flag that more people would get. */
export interface EnlargedFlag {
  readonly flag: string;
  /** Why it is not proved harmless, in sentences. */
  readonly why: Enlargements;
}

/** What is decided, what would be, and where. */
export interface Redecided {
  readonly current: Decisions;
  readonly proposed: Decisions;
  readonly environment: string;
}

/** As `enlargedBetween`, of a change of a list. Taking somebody out of a list may enlarge too, where a `not` stands before it. */
export function enlargedByList(
  decisions: Decisions,
  { environment, change }: { readonly environment: string; readonly change: ListChange },
  read: ReadProject,
): readonly EnlargedFlag[] {
  const own = decisions.environments[environment];
  if (own === undefined) return [];
  const proposed = { ...decisions, environments: { ...decisions.environments, [environment]: withListChange(own, { seq: 0, atMs: 0 }, change) } };
  return enlargedBetween({ current: decisions, proposed, environment }, read);
}

/**
 * Release flags that a decision gives to more people, flags by which one of them would be given, and flags whose kill would cover fewer
 * (semantics 10): judged as a commit is, by structure, on what is served, kept and reverted forms included. In the order of keys.
 */
export function enlargedBetween(decided: Redecided, read: ReadProject): readonly EnlargedFlag[] {
  const both = compiledBoth(decided, read);
  if (both === undefined) return [];
  const { was, is, isOther } = both;
  const uncovered = uncoveredFlags(was, is);
  const project = read(treeOf(decided.proposed.files));
  const gates = gatesOf(project, decided.environment);
  return Object.keys(is.flags)
    .sort()
    .flatMap((flag): readonly EnlargedFlag[] => {
      const form = is.flags[flag];
      // A former key answers as its flag does, which is told.
      if (form === undefined || form.aliasOf !== undefined) return [];
      const forms = { before: judgedIn(was, flag), later: { form, segment: (key: string) => is.segments?.[key] } };
      const why = [
        ...(isOther(flag) ? reasons(forms, { kind: project.flags.get(flag)?.kind ?? "release", gate: gates.get(flag) }) : []),
        ...(uncovered.has(flag) ? ["A kill covers those of a segment, and they would be others."] : []),
      ];
      return why.length === 0 ? [] : [{ flag, why }];
    });
}

/** Flags that are served otherwise, or whose segments are others, and those that ask them; by key. */
export function touchedBetween(decided: Redecided, read: ReadProject): readonly string[] {
  const both = compiledBoth(decided, read);
  if (both === undefined) return [];
  const { was, is, isOther } = both;
  const touched = new Set(
    [...new Set([...Object.keys(was.flags), ...Object.keys(is.flags)])].filter((flag) => {
      const isAlias = was.flags[flag] !== undefined && is.flags[flag]?.aliasOf !== undefined;
      return !isAlias && isOther(flag);
    }),
  );
  for (let size = -1; size < touched.size;) {
    size = touched.size;
    for (const [key, { prerequisites = [] }] of Object.entries(is.flags)) if (prerequisites.some(({ flag }) => touched.has(flag))) touched.add(key);
  }
  return [...touched].sort();
}

interface Both {
  readonly was: Snapshot;
  readonly is: Snapshot;
  /** Whether a flag comes, goes, is of another form, or asks a segment that is another. Two equal forms ask the same segments. */
  readonly isOther: (flag: string) => boolean;
}

/** Undefined where there is no such environment before or after. */
function compiledBoth({ current, proposed, environment }: Redecided, read: ReadProject): Both | undefined {
  const snapshotOf = (decisions: Decisions): Snapshot | undefined => compileEnvironment({ decisions, environment, read, seq: 0 });
  const [was, is] = [snapshotOf(current), snapshotOf(proposed)];
  if (was === undefined || is === undefined) return undefined;
  const changed = changedSegments(was, is);
  const isOther = (flag: string): boolean => {
    const [before, form] = [was.flags[flag], is.flags[flag]];
    if (before === undefined || form === undefined) return true;
    return canonicalJson(before) !== canonicalJson(form) || asksSegment(form, is, (id) => changed.has(id));
  };
  return { was, is, isOther };
}

const changedSegments = (was: Snapshot, is: Snapshot): ReadonlySet<string> =>
  new Set(
    [...new Set([...Object.keys(was.segments ?? {}), ...Object.keys(is.segments ?? {})])].filter((id) => {
      const [before, after] = [was.segments?.[id], is.segments?.[id]];
      return before !== after && canonicalJson(before ?? null) !== canonicalJson(after ?? null);
    }),
  );

/** Flags of kills for a segment whose people are not proved to be killed still. */
function uncoveredFlags(was: Snapshot, is: Snapshot): ReadonlySet<string> {
  const covered = (id: string, { segments }: Snapshot): JudgedForm => ({
    form: { rules: [{ if: ["segment", id], serve: "on" }] },
    segment: (key) => segments?.[key],
  });
  const flags = Object.values(is.kills ?? {}).flatMap(({ scope, flags: killed }) =>
    scope?.segment !== undefined && enlargementsOf(covered(scope.segment, is), covered(scope.segment, was)).length > 0 ? killed : [],
  );
  return new Set(flags);
}

interface Forms {
  readonly before: JudgedForm | undefined;
  readonly later: JudgedForm;
}

/** A flag that is served and no longer in Git is taken for a release flag: what is not known is not proved harmless. */
function reasons({ before, later }: Forms, { kind, gate }: { readonly kind: string; readonly gate: "on" | "off" | undefined }): Enlargements {
  if (gate === "off") return isSameForm(before, later) ? [] : ["Another flag is served where this one is off."];
  return kind === "release" || gate === "on" ? enlargementsOf(before, later) : [];
}

function judgedIn({ flags, segments }: Snapshot, flag: string): JudgedForm | undefined {
  const form = flags[flag];
  return form === undefined ? undefined : { form, segment: (key) => segments?.[key] };
}
