import type { CodeLanguage, CodeWrapper } from "@sluice/definitions";
import { dialectOf } from "./code-library.ts";
import type { Dialect, KnownPaths } from "./dialect.ts";

/** What texts alone say of files, before any is parsed. */
export interface TextScan {
  /** Files that hold a question of an SDK or a wrapper's call. */
  readonly asking: readonly string[];
  /** Files that `sluice codegen` wrote. */
  readonly generated: readonly string[];
  /** All others of a language that is known. */
  readonly others: readonly string[];
}

/** What every generated file begins with, in every language. */
const HEADER_CHARS = 400;
const NAME = /[A-Za-z_]\w*/g;

/** Looks through every file's text once: most of any repository asks for no flag, and is not parsed. */
export function scanTexts(files: KnownPaths, paths: readonly string[], { dialects, wrappers }: Searched): TextScan {
  const questions = new Map(dialects.map((dialect) => [dialect, questionPattern(dialect, wrappers)] as const));
  const [asking, generated, others]: [string[], string[], string[]] = [[], [], []];
  for (const path of paths) {
    const dialect = dialectOf(path, dialects);
    const text = dialect && files.read(path);
    if (dialect === undefined || text === undefined) continue;
    const list = dialect.generated.header.test(text.slice(0, HEADER_CHARS)) ? generated : questions.get(dialect)?.test(text) === true ? asking : others;
    list.push(path);
  }
  return { asking, generated, others };
}

interface Searched {
  readonly dialects: readonly Dialect[];
  readonly wrappers: readonly CodeWrapper[];
}

function questionPattern({ language, questionText }: Dialect, wrappers: readonly CodeWrapper[]): RegExp {
  const calls = wrappers.filter((one) => one.language === language).map(({ call }) => `\\b${(call.split(".").at(-1) ?? "").replaceAll("$", "\\$")}\\s*\\(`);
  return new RegExp([questionText.source, ...calls].join("|"));
}

/** Of files that hold no question, those that hold the name of a generated constant. */
export function filesWithNames(
  files: KnownPaths,
  paths: readonly string[],
  { dialects, names }: { readonly dialects: readonly Dialect[]; readonly names: ReadonlyMap<CodeLanguage, ReadonlySet<string>> },
): readonly string[] {
  return paths.filter((path) => {
    const known = names.get(dialectOf(path, dialects)?.language ?? "ts");
    return known !== undefined && holdsName(files.read(path) ?? "", known);
  });
}

function holdsName(text: string, names: ReadonlySet<string>): boolean {
  for (const [word] of text.matchAll(NAME)) if (names.has(word)) return true;
  return false;
}
