import { type Aliases, type CommitNames, type Decisions, keyNow, type Renamed } from "@sluice/releases";
import type { AdoptedProject } from "./adopted-project.ts";

interface Trees {
  readonly before: AdoptedProject;
  readonly after: AdoptedProject;
  /** Flags that stand in files of which not even the key can be read. */
  readonly hidden: readonly string[];
}

/**
 * What a commit calls flags that were called otherwise. A flag is renamed where a key that was no flag's declares a former key that was one's
 * and is none's any more. A former key belongs to one flag: where two flags become one, or a former key goes to another flag, it stays with
 * the one that it answered for, as a deleted flag or a dropped name does, until it may go.
 */
export function commitNames(decisions: Decisions, trees: Trees): CommitNames {
  const after = declaredIn(trees);
  const wasFlag = flagsBefore(decisions, trees.before);
  const renamed = renamedIn(after, wasFlag);
  const now = new Map(renamed.map(({ from, to }) => [from, to]));
  const aliases: Record<string, string> = {};
  for (const [key, names] of after) {
    for (const name of names ?? []) {
      const target = Object.hasOwn(decisions.aliases, name) ? keyNow(decisions.aliases, name) : undefined;
      const isOthers = target === undefined ? wasFlag(name) && now.get(name) !== key : (now.get(target) ?? target) !== key;
      if (!isOthers && !after.has(name) && !Object.hasOwn(aliases, name)) aliases[name] = key;
    }
  }
  const left = Object.entries(decisions.aliases).filter(([name]) => !Object.hasOwn(aliases, name) && !renamed.some(({ to }) => to === name));
  const stay = left.map(([name, key]): readonly [string, string] => [name, now.get(key) ?? key]);
  // What cannot be read has not dropped anything.
  const isUnread = (key: string): boolean => after.has(key) && after.get(key) === undefined;
  return {
    aliases: { ...aliases, ...from(stay.filter(([, key]) => isUnread(key))) },
    fading: from(stay.filter(([, key]) => !isUnread(key))),
    renamed,
  };
}

/** The key that a flag had until this commit. */
export const keyBefore = ({ renamed }: CommitNames, key: string): string => renamed.find(({ to }) => to === key)?.from ?? key;

const from = (entries: readonly (readonly [string, string])[]): Aliases => Object.fromEntries(entries);

/** Each flag of the commit with the former keys that it declares; undefined where they cannot be read. In the order of keys. */
function declaredIn({ after, hidden }: Trees): ReadonlyMap<string, readonly string[] | undefined> {
  const all = [
    ...[...after.flags.values()].map(({ key, aliases = [] }) => [key, aliases] as const),
    ...after.broken.map(({ flag, aliases }) => [flag, aliases] as const),
    ...hidden.map((flag) => [flag, undefined] as const),
  ];
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a name was a flag's key until now, in the tree or kept. */
function flagsBefore(decisions: Decisions, before: AdoptedProject): (name: string) => boolean {
  const broken = new Set(before.broken.map(({ flag }) => flag));
  const isKept = (name: string): boolean => Object.values(decisions.environments).some(({ kept }) => kept.has(name));
  return (name) => !Object.hasOwn(decisions.aliases, name) && (before.flags.has(name) || broken.has(name) || isKept(name));
}

function renamedIn(after: ReadonlyMap<string, readonly string[] | undefined>, wasFlag: (name: string) => boolean): readonly Renamed[] {
  const taken = new Set<string>();
  return [...after].flatMap(([to, names = []]): readonly Renamed[] => {
    const found = wasFlag(to) ? undefined : names.find((name) => wasFlag(name) && !after.has(name) && !taken.has(name));
    if (found === undefined) return [];
    taken.add(found);
    return [{ from: found, to }];
  });
}
