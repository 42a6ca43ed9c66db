export { grammarFolder, GRAMMAR_FILES, loadGrammars } from "./adapters/grammars.ts";
export type { CodeSource } from "./code-library.ts";
export { CODE_FILE_BYTES_MAX, codeText, TOO_LARGE } from "./code-text.ts";
export { findCodeReferences, type FoundCode, grammarsFor, isLookedAt, type Wanted } from "./find-code-references.ts";
export { type GrammarName, type ParseCode, rememberingParse } from "./syntax-tree.ts";
