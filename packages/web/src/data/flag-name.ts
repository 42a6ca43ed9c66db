/**
 * A flag's key as a person would say it: the last part of a dotted key, words apart, first letter large.
 * `site-diary.photo-pins` → "Photo pins". The key itself always stands beside it.
 */
export function flagName(key: string): string {
  const last = key.split(".").at(-1) ?? key;
  const words = last
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[-_]+/g, " ")
    .trim()
    .toLowerCase();
  return words === "" ? key : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Where `query` stands in `text`, for marking what was found; undefined when it does not. */
export function foundAt(text: string, query: string): readonly [start: number, end: number] | undefined {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return undefined;
  const start = text.toLowerCase().indexOf(wanted);
  return start < 0 ? undefined : [start, start + wanted.length];
}

/** Whether all words of `query` stand somewhere in the flag's name, key, description or owner. */
export function matches(query: string, ...texts: readonly (string | undefined)[]): boolean {
  const all = texts.filter((text) => text !== undefined).join(" ").toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
