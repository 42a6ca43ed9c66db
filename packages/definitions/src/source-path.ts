/**
 * Which of a project's sources a definition comes from, as its path says it: `flags/@shop/pay.yaml` is `flags/pay.yaml` of the source `shop`,
 * and `flags/pay.yaml` is the main source's. One tree holds them all, so whatever reads a project reads every source of it.
 */
const FURTHER = /^(flags|environments|segments|tests)\/@([a-z][a-z0-9-]*)(?:\/(.+))?$/is;
/** Also the folder by itself, where a link or a submodule stands in its place, and one whose name has another case: both are told. */
const OWN = /^(flags|environments|segments|tests)(?:\/(.+))?$/is;
const NAME = /^[a-z][a-z0-9-]*$/;
const NAME_CHARS_MAX = 40;

/** Where a file stands: its path in the folder of its own source. Without a name it is the main source's. */
export interface SourcePlace {
  readonly source?: string;
  readonly path: string;
}

/** Dashed lower-case words, at most 40 characters. */
export const isSourceName = (text: string): boolean => NAME.test(text) && text.length <= NAME_CHARS_MAX;

/** Takes a path of the project apart. */
export function sourcePlace(path: string): SourcePlace {
  if (!path.includes("/@")) return { path };
  const [, folder, source, rest] = FURTHER.exec(path) ?? [];
  return source === undefined ? { path } : { source, path: joined(folder, rest) };
}

/**
 * The path in the project of a file that stands in a source's folder. `undefined` for what a further source has no say in: everything but
 * flags, segments and tests.
 */
export function projectPath(source: string | undefined, path: string): string | undefined {
  if (source === undefined) return path;
  const [, folder, rest] = OWN.exec(path) ?? [];
  return folder === undefined ? undefined : joined(`${folder}/@${source}`, rest);
}

const joined = (folder = "", rest?: string): string => (rest === undefined ? folder : `${folder}/${rest}`);

/** A source's texts by their path in the project. */
export function inProject(source: string | undefined, texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...texts].flatMap(([path, text]) => {
      const whole = projectPath(source, path);
      return whole === undefined ? [] : [[whole, text] as const];
    }),
  );
}
