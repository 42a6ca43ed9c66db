import { canonicalJson } from "@sluice/evaluation";
import type { KillForm, Patch, PatchParts, SegmentForm, Snapshot } from "@sluice/evaluation";
import type { Facts } from "@sluice/releases";
import { killForm } from "./compile.ts";
import { aliasesIn } from "./former-keys.ts";

/**
 * The smallest patch from one snapshot to a later one of the same environment and epoch: only what changed.
 * `undefined` where a patch cannot say it (another environment, epoch, format or list of replaced epochs): send the snapshot.
 */
export function diffSnapshots(before: Snapshot, after: Snapshot): Patch | undefined {
  const told = (snapshot: Snapshot): string =>
    canonicalJson([snapshot.environment, snapshot.epoch, snapshot.format, snapshot.replaces ?? [], snapshot.seen ?? {}]);
  if (told(before) !== told(after)) return undefined;
  const flags = changes(before.flags, after.flags);
  const { hashes, ...segments } = segmentChanges(before.segments, after.segments);
  const kills = changes(before.kills, after.kills);
  const journals = changes(before.journals, after.journals);
  // A patch can only add to journals and cannot unset the customer's path.
  if (journals.drop.length > 0 || (before.customer !== undefined && after.customer === undefined)) return undefined;
  const set: PatchParts = {
    ...(before.customer === after.customer || after.customer === undefined ? {} : { customer: after.customer }),
    ...(before.salt === after.salt ? {} : { salt: after.salt }),
    ...whereAny("journals", journals.set),
    ...whereAny("segments", segments.set),
    ...whereAny("kills", kills.set),
    ...whereAny("flags", flags.set),
    ...whereAny("hashes", hashes.set),
  };
  const drop = {
    ...whereAny("flags", flags.drop),
    ...whereAny("segments", segments.drop),
    ...whereAny("kills", kills.drop),
    ...whereAny("hashes", hashes.drop),
  };
  return {
    epoch: after.epoch,
    base: before.seq,
    to: after.seq,
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...(Object.keys(drop).length === 0 ? {} : { drop }),
  };
}

/** Whether a snapshot says the same as another but for its sequence: what decides if an event makes a new version. */
export function sameContent(a: Snapshot, b: Snapshot): boolean {
  const patch = diffSnapshots(a, b);
  return patch !== undefined && patch.set === undefined && patch.drop === undefined;
}

/**
 * The patch that a logged kill makes, without a look at any definition. `undefined` where it changes nothing in `current`.
 * `current` must be the snapshot up to the event before.
 */
export function patchForKill(current: Snapshot, kill: Extract<Facts, { readonly kind: "flagsKilled" }>, seq: number): Patch | undefined {
  const { journal, counter } = kill;
  // The one kill and the one journal only, so that the cost does not grow with flags or kills.
  const form = killForm(kill, aliasesIn(current.flags));
  const isSame = canonicalJson(ownOf(current.kills, kill.kill) ?? {}) === canonicalJson(form);
  const counted = journal !== undefined && counter !== undefined && counter > (ownOf(current.journals, journal) ?? -1) ? { [journal]: counter } : undefined;
  if (isSame && counted === undefined) return undefined;
  const set: PatchParts = { ...(isSame ? {} : { kills: { [kill.kill]: form } }), ...(counted === undefined ? {} : { journals: counted }) };
  return { epoch: current.epoch, base: current.seq, to: seq, set };
}

/** A kill that is logged, and its place. */
export interface KillAt {
  readonly kill: Extract<Facts, { readonly kind: "flagsKilled" }>;
  readonly seq: number;
}

/**
 * What kills that stand in the log one after the other make of `current`: `each` by itself, in their order, `undefined` for one that changes
 * nothing; and all of them in one, which leads to the same version. Whoever applies that one copies the list of kills once, not once for each:
 * thousands that enter the log after an outage must not cost their square.
 */
export function patchesForKills(
  current: Snapshot,
  kills: readonly KillAt[],
): { readonly each: readonly (Patch | undefined)[]; readonly whole: Patch | undefined } {
  const [forms, counters] = [new Map<string, KillForm>(), new Map<string, number>()];
  let { seq } = current;
  const each = kills.map(({ kill, seq: to }) => {
    const { kill: id, journal = "" } = kill;
    const known = {
      kills: only(id, forms.get(id) ?? ownOf(current.kills, id)),
      journals: only(journal, counters.get(journal) ?? ownOf(current.journals, journal)),
    };
    const patch = patchForKill({ ...current, ...known, seq }, kill, to);
    if (patch === undefined) return undefined;
    ({ to: seq } = patch);
    for (const [name, form] of Object.entries(patch.set?.kills ?? {})) forms.set(name, form);
    for (const [name, counter] of Object.entries(patch.set?.journals ?? {})) counters.set(name, counter);
    return patch;
  });
  if (seq === current.seq) return { each, whole: undefined };
  const set: PatchParts = { ...whereAny("kills", Object.fromEntries(forms)), ...whereAny("journals", Object.fromEntries(counters)) };
  return { each, whole: { epoch: current.epoch, base: current.seq, to: seq, set } };
}

/** The patch that lifting a kill makes; `undefined` where `current` has no such kill. */
export function patchForLift(current: Snapshot, lift: Extract<Facts, { readonly kind: "killLifted" }>, seq: number): Patch | undefined {
  if (ownOf(current.kills, lift.kill) === undefined) return undefined;
  return { epoch: current.epoch, base: current.seq, to: seq, drop: { kills: [lift.kill] } };
}

type Lists = Readonly<Record<string, readonly string[]>>;

/** Segments that only gained or lost hashes are told by these, which is what keeps an edit of a list of 100,000 small. */
function segmentChanges(
  before: Snapshot["segments"] = {},
  after: Snapshot["segments"] = {},
): Changes<SegmentForm> & { readonly hashes: { readonly set: Lists; readonly drop: Lists } } {
  const edits = new Map<string, HashEdit>();
  for (const [id, form] of before === after ? [] : Object.entries(after)) {
    const edit = hashEdit(ownOf(before, id), form);
    if (edit !== undefined) edits.set(id, edit);
  }
  const told = edits.size === 0 ? after : Object.fromEntries(Object.entries(after).map(([id, form]) => [id, edits.has(id) ? (before[id] ?? form) : form]));
  const lists = (part: keyof HashEdit): Lists =>
    Object.fromEntries([...edits].flatMap(([id, edit]) => (edit[part].length === 0 ? [] : [[id, edit[part]] as const])));
  return { ...changes(before, told), hashes: { set: lists("joined"), drop: lists("left") } };
}

/** By reference where it can be: the lists of a file are the same objects as long as the file is. */
function isSameBut(before: SegmentForm, after: SegmentForm): boolean {
  const { hashes: _was, include: a, exclude: b, ...rest } = before;
  const { hashes: _is, include: c, exclude: d, ...others } = after;
  return isEqual(a, c) && isEqual(b, d) && canonicalJson(rest) === canonicalJson(others);
}

interface HashEdit {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** What joined and left, where that says the whole difference and says it shorter; `undefined` elsewhere. Both lists are sorted. */
function hashEdit(before: SegmentForm | undefined, after: SegmentForm): HashEdit | undefined {
  const [was, is] = [before?.hashes ?? [], after.hashes];
  if (before === undefined || before === after || is === undefined || was === is || !isSameBut(before, after)) return undefined;
  const edit: { readonly joined: string[]; readonly left: string[] } = { joined: [], left: [] };
  for (let at = 0, other = 0; at < was.length || other < is.length;) {
    const [a, b] = [was[at], is[other]];
    if (a === b) [at, other] = [at + 1, other + 1];
    else if (b === undefined || (a !== undefined && a < b)) {
      edit.left.push(a ?? "");
      at += 1;
    } else {
      edit.joined.push(b);
      other += 1;
    }
  }
  return edit.joined.length + edit.left.length < is.length ? edit : undefined;
}

interface Changes<T> {
  readonly set: Readonly<Record<string, T>>;
  readonly drop: readonly string[];
}

function changes<T>(before: Readonly<Record<string, T>> = {}, after: Readonly<Record<string, T>> = {}): Changes<T> {
  if (before === after) return { set: {}, drop: [] };
  const set = Object.entries(after).filter(([name, value]) => !isEqual(ownOf(before, name), value));
  const drop = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return { set: Object.fromEntries(set), drop: drop.sort() };
}

/** The reference first: forms that were not parsed again are the same objects. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));
}

function ownOf<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function only<T>(name: string, value: T | undefined): Readonly<Record<string, T>> {
  return value === undefined ? {} : { [name]: value };
}

function whereAny<K extends string, V extends object>(name: K, value: V): Partial<Record<K, V>> {
  return Object.keys(value).length === 0 ? {} : ({ [name]: value } as Partial<Record<K, V>>);
}
