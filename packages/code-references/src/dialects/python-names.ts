import type { Introduced } from "../dialect.ts";
import { part, partOfKind, type SyntaxNode } from "../syntax-tree.ts";

type Reader = (node: SyntaxNode, text: string) => readonly Introduced[];

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["assignment", assigned],
  ["augmented_assignment", (node, text) => inTarget(part(node, "left"), { text, isSetAgain: true })],
  ["named_expression", (node, text) => inTarget(part(node, "name"), { text, ...held("value", part(node, "value")) })],
  ["for_statement", (node, text) => inTarget(part(node, "left"), { text })],
  ["for_in_clause", (node, text) => inTarget(part(node, "left"), { text })],
  ["as_pattern", (node, text) => inTarget(part(node, "alias")?.children[0], { text, ...held("value", node.children[0]) })],
  ["function_definition", defined],
  ["class_definition", defined],
  ["parameters", plainParameters],
  ["lambda_parameters", plainParameters],
  ["typed_parameter", (node, text) => parameter(partOfKind(node, "identifier"), part(node, "type"), text)],
  ["default_parameter", (node, text) => parameter(part(node, "name"), undefined, text)],
  ["typed_default_parameter", (node, text) => parameter(part(node, "name"), part(node, "type"), text)],
  ["import_statement", imported],
  ["import_from_statement", importedFrom],
]);

/** Names that a part of a Python file introduces. */
export const introduced = (node: SyntaxNode, text: string): readonly Introduced[] => readers.get(node.kind)?.(node, text) ?? [];

const textOf = (node: SyntaxNode, text: string): string => text.slice(node.start, node.end);

function held<K extends "value" | "type">(name: K, node: SyntaxNode | undefined): { readonly [key in K]?: SyntaxNode } {
  return node === undefined ? {} : ({ [name]: node } as { readonly [key in K]?: SyntaxNode });
}

interface Target {
  readonly text: string;
  readonly value?: SyntaxNode;
  readonly type?: SyntaxNode;
  readonly isSetAgain?: true;
}

/** Of several names at once nothing is known but that they are set. */
function inTarget(target: SyntaxNode | undefined, { text, ...rest }: Target): readonly Introduced[] {
  if (target === undefined) return [];
  if (target.kind === "identifier") return [{ name: textOf(target, text), node: target, ...rest, holds: "here" }];
  return /pattern|tuple|list/.test(target.kind) ? target.children.flatMap((one) => inTarget(one, { text })) : [];
}

function assigned(node: SyntaxNode, text: string): readonly Introduced[] {
  const left = part(node, "left");
  const rest = { ...held("value", part(node, "right")), ...held("type", part(node, "type")) };
  if (left?.kind === "identifier" && isOfClass(node)) return [{ name: textOf(left, text), node: left, ...rest, holds: "field" }];
  const [object, attribute] = left?.kind === "attribute" ? [part(left, "object"), part(left, "attribute")] : [];
  if (object !== undefined && attribute !== undefined && textOf(object, text) === "self")
    return [{ name: textOf(attribute, text), node: attribute, ...rest, holds: "field" }];
  return inTarget(left, { text, ...rest });
}

/** Whether a statement stands in a class itself, and in none of its methods. */
const isOfClass = (node: SyntaxNode): boolean => node.parent?.parent?.parent?.kind === "class_definition";

function defined(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  if (name === undefined) return [];
  return [{ name: textOf(name, text), node: name, ...(node.kind === "class_definition" ? { shape: node } : {}), holds: "here" }];
}

function plainParameters(node: SyntaxNode, text: string): readonly Introduced[] {
  return node.children.filter(({ kind }) => kind === "identifier").flatMap((one) => parameter(one, undefined, text));
}

function parameter(name: SyntaxNode | undefined, type: SyntaxNode | undefined, text: string): readonly Introduced[] {
  return name === undefined ? [] : [{ name: textOf(name, text), node: name, ...held("type", type), isParameter: true, holds: "here" }];
}

/** `import app.flags` introduces `app`, and with `as` the module itself. */
function imported(node: SyntaxNode, text: string): readonly Introduced[] {
  return node.children.map((one) => {
    const alias = part(one, "alias");
    const module = textOf(alias === undefined ? one : (part(one, "name") ?? one), text);
    const first = module.split(".")[0] ?? module;
    return alias === undefined
      ? { name: first, node: one, from: { module: first, name: "*" }, holds: "here" }
      : { name: textOf(alias, text), node: alias, from: { module, name: "*" }, holds: "here" };
  });
}

function importedFrom(node: SyntaxNode, text: string): readonly Introduced[] {
  const source = part(node, "module_name");
  if (source === undefined) return [];
  const module = textOf(source, text);
  return node.children.flatMap((one): readonly Introduced[] => {
    if (one.kind === "wildcard_import") return [{ name: "*", node: one, from: { module, name: "*" }, holds: "module" }];
    if (one.field !== "name") return [];
    const name = textOf(part(one, "name") ?? one, text);
    const alias = part(one, "alias");
    return [{ name: alias === undefined ? name : textOf(alias, text), node: alias ?? one, from: { module, name }, holds: "here" }];
  });
}
