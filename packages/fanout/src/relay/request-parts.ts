/** What one request takes. */
interface Limits {
  readonly countMax: number;
  /** Of the items as JSON in UTF-8, beside what stands around them. */
  readonly bytesMax: number;
}

/** Cuts a list into what one request takes each, in its order. An item that is too large by itself stands alone; of an empty list there is no part. */
export function requestParts<T>(items: readonly T[], { countMax, bytesMax }: Limits): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = Buffer.byteLength(JSON.stringify(item)) + 1;
    const last = parts.at(-1);
    if (last === undefined || last.length >= countMax || bytes > room) {
      parts.push([item]);
      room = bytesMax - bytes;
    } else {
      last.push(item);
      room -= bytes;
    }
  }
  return parts;
}

/** What has one key together, in its order; groups in the order of their first. */
export function inGroups<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key) ?? [];
    group.push(item);
    groups.set(key, group);
  }
  return [...groups.values()];
}
