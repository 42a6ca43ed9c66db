import type { RegisteredCustomer } from "./store.ts";

/** In the order in which every adapter gives the registry: by key, in code units. */
export function byKey(customers: readonly RegisteredCustomer[]): readonly RegisteredCustomer[] {
  return customers.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/**
 * Keys of `wanted` that would belong to two customers if they were written, sorted. `known` are the rows that hold one of these keys now;
 * a row that is itself replaced gives its key up.
 */
export function takenKeys(wanted: readonly RegisteredCustomer[], known: readonly { readonly id: string; readonly key: string }[]): readonly string[] {
  const replaced = new Set(wanted.map(({ id }) => id));
  const owners = new Map(known.filter(({ id }) => !replaced.has(id)).map(({ id, key }) => [key, id]));
  const taken = new Set<string>();
  for (const { id, key } of wanted) {
    const owner = owners.get(key);
    if (owner !== undefined && owner !== id) taken.add(key);
    owners.set(key, id);
  }
  return [...taken].sort();
}
