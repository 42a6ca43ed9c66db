/** The part used of the WHATWG Encoding API, which browsers and Node share and no type library here declares. */
interface Decoder {
  decode(bytes: Uint8Array): string;
}
declare const TextDecoder: new (label: string, options: { readonly fatal: boolean; readonly ignoreBOM: boolean }) => Decoder;

const strict: Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient: Decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Folders of a project whose YAML files are definitions. */
export const DEFINITION_FOLDERS: readonly string[] = ["flags", "environments", "segments", "audiences", "plans", "policies", "tests"];
/** Characters of one file that the YAML parser reads; the largest flag seen in 4,000 real ones has 40 kB. */
export const PARSED_CHARS_MAX: number = 2 ** 20;
/** A segment's file: two lists of 100,000 ids of 36 characters, which are not given to the parser. */
const SEGMENT_CHARS_MAX: number = 2 ** 23;

/** Bytes, and so characters, of one file; the source refuses larger ones before they are read. */
export function fileBytesMax(path: string): number {
  return path.startsWith("segments/") ? SEGMENT_CHARS_MAX : PARSED_CHARS_MAX;
}

/** Something at a path of a project, as Git or a disk has it. */
export interface ProjectEntry {
  /** Below the project's folder, with `/`. */
  readonly path: string;
  readonly kind: "file" | "link" | "submodule" | "other";
  /** 0 where it is no file. */
  readonly bytes: number;
}

/** Why something is not read, and what to do. */
interface Unread {
  readonly why: string;
  readonly fix?: string;
}

const WITHIN = new RegExp(`^(?:${DEFINITION_FOLDERS.join("|")})/`);
const WITHIN_ANY_CASE = new RegExp(WITHIN.source, "i");
const AT_OR_WITHIN = new RegExp(`^(?:${DEFINITION_FOLDERS.join("|")})(?:/|$)`);
/** A name such as `README.md` is a file's; one without such an end may be a folder's. */
const FILE_NAME = /\.[A-Za-z]{1,5}$/;
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNFIT_NAME = /[\u0000-\u001f\u007f\ufffd]/;

/** Files that Sluice reads; everything else in a repository is not its business. */
export function isDefinitionPath(path: string): boolean {
  return path === "sluice.yaml" || path === "style-baseline.yaml" || (WITHIN.test(path) && /\.ya?ml$/.test(path));
}

/** Whether an entry is a definition, or stands where somebody takes it for one: then it is told, and not passed over. */
export function isOfProject(entry: ProjectEntry): boolean {
  return isDefinitionPath(entry.path) || strayOf(entry) !== undefined;
}

/** What stands in the place of an entry that is not read: no YAML, so what it should define is broken and not gone. Undefined: it is read. */
export function unreadEntry(entry: ProjectEntry): string | undefined {
  const unread = strayOf(entry) ?? refusedOf(entry);
  return unread === undefined ? undefined : unreadText(unread);
}

/** A definition's text; where it is none that is read, what stands in its place. A byte-order mark of UTF-8 is kept. */
export function textOfFile(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return unreadText(UTF_16);
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return unreadText(notUtf8(bytes));
  }
}

/** Editors on Windows begin files with a byte-order mark, which is no part of what they say. */
export const MARK = "\uFEFF";

export const withoutMark = (text: string): string => (text.startsWith(MARK) ? text.slice(MARK.length) : text);

/** Why a text stands in the place of a file that is not read; undefined for a file's own text. */
export function unreadOf(text: string): Unread | undefined {
  const [, why, fix] = /^\u0000refused: (.+)\n(?:fix: (.+)\n)?$/.exec(text) ?? [];
  if (why !== undefined) return { why, ...(fix === undefined ? {} : { fix }) };
  return text.startsWith("version https://git-lfs.github.com/spec/") ? LFS : undefined;
}

const unreadText = ({ why, fix }: Unread): string => `\u0000refused: ${why}\n${fix === undefined ? "" : `fix: ${fix}\n`}`;

const THEMSELVES = "Put the files themselves there: a server reads nothing but its own repository.";
const UTF_16: Unread = { why: "it is UTF-16", fix: "Save it as UTF-8, as with: iconv -f UTF-16 -t UTF-8" };
const LFS: Unread = {
  why: "it is a pointer of Git LFS, and what it points to is not in Git",
  fix: "Take it out of Git LFS (git lfs untrack, in .gitattributes), and commit the file itself.",
};

function notUtf8(bytes: Uint8Array): Unread {
  const at = lenient.decode(bytes).indexOf("\ufffd");
  const line = lenient.decode(bytes).slice(0, at).split("\n").length;
  return { why: `it is not UTF-8, first in line ${line}`, fix: "Save it as UTF-8; if it is Latin-1, as with: iconv -f LATIN1 -t UTF-8" };
}

/** Of what is no definition by its path: why somebody may take it for one. */
function strayOf({ path, kind }: ProjectEntry): Unread | undefined {
  if (kind !== "file" && AT_OR_WITHIN.test(path) && !/\.ya?ml$/.test(path) && (kind === "submodule" || !FILE_NAME.test(path)))
    return { why: kind === "submodule" ? "submodules are not followed" : "symbolic links are not followed", fix: THEMSELVES };
  if (!WITHIN_ANY_CASE.test(path) || !/\.ya?ml$/i.test(path)) return undefined;
  if (UNFIT_NAME.test(path)) return { why: "its name is not UTF-8, or has control characters", fix: "Rename it: git mv" };
  const folder = path.slice(0, path.indexOf("/"));
  if (!WITHIN.test(path)) return { why: `its folder is called ${folder}`, fix: `Rename the folder: git mv ${folder} ${folder.toLowerCase()}` };
  const end = path.slice(path.lastIndexOf("."));
  return /\.ya?ml$/.test(path) ? undefined : { why: `its name ends in ${end}`, fix: `Let its name end in ${end.toLowerCase()}` };
}

function refusedOf({ path, kind, bytes }: ProjectEntry): Unread | undefined {
  if (kind === "submodule") return { why: "submodules are not followed", fix: THEMSELVES };
  if (kind === "link") return { why: "symbolic links are not followed" };
  if (kind === "other") return { why: "this is not a file" };
  return bytes > fileBytesMax(path) ? { why: `the file has ${bytes} bytes, ${fileBytesMax(path)} are allowed` } : undefined;
}
