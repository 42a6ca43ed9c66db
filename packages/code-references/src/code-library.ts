import type { Dialect, KnownPaths } from "./dialect.ts";
import { SourceModule } from "./source-module.ts";
import type { ParseCode } from "./syntax-tree.ts";

/** Where the texts of code come from. */
export interface CodeSource {
  /** Every file that may be looked at, with `/`. */
  readonly paths: readonly string[];
  /** A file's text; undefined where it cannot be read as one. */
  readonly read: (path: string) => string | undefined;
}

/** The files of a module. */
export interface ModuleFiles {
  readonly paths: readonly string[];
  /** Those that may introduce a name, or give on the names of another module. */
  readonly holding: (name: string) => readonly SourceModule[];
}

/** The modules of the code that is looked through; each is parsed when it is first asked for. */
export class CodeLibrary {
  readonly files: KnownPaths;
  readonly #dialects: readonly Dialect[];
  readonly #parse: ParseCode;
  readonly #modules = new Map<string, SourceModule | undefined>();

  constructor(source: CodeSource, { dialects, parse }: { readonly dialects: readonly Dialect[]; readonly parse: ParseCode }) {
    this.#dialects = dialects;
    this.#parse = parse;
    this.files = knownPaths(source);
  }

  /** The module of a path; undefined where there is no such file of a language that is known. */
  module(path: string): SourceModule | undefined {
    if (this.#modules.has(path)) return this.#modules.get(path);
    // A file that is being read may ask for itself by way of another one.
    this.#modules.set(path, undefined);
    const dialect = dialectOf(path, this.#dialects);
    const text = dialect && this.files.has(path) ? this.files.read(path) : undefined;
    const module =
      dialect === undefined || text === undefined ? undefined : new SourceModule(path, text, { dialect, tree: this.#parse(dialect.grammarOf(path), text) });
    this.#modules.set(path, module);
    return module;
  }

  /** The files that a module, as it is written in one of them, may be; none is parsed before it is asked for a name. */
  modulesOf(name: string, from: SourceModule): ModuleFiles {
    const paths = from.dialect.modulePaths(name, from.path, this.files);
    const mayHold = (path: string, wanted: string): boolean => from.dialect.mayIntroduce?.(wanted, path, this.files) ?? true;
    return { paths, holding: (wanted) => paths.filter((path) => mayHold(path, wanted)).flatMap((path) => this.module(path) ?? []) };
  }

  /** Files that may introduce a name for this one without an import. */
  siblings(name: string, of: SourceModule): readonly SourceModule[] {
    return of.dialect.siblingPaths(name, of.path, this.files).flatMap((path) => (path === of.path ? [] : (this.module(path) ?? [])));
  }
}

/** The dialect of a file, by its name's end. */
export const dialectOf = (path: string, dialects: readonly Dialect[]): Dialect | undefined =>
  dialects.find(({ extensions }) => extensions.some((extension) => path.endsWith(extension)));

function knownPaths({ paths, read }: CodeSource): KnownPaths {
  const all = new Set(paths);
  const byName = new Map<string, string[]>();
  const byFolder = new Map<string, string[]>();
  for (const path of paths) {
    const at = path.lastIndexOf("/");
    put(byName, path.slice(at + 1), path);
    put(byFolder, at < 0 ? "" : path.slice(0, at), path);
  }
  const foldersByName = new Map<string, string[]>();
  for (const folder of byFolder.keys()) put(foldersByName, folder.slice(folder.lastIndexOf("/") + 1), folder);
  return {
    has: (path) => all.has(path),
    endingWith: (end) => (byName.get(end.slice(end.lastIndexOf("/") + 1)) ?? []).filter((path) => path === end || path.endsWith(`/${end}`)),
    inFolder: (folder) => byFolder.get(folder) ?? [],
    foldersEndingWith: (end) => (foldersByName.get(end.slice(end.lastIndexOf("/") + 1)) ?? []).filter((path) => path === end || path.endsWith(`/${end}`)),
    read,
  };
}

function put(lists: Map<string, string[]>, name: string, path: string): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [path]);
  else list.push(path);
}
