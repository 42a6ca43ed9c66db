import { changeHashes, type HashChange } from "@sluice/evaluation";

/**
 * Who is in one runtime list of one environment. Hashes are `customerHash(the environment's salt, id)`: whose they are stands beside the log,
 * where it can be erased (docs/decisions/0007).
 */
export interface RuntimeList {
  /** Sorted by code units, each once, at most `LIST_MEMBERS_MAX`. */
  readonly hashes: readonly string[];
  /** Of the event that changed it last. */
  readonly seq: number;
  readonly atMs: number;
  /** Account id or machine actor of the last change; absent once erased. Never read by compile. */
  readonly by?: string;
}

/** What is to become of one list. A hash in both is a member afterwards. */
export interface ListChange extends Required<HashChange> {
  readonly list: string;
}

/** A change that gives a release to more people, until somebody with the role decides (semantics 10). */
export interface WaitingListChange extends ListChange {
  readonly id: string;
  readonly seq: number;
  readonly atMs: number;
  readonly by?: string;
}

/** As many as a segment's file may list, and as an SDK holds as a set without noticing. */
export const LIST_MEMBERS_MAX = 100_000;
/** Members of all lists of one environment: 10 MB of its snapshot, which every process holds. */
export const LISTS_MEMBERS_MAX = 500_000;
/** Ids of one change: an event of 200 kB. Whoever has more sends several. */
export const LIST_CHANGE_IDS_MAX = 10_000;
/** Changes of one environment that wait for a person: more than somebody reads in a day. */
export const LIST_CHANGES_WAITING_MAX = 100;

/** The list after a change; the same object where nothing of it changes. */
export function changedList(before: RuntimeList | undefined, change: HashChange, at: Omit<RuntimeList, "hashes">): RuntimeList {
  const hashes = changeHashes(before?.hashes ?? [], change);
  return before !== undefined && hashes === before.hashes ? before : { ...at, hashes };
}

/** What of a change is not so already: sorted, each once. */
export function effectOf(list: RuntimeList | undefined, { add, remove }: Required<HashChange>): Required<HashChange> {
  const members = new Set(list?.hashes);
  const joining = new Set(add);
  return {
    add: [...joining].filter((hash) => !members.has(hash)).sort(),
    remove: [...new Set(remove)].filter((hash) => members.has(hash) && !joining.has(hash)).sort(),
  };
}
