import type { IconName } from "../state-words.ts";
import type { Place } from "./places.ts";

/** One thing that the palette opens. */
export interface PaletteEntry {
  readonly id: string;
  readonly title: string;
  /** What tells two of the same title apart: a key, a phase. */
  readonly more?: string;
  readonly icon: IconName;
  readonly page: string;
  readonly values?: Readonly<Record<string, string>>;
}

export interface PaletteGroup {
  readonly title: string;
  readonly entries: readonly PaletteEntry[];
}

/** What can be found. Lists that have not come yet are empty. */
export interface Findable {
  readonly places: readonly Place[];
  readonly flags: readonly {
    readonly key: string;
    readonly aliases?: readonly string[];
    readonly name: string;
    readonly description?: string;
    readonly owner?: string;
    /** Whether whoever looks may kill it. */
    readonly mayKill: boolean;
  }[];
  readonly releases: readonly { readonly release: string; readonly title: string; readonly phase: string }[];
  readonly customers: readonly { readonly id: string; readonly key: string; readonly name: string; readonly tags: readonly string[] }[];
}

/** Entries shown of one group: a person reads a short list and types another letter for more. */
const SHOWN_MAX = 6;

interface Candidate {
  readonly entry: PaletteEntry;
  readonly texts: readonly string[];
}

/**
 * What fits the words of `query`, the nearest first: a name that begins with them, then a word of a name, then any text.
 * Without a query: the pages alone, which is what somebody who only opened the palette can choose from.
 */
export function paletteGroups(query: string, find: Findable): readonly PaletteGroup[] {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const groups: readonly (readonly [string, readonly Candidate[]])[] =
    words.length === 0
      ? [["Pages", placeCandidates(find)]]
      : [
          ["Pages", placeCandidates(find)],
          ["Releases", releaseCandidates(find)],
          ["Customers", customerCandidates(find)],
          ["Flags", flagCandidates(find)],
          ["Kill", killCandidates(find)],
        ];
  return groups.flatMap(([title, candidates]) => {
    const entries = nearest(words, candidates);
    return entries.length === 0 ? [] : [{ title, entries: words.length === 0 ? entries : entries.slice(0, SHOWN_MAX) }];
  });
}

function nearest(words: readonly string[], candidates: readonly Candidate[]): readonly PaletteEntry[] {
  return candidates
    .map(({ entry, texts }, place) => ({ entry, place, distance: distanceOf(words, entry.title.toLowerCase(), texts.join(" ").toLowerCase()) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((a, b) => (a.distance ?? 0) - (b.distance ?? 0) || a.place - b.place)
    .map(({ entry }) => entry);
}

/** 0 the title begins so, 1 a word of it does, 2 it stands in the title, 3 elsewhere; `undefined` where a word stands nowhere. */
function distanceOf(words: readonly string[], title: string, texts: string): number | undefined {
  if (!words.every((word) => title.includes(word) || texts.includes(word))) return undefined;
  const [first = ""] = words;
  if (title.startsWith(words.join(" "))) return 0;
  if (title.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(first))) return 1;
  return title.includes(first) ? 2 : 3;
}

const placeCandidates = ({ places }: Findable): readonly Candidate[] =>
  places.map(({ page, title, icon, also }) => ({ entry: { id: `page-${page}`, title, icon, page }, texts: [also ?? ""] }));

const releaseCandidates = ({ releases }: Findable): readonly Candidate[] =>
  releases.map(({ release, title, phase }) => ({
    entry: { id: `release-${release}`, title, more: phase, icon: "release", page: "release", values: { id: release } },
    texts: [release],
  }));

const customerCandidates = ({ customers }: Findable): readonly Candidate[] =>
  customers.map(({ id, key, name, tags }) => ({
    entry: { id: `customer-${id}`, title: name, more: key, icon: "customer", page: "customer", values: { id } },
    texts: [key, ...tags],
  }));

const flagCandidates = ({ flags }: Findable): readonly Candidate[] =>
  flags.map(({ key, name, description, owner, aliases = [] }) => ({
    entry: { id: `flag-${key}`, title: name, more: key, icon: "flag", page: "flag", values: { flag: key } },
    texts: [key, ...aliases, description ?? "", owner ?? ""],
  }));

/** Opens the page that says what a kill takes away; nothing is killed from here. */
const killCandidates = ({ flags }: Findable): readonly Candidate[] =>
  flags
    .filter(({ mayKill }) => mayKill)
    .map(({ key, name, aliases = [] }) => ({
      entry: { id: `kill-${key}`, title: `Kill ${name} …`, more: key, icon: "kill", page: "kill", values: { flag: key } },
      texts: [key, ...aliases],
    }));
