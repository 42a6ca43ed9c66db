/** Members that come and go: 16 hex digits each. What stands in both is a member afterwards. */
export interface HashChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** Changes that a set is asked through before one is made afresh: beyond it, three look-ups cost more than they save. */
const OVERLAY_MAX = 1_000;
/** Changes that are put into a copy of the list one by one: each moves half of it, which at 100,000 costs as much as sorting a 64th part. */
const INSERTED_MAX = 64;

interface Listed {
  readonly base: ReadonlySet<string>;
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
  readonly isSorted: boolean;
}

/** By the list itself: lists are never changed in place, so what was made of one holds as long as it does. */
const known = new WeakMap<readonly string[], Listed>();
const NONE: ReadonlySet<string> = new Set();

/** Whether a text is in a list: in O(1), made once for each list object. */
export function isListedIn(list: readonly string[]): (text: string | undefined) => boolean {
  const listed = listedIn(list);
  const { base, added, removed } = listed;
  if (added.size === 0 && removed.size === 0) return (text) => text !== undefined && base.has(text);
  return (text) => text !== undefined && isIn(listed, text);
}

/**
 * The list after a change, sorted by code units, each hash once; the same object where nothing changes. Where the list before was asked
 * already, the new one is asked through what was made of it, so that one id more among 100,000 makes no set of 100,000.
 */
export function changeHashes(before: readonly string[], { add = [], remove = [] }: HashChange): readonly string[] {
  const listed = listedIn(before);
  const coming = new Set(add);
  const leaving = new Set(remove.filter((hash) => !coming.has(hash) && isIn(listed, hash)));
  const joining = [...coming].filter((hash) => !isIn(listed, hash));
  const count = joining.length + leaving.size;
  if (count === 0) return before;
  const after = listed.isSorted && count <= INSERTED_MAX ? withEach(before, joining, leaving) : sortedWith(before, joining, leaving);
  if (listed.added.size + listed.removed.size + count <= OVERLAY_MAX) known.set(after, changed(listed, joining, leaving));
  return after;
}

function listedIn(list: readonly string[]): Listed {
  const made = known.get(list) ?? { base: new Set(list), added: NONE, removed: NONE, isSorted: isSortedOnce(list) };
  known.set(list, made);
  return made;
}

const isIn = ({ base, added, removed }: Listed, text: string): boolean => added.has(text) || (base.has(text) && !removed.has(text));

const isSortedOnce = (list: readonly string[]): boolean => list.every((text, at) => at === 0 || (list[at - 1] ?? "") < text);

function withEach(before: readonly string[], joining: readonly string[], leaving: ReadonlySet<string>): readonly string[] {
  const after = [...before];
  for (const hash of leaving) after.splice(placeOf(after, hash), 1);
  for (const hash of joining) after.splice(placeOf(after, hash), 0, hash);
  return after;
}

/** Where a hash stands in a sorted list, or would. */
function placeOf(sorted: readonly string[], hash: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? "") < hash) from = middle + 1;
    else to = middle;
  }
  return from;
}

function sortedWith(before: readonly string[], joining: readonly string[], leaving: ReadonlySet<string>): readonly string[] {
  return [...new Set([...before.filter((hash) => !leaving.has(hash)), ...joining])].sort();
}

function changed({ base, added, removed }: Listed, joining: readonly string[], leaving: ReadonlySet<string>): Listed {
  const more = new Set([...added, ...joining]);
  const fewer = new Set([...removed, ...leaving]);
  for (const hash of leaving) more.delete(hash);
  for (const hash of joining) fewer.delete(hash);
  return { base, added: more, removed: fewer, isSorted: true };
}
