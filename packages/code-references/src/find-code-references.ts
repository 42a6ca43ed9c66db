import {
  BASELINE_FILE,
  type CodeComment,
  type CodeFile,
  type CodeReference,
  type CodeSection,
  type CodeWrapper,
  type ReferenceDefault,
  type ReferenceKey,
} from "@sluice/definitions";
import { filesWithNames, scanTexts } from "./candidate-files.ts";
import { CodeLibrary, type CodeSource, dialectOf } from "./code-library.ts";
import { offerConstant, type WrittenConstants, writtenConstants } from "./constant-offer.ts";
import { Decisions } from "./decisions.ts";
import { dialects } from "./dialects/registry.ts";
import { Meanings } from "./meaning.ts";
import { type Asked, isInWrapper, Questions } from "./questions.ts";
import type { SourceModule } from "./source-module.ts";
import { type GrammarName, type ParseCode, type SyntaxNode, within } from "./syntax-tree.ts";
import { isTestPath } from "./test-paths.ts";

/** What is looked for. */
export interface Wanted {
  /** Every key that a flag has or had: what is asked of something unknown is a question where its key is one of them. */
  readonly keys: ReadonlySet<string>;
  /** The project's `code:`; absent where it says nothing. */
  readonly code?: Pick<CodeSection, "wrappers" | "exclude"> | undefined;
}

/** What was found. */
export interface FoundCode {
  /** Files that ask, or that could not be read to their end; by path. */
  readonly files: readonly CodeFile[];
  /** How many files were there, and how many of them were parsed to be looked at. */
  readonly count: { readonly there: number; readonly parsed: number };
}

/** Grammars of the files that are there. */
export function grammarsFor(paths: readonly string[]): readonly GrammarName[] {
  return [...new Set(paths.flatMap((path) => dialectOf(path, dialects)?.grammarOf(path) ?? []))];
}

/** Whether a look reads a path: code of a language that is known, or the baseline beside it. */
export const isLookedAt = (path: string): boolean => path === BASELINE_FILE || grammarsFor([path]).length > 0;

/** Finds every reference to a flag in the code of a source. Never throws for what the code holds. */
export function findCodeReferences(source: CodeSource, { keys, code }: Wanted, parse: ParseCode): FoundCode {
  const exclude = code?.exclude ?? [];
  const paths = source.paths.filter((path) => !exclude.some((matches) => matches(path)));
  const library = new CodeLibrary({ ...source, paths }, { dialects, parse });
  const wrappers = code?.wrappers ?? [];
  const scan = scanTexts(library.files, paths, { dialects, wrappers });
  const constants = writtenConstants(library, scan.generated);
  const search = new Search(library, { keys, wrappers, constants });
  const mentioning = constants.names.size === 0 ? [] : filesWithNames(library.files, scan.others, { dialects, names: constants.names });
  const candidates = [...scan.asking, ...mentioning];
  const files = candidates.flatMap((path) => search.file(path) ?? []);
  const there = scan.asking.length + scan.generated.length + scan.others.length;
  return { files, count: { there, parsed: candidates.length } };
}

interface SearchedFor {
  readonly keys: ReadonlySet<string>;
  readonly wrappers: readonly CodeWrapper[];
  readonly constants: WrittenConstants;
}

class Search {
  readonly #library: CodeLibrary;
  readonly #for: SearchedFor;
  readonly #meanings: Meanings;
  readonly #questions: Questions;

  constructor(library: CodeLibrary, searchedFor: SearchedFor) {
    this.#library = library;
    this.#for = searchedFor;
    this.#meanings = new Meanings(library);
    this.#questions = new Questions(this.#meanings, { wrappers: searchedFor.wrappers, constantNames: searchedFor.constants.names });
  }

  /** Undefined where the file asks for nothing. */
  file(path: string): CodeFile | undefined {
    const module = this.#library.module(path);
    if (module === undefined || module.isGenerated) return undefined;
    const asked = this.#questions.of(module).map((one) => ({ one, keys: this.#keysOf(one, module) }));
    const keysAsked = new Map(asked.map(({ one, keys }) => [one.node, keys.flatMap((key) => (key.kind === "computed" ? [] : [key.key]))] as const));
    const decisions = new Decisions(module, keysAsked);
    const references = asked.flatMap(({ one, keys }) => keys.map((key) => this.#reference(one, key, { module, decisions })));
    if (references.length === 0 && module.mistake === undefined) return undefined;
    return {
      path,
      text: module.text,
      language: module.dialect.language,
      isTest: isTestPath(path),
      comments: commentsOf(module),
      references,
      ...(module.mistake === undefined ? {} : { unreadFrom: module.mistake }),
    };
  }

  /** How a question names its flags: once, or once for each key that it may be. Empty where it is none after all. */
  #keysOf(asked: Asked, module: SourceModule): readonly ReferenceKey[] {
    if (asked.constant !== undefined) return [{ kind: "generated", key: asked.constant.key, span: spanOf(asked.node) }];
    const node = asked.keyNode ?? asked.node;
    const choices = module.dialect.choices(module.dialect.bare(node)) ?? [node];
    const keys = choices.flatMap((one) => this.#keyAt(module.dialect.bare(one), asked, module) ?? []);
    return asked.isGuess && !keys.every((key) => key.kind !== "computed" && this.#for.keys.has(key.key)) ? [] : keys;
  }

  #keyAt(node: SyntaxNode, asked: Asked, module: SourceModule): ReferenceKey | undefined {
    const { dialect, text } = module;
    const span = spanOf(node);
    const literal = dialect.literal(node, text);
    if (typeof literal?.value === "string") {
      const constant =
        asked.through === "mention" ? undefined : offerConstant(literal.value, node, { module, library: this.#library, constants: this.#for.constants });
      return { kind: "literal", key: literal.value, span, isChecked: asked.isChecked, ...(constant === undefined ? {} : { constant }) };
    }
    const meaning = this.#meanings.of(node, module);
    if (meaning.kind === "value" && typeof meaning.value === "string") return { kind: meaning.isGenerated ? "generated" : "name", key: meaning.value, span };
    if (meaning.kind === "flag") return { kind: "generated", key: meaning.key, span };
    return isInWrapper(node, module, this.#for.wrappers) ? undefined : { kind: "computed", span };
  }

  #reference(asked: Asked, key: ReferenceKey, { module, decisions }: { readonly module: SourceModule; readonly decisions: Decisions }): CodeReference {
    const fallback = this.#fallbackOf(asked, module);
    const own = key.kind === "computed" ? undefined : key.key;
    return {
      span: spanOf(asked.place),
      through: asked.through,
      key,
      within: decisions.around(asked).filter((one) => one !== own),
      ...(asked.isGuess ? { isGuess: true } : {}),
      ...(asked.asks === undefined ? {} : { asks: asked.asks }),
      ...(fallback === undefined ? {} : { fallback }),
    };
  }

  #fallbackOf(asked: Asked, module: SourceModule): ReferenceDefault | undefined {
    const { dialect, text } = module;
    const { written } = dialect;
    if (asked.fallbackWithout !== undefined) return { span: spanOf(asked.place), value: asked.fallbackWithout, isInPlace: false, written };
    if (asked.fallback === undefined) return undefined;
    const node = dialect.bare(asked.fallback);
    const literal = dialect.literal(node, text);
    if (literal !== undefined) return { span: spanOf(node), value: literal.value, isInPlace: true, written };
    const meaning = this.#meanings.of(node, module);
    return { span: spanOf(node), isInPlace: false, written, ...(meaning.kind === "value" ? { value: meaning.value } : {}) };
  }
}

const spanOf = ({ start, end }: SyntaxNode): { readonly start: number; readonly end: number } => ({ start, end });

function commentsOf(module: SourceModule): readonly CodeComment[] {
  if (!module.text.includes("sluice-disable")) return [];
  const found: CodeComment[] = [];
  for (const node of within(module.root)) {
    if (!module.dialect.isComment(node)) continue;
    const lineStart = module.text.lastIndexOf("\n", node.start - 1) + 1;
    const lineEnd = module.text.indexOf("\n", node.end);
    const besides = module.text.slice(lineStart, node.start) + module.text.slice(node.end, lineEnd < 0 ? undefined : lineEnd);
    found.push({ span: spanOf(node), isAlone: /^[\s{}]*$/.test(besides) });
  }
  return found;
}
