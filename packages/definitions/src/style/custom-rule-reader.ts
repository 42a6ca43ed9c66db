import type { FileReport } from "../diagnostic.ts";
import { Fields } from "../fields.ts";
import type { FLAG_FIELDS } from "../flag-file.ts";
import { compileKeyPattern } from "../key-pattern.ts";
import { readValueSchema } from "../value-schema.ts";
import type { Tree } from "../yaml-tree.ts";
import type { CustomRule, CustomTest } from "./custom-rule.ts";

/** Fields of one rule of the project's own; the published schema lists the same. */
export const CUSTOM_FIELDS = ["id", "severity", "message", "fix", "field", "pattern", "schema", "module"] as const;
/** Fields of a flag that hold one text, which a pattern can be held against. */
export const PATTERN_FIELDS: readonly (typeof FLAG_FIELDS)[number][] = [
  "key",
  "description",
  "kind",
  "owner",
  "ticket",
  "created",
  "expires",
  "permanent",
  "reviewBy",
  "type",
  "off",
  "salt",
];
const RULES_MAX = 100;

/** Reads `custom:` of the style guide; a rule that cannot be read is reported and left out. */
export function readCustomRules(style: Fields, report: FileReport): readonly CustomRule[] {
  return style
    .items("custom")
    .slice(0, RULES_MAX)
    .flatMap((item, index) => readCustomRule(item, index, report) ?? []);
}

function readCustomRule(item: Tree, index: number, report: FileReport): CustomRule | undefined {
  const fields = Fields.of(report, item, CUSTOM_FIELDS, `Custom rule ${index + 1}`);
  const idTree = fields?.required("id", "custom/my-rule");
  const id = fields?.text("id", idTree);
  if (fields === undefined || idTree === undefined || id === undefined) return undefined;
  if (!isCustomId(id)) {
    report.add(idTree.span, {
      code: "style/custom",
      message: `"${id}" is not the name of a custom rule.`,
      expected: "custom/ and dashed lower-case words",
      fix: "Write for example custom/no-foo",
    });
    return undefined;
  }
  const message = fields.required("message", "what is wrong, in a sentence") && fields.text("message");
  const test = readTest(fields, report);
  const severity = fields.tree("severity") === undefined ? "error" : fields.oneOf("severity", ["off", "warning", "error"]);
  if (message === undefined || test === undefined || severity === undefined) return undefined;
  return { id, severity, message, fix: fields.text("fix") ?? "See the company's style guide: sluice style guide", test };
}

const isCustomId = (text: string): text is `custom/${string}` => /^custom\/[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(text);

function readTest(fields: Fields, report: FileReport): CustomTest | undefined {
  const ways = (["pattern", "schema", "module"] as const).filter((name) => fields.tree(name) !== undefined);
  const [way] = ways;
  if (way === undefined || ways.length > 1) {
    report.add(fields.span, {
      code: "style/custom",
      message: way === undefined ? "This rule looks at nothing." : `This rule has ${ways.join(" and ")}.`,
      expected: "one of pattern (with field), schema and module",
      fix: "Keep one of them.",
    });
    return undefined;
  }
  switch (way) {
    case "pattern":
      return readPattern(fields, report);
    case "schema": {
      const tree = fields.tree("schema");
      const schema = tree && readValueSchema(tree, report);
      return schema === undefined ? undefined : { kind: "schema", schema };
    }
    case "module":
      return readModule(fields, report);
  }
}

/** A file of the project's folder: a path that leads out of it would be code that nobody reviews with the flags. */
const MODULE_PATH = /^(?:[\w-][\w.-]*\/){0,10}[\w-][\w.-]*\.m?js$/;

function readModule(fields: Fields, report: FileReport): CustomTest | undefined {
  const tree = fields.tree("module");
  const path = fields.text("module");
  if (tree === undefined || path === undefined) return undefined;
  if (MODULE_PATH.test(path)) return { kind: "module", path };
  report.add(tree.span, {
    code: "style/custom",
    message: `"${path.slice(0, 100)}" is no path of a module.`,
    expected: "a .js or .mjs file below the project's folder",
    fix: "Write for example module: rules/names.mjs",
  });
  return undefined;
}

function readPattern(fields: Fields, report: FileReport): CustomTest | undefined {
  const tree = fields.tree("pattern");
  const words = fields.text("pattern");
  const field = fields.tree("field") === undefined ? "key" : fields.oneOf("field", PATTERN_FIELDS);
  if (tree === undefined || words === undefined || field === undefined) return undefined;
  const compiled = compileKeyPattern(words);
  if (compiled.ok) return { kind: "pattern", field, words, matches: compiled.value };
  report.add(tree.span, {
    code: "style/custom",
    message: `This is no pattern: ${compiled.problem}.`,
    fix: 'Write for example pattern: "[A-Z]{2,8}-[0-9]+"',
  });
  return undefined;
}
