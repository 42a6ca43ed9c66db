import type { GeneratedCode, KnownPaths, OfferAsked } from "../dialect.ts";
import { part, partOfKind, type SyntaxNode } from "../syntax-tree.ts";

const ENDS = ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js", "/index.mjs"];

/** Whether a module is a package of somebody else's: neither a path nor, by the habits of bundlers, another name for one. */
export const isForeign = (module: string): boolean => !/^(?:\.|\/|@\/|~|#|src\/)/.test(module);

/** The files that a module may be. Another name for a folder (`@/keys`) is found by its end, where that is in one file only. */
export function modulePaths(module: string, fromPath: string, files: KnownPaths): readonly string[] {
  const isRelative = module.startsWith(".");
  const target = isRelative ? joined(folderOf(fromPath), module) : module.replace(/^(?:@\/|~\/?|#\/?|\/)/, "");
  if (target === undefined) return [];
  // `./keys.js` is `./keys.ts` in a project that is compiled.
  const bases = [target, target.replace(/\.[cm]?jsx?$/, "")];
  for (const base of new Set(bases))
    for (const end of ENDS) {
      if (isRelative && files.has(base + end)) return [base + end];
      if (isRelative || isForeign(module)) continue;
      const found = files.endingWith(base + end);
      if (found.length === 1) return found;
    }
  return [];
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** A relative path from a folder; undefined where it leads out of what is looked through. */
function joined(folder: string, relative: string): string | undefined {
  const parts = folder === "" ? [] : folder.split("/");
  for (const one of relative.split("/")) {
    if (one === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (one !== "." && one !== "") parts.push(one);
  }
  return parts.join("/");
}

/** Writes a generated constant instead of a text, and imports it where it is not there yet. */
export function offer(asked: OfferAsked): ReturnType<GeneratedCode["offer"]> {
  const { name, generatedPath, path, root, text, literal, files, isTaken } = asked;
  const imports = root.children.filter(({ kind }) => kind === "import_statement");
  const own = imports.find((one) => modulePaths(moduleOf(one, text), path, files).includes(generatedPath));
  const written = literal.parent?.kind === "jsx_attribute" ? `{${name}}` : name;
  const known = own && importedNames(own).find((one) => textOf(part(one, "name"), text) === name);
  if (known !== undefined) {
    const local = textOf(part(known, "alias") ?? part(known, "name"), text);
    return { written: written.replace(name, local), edits: [] };
  }
  if (isTaken(name)) return undefined;
  const last = own && importedNames(own).at(-1);
  if (last !== undefined && !/^import\s+type\b/.test(textOf(own, text))) return { written, edits: [{ start: last.end, end: last.end, text: `, ${name}` }] };
  const line = `import { ${name} } from "${specifier(asked, imports)}";`;
  const after = imports.at(-1);
  if (after !== undefined) return { written, edits: [{ start: after.end, end: after.end, text: `\n${line}` }] };
  const start = startOf(root);
  return { written, edits: [{ start, end: start, text: `${line}\n` }] };
}

const moduleOf = (statement: SyntaxNode, text: string): string => textOf(part(statement, "source"), text).slice(1, -1);
const textOf = (node: SyntaxNode | undefined, text: string): string => (node === undefined ? "" : text.slice(node.start, node.end));

function importedNames(statement: SyntaxNode): readonly SyntaxNode[] {
  const clause = partOfKind(statement, "import_clause");
  const names = clause && partOfKind(clause, "named_imports");
  return names?.children.filter(({ kind }) => kind === "import_specifier") ?? [];
}

/** How this file writes paths: with or without an end, by what its other imports do. */
function specifier({ generatedPath, path, text }: OfferAsked, imports: readonly SyntaxNode[]): string {
  const relative = imports.map((one) => moduleOf(one, text)).filter((one) => one.startsWith("."));
  const end = relative.some((one) => /\.tsx?$/.test(one)) ? ".ts" : relative.some((one) => one.endsWith(".js")) ? ".js" : "";
  const from = path.split("/").slice(0, -1);
  const to = generatedPath.replace(/\.ts$/, "").split("/");
  while (from.length > 0 && to.length > 1 && from[0] === to[0]) {
    from.shift();
    to.shift();
  }
  return `${from.length === 0 ? "./" : "../".repeat(from.length)}${to.join("/")}${end}`;
}

/** Behind the comments and the directives (`"use client"`) that a file begins with. */
function startOf(root: SyntaxNode): number {
  const first = root.children.find(
    ({ kind, children }) => kind !== "comment" && kind !== "hash_bang_line" && !(kind === "expression_statement" && children[0]?.kind === "string"),
  );
  return first?.start ?? root.end;
}
