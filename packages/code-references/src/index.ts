export { grammarFolder, GRAMMAR_FILES, loadGrammars } from "./adapters/grammars.ts";
export type { CodeSource } from "./code-library.ts";
export { findCodeReferences, type FoundCode, grammarsFor, type Wanted } from "./find-code-references.ts";
export type { GrammarName, ParseCode } from "./syntax-tree.ts";
