import { canonicalJson, type FlagForm, type SegmentForm } from "@sluice/evaluation";
import { type Aliases, type CommitNames, type Decisions, type EnvironmentDecisions, type Enlarging, type FileChange, keyNow } from "@sluice/releases";
import { type AdoptedFlag, type AdoptedProject, flagUnder, type ReadProject } from "./adopted-project.ts";
import { keyBefore } from "./commit-names.ts";
import { underKey } from "./former-keys.ts";
import { type MembersOf, renamed, withMembers } from "./segment-forms.ts";
import { type Enlargements, enlargementsOf, isSameForm, type JudgedForm, servesSomething } from "./enlargement.ts";

/** A flag's change in one environment. */
interface Change {
  readonly environment: string;
  readonly flag: AdoptedFlag;
  readonly before: JudgedForm | undefined;
  readonly after: JudgedForm;
}

/**
 * Changes of a commit that wait for a person (semantics 10): in environments where people decide, before the commit or after it, and only where
 * something was served already. Judged are release flags, and flags that one of them waits for, since its answer is theirs. A renamed flag is
 * judged against the flag that it was. `decisions`: with what was decided about renamed flags under their new keys.
 */
export function enlargementsIn(decisions: Decisions, { before, after, names }: Omit<Trees, "read">, read: ReadProject): readonly Enlarging[] {
  if (decisions.commit === undefined) return [];
  const guarded = new Set([...before.decidedByPeople, ...after.decidedByPeople].filter((environment) => decisions.environments[environment] !== undefined));
  return [...guarded].sort().flatMap((environment) => {
    const gates = gatesOf(after, environment);
    return [...after.flags.values()].flatMap((flag): readonly Enlarging[] => {
      const fresh = freshKeys(decisions, { flag, names, environment });
      const change = changeOf(decisions, { before, read, after, names }, { environment, flag });
      if (change === undefined) return fresh;
      const wasRelease = before.flags.get(keyBefore(names, flag.key))?.kind === "release";
      const why = whyItWaits(change, { wasRelease, gate: gates.get(flag.key) });
      return why.length === 0 ? fresh : [{ flag: flag.key, environment, waits: flag.files, why }, ...fresh];
    });
  });
}

/** Former keys that never were this flag's, or are new to it: code that asks for one gets the flag from now on, which somebody decides. */
function freshKeys(
  decisions: Decisions,
  { flag, names, environment }: { readonly flag: AdoptedFlag; readonly names: CommitNames; readonly environment: string },
): readonly Enlarging[] {
  if (flag.kind !== "release") return [];
  const own = decisions.environments[environment];
  const form = flag.form(environment);
  if (form === undefined || (!servesSomething(form) && own?.exposures.has(flag.key) !== true)) return [];
  return Object.entries(names.aliases).flatMap(([name, key]): readonly Enlarging[] => {
    const isKnown = Object.hasOwn(decisions.aliases, name) && own?.kept.get(name)?.why !== "enlargement";
    if (key !== flag.key || isKnown || names.renamed.some(({ from }) => from === name)) return [];
    return [{ flag: name, environment, waits: flag.files, why: [`Nothing was served under ${name}, and ${key} would answer there.`] }];
  });
}

/** How other release flags depend on a flag: they want it on, or some of them off. */
export type Gate = "on" | "off";

export function gatesOf({ flags }: AdoptedProject, environment: string): ReadonlyMap<string, Gate> {
  const gates = new Map<string, Gate>();
  const waiting = [...flags.values()].filter(({ kind }) => kind === "release").map(({ key }) => key);
  const seen = new Set<string>();
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    for (const { flag, serves } of flags.get(key)?.form(environment)?.prerequisites ?? []) {
      const off = flags.get(flag)?.form(environment)?.off ?? "off";
      if (serves.includes(off) || gates.get(key) === "off") gates.set(flag, "off");
      else if (!gates.has(flag)) gates.set(flag, "on");
      waiting.push(flag);
    }
  }
  return gates;
}

/** Why a flag's change waits where people decide: it, or a release that is gated by it, may reach more people. Empty: it applies. */
export function whyItWaits(
  { before, after, flag }: Omit<Change, "environment">,
  { wasRelease, gate }: { readonly wasRelease: boolean; readonly gate: Gate | undefined },
): Enlargements {
  if (gate === "off") return isSameForm(before, after) ? [] : ["Another flag is served where this one is off."];
  return flag.kind === "release" || wasRelease || gate === "on" ? enlargementsOf(before, after) : [];
}

interface Trees {
  readonly before: AdoptedProject;
  readonly after: AdoptedProject;
  readonly names: CommitNames;
  readonly read: ReadProject;
}

/** `undefined` where the flag is served as it is now. */
function changeOf(
  decisions: Decisions,
  { before, after, read, names }: Trees,
  { environment, flag }: Pick<Change, "environment" | "flag">,
): Change | undefined {
  const kept = decisions.environments[environment]?.kept.get(flag.key);
  const served = kept === undefined ? before : read(kept.blobs);
  const known = kept === undefined ? served.flags.get(keyBefore(names, flag.key)) : flagUnder(served, flag.key);
  if (kept === undefined && known !== undefined && sameFiles(known.files, flag.files)) return undefined;
  const lists = decisions.environments[environment]?.lists;
  const members: MembersOf = (key) => lists?.get(key)?.hashes;
  const where = { environment, members, aliases: names.aliases, key: flag.key, reverted: revertedForms(decisions.environments[environment], read) };
  const [was, is] = [judged(known, served, where), judged(flag, after, where)];
  if (is === undefined) return undefined;
  if (was !== undefined && kept === undefined && closure(was) === closure(is)) return undefined;
  return { environment, flag, before: was, after: is };
}

const sameFiles = (a: readonly FileChange[], b: readonly FileChange[]): boolean =>
  a.length === b.length && a.every(([path, blob], index) => b[index]?.[0] === path && b[index]?.[1] === blob);

/** Stands between a reverted segment and one that it asked then, in names that no file has. */
const THEN = "\u0000";

/** Segments that are served as they were, and those that they asked then; `undefined` for every other. */
function revertedForms(own: EnvironmentDecisions | undefined, read: ReadProject): (key: string) => SegmentForm | undefined {
  if (own === undefined || own.segmentReverts.size === 0) return () => undefined;
  return (name) => {
    const [outer = name, key = name] = name.includes(THEN) ? name.split(THEN) : [];
    const revert = own.segmentReverts.get(outer);
    const form = revert && read(revert.blobs).segments.get(key)?.form;
    return form?.if === undefined ? form : { ...form, if: renamed(form.if, (asked) => `${outer}${THEN}${asked}`) };
  };
}

interface Where {
  /** Segments that are served as decided, whatever the files say. */
  readonly reverted?: (key: string) => SegmentForm | undefined;
  readonly environment: string;
  readonly members: MembersOf;
  /** Former keys, by which a prerequisite may be named. */
  readonly aliases: Aliases;
  /** The key that the flag has in the end. */
  readonly key: string;
}

/**
 * A flag's form with its segments as the files alone say them, read as that of a flag of this key in a project of these former keys. Who is in
 * a runtime list stands in no file, so one stand-in of its own is in each: two lists are never the same people, and one list always is.
 */
export const judgedIn = (
  flag: AdoptedFlag | undefined,
  project: AdoptedProject,
  where: Pick<Where, "environment" | "aliases" | "key">,
): JudgedForm | undefined => judged(flag, project, { ...where, members: (key) => [`members of ${key}`] });

function judged(flag: AdoptedFlag | undefined, { segments }: AdoptedProject, { environment, members, aliases, key, reverted }: Where): JudgedForm | undefined {
  const own = flag?.form(environment);
  const form = flag === undefined || own === undefined ? undefined : underKey(gatesNow(own, aliases), { own: flag.key, key });
  const segment = (key: string): SegmentForm | undefined => {
    const decided = reverted?.(key);
    if (decided !== undefined) return withMembers(decided, members(key));
    const known = segments.get(key);
    return known?.isRuntimeList === true ? withMembers(known.form, members(key)) : known?.form;
  };
  return form === undefined ? undefined : { form, segment };
}

/** The same object where no prerequisite is named by a former key. */
function gatesNow(form: FlagForm, aliases: Aliases): FlagForm {
  if (form.prerequisites?.some(({ flag }) => Object.hasOwn(aliases, flag)) !== true) return form;
  return { ...form, prerequisites: form.prerequisites.map((gate) => ({ ...gate, flag: keyNow(aliases, gate.flag) })) };
}

/** The form with every segment it names, through segments too, as text. A commit changes no list: of its members, that there are some is enough. */
function closure({ form, segment }: JudgedForm): string {
  const found = new Map<string, unknown>();
  const waiting: unknown[] = [form.eligible, ...(form.rules ?? []).map((rule) => rule.if)];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (!Array.isArray(part)) continue;
    const [tag, key]: readonly unknown[] = part;
    if (tag === "segment" && typeof key === "string" && !found.has(key)) {
      const { hashes = [], ...rest } = segment(key) ?? {};
      found.set(key, [segment(key) !== undefined, rest, hashes.length]);
      waiting.push(segment(key)?.if);
    } else waiting.push(...part);
  }
  return canonicalJson([form, [...found].sort(([a], [b]) => (a < b ? -1 : 1))]);
}
