/** Former key → key now. A key that is asked for under its former name is answered as under its own. */
export type Aliases = Readonly<Record<string, string>>;

/** A flag that goes on under another key. */
export interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** No flag was ever renamed. */
export const NO_ALIASES: Aliases = {};

/** The key that a flag has now, whichever of its names is given; a name that is no alias is its own. */
export function keyNow(aliases: Aliases, name: string): string {
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
}

/** The flag's key and its former ones, those in code unit order. */
export function namesOf(aliases: Aliases, key: string): readonly string[] {
  const former = Object.keys(aliases).filter((name) => aliases[name] === key);
  return [key, ...former.sort()];
}

/** Each flag once, under its key, in code unit order; the same list where that is what it is. */
export function keysNow(aliases: Aliases, names: readonly string[]): readonly string[] {
  if (!names.some((name) => Object.hasOwn(aliases, name))) return names;
  return [...new Set(names.map((name) => keyNow(aliases, name)))].sort();
}
