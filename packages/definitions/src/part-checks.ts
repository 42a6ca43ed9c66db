import type { FileReport, Finding, Span } from "./diagnostic.ts";
import { treeIn } from "./edit/read-map.ts";
import { partPath, partPlace, partsName, type PartText } from "./environment-part.ts";
import { listWords, nearest } from "./fields.ts";
import { isPart } from "./format-file.ts";

const FIRST: Span = { start: 0, end: 1 };

interface AllParts {
  /** Every file below `environments/`. */
  readonly paths: readonly string[];
  readonly parts: ReadonlyMap<string, readonly PartText[]>;
  readonly flagFiles: readonly string[];
  /** Undefined where the project file has a mistake. */
  readonly environments: readonly string[] | undefined;
}

/**
 * Environments of flags that stand in files of their own: each is of one flag that is there, and of an environment of the project. Another tool may
 * keep files in such a folder as well, which do not look like it: those are warned about, and nothing is read of them.
 */
export function checkParts({ paths, parts, flagFiles, environments }: AllParts, report: (path: string) => FileReport): void {
  // Most projects have none, and nobody then pays for a list of all flags.
  if (paths.length === 0) return;
  const flags = new Map<string, string[]>();
  for (const path of flagFiles) {
    const name = partsName(path);
    const known = flags.get(name);
    if (known === undefined) flags.set(name, [path]);
    else known.push(path);
  }
  const taken = new Set(paths);
  const moveTo = (path: string | undefined): Pick<Finding, "repair"> =>
    path === undefined || taken.has(path) ? {} : { repair: { words: `Move the file to ${path}`, edits: [], moveTo: path, isAutomatic: false } };
  for (const path of paths) if (partPlace(path) === undefined) report(path).add(FIRST, notInAFolder(path));
  for (const [name, own] of parts)
    for (const part of own) {
      const { path, environment } = part;
      const [flag, other] = flags.get(name) ?? [];
      const isSame = (one: string): boolean => one.toLowerCase() === name.toLowerCase();
      const like = flag === undefined ? ([...flags.keys()].find(isSame) ?? nearest(name, flags.keys())) : undefined;
      if (flag === undefined && !isLikeAPart(part, like)) {
        report(path).add(FIRST, notAPart(path));
        continue;
      }
      if (flag === undefined) report(path).add(FIRST, { ...partOfNothing(name, like), ...moveTo(like && partPath(`flags/${like}.yaml`, environment)) });
      else if (other !== undefined) report(path).add(FIRST, partOfTwo(flag, other));
      if (environments === undefined || environments.includes(environment)) continue;
      const near = nearest(environment, environments);
      report(path).add(FIRST, { ...unknownFolder(environment, environments, near), ...moveTo(near && partPath(`flags/${name}.yaml`, near)) });
    }
}

const unknownFolder = (environment: string, environments: readonly string[], near: string | undefined): Finding => ({
  code: "flag/unknown-environment",
  message: `The project has no environment "${environment}".`,
  expected: listWords(environments),
  fix: near === undefined ? "Move the file to the folder of one of them." : `Move the file to environments/${near}/.`,
});

const partOfNothing = (name: string, near: string | undefined): Finding => ({
  code: "flag/part-of-nothing",
  message: `There is no flags/${name}.yaml that this would be a part of.`,
  fix: near === undefined ? "Add the flag's file, or delete this one." : `Name it after flags/${near}.yaml.`,
});

const partOfTwo = (own: string, other: string): Finding => ({
  code: "flag/part-of-nothing",
  message: `${own} and ${other} have one name, so this would be a part of both.`,
  fix: "Rename one of the two flag files, and its parts.",
});

const notAPart = (path: string): Finding => ({
  code: "flag/part-of-nothing",
  severity: "warning",
  message: `${path} is of no flag, and nothing is read of it.`,
  fix: "If another tool needs it, leave it, or give one of the two a folder of its own; if it is a flag's, name it after the flag's file.",
});

const notInAFolder = (path: string): Finding => ({
  code: "flag/part-of-nothing",
  severity: "warning",
  message: `${path} stands in the folder of no environment, and nothing is read of it.`,
  fix: "What an environment serves of a flag stands in environments/<environment>/, named after the flag's file.",
});

/** Whether a file of no flag says what an environment serves, and nothing else; one that cannot be read, by its name alone. */
function isLikeAPart({ path, text }: PartText, near: string | undefined): boolean {
  const tree = treeIn(path, text);
  if (tree === undefined) return near !== undefined;
  return tree.entries.length > 0 && isPart(tree);
}
