/** Ids of one `IN (…)`: below SQLite's and PostgreSQL's limits on parameters. */
const IDS_PER_QUERY = 500;

/** Asks for many ids in as many questions as it takes. */
export async function inGroups<K, T>(ids: readonly K[], query: (group: readonly K[]) => Promise<readonly T[]>): Promise<T[]> {
  const rows: T[] = [];
  for (let start = 0; start < ids.length; start += IDS_PER_QUERY) rows.push(...(await query(ids.slice(start, start + IDS_PER_QUERY))));
  return rows;
}

/** `$1, $2, …`: the places of a group's parameters. */
export const places = (group: readonly unknown[]): string => group.map((_, index) => `$${index + 1}`).join(", ");
