import type { GeneratedCode, KnownPaths, OfferAsked } from "../dialect.ts";
import { partOfKind, type SyntaxNode } from "../syntax-tree.ts";

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
/** Files of one package that are read where every class of it is imported. */
const FILES_MAX = 50;

/** Whether a package begins with other words than the one that this file is in. */
export const isForeign = (module: string, fromPath: string): boolean => !`/${fromPath}`.includes(`/${module.split(".").slice(0, 2).join("/")}/`);

/** The file of a class, or every file of a package. */
export function modulePaths(module: string, _fromPath: string, files: KnownPaths): readonly string[] {
  const path = module.replaceAll(".", "/");
  const classes = files.endingWith(`${path}.java`);
  if (classes.length > 0) return classes.length === 1 ? classes : [];
  return files.foldersEndingWith(path).flatMap((folder) =>
    files
      .inFolder(folder)
      .filter((one) => one.endsWith(".java"))
      .slice(0, FILES_MAX),
  );
}

/** The file of a class of the same package. */
export function siblingPaths(name: string, path: string, files: KnownPaths): readonly string[] {
  const folder = folderOf(path);
  const own = `${folder === "" ? "" : `${folder}/`}${name}.java`;
  return files.has(own) ? [own] : [];
}

/** Writes a generated constant's key instead of a text, and imports its class where it is not there yet. */
export function offer({ name, generatedPath, generatedText, path, root, text, isTaken }: OfferAsked): ReturnType<GeneratedCode["offer"]> {
  const className = (generatedPath.split("/").at(-1) ?? "").replace(/\.java$/, "");
  const written = `${className}.${name}.key()`;
  if (folderOf(path) === folderOf(generatedPath)) return { written, edits: [] };
  const packageName = /^package ([\w.]+);/m.exec(generatedText)?.[1];
  if (packageName === undefined) return undefined;
  const whole = `${packageName}.${className}`;
  const imports = root.children.filter(({ kind }) => kind === "import_declaration");
  const pathOf = (one: SyntaxNode): string => {
    const named = partOfKind(one, "scoped_identifier", "identifier");
    return named === undefined ? "" : text.slice(named.start, named.end);
  };
  const isStatic = (one: SyntaxNode): boolean => /^import\s+static\b/.test(text.slice(one.start, one.end));
  const plainImports = imports.filter((one) => !isStatic(one));
  if (plainImports.some((one) => pathOf(one) === whole)) return { written, edits: [] };
  if (isTaken(className)) return undefined;
  const line = `import ${whole};`;
  const next = plainImports.find((one) => pathOf(one) > whole);
  if (next !== undefined) return { written, edits: [{ start: next.start, end: next.start, text: `${line}\n` }] };
  const last = plainImports.at(-1) ?? imports.at(-1);
  if (last !== undefined) return { written, edits: [{ start: last.end, end: last.end, text: `\n${line}` }] };
  const end = partOfKind(root, "package_declaration")?.end ?? 0;
  return { written, edits: [{ start: end, end, text: `${end === 0 ? "" : "\n\n"}${line}${end === 0 ? "\n\n" : ""}` }] };
}
