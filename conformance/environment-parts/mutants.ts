// Environments in files of their own, read or written wrongly: what their tests must find. Each is one text of one file of packages, replaced once.
import { isCaughtIn, type PackageMutant } from "../copied-packages.ts";

const FILES = "definitions/src/edit/flag-files.ts";
const TEXT = "definitions/src/edit/environment-text.ts";
const RENAME = "definitions/src/edit/rename-files.ts";

export const partMutants: readonly PackageMutant[] = [
  {
    name: "a part is of the flag of that name in whichever source",
    file: "definitions/src/environment-part.ts",
    find: "{ environment, flag: nameIn(source, rest) }",
    replace: "{ environment, flag: rest }",
  },
  {
    name: "a part that changed is not read anew",
    file: "definitions/src/parse-cache.ts",
    find: "known?.text === text && isSame(known.file.parts, parts)",
    replace: "known?.text === text && known.file.parts.length === parts.length",
  },
  { name: "a form is made of no part", file: "definitions/src/project.ts", find: "flag.path, ...flag.parts", replace: "flag.path" },
  {
    name: "what an environment serves is written into the flag's file, wherever it stands",
    file: FILES,
    find: "if (known !== undefined) return { ok: true, path: known };",
    replace: "if (known !== undefined) return { ok: true, path };",
  },
  {
    name: "a new environment is written beside the folder that other flags have for it",
    file: FILES,
    find: " || apart.has(edit.environment);",
    replace: ";",
  },
  {
    name: "of an environment that is said twice, one place is edited",
    file: FILES,
    find: '  if (other !== undefined) return { ok: false, path: other, why: "twice" };\n',
    replace: "",
  },
  {
    name: "an environment that is taken back stays in its file",
    file: FILES,
    find: "edit.said === undefined) return { ok: true };",
    replace: "edit.said === undefined && text !== undefined) return { ok: true, text };",
  },
  {
    name: "the top of a file goes with what it serves",
    file: TEXT,
    find: ".test(body.slice(at, next))) end = next;",
    replace: ".test(body.slice(at, next))) end = 0;",
  },
  {
    name: "comments are lost on the way from a file into the map of another",
    file: TEXT,
    find: "...(entry === undefined ? [] : [entry]), laidOut, ",
    replace: "...(entry === undefined ? [] : [entry]), ",
  },
  { name: "parts stay behind a rename of their flag", file: RENAME, find: "own: [[flag.path, path], ...parts] })", replace: "own: [[flag.path, path]] })" },
  {
    name: "a segment's name in a part does not follow its rename",
    file: RENAME,
    find: '[file, ...file.parts].map((one): Places => [one.path, namedIn(one, "segment", from)])',
    replace: '[file].map((one): Places => [one.path, namedIn(one, "segment", from)])',
  },
  {
    name: "a flag of the state before has no parts",
    file: "definitions/src/style/flags-before.ts",
    find: "cache.flag(path, text(path), parts.get(partsName(path)))",
    replace: "cache.flag(path, text(path))",
  },
  {
    name: "a rule is not taken back by a comment in a part",
    file: "definitions/src/style/check-style.ts",
    find: "(parts.length === 0 ? [path] : [path, ...parts.map((part) => part.path)])",
    replace: "(parts.length === 0 ? [path] : [path])",
  },
  {
    name: "a repair that renames a flag leaves its parts behind",
    file: "definitions/src/style/apply-repairs.ts",
    find: "for (const [part, place] of partsMoved(parts, { from: path, to: target })) {",
    replace: "for (const [part, place] of partsMoved([], { from: path, to: target })) {",
  },
  {
    name: "a part that a link hides switches its flag off",
    file: "snapshot/src/commit-summary.ts",
    find: "[...hidden, ...halved].map(",
    replace: "[...hidden].map(",
  },
];

const OF_FILES = ["packages/definitions/src/environment-part.test.ts", "packages/definitions/src/promote.test.ts"];
const OF_BYTES = ["packages/snapshot/src/environment-parts.test.ts"];

/** Whether the tests of environments in files of their own fail over a copy of the packages with the mutant in it: those of files, else those of bytes. */
export async function isCaught(mutant: PackageMutant | undefined, id: string): Promise<boolean> {
  const name = `environment-parts-${id}`;
  return (
    (await isCaughtIn({ name, packages: ["evaluation", "definitions"], tests: OF_FILES }, onlyOf("definitions/", mutant))) ||
    (await isCaughtIn({ name, packages: ["evaluation", "definitions", "releases", "snapshot"], tests: OF_BYTES }, mutant))
  );
}

const onlyOf = (folder: string, mutant: PackageMutant | undefined): PackageMutant | undefined =>
  mutant?.file.startsWith(folder) === true ? mutant : undefined;
