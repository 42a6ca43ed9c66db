import {
  type Asked,
  canonicalJson,
  compileSnapshot,
  type Condition,
  type FlagChange,
  type FlagForm,
  type JsonValue,
  SNAPSHOT_FORMAT,
  type Snapshot,
  whoChanges,
} from "@sluice/evaluation";
import { type CommitNames, emptyDecisions } from "@sluice/releases";
import type { AdoptedFlag, AdoptedProject } from "./adopted-project.ts";
import { commitNames } from "./commit-names.ts";
import { gatesOf, judgedIn, whyItWaits } from "./commit-enlargements.ts";
import { isSameForm, type JudgedForm, variantsServedBy } from "./enlargement.ts";

/** What a change of definitions means for one flag in one environment. */
export interface PlannedChange {
  readonly environment: string;
  readonly flag: string;
  readonly how: "comes" | "goes" | "changes" | "follows";
  /** Proved by structure: everybody gets what they get now. */
  readonly isSame: boolean;
  /** Why it would wait for a person of the environment; empty where it applies on adoption. */
  readonly waits: readonly string[];
  /** What may go wrong in code or for people, in sentences. */
  readonly notes: readonly string[];
  /** Who of those asked would get something else; absent where nobody was asked. Counts and variants, never names. */
  readonly counts?: { readonly asked: number; readonly changes: number; readonly gets: readonly (readonly [variant: string, count: number])[] };
}

interface Two {
  readonly before: AdoptedProject;
  readonly after: AdoptedProject;
}

/**
 * What it would mean to adopt `after` where `before` is served, by environment and flag: flags that differ in what they or their segments say,
 * and those that wait for one of them (`follows`). Decisions (kills, releases, pins, reverts) are not looked at. Cost: structure, and with
 * `everybody` changed flags × asked × 2 evaluations.
 */
export function planOf(projects: Two, everybody: readonly Asked[]): readonly PlannedChange[] {
  const { before, after } = projects;
  const environments = [...new Set([...before.environments, ...after.environments])];
  return environments.flatMap((environment) => {
    const changes = changesIn(environment, projects);
    const counts = everybody.length === 0 ? new Map<string, never>() : countsIn(environment, projects, { changes, everybody });
    return changes.map((change): PlannedChange => {
      const counted = counts.get(change.flag);
      return counted === undefined ? change : { ...change, counts: counted };
    });
  });
}

function changesIn(environment: string, { before, after }: Two): readonly PlannedChange[] {
  const gates = gatesOf(after, environment);
  const names = plannedNames(before, after);
  const keyBefore = new Map(names.renamed.map(({ from, to }) => [to, from]));
  const gone = new Set(keyBefore.values());
  const guarded = before.decidedByPeople.includes(environment) || after.decidedByPeople.includes(environment);
  const keys = [...new Set([...before.flags.keys(), ...after.flags.keys()])].sort();
  const own = keys.flatMap((key): readonly PlannedChange[] => {
    if (gone.has(key)) return [];
    const where = { environment, aliases: names.aliases, key };
    const [flag, known] = [after.flags.get(key), before.flags.get(keyBefore.get(key) ?? key)];
    const [is, was] = [judgedIn(flag, after, where), judgedIn(known, before, where)];
    if (is === undefined) return was === undefined ? [] : [{ ...goes, environment, flag: key }];
    const wasRelease = known?.kind === "release";
    const waitsFor = (): readonly string[] =>
      guarded && flag !== undefined ? whyItWaits({ before: was, after: is, flag }, { wasRelease, gate: gates.get(key) }) : [];
    if (was === undefined) return [{ environment, flag: key, how: "comes", isSame: false, waits: waitsFor(), notes: [] }];
    const named = nameNotes(known, flag);
    const isSaidAlike = expanded(is) === expanded(was);
    if (named.length === 0 && isSaidAlike && canonicalJson(is.form) === canonicalJson(was.form)) return [];
    const isSame = isSaidAlike || isSameForm(was, is);
    const waits = isSame ? [] : waitsFor();
    return [{ environment, flag: key, how: "changes", isSame, waits, notes: [...named, ...notesOf(was.form, is.form, isSame && named.length > 0)] }];
  });
  const forms = [...after.flags.values()].map((flag) => [flag.key, flag.form(environment)] as const);
  return [...own, ...followersOf(environment, forms, own)];
}

/** Flags that are not listed and wait, by these forms, for one that changes. */
export function followersOf(
  environment: string,
  forms: Iterable<readonly [key: string, form: Pick<FlagForm, "prerequisites"> | undefined]>,
  own: readonly PlannedChange[],
): readonly PlannedChange[] {
  const moved = new Set(own.filter(({ isSame }) => !isSame).map(({ flag }) => flag));
  const listed = new Set(own.map(({ flag }) => flag));
  const found: PlannedChange[] = [];
  const waiting = [...forms].flatMap(([key, form]) => (form?.prerequisites ?? []).map(({ flag: parent }) => ({ key, parent })));
  for (let size = -1; size < moved.size;) {
    size = moved.size;
    for (const { key, parent } of waiting) {
      if (!moved.has(parent) || moved.has(key)) continue;
      moved.add(key);
      if (!listed.has(key)) found.push({ environment, flag: key, how: "follows", isSame: false, waits: [], notes: [`It waits for ${parent}, which changes.`] });
    }
  }
  return found;
}

/** The names of two trees where nothing else is known than what they say. */
function plannedNames(before: AdoptedProject, after: AdoptedProject): CommitNames {
  const declared = [...before.flags.values()].flatMap(({ key, aliases = [] }) => aliases.map((name) => [name, key] as const));
  return commitNames({ ...emptyDecisions, aliases: Object.fromEntries(declared) }, { before, after, hidden: [] });
}

/** What a change of a flag's names means for code that asks. */
function nameNotes(was: AdoptedFlag | undefined, is: AdoptedFlag | undefined): readonly string[] {
  if (was === undefined || is === undefined) return [];
  const [before, after] = [
    [was.key, ...(was.aliases ?? [])],
    [is.key, ...(is.aliases ?? [])],
  ];
  return [
    ...(was.key === is.key ? [] : [`It was ${was.key} before: code that asks for that goes on getting the same.`]),
    ...after.filter((name) => name !== is.key && !before.includes(name)).map((name) => `Code that asks for ${name} gets it too.`),
    ...before.filter((name) => !after.includes(name)).map((name) => `Code that still asks for ${name} gets its own default.`),
  ];
}

/** The form with its segments written out, so that a segment's name says nothing. */
function expanded({ form, segment }: JudgedForm): string {
  const whole = (condition: Condition | undefined): JsonValue => (condition === undefined ? null : part(condition));
  const part = (value: JsonValue): JsonValue => {
    if (!Array.isArray(value)) return value;
    const [tag, key]: readonly unknown[] = value;
    if (tag !== "segment" || typeof key !== "string") return value.map((each: JsonValue) => part(each));
    const known = segment(key);
    return ["segment", known === undefined ? null : JSON.parse(canonicalJson({ ...known, if: whole(known.if) }))];
  };
  const rules = (form.rules ?? []).map((rule) => ({ ...rule, if: whole(rule.if) }));
  return canonicalJson({ ...form, eligible: whole(form.eligible), rules });
}

const goes = { how: "goes", isSame: false, waits: [], notes: ["It is gone: code that still asks gets its own default."] } as const;

function notesOf(was: FlagForm, is: FlagForm, isOnlyNamed: boolean): readonly string[] {
  const notes: string[] = [];
  const [typeBefore, typeAfter] = [was.type ?? "boolean", is.type ?? "boolean"];
  if (typeBefore !== typeAfter) notes.push(`Its type changes from ${typeBefore} to ${typeAfter}: code that asks for a ${typeBefore} gets its own default.`);
  const names = (form: FlagForm): readonly string[] => Object.keys(form.variants ?? { on: true, off: false });
  for (const variant of variantsServedBy(was)) if (!names(is).includes(variant)) notes.push(`The variant ${variant}, which is served now, is gone.`);
  if (!isOnlyNamed && (was.salt ?? "") !== (is.salt ?? "")) notes.push("Its salt changes: everybody is counted anew.");
  return notes;
}

function countsIn(
  environment: string,
  { before, after }: Two,
  { changes, everybody }: { readonly changes: readonly PlannedChange[]; readonly everybody: readonly Asked[] },
): ReadonlyMap<string, NonNullable<PlannedChange["counts"]>> {
  const wanted = new Set(changes.map(({ flag }) => flag));
  const names = plannedNames(before, after);
  const keyBefore = new Map(names.renamed.map(({ from, to }) => [to, from]));
  // What is asked before and after is one flag, also where its key changes.
  const formIn =
    (project: AdoptedProject, own: (key: string) => string) =>
    (key: string): FlagForm | undefined =>
      judgedIn(project.flags.get(own(key)), project, { environment, aliases: names.aliases, key })?.form;
  const [was, is] = [
    compileSnapshot(snapshotOf(before, { environment, wanted, formOf: formIn(before, (key) => keyBefore.get(key) ?? key) })),
    compileSnapshot(snapshotOf(after, { environment, wanted, formOf: formIn(after, (key) => key) })),
  ];
  const changed = new Map(whoChanges(was, is, everybody).map((change) => [change.flag, change.who] as const));
  return new Map(
    [...wanted].map((flag) => {
      return [flag, countsOf(changed.get(flag) ?? [], everybody.length)] as const;
    }),
  );
}

/** Of those asked, how many would get something else, and how many of them what; by variant. */
export function countsOf(who: FlagChange["who"], asked: number): NonNullable<PlannedChange["counts"]> {
  const gets = new Map<string, number>();
  for (const { after } of who) {
    const variant = after.variant ?? "the code's default";
    gets.set(variant, (gets.get(variant) ?? 0) + 1);
  }
  return { asked, changes: who.length, gets: [...gets].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** The forms of these flags and of all that they wait for; those that are not there are left out. */
export function withParents(wanted: Iterable<string>, formOf: (flag: string) => FlagForm | undefined): Readonly<Record<string, FlagForm>> {
  const found = new Map<string, FlagForm>();
  const waiting = [...wanted];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    const form = found.has(key) ? undefined : formOf(key);
    if (form === undefined) continue;
    found.set(key, form);
    waiting.push(...(form.prerequisites ?? []).map((gate) => gate.flag));
  }
  return Object.fromEntries(found);
}

/** The flags that are asked for, with those that they wait for. */
function snapshotOf(
  { segments, customer }: AdoptedProject,
  {
    environment,
    wanted,
    formOf,
  }: { readonly environment: string; readonly wanted: ReadonlySet<string>; readonly formOf: (flag: string) => FlagForm | undefined },
): Snapshot {
  return {
    format: SNAPSHOT_FORMAT,
    environment,
    epoch: "plan",
    seq: 0,
    salt: "plan",
    ...(customer === undefined ? {} : { customer }),
    segments: Object.fromEntries([...segments].map(([key, { form }]) => [key, form])),
    flags: withParents(wanted, formOf),
  };
}
