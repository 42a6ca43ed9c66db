import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as TreeSitter from "@vscode/tree-sitter-wasm";
import type { Language, Parser, TreeCursor } from "@vscode/tree-sitter-wasm";
import type { GrammarName, ParseCode, SyntaxNode, SyntaxTree } from "../syntax-tree.ts";

const require = createRequire(import.meta.url);

/** Files of the grammars that are used, and the engine's own two: what a build has to bring along. */
export const GRAMMAR_FILES: readonly string[] = [
  "tree-sitter.js",
  "tree-sitter.wasm",
  ...(["typescript", "tsx", "python", "go", "java"] satisfies readonly GrammarName[]).map((name) => `tree-sitter-${name}.wasm`),
];

/** Deeper code is written by no person; beyond it the parts of a node are left out. */
const DEPTH_MAX = 400;

/** Where the grammars are: beside the built program, or in the package that brings them. */
export function grammarFolder(): string {
  const built = join(dirname(fileURLToPath(import.meta.url)), "grammars");
  return existsSync(built) ? built : dirname(require.resolve("@vscode/tree-sitter-wasm"));
}

/** Loads the grammars, which takes some 20 ms each; the engine is loaded only here, so nobody else pays for it. */
export async function loadGrammars(names: readonly GrammarName[]): Promise<ParseCode> {
  const folder = grammarFolder();
  const engine: typeof TreeSitter = require(join(folder, "tree-sitter.js"));
  await engine.Parser.init({ locateFile: (file) => join(folder, file) });
  const languages = new Map<GrammarName, Language>();
  for (const name of new Set(names)) languages.set(name, await engine.Language.load(join(folder, `tree-sitter-${name}.wasm`)));
  const parser = new engine.Parser();
  return (grammar, text) => parseText(parser, languages.get(grammar) ?? null, text);
}

function parseText(parser: Parser, language: Language | null, text: string): SyntaxTree {
  parser.setLanguage(language);
  const tree = parser.parse(text);
  if (tree === null) throw new Error("the parser was given no grammar");
  const cursor = tree.walk();
  try {
    const mistakes: { start: number; end: number }[] = [];
    const root = nodeAt(cursor, { mistakes, depth: 0 }, undefined);
    const [mistake] = mistakes;
    return { root, ...(mistake === undefined ? {} : { mistake }) };
  } finally {
    cursor.delete();
    tree.delete();
  }
}

/** A node while its parts are still being added. */
interface GrowingNode extends SyntaxNode {
  readonly children: SyntaxNode[];
}

/** Copies what the cursor stands on: nodes of the engine are asked one by one across its border, and would be asked often. */
function nodeAt(
  cursor: TreeCursor,
  { mistakes, depth }: { readonly mistakes: { start: number; end: number }[]; readonly depth: number },
  parent?: SyntaxNode,
): SyntaxNode {
  const field = cursor.currentFieldName;
  const node: GrowingNode = {
    kind: cursor.nodeType,
    ...(field === null ? {} : { field }),
    start: cursor.startIndex,
    end: cursor.endIndex,
    ...(parent === undefined ? {} : { parent }),
    children: [],
  };
  if (depth >= DEPTH_MAX || !cursor.gotoFirstChild()) return node;
  do {
    if (cursor.nodeType === "ERROR" || cursor.nodeIsMissing) mistakes.push({ start: cursor.startIndex, end: cursor.endIndex });
    if (cursor.nodeIsNamed) node.children.push(nodeAt(cursor, { mistakes, depth: depth + 1 }, node));
  } while (cursor.gotoNextSibling());
  cursor.gotoParent();
  return node;
}
