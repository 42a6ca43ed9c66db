import type { GeneratedCode, KnownPaths, OfferAsked } from "../dialect.ts";
import { part, type SyntaxNode } from "../syntax-tree.ts";

/** Whether a module is neither named from here nor of a package that this file stands in. */
export const isForeign = (module: string, fromPath: string): boolean =>
  !module.startsWith(".") && !fromPath.split("/").includes(module.split(".")[0] ?? module);

/** The file of a module, or of its package; an absolute name is found by its end, where that is in one place only. */
export function modulePaths(module: string, fromPath: string, files: KnownPaths): readonly string[] {
  const [, dots = "", rest = ""] = /^(\.*)(.*)$/.exec(module) ?? [];
  const inner = rest.replaceAll(".", "/");
  if (dots !== "") {
    const folder = fromPath.split("/").slice(0, -dots.length);
    const base = [...folder, ...(inner === "" ? [] : [inner])].join("/");
    return [`${base}.py`, `${base}/__init__.py`, ...(base === "" ? ["__init__.py"] : [])].filter((path) => files.has(path));
  }
  for (const end of [`${inner}.py`, `${inner}/__init__.py`]) {
    const found = files.endingWith(end);
    const own = found.find((path) => path === end || path === `src/${end}`);
    if (own !== undefined) return [own];
    if (found.length === 1) return found;
  }
  return [];
}

/** Writes a generated constant's key instead of a text, and imports the constant where it is not there yet. */
export function offer(asked: OfferAsked): ReturnType<GeneratedCode["offer"]> {
  const { name, generatedPath, path, root, text, files, isTaken } = asked;
  const textOf = (node: SyntaxNode): string => text.slice(node.start, node.end);
  const imports = root.children.filter(({ kind }) => /^(?:future_)?import/.test(kind));
  for (const one of imports.filter(({ kind }) => kind === "import_from_statement")) {
    const source = part(one, "module_name");
    const module = source === undefined ? "" : textOf(source);
    const names = one.children.filter(({ field }) => field === "name");
    const local = (node: SyntaxNode): string => textOf(part(node, "alias") ?? node);
    // `from app import flags`: the module itself is imported.
    const whole = names.find(
      (node) => modulePaths(`${module}${module.endsWith(".") ? "" : "."}${textOf(part(node, "name") ?? node)}`, path, files)[0] === generatedPath,
    );
    if (whole !== undefined) return { written: `${local(whole)}.${name}.key`, edits: [] };
    if (modulePaths(module, path, files)[0] !== generatedPath) continue;
    const known = names.find((node) => textOf(part(node, "name") ?? node) === name);
    if (known !== undefined) return { written: `${local(known)}.key`, edits: [] };
    const last = names.at(-1);
    if (last !== undefined && !isTaken(name)) return { written: `${name}.key`, edits: [{ start: last.end, end: last.end, text: `, ${name}` }] };
  }
  const module = moduleName(asked);
  if (module === undefined || isTaken(name)) return undefined;
  const line = `from ${module} import ${name}`;
  const after = imports.at(-1) ?? docstring(root);
  if (after === undefined) {
    const start = root.children.find(({ kind }) => kind !== "comment")?.start ?? 0;
    return { written: `${name}.key`, edits: [{ start, end: start, text: `${line}\n` }] };
  }
  return { written: `${name}.key`, edits: [{ start: after.end, end: after.end, text: `${after.kind === "expression_statement" ? "\n" : ""}\n${line}` }] };
}

const docstring = ({ children: [first] }: SyntaxNode): SyntaxNode | undefined =>
  first?.kind === "expression_statement" && first.children[0]?.kind === "string" ? first : undefined;

/** How the file names the generated module: by the packages around it, or by its name alone where both stand in one folder of no package. */
function moduleName({ generatedPath, path, files }: OfferAsked): string | undefined {
  const folders = generatedPath.split("/").slice(0, -1);
  const packages: string[] = [];
  while (folders.length > 0 && files.has(`${folders.join("/")}/__init__.py`)) packages.unshift(folders.pop() ?? "");
  const file = (generatedPath.split("/").at(-1) ?? "").replace(/\.py$/, "");
  if (packages.length > 0) return [...packages, file].join(".");
  return path.split("/").slice(0, -1).join("/") === generatedPath.split("/").slice(0, -1).join("/") ? file : undefined;
}
