import type { FileReport } from "./diagnostic.ts";
import { Fields, wordFor } from "./fields.ts";
import type { KeyTest } from "./key-pattern.ts";
import { CODE_LANGUAGES, type CodeLanguage } from "./style/code/code-reference.ts";
import { compilePathPattern } from "./style/path-pattern.ts";
import type { Tree } from "./yaml-tree.ts";

/** A function of the company's own by which code asks for flags. */
export interface CodeWrapper {
  readonly language: CodeLanguage;
  /** How it is called: `isOn`, or with what stands before it: `features.isOn`. */
  readonly call: string;
  /** Place of the flag's key among its arguments, from 0. */
  readonly key: number;
  /** Place of the default; absent where the function takes none. */
  readonly default?: number;
}

/** A folder of a repository that holds code. */
export interface CodePlace {
  /** Name of the further source whose repository it is; absent for that of the main one. */
  readonly source?: string;
  /** From the repository's root, with `/`; empty for all of it. */
  readonly path: string;
}

/** What a project says of the code that asks for its flags. */
export interface CodeSection {
  /** Folders that are looked through where nobody names one; none lies in another. */
  readonly folders: readonly CodePlace[];
  readonly wrappers: readonly CodeWrapper[];
  /** Paths of code that is not looked at. */
  readonly exclude: readonly KeyTest[];
}

/** Fields of `code:` and of one wrapper; the published schema lists the same. */
export const CODE_FIELDS = ["folders", "wrappers", "exclude"] as const;
export const WRAPPER_FIELDS = ["language", "call", "key", "default"] as const;
/** No function takes more arguments that anybody could tell apart. */
export const ARGUMENT_PLACE_MAX = 20;
/** Ways to ask that nobody could know any more. */
export const WRAPPERS_MAX = 50;
export const EXCLUDES_MAX = 100;
/** Each is looked through by itself. */
export const FOLDERS_MAX = 20;
/** `.` for all of a repository, or a path from its root without `.` and `..`; what begins with `@` names a further source. */
export const FOLDER_PATH: RegExp = /^(?:\.|(?:@[a-z][a-z0-9-]{0,39}|(?!@|\.\.?(?:\/|$))[^/\\]+)(?:\/(?!\.\.?(?:\/|$))[^/\\]+)*)$/;
/** A name, or several with dots between. */
export const CALL_NAME: RegExp = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*){0,5}$/;

/** Reads `code:`; what has a mistake is told and left out. */
export function readCodeSection(fields: Fields, report: FileReport): CodeSection | undefined {
  const tree = fields.tree("code");
  const code = tree && Fields.of(report, tree, CODE_FIELDS, "The code section");
  if (code === undefined) return undefined;
  tooMany(code, { name: "folders", max: FOLDERS_MAX }, report);
  tooMany(code, { name: "wrappers", max: WRAPPERS_MAX }, report);
  tooMany(code, { name: "exclude", max: EXCLUDES_MAX }, report);
  return {
    folders: readFolders(code, report),
    wrappers: code
      .items("wrappers")
      .slice(0, WRAPPERS_MAX)
      .flatMap((item, index) => readWrapper(item, `Wrapper ${index + 1}`, report)),
    exclude: code
      .items("exclude")
      .slice(0, EXCLUDES_MAX)
      .flatMap((item) => readPattern(code, item, report)),
  };
}

/** Folders of code in the repository of one source, from its root. */
export function codeFoldersOf(code: CodeSection | undefined, source: string | undefined): readonly string[] {
  return (code?.folders ?? []).filter((one) => one.source === source).map(({ path }) => path);
}

function readFolders(code: Fields, report: FileReport): readonly CodePlace[] {
  const known: CodePlace[] = [];
  for (const item of code.items("folders").slice(0, FOLDERS_MAX)) {
    const text = code.text("folders", item);
    const place = text === undefined ? undefined : placeOf(text);
    const around = place && known.find((one) => isWithin(place, one) || isWithin(one, place));
    if (text === undefined) continue;
    if (place === undefined)
      report.add(item.span, {
        code: "field/value",
        message: `${JSON.stringify(text)} is no folder of a repository.`,
        expected: "a path from the repository's root, or . for all of it",
        fix: "Write for example services/web, or @shop/services for a folder in the repository of the further source shop.",
      });
    else if (around !== undefined)
      report.add(item.span, {
        code: "field/value",
        message: `${text} and another folder of this list are one in the other.`,
        fix: "Keep the outer one: code is looked at once.",
      });
    else known.push(place);
  }
  return known;
}

function placeOf(text: string): CodePlace | undefined {
  if (!FOLDER_PATH.test(text) || /\p{Cc}/u.test(text)) return undefined;
  if (!text.startsWith("@")) return { path: text === "." ? "" : text };
  const [source = "", ...rest] = text.slice(1).split("/");
  return { source, path: rest.join("/") };
}

const isWithin = (inner: CodePlace, outer: CodePlace): boolean =>
  inner.source === outer.source && (outer.path === "" || inner.path === outer.path || inner.path.startsWith(`${outer.path}/`));

function tooMany(code: Fields, { name, max }: { readonly name: string; readonly max: number }, report: FileReport): void {
  const { length } = code.items(name);
  if (length > max)
    report.add(code.tree(name)?.span ?? code.span, {
      code: "field/value",
      message: `There are ${length} entries under ${name}; ${max} are allowed.`,
      fix: "Leave out those that another one includes.",
    });
}

function readWrapper(tree: Tree, name: string, report: FileReport): readonly CodeWrapper[] {
  const one = Fields.of(report, tree, WRAPPER_FIELDS, name);
  if (one === undefined) return [];
  const language = one.required("language", "ts") && one.oneOf("language", CODE_LANGUAGES);
  const callTree = one.required("call", "isOn");
  const call = callTree && one.text("call");
  if (callTree !== undefined && call !== undefined && !CALL_NAME.test(call))
    report.add(callTree.span, {
      code: "field/value",
      message: `"${call}" is no name of a function.`,
      expected: "a name, or several with dots between, such as features.isOn",
      fix: "Write it as it stands in code, without parentheses.",
    });
  const key = one.required("key", "0") === undefined ? undefined : readPlace(one, "key", report);
  const usual = one.tree("default") === undefined ? undefined : readPlace(one, "default", report);
  if (language === undefined || call === undefined || !CALL_NAME.test(call) || key === undefined) return [];
  return [{ language, call, key, ...(usual === undefined ? {} : { default: usual }) }];
}

function readPlace(one: Fields, name: "key" | "default", report: FileReport): number | undefined {
  const tree = one.tree(name);
  const value = tree?.kind === "value" ? tree.value : undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < ARGUMENT_PLACE_MAX) return value;
  report.add(tree?.span ?? one.span, {
    code: "field/value",
    message: `"${name}" is ${tree === undefined ? "missing" : wordFor(tree)}.`,
    expected: `the place of an argument, from 0 to ${ARGUMENT_PLACE_MAX - 1}`,
    fix: "Count the function's arguments from 0.",
  });
  return undefined;
}

function readPattern(code: Fields, tree: Tree, report: FileReport): readonly KeyTest[] {
  const pattern = code.text("exclude", tree);
  const compiled = pattern === undefined ? undefined : compilePathPattern(pattern);
  if (compiled?.ok === true) return [compiled.value];
  if (compiled !== undefined)
    report.add(tree.span, { code: "field/value", message: `This is no pattern of paths: ${compiled.problem}.`, fix: "Write for example vendor/**" });
  return [];
}
