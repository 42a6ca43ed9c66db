/** A named part of a program. Tokens without a name (`(`, `,`, keywords) are left out: their text stands between the parts. */
export interface SyntaxNode {
  /** As the grammar names it, such as `call_expression`. */
  readonly kind: string;
  /** What it is to its parent, such as `condition`; absent where the grammar does not say. */
  readonly field?: string;
  /** UTF-16 offsets into the file's text. */
  readonly start: number;
  readonly end: number;
  readonly parent?: SyntaxNode;
  readonly children: readonly SyntaxNode[];
}

/** A file as it was parsed. */
export interface SyntaxTree {
  readonly root: SyntaxNode;
  /** The first stretch that the language does not allow; absent where there is none. */
  readonly mistake?: { readonly start: number; readonly end: number };
}

/** Grammars by their names; several languages have more than one. */
export type GrammarName = "typescript" | "tsx" | "python" | "go" | "java";

/** Reads a text by a grammar. */
export type ParseCode = (grammar: GrammarName, text: string) => SyntaxTree;

/** Reads each text once: of two states of the same code most is the same. Keeps all that it has read. */
export function rememberingParse(parse: ParseCode): ParseCode {
  const known = new Map<GrammarName, Map<string, SyntaxTree>>();
  return (grammar, text) => {
    const own = known.get(grammar) ?? new Map<string, SyntaxTree>();
    known.set(grammar, own);
    const tree = own.get(text) ?? parse(grammar, text);
    own.set(text, tree);
    return tree;
  };
}

/** The part that is this to its parent. */
export const part = (node: SyntaxNode, field: string): SyntaxNode | undefined => node.children.find((child) => child.field === field);

/** The part of one of these kinds. */
export const partOfKind = (node: SyntaxNode, ...kinds: readonly string[]): SyntaxNode | undefined => node.children.find(({ kind }) => kinds.includes(kind));

/** A node and everything below it, from above and from the left. */
export function* within(node: SyntaxNode): Generator<SyntaxNode> {
  // One generator for all of it: one in another for each level would hand every node up through all of them.
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    for (let at = next.children.length - 1; at >= 0; at -= 1) {
      const child = next.children[at];
      if (child !== undefined) waiting.push(child);
    }
  }
}

/** The nodes above one, the nearest first. */
export function* above(node: SyntaxNode): Generator<SyntaxNode> {
  for (let at = node.parent; at !== undefined; at = at.parent) yield at;
}
