import { sourcePlace } from "./source-path.ts";

interface Keyed {
  readonly path: string;
  readonly key?: string;
  readonly keySpan?: { readonly start: number; readonly end: number };
}

/** Files by the key that each defines; of two, both are named. */
export function byKey<T extends Keyed>(
  files: readonly T[],
  pathKey: (path: string) => string,
): { readonly first: ReadonlyMap<string, T>; readonly twice: readonly { readonly again: T; readonly first: T }[] } {
  const first = new Map<string, T>();
  const twice: { again: T; first: T }[] = [];
  for (const file of files) {
    if (file.key === undefined) continue;
    const before = first.get(file.key);
    if (before === undefined) first.set(file.key, file);
    else if (pathKey(file.path) === file.key) {
      // The file that is named after the key is the one that people will find; the other is told to go.
      first.set(file.key, file);
      twice.push({ again: before, first: file });
    } else twice.push({ again: file, first: before });
  }
  return { first, twice };
}

/** Two of one repository are told at the one that should go; of two, whoever looks after either must hear of it. */
export function toldTwice<T extends { readonly again: Keyed; readonly first: Keyed }>(twice: T): readonly { readonly again: Keyed; readonly first: string }[] {
  const { again, first } = twice;
  const told = { again, first: seenFrom(again.path, first.path) };
  return sourcePlace(again.path).source === sourcePlace(first.path).source ? [told] : [told, { again: first, first: seenFrom(first.path, again.path) }];
}

/** A path as it is called in the source of another file; of another source with its name. */
function seenFrom(file: string, other: string): string {
  const { source, path } = sourcePlace(other);
  if (source === sourcePlace(file).source) return path;
  return `${path} of the ${source === undefined ? "main source" : `source ${source}`}`;
}
