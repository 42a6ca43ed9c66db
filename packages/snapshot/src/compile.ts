import { SNAPSHOT_FORMAT } from "@sluice/evaluation";
import type { ExposureForm, FlagForm, KillForm, PinForm, Snapshot } from "@sluice/evaluation";
import type { Aliases, Decisions, EnvironmentDecisions, Exposure, FileChange, KillInForce, PersistentMap, Pin } from "@sluice/releases";
import { type AdoptedProject, flagUnder, type ReadProject } from "./adopted-project.ts";
import { aliasesIn, killedNames, underKey, withFormerKeys } from "./former-keys.ts";
import { type RevertedSegment, SegmentForms } from "./segment-forms.ts";

/** What a customer key is read from where no project says. */
const CUSTOMER_DEFAULT = "customer";

export interface CompileInput {
  readonly decisions: Decisions;
  readonly environment: string;
  readonly read: ReadProject;
  /** The sequence that the snapshot will carry: of the last event that changed its content (`advance` and `compileFromLog` know it). */
  readonly seq: number;
}

/**
 * snapshot = compile(definitions as adopted, decisions, environment): pure, byte for byte once encoded.
 * Flags come from the adopted tree, but a reverted or kept flag from its own files with its own segments (a revert wins over
 * a kept form); a reverted segment is served to every flag, but to one that was reverted later. Deleted and broken flags without a kept form are left out. `kills`, `journals`, `segments` and `customer` are always
 * there, also when empty, so that a patch that drops the last one gives the same bytes. `undefined`: no such environment (yet).
 */
export function compileEnvironment({ decisions, environment, read, seq }: CompileInput): Snapshot | undefined {
  const own = decisions.environments[environment];
  if (own === undefined) return undefined;
  const current = read(treeOf(decisions.files));
  const segments = new SegmentForms(current, (key) => own.lists.get(key)?.hashes, revertedSegments(own, read));
  const older = olderForms(own, read);
  const decidedAt = (key: string): number => own.reverts.get(key)?.seq ?? 0;
  const decided = withPins(withExposures(flagsOf({ current, older, environment, segments, decidedAt }), own.exposures), own.pins);
  const flags = withFormerKeys(decided, decisions.aliases, older);
  return {
    format: SNAPSHOT_FORMAT,
    environment,
    epoch: decisions.epoch,
    seq,
    ...(decisions.replaces.length === 0 ? {} : { replaces: decisions.replaces }),
    ...(own.seen === undefined ? {} : { seen: own.seen }),
    customer: current.customer ?? [...older.values()].find(({ customer }) => customer !== undefined)?.customer ?? CUSTOMER_DEFAULT,
    salt: own.salt,
    journals: own.journals,
    segments: segments.all(),
    kills: Object.fromEntries(own.kills.entriesSorted().map(([id, kill]) => [id, killForm(kill, aliasesIn(flags))])),
    flags,
  };
}

/** Flags with who has their released value: a term for a flag that is not served goes nowhere, and comes back with the flag. */
function withExposures(flags: Readonly<Record<string, FlagForm>>, exposures: PersistentMap<Exposure>): Readonly<Record<string, FlagForm>> {
  if (exposures.size === 0) return flags;
  const exposed = Object.entries(flags).map(([key, form]): readonly [string, FlagForm] => {
    const term = exposures.get(key);
    return [key, term === undefined ? form : { ...form, exposure: exposureForm(term) }];
  });
  return Object.fromEntries(exposed);
}

/** Flags with whose answer is fixed: what is pinned of a flag that is not served goes nowhere. Who, until when and why is nobody's business at an SDK. */
function withPins(flags: Readonly<Record<string, FlagForm>>, pins: PersistentMap<Pin>): Readonly<Record<string, FlagForm>> {
  if (pins.size === 0) return flags;
  const byFlag = new Map<string, PinForm[]>();
  for (const [, { flag, hash, serve }] of pins.entriesSorted()) {
    const own = byFlag.get(flag);
    if (own === undefined) byFlag.set(flag, [["customer", hash, serve]]);
    else own.push(["customer", hash, serve]);
  }
  const pinned = Object.entries(flags).map(([key, form]): readonly [string, FlagForm] => {
    const own = byFlag.get(key)?.sort(([, a], [, b]) => (a < b ? -1 : 1));
    return [key, own === undefined ? form : { ...form, pins: [...own, ...(form.pins ?? [])] }];
  });
  return Object.fromEntries(pinned);
}

/** The term as it travels: which release made it is nobody's business at an SDK. */
function exposureForm({ serve, keys, rest, except }: Exposure): ExposureForm {
  return { serve, ...(keys.length === 0 ? {} : { keys }), ...(rest === true ? { rest, ...(except === undefined ? {} : { except }) } : {}) };
}

/** The kill as it travels: what nobody at an SDK needs is left out, and former keys of its flags are killed with them. */
export function killForm({ flags, scope }: Pick<KillInForce, "flags" | "scope">, aliases: Aliases): KillForm {
  return { flags: killedNames(flags, aliases), ...(scope === undefined ? {} : { scope }) };
}

const trees = new WeakMap<PersistentMap<string>, readonly FileChange[]>();

/** The files of an adopted tree by path; the same list for the same tree, so that readers can remember what they made of it. */
export function treeOf(files: PersistentMap<string>): readonly FileChange[] {
  const known = trees.get(files);
  if (known !== undefined) return known;
  const tree = files.entriesSorted();
  trees.set(files, tree);
  return tree;
}

/** Projects of the flags that are not served as the adopted commit says, by flag, in the order of keys. A former key has no form of its own. */
export function olderForms(own: EnvironmentDecisions, read: ReadProject): ReadonlyMap<string, AdoptedProject> {
  const blobs = new Map<string, readonly FileChange[]>();
  for (const [flag, kept] of own.kept.entriesSorted()) if (kept.aliasOf === undefined) blobs.set(flag, kept.blobs);
  for (const [flag, revert] of own.reverts.entriesSorted()) blobs.set(flag, revert.blobs);
  const inOrder = [...blobs].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(inOrder.map(([flag, files]) => [flag, read(files)]));
}

/** Segments that are served in an earlier form by decision, by key. */
function revertedSegments(own: EnvironmentDecisions, read: ReadProject): ReadonlyMap<string, RevertedSegment> {
  return new Map(own.segmentReverts.entriesSorted().map(([key, { blobs, seq }]) => [key, { project: read(blobs), seq }]));
}

interface Sources {
  readonly current: AdoptedProject;
  readonly older: ReadonlyMap<string, AdoptedProject>;
  readonly environment: string;
  readonly segments: SegmentForms;
  /** Place in the log of the flag's revert, 0 where there is none. */
  readonly decidedAt: (flag: string) => number;
}

function flagsOf({ current, older, environment, segments, decidedAt }: Sources): Readonly<Record<string, FlagForm>> {
  const flags = new Map<string, FlagForm>();
  for (const [key, flag] of current.flags) {
    const form = older.has(key) ? undefined : flag.form(environment);
    if (form !== undefined) flags.set(key, form);
  }
  for (const [key, project] of older) {
    const flag = flagUnder(project, key);
    const form = flag?.form(environment);
    if (flag !== undefined && form !== undefined) flags.set(key, segments.adopt(underKey(form, { own: flag.key, key }), { project, seq: decidedAt(key) }));
  }
  return Object.fromEntries(flags);
}
