import type { Introduced } from "../dialect.ts";
import { part, partOfKind, type SyntaxNode } from "../syntax-tree.ts";

type Reader = (node: SyntaxNode, text: string) => readonly Introduced[];

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["const_spec", specified],
  ["var_spec", specified],
  ["short_var_declaration", (node, text) => paired(part(node, "left")?.children ?? [], part(node, "right"), text)],
  ["range_clause", (node, text) => paired(part(node, "left")?.children ?? [], undefined, text)],
  ["assignment_statement", setAgain],
  ["parameter_declaration", parameters],
  ["variadic_parameter_declaration", parameters],
  ["function_declaration", named],
  ["type_spec", typed],
  ["type_alias", typed],
  ["field_declaration", fields],
  ["import_spec", imported],
]);

/** Names that a part of a Go file introduces. */
export const introduced = (node: SyntaxNode, text: string): readonly Introduced[] => readers.get(node.kind)?.(node, text) ?? [];

const textOf = (node: SyntaxNode, text: string): string => text.slice(node.start, node.end);
const namesOf = (node: SyntaxNode): readonly SyntaxNode[] => node.children.filter(({ field }) => field === "name");

/** Names with the values beside them. Of one call that gives several values, the first is what is asked for; the others are errors and details. */
function paired(names: readonly SyntaxNode[], values: SyntaxNode | undefined, text: string, type?: SyntaxNode): readonly Introduced[] {
  const given = values === undefined ? [] : values.kind === "expression_list" ? values.children : [values];
  return names
    .filter(({ kind }) => kind === "identifier")
    .map((node, index) => {
      const value = given.length === names.length || index === 0 ? given[index] : undefined;
      return { name: textOf(node, text), node, ...(value === undefined ? {} : { value }), ...(type === undefined ? {} : { type }), holds: "here" };
    });
}

function specified(node: SyntaxNode, text: string): readonly Introduced[] {
  return paired(namesOf(node), part(node, "value"), text, part(node, "type"));
}

function setAgain(node: SyntaxNode, text: string): readonly Introduced[] {
  const left = part(node, "left")?.children ?? [];
  return left.filter(({ kind }) => kind === "identifier").map((one) => ({ name: textOf(one, text), node: one, isSetAgain: true, holds: "here" }));
}

function parameters(node: SyntaxNode, text: string): readonly Introduced[] {
  const type = part(node, "type");
  return namesOf(node).map((one) => ({ name: textOf(one, text), node: one, ...(type === undefined ? {} : { type }), isParameter: true, holds: "here" }));
}

function named(node: SyntaxNode, text: string): readonly Introduced[] {
  const name = part(node, "name");
  return name === undefined ? [] : [{ name: textOf(name, text), node: name, holds: "here" }];
}

function typed(node: SyntaxNode, text: string): readonly Introduced[] {
  const [name, type] = [part(node, "name"), part(node, "type")];
  if (name === undefined || type === undefined) return [];
  return [
    { name: textOf(name, text), node: name, ...(type.kind === "struct_type" || type.kind === "interface_type" ? { shape: type } : { type }), holds: "here" },
  ];
}

function fields(node: SyntaxNode, text: string): readonly Introduced[] {
  const type = part(node, "type");
  return namesOf(node).map((one) => ({ name: textOf(one, text), node: one, ...(type === undefined ? {} : { type }), holds: "field" }));
}

/** A package is called by its path's last part, without a version and without what says that it is Go's. */
function imported(node: SyntaxNode, text: string): readonly Introduced[] {
  const path = part(node, "path");
  if (path === undefined) return [];
  const module = textOf(path, text).slice(1, -1);
  if (partOfKind(node, "dot") !== undefined) return [{ name: "*", node, from: { module, name: "*" }, holds: "module" }];
  const alias = part(node, "name");
  const last =
    module
      .replace(/\/v\d+$/, "")
      .split("/")
      .at(-1) ?? module;
  const name = alias === undefined ? last.replace(/^go-|-go$|\.go$/g, "") : textOf(alias, text);
  return [{ name, node, from: { module, name: "*" }, holds: "module" }];
}
