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

/** What a project says of the code that asks for its flags. */
export interface CodeSection {
  readonly wrappers: readonly CodeWrapper[];
  /** Paths of code that is not looked at. */
  readonly exclude: readonly KeyTest[];
}

/** Fields of `code:` and of one wrapper; the published schema lists the same. */
export const CODE_FIELDS = ["wrappers", "exclude"] as const;
export const WRAPPER_FIELDS = ["language", "call", "key", "default"] as const;
/** No function takes more arguments that anybody could tell apart. */
export const ARGUMENT_PLACE_MAX = 20;
/** Ways to ask that nobody could know any more. */
export const WRAPPERS_MAX = 50;
export const EXCLUDES_MAX = 100;
/** A name, or several with dots between. */
export const CALL_NAME: RegExp = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*){0,5}$/;

/** Reads `code:`; what has a mistake is told and left out. */
export function readCodeSection(fields: Fields, report: FileReport): CodeSection | undefined {
  const tree = fields.tree("code");
  const code = tree && Fields.of(report, tree, CODE_FIELDS, "The code section");
  if (code === undefined) return undefined;
  tooMany(code, { name: "wrappers", max: WRAPPERS_MAX }, report);
  tooMany(code, { name: "exclude", max: EXCLUDES_MAX }, report);
  return {
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
