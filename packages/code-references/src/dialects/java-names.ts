import type { Introduced } from "../dialect.ts";
import { part, partOfKind, type SyntaxNode } from "../syntax-tree.ts";

type Reader = (node: SyntaxNode, text: string) => readonly Introduced[];

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["variable_declarator", declared],
  ["resource", parameter],
  ["formal_parameter", parameter],
  ["spread_parameter", parameter],
  ["enhanced_for_statement", loop],
  ["inferred_parameters", (node, text) => node.children.flatMap((one) => untyped(one, text))],
  ["lambda_expression", (node, text) => untyped(part(node, "parameters"), text)],
  ["enum_constant", enumConstant],
  ["class_declaration", shaped],
  ["interface_declaration", shaped],
  ["enum_declaration", shaped],
  ["record_declaration", shaped],
  ["assignment_expression", assigned],
  ["import_declaration", imported],
]);

/** Names that a part of a Java file introduces. */
export const introduced = (node: SyntaxNode, text: string): readonly Introduced[] => readers.get(node.kind)?.(node, text) ?? [];

const textOf = (node: SyntaxNode, text: string): string => text.slice(node.start, node.end);

function held<K extends "value" | "type">(name: K, node: SyntaxNode | undefined): { readonly [key in K]?: SyntaxNode } {
  return node === undefined ? {} : ({ [name]: node } as { readonly [key in K]?: SyntaxNode });
}

/** A field of the file's own class is what `import static` gives, too. */
function declared(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  const around = node.parent;
  if (name === undefined || around === undefined) return [];
  const one = { name: textOf(name, text), node: name, ...held("value", part(node, "value")), ...held("type", part(around, "type")) };
  if (around.kind !== "field_declaration" && around.kind !== "constant_declaration") return [{ ...one, holds: "here" }];
  const isOfFile = around.parent?.parent?.parent?.kind === "program";
  return [{ ...one, holds: "field" }, ...(isOfFile ? [{ ...one, holds: "module" as const }] : [])];
}

/** The parts of a record are fields, too. */
function parameter(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name") ?? partOfKind(node, "variable_declarator")?.children[0];
  if (name === undefined) return [];
  const one = { name: textOf(name, text), node: name, ...held("type", part(node, "type")), ...held("value", part(node, "value")) };
  const isOfRecord = node.parent?.parent?.kind === "record_declaration";
  return [{ ...one, isParameter: true, holds: isOfRecord ? "field" : "here" }];
}

function loop(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  // The name holds in the loop, which is a scope, and not around it.
  return name === undefined ? [] : [{ name: textOf(name, text), node: name, ...held("type", part(node, "type")), holds: "here" }];
}

function untyped(node: SyntaxNode | undefined, text: string): readonly Introduced[] {
  return node?.kind === "identifier" ? [{ name: textOf(node, text), node, isParameter: true, holds: "here" }] : [];
}

/** `PINS("diary.pins")`: what its first argument says. */
function enumConstant(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  return name === undefined ? [] : [{ name: textOf(name, text), node: name, ...held("value", part(node, "arguments")?.children[0]), holds: "field" }];
}

function shaped(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  return [{ name: name === undefined ? "" : textOf(name, text), node: name ?? node, shape: node, holds: "here" }];
}

function assigned(node: SyntaxNode, text: string): readonly Introduced[] {
  const left = part(node, "left");
  if (left?.kind === "identifier") return [{ name: textOf(left, text), node: left, isSetAgain: true, holds: "here" }];
  const [object, field] = left?.kind === "field_access" ? [part(left, "object"), part(left, "field")] : [];
  if (object?.kind !== "this" || field === undefined) return [];
  return [{ name: textOf(field, text), node: field, ...held("value", part(node, "right")), holds: "field" }];
}

/** `import a.b.C`, `import a.b.*`, `import static a.b.C.NAME`. */
function imported(node: SyntaxNode, text: string): readonly Introduced[] {
  const path = partOfKind(node, "scoped_identifier", "identifier");
  if (path === undefined) return [];
  const whole = textOf(path, text);
  if (partOfKind(node, "asterisk") !== undefined) return [{ name: "*", node, from: { module: whole, name: "*" }, holds: "module" }];
  const at = whole.lastIndexOf(".");
  const name = whole.slice(at + 1);
  return [{ name, node: path, from: { module: whole.slice(0, Math.max(0, at)), name }, holds: "module" }];
}
