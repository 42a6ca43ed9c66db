import type { Snapshot } from "@sluice/evaluation";
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

/**
 * Release flags that a change of a list gives to more people, and flags by which one of them would be given (semantics 10): judged as a commit
 * is, by structure, on what is served, kept and reverted forms included. Taking somebody out of a list may enlarge too, where a `not` stands
 * before it. In the order of keys.
 */
export function enlargedByList(
  decisions: Decisions,
  { environment, change }: { readonly environment: string; readonly change: ListChange },
  read: ReadProject,
): readonly EnlargedFlag[] {
  const own = decisions.environments[environment];
  if (own === undefined) return [];
  const after = { ...decisions, environments: { ...decisions.environments, [environment]: withListChange(own, { seq: 0, atMs: 0 }, change) } };
  const snapshotOf = (now: Decisions): Snapshot | undefined => compileEnvironment({ decisions: now, environment, read, seq: 0 });
  const [was, is] = [snapshotOf(decisions), snapshotOf(after)];
  if (was === undefined || is === undefined) return [];
  const changed = new Set(Object.entries(is.segments ?? {}).flatMap(([id, form]) => (was.segments?.[id] === form ? [] : [id])));
  const project = read(treeOf(decisions.files));
  const gates = gatesOf(project, environment);
  return Object.keys(is.flags)
    .sort()
    .flatMap((flag): readonly EnlargedFlag[] => {
      const form = is.flags[flag];
      // A former key answers as its flag does, which is told.
      if (form === undefined || form.aliasOf !== undefined || !asksSegment(form, is, (id) => changed.has(id))) return [];
      const [before, later] = [judgedIn(was, flag), { form, segment: (key: string) => is.segments?.[key] }];
      const why = reasons({ before, later }, { kind: project.flags.get(flag)?.kind ?? "release", gate: gates.get(flag) });
      return why.length === 0 ? [] : [{ flag, why }];
    });
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
