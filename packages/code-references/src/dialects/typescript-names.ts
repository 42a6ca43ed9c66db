import type { Introduced } from "../dialect.ts";
import { part, partOfKind, type SyntaxNode } from "../syntax-tree.ts";

type Reader = (node: SyntaxNode, text: string) => readonly Introduced[];

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["variable_declarator", (node, text) => inPattern(part(node, "name"), { text, ...given("value", part(node, "value")), ...given("type", typeOf(node)) })],
  ["required_parameter", parameter],
  ["optional_parameter", parameter],
  ["arrow_function", singleParameter],
  ["function_declaration", named],
  ["generator_function_declaration", named],
  ["class_declaration", shaped],
  ["abstract_class_declaration", shaped],
  ["class", shaped],
  ["interface_declaration", shaped],
  ["enum_declaration", shaped],
  ["type_alias_declaration", otherType],
  ["public_field_definition", field],
  ["property_signature", field],
  ["enum_assignment", field],
  ["assignment_expression", assigned],
  ["augmented_assignment_expression", assigned],
  ["import_specifier", specified],
  ["export_specifier", specified],
  ["namespace_import", (node, text) => importedWhole(node, text, "*")],
  ["import_clause", (node, text) => importedWhole(node, text, "default")],
  ["export_statement", exported],
]);

/** Names that a part of a TypeScript file introduces. */
export const introduced = (node: SyntaxNode, text: string): readonly Introduced[] => readers.get(node.kind)?.(node, text) ?? [];

const textOf = (node: SyntaxNode, text: string): string => text.slice(node.start, node.end);
const typeOf = (node: SyntaxNode): SyntaxNode | undefined => part(node, "type") ?? partOfKind(node, "type_annotation");

function given<K extends "value" | "type">(name: K, node: SyntaxNode | undefined): { readonly [key in K]?: SyntaxNode } {
  return node === undefined ? {} : ({ [name]: node } as { readonly [key in K]?: SyntaxNode });
}

function named(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  return name === undefined ? [] : [{ name: textOf(name, text), node: name, holds: "here" }];
}

function singleParameter(node: SyntaxNode, text: string): readonly Introduced[] {
  const single = part(node, "parameter");
  return single === undefined ? [] : [{ name: textOf(single, text), node: single, isParameter: true, holds: "here" }];
}

function shaped(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  return [{ name: name === undefined ? "" : textOf(name, text), node: name ?? node, shape: node, holds: "here" }];
}

function otherType(node: SyntaxNode, text: string): readonly Introduced[] {
  const [name, value] = [part(node, "name"), part(node, "value")];
  if (name === undefined || value === undefined) return [];
  return [{ name: textOf(name, text), node: name, ...(value.kind === "object_type" ? { shape: value } : { type: value }), holds: "here" }];
}

function field(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  if (name === undefined) return [];
  return [{ name: textOf(name, text), node: name, ...given("value", part(node, "value")), ...given("type", typeOf(node)), holds: "field" }];
}

interface Held {
  readonly text: string;
  readonly value?: SyntaxNode;
  readonly type?: SyntaxNode;
  readonly isParameter?: true;
}

/** The names of `a`, `{ a, b: c, d = 1 }` and `[a, b]`. */
function inPattern(pattern: SyntaxNode | undefined, held: Held): readonly Introduced[] {
  if (pattern === undefined) return [];
  const { text, ...rest } = held;
  const nameOf = (one: SyntaxNode): string => text.slice(one.start, one.end);
  if (pattern.kind === "identifier") return [{ name: nameOf(pattern), node: pattern, ...rest, holds: "here" }];
  if (pattern.kind !== "object_pattern") {
    return pattern.children.flatMap((child) => inPattern(child, { text, ...(held.isParameter === true ? { isParameter: true } : {}) }));
  }
  return pattern.children.flatMap((child): readonly Introduced[] => {
    const target = child.kind === "object_assignment_pattern" ? (part(child, "left") ?? child) : child;
    if (target.kind === "shorthand_property_identifier_pattern") {
      const name = nameOf(target);
      return [{ name, node: target, ...rest, property: name, holds: "here" }];
    }
    const [key, value] = [part(child, "key"), part(child, "value")];
    const bound = value?.kind === "assignment_pattern" ? part(value, "left") : value;
    if (child.kind !== "pair_pattern" || key === undefined || bound === undefined) return [];
    if (bound.kind !== "identifier") return inPattern(bound, { text });
    return [{ name: nameOf(bound), node: bound, ...rest, property: nameOf(key), holds: "here" }];
  });
}

/** `constructor(private readonly flags: SluiceClient)` makes a field as well. */
function parameter(node: SyntaxNode, text: string): readonly Introduced[] {
  const pattern = part(node, "pattern");
  const names = inPattern(pattern, { text, isParameter: true, ...given("type", typeOf(node)) });
  const isField = node.children.some(({ kind }) => kind === "accessibility_modifier") || /^(?:readonly|override)\b/.test(text.slice(node.start, node.end));
  return isField ? [...names, ...names.map((one) => ({ ...one, holds: "field" as const }))] : names;
}

/** A variable that is set again holds nothing that could be told; a field that is set in a method holds that as well. */
function assigned(node: SyntaxNode, text: string): readonly Introduced[] {
  const [left, right] = [part(node, "left"), part(node, "right")];
  if (left?.kind === "identifier") return [{ name: text.slice(left.start, left.end), node: left, isSetAgain: true, holds: "here" }];
  const [object, property] = left === undefined ? [] : [part(left, "object"), part(left, "property")];
  if (left?.kind !== "member_expression" || object?.kind !== "this" || property === undefined || right === undefined) return [];
  return [{ name: text.slice(property.start, property.end), node: left, value: right, holds: "field" }];
}

function specified(node: SyntaxNode, text: string): readonly Introduced[] {
  const module = sourceOf(node, text);
  const name = part(node, "name");
  const local = part(node, "alias") ?? name;
  if (name === undefined || local === undefined) return [];
  if (module !== undefined) return [{ name: textOf(local, text), node: local, from: { module, name: textOf(name, text) }, holds: "module" }];
  // `export { a as b }` gives on a name of the file itself.
  return local === name ? [] : [{ name: textOf(local, text), node: local, value: name, holds: "module" }];
}

function importedWhole(node: SyntaxNode, text: string, as: "*" | "default"): readonly Introduced[] {
  const module = sourceOf(node, text);
  const name = partOfKind(node, "identifier");
  return name === undefined || module === undefined ? [] : [{ name: textOf(name, text), node: name, from: { module, name: as }, holds: "module" }];
}

/** `export * from`, `export * as a from` and `export default`. */
function exported(node: SyntaxNode, text: string): readonly Introduced[] {
  const module = sourceOf(node, text);
  if (module !== undefined && partOfKind(node, "export_clause") === undefined) {
    const name = partOfKind(node, "namespace_export")?.children.at(0);
    return [{ name: name === undefined ? "*" : textOf(name, text), node, from: { module, name: "*" }, holds: "module" }];
  }
  const value = part(node, "value");
  return value === undefined ? [] : [{ name: "default", node, value, holds: "module" }];
}

/** The module that an import or export names. */
function sourceOf(node: SyntaxNode, text: string): string | undefined {
  for (let at: SyntaxNode | undefined = node; at !== undefined; at = at.parent) {
    const source = at.kind === "import_statement" || at.kind === "export_statement" ? part(at, "source") : undefined;
    if (source !== undefined) return text.slice(source.start + 1, source.end - 1);
  }
  return undefined;
}
