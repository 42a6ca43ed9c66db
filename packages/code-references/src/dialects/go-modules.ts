import type { GeneratedCode, KnownPaths, OfferAsked } from "../dialect.ts";
import { part, type SyntaxNode, within } from "../syntax-tree.ts";

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
const isSource = (path: string): boolean => path.endsWith(".go") && !path.endsWith("_test.go");

/** The files of a package: its folder is found by the end of its path, the longest first, where that is in one place only. */
export function modulePaths(module: string, _fromPath: string, files: KnownPaths): readonly string[] {
  const parts = module.split("/");
  for (let at = 0; at < parts.length; at += 1) {
    const folders = files.foldersEndingWith(parts.slice(at).join("/")).filter((folder) => files.inFolder(folder).some(isSource));
    const [only, ...more] = folders;
    if (only !== undefined) return more.length === 0 ? files.inFolder(only).filter(isSource) : [];
  }
  return [];
}

/** Of each package, where the words stand that its lines begin with: a package is large, and every name of a file is asked for. */
const introducedIn = new WeakMap<KnownPaths, Map<string, ReadonlyMap<string, readonly string[]>>>();

/** Files of the same package that may introduce a name. */
export const siblingPaths = (name: string, path: string, files: KnownPaths): readonly string[] =>
  introducing(name, folderOf(path), files).filter((one) => one !== path);

/** Whether a file may introduce a name: one of its lines begins with it. */
export const mayIntroduce = (name: string, path: string, files: KnownPaths): boolean => introducing(name, folderOf(path), files).includes(path);

function introducing(name: string, folder: string, files: KnownPaths): readonly string[] {
  const packages = introducedIn.get(files) ?? new Map<string, ReadonlyMap<string, readonly string[]>>();
  introducedIn.set(files, packages);
  const known = packages.get(folder) ?? firstWords(folder, files);
  packages.set(folder, known);
  return known.get(name) ?? [];
}

function firstWords(folder: string, files: KnownPaths): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const path of files.inFolder(folder).filter(isSource)) {
    const words = new Set<string>();
    for (const [, word = ""] of (files.read(path) ?? "").matchAll(/^(?:func[ \t]+|var[ \t]+|const[ \t]+|type[ \t]+|\t)([A-Za-z_]\w*)/gm)) words.add(word);
    for (const word of words) found.set(word, [...(found.get(word) ?? []), path]);
  }
  return found;
}

/** Writes a generated constant's key instead of a text, and imports its package where it is not there yet. */
export function offer(asked: OfferAsked): ReturnType<GeneratedCode["offer"]> {
  const { name, generatedPath, generatedText, path, root, text, files, isTaken } = asked;
  if (folderOf(path) === folderOf(generatedPath)) return isTaken(name) ? undefined : { written: `${name}.Key()`, edits: [] };
  const specs = [...within(root)].filter(({ kind }) => kind === "import_spec");
  const pathOf = (spec: SyntaxNode): string => text.slice((part(spec, "path")?.start ?? 0) + 1, (part(spec, "path")?.end ?? 0) - 1);
  const own = specs.find((spec) => modulePaths(pathOf(spec), path, files).includes(generatedPath));
  const packageName = /^package (\w+)/m.exec(generatedText)?.[1] ?? "flags";
  const alias = own && part(own, "name");
  if (own !== undefined) return { written: `${alias === undefined ? packageName : text.slice(alias.start, alias.end)}.${name}.Key()`, edits: [] };
  const module = importPath(generatedPath, files);
  if (module === undefined || isTaken(packageName)) return undefined;
  return { written: `${packageName}.${name}.Key()`, edits: [importEdit(module, { specs, pathOf, root, text })] };
}

/** The import path of a file's package: the module that the nearest `go.mod` above names, and the folders below it. */
function importPath(generatedPath: string, files: KnownPaths): string | undefined {
  const folder = folderOf(generatedPath);
  for (let at = folder; ; at = folderOf(at)) {
    const mod = at === "" ? "go.mod" : `${at}/go.mod`;
    const module = files.has(mod) ? /^module\s+(\S+)/m.exec(files.read(mod) ?? "")?.[1] : undefined;
    if (module !== undefined) return [module, ...(at === folder ? [] : [folder.slice(at === "" ? 0 : at.length + 1)])].join("/");
    if (at === "") return undefined;
  }
}

interface Imports {
  readonly specs: readonly SyntaxNode[];
  readonly pathOf: (spec: SyntaxNode) => string;
  readonly root: SyntaxNode;
  readonly text: string;
}

/** Where gofmt would have it: sorted within the last group of imports, which is that of other modules. */
function importEdit(module: string, { specs, pathOf, root, text }: Imports): { readonly start: number; readonly end: number; readonly text: string } {
  const last = specs.at(-1);
  if (last === undefined) {
    const end = root.children.find(({ kind }) => kind === "package_clause")?.end ?? 0;
    return { start: end, end, text: `\n\nimport "${module}"` };
  }
  if (last.parent?.kind !== "import_spec_list") {
    const end = last.parent?.end ?? last.end;
    return { start: end, end, text: `\nimport "${module}"` };
  }
  const listed = specs.filter(({ parent }) => parent === last.parent);
  const begins = listed.findLastIndex((spec, index) => index > 0 && /\n[ \t]*\n/.test(text.slice(listed[index - 1]?.end ?? 0, spec.start)));
  const next = listed.slice(Math.max(0, begins)).find((spec) => pathOf(spec) > module);
  return next === undefined ? { start: last.end, end: last.end, text: `\n\t"${module}"` } : { start: next.start, end: next.start, text: `"${module}"\n\t` };
}
