/** Files by path, and the texts of three states of them. */
interface ThreeStates {
  /** Where the change is to be merged. */
  readonly base: ReadonlyMap<string, string>;
  /** Where it began. */
  readonly began: ReadonlyMap<string, string>;
  /** As it is. */
  readonly ended: ReadonlyMap<string, string>;
}

/** The files of the base with what the change does to them, by whole files: what others have merged since it began is not undone by it. */
export function mergedFiles({ base, began, ended }: ThreeStates): { readonly files: ReadonlyMap<string, string>; readonly changed: readonly string[] } {
  const changed = [...new Set([...began.keys(), ...ended.keys()])].filter((path) => began.get(path) !== ended.get(path)).sort();
  const files = new Map(base);
  for (const path of changed) {
    const text = ended.get(path);
    if (text === undefined) files.delete(path);
    else files.set(path, text);
  }
  return { files, changed };
}
