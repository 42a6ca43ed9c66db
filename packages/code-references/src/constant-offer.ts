import type { CodeLanguage, ConstantOffer } from "@sluice/definitions";
import type { CodeLibrary } from "./code-library.ts";
import type { SourceModule } from "./source-module.ts";
import type { SyntaxNode } from "./syntax-tree.ts";

/** The constants that `sluice codegen` wrote into the code that is looked through. */
export interface WrittenConstants {
  /** By language and key. */
  readonly byKey: ReadonlyMap<CodeLanguage, ReadonlyMap<string, readonly WrittenConstant[]>>;
  readonly names: ReadonlyMap<CodeLanguage, ReadonlySet<string>>;
}

interface WrittenConstant {
  readonly name: string;
  readonly path: string;
}

/** Generated files of one language; more belong to more projects than a repository has. */
const FILES_MAX = 50;
/** The constants of the files that `sluice codegen` wrote. */
export function writtenConstants(library: CodeLibrary, generated: readonly string[]): WrittenConstants {
  const byKey = new Map<CodeLanguage, Map<string, WrittenConstant[]>>();
  const names = new Map<CodeLanguage, Set<string>>();
  const seen = new Map<CodeLanguage, number>();
  for (const path of generated) {
    const module = library.module(path);
    const language = module?.dialect.language;
    const count = (seen.get(language ?? "ts") ?? 0) + 1;
    if (module === undefined || language === undefined || count > FILES_MAX) continue;
    seen.set(language, count);
    for (const { name, key } of constantsOf(module)) {
      const keys = byKey.get(language) ?? new Map<string, WrittenConstant[]>();
      const others = (keys.get(key) ?? []).filter((one) => one.name !== name || one.path !== path);
      byKey.set(language, keys.set(key, [...others, { name, path }]));
      names.set(language, (names.get(language) ?? new Set()).add(name));
    }
  }
  return { byKey, names };
}

function constantsOf(module: SourceModule): readonly { readonly name: string; readonly key: string }[] {
  const { dialect, text } = module;
  return [...module.constants()].flatMap(({ name, value }) => {
    if (value === undefined) return [];
    const flag = dialect.generated.flag(dialect.bare(value), text, dialect);
    const literal = dialect.generated.key === undefined ? dialect.literal(dialect.bare(value), text)?.value : undefined;
    const key = flag?.key ?? (typeof literal === "string" ? literal : undefined);
    return key === undefined ? [] : [{ name, key }];
  });
}

interface OfferedAt {
  readonly module: SourceModule;
  readonly library: CodeLibrary;
  readonly constants: WrittenConstants;
}

/** How a generated constant is written instead of a key's text; undefined where there is none, or several, or its name is taken there. */
export function offerConstant(key: string, literal: SyntaxNode, { module, library, constants }: OfferedAt): ConstantOffer | undefined {
  const known = constants.byKey.get(module.dialect.language)?.get(key) ?? [];
  const [only] = known;
  const generated = only && library.module(only.path);
  if (only === undefined || known.length > 1 || generated === undefined) return undefined;
  const offer = module.dialect.generated.offer({
    name: only.name,
    generatedPath: only.path,
    generatedText: generated.text,
    path: module.path,
    text: module.text,
    root: module.root,
    literal,
    files: library.files,
    isTaken: (name) => module.lookup(name, literal).length > 0,
  });
  return offer && { name: offer.written, edits: [{ start: literal.start, end: literal.end, text: offer.written }, ...offer.edits] };
}
