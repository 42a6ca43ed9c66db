import type { Element } from "../dialect.ts";
import { part, type SyntaxNode } from "../syntax-tree.ts";

/** An element of JSX that may ask for a flag. */
export function element(node: SyntaxNode, text: string): Element | undefined {
  if (node.kind === "jsx_self_closing_element") return fromTag(node, text);
  const opening = node.kind === "jsx_element" ? part(node, "open_tag") : undefined;
  const tag = opening && fromTag(opening, text);
  return tag && { ...tag, body: node };
}

function fromTag(opening: SyntaxNode, text: string): Element | undefined {
  const name = part(opening, "name");
  if (name === undefined) return undefined;
  const attributes = opening.children.flatMap((child) => {
    const [key, value] = child.kind === "jsx_attribute" ? child.children : [];
    return key === undefined ? [] : [[text.slice(key.start, key.end), { node: child, ...(value === undefined ? {} : { value }) }] as const];
  });
  return { name, opening, attributes: new Map(attributes) };
}
