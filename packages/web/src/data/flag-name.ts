export { flagName } from "@sluice/contract";

/** The flag of this key, or that had it before. */
export function flagNamed<F extends { readonly key: string; readonly aliases?: readonly string[] }>(flags: readonly F[], name: string): F | undefined {
  return flags.find(({ key }) => key === name) ?? flags.find(({ aliases = [] }) => aliases.includes(name));
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
  const all = texts
    .filter((text) => text !== undefined)
    .join(" ")
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** The kinds of flags, in the order of how many there usually are. */
export const kindNames: Readonly<Record<"release" | "experiment" | "ops" | "permission", string>> = {
  release: "Release",
  experiment: "Experiment",
  ops: "Ops",
  permission: "Permission",
};
