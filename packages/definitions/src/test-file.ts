import type { JsonValue } from "@sluice/evaluation";
import { FileReport, type Span } from "./diagnostic.ts";
import { Fields, jsonOf, wordFor } from "./fields.ts";
import { parseTree, type Tree } from "./yaml-tree.ts";

/** Expectations of one file: nobody reads a longer one. */
export const TESTS_MAX = 1_000;
/** Fields of a file of expectations, and of one of them; the published schema lists the same. */
export const TEST_FILE_FIELDS = ["tests", "flag", "environment"] as const;
export const TEST_FIELDS = ["name", "flag", "environment", "context", "expect", "reason", "by"] as const;
export const REASONS = ["DISABLED", "TARGETING_MATCH", "SPLIT", "STATIC", "DEFAULT"] as const;

/** One expectation: given this context, this answer, with this reason. */
export interface FlagTest {
  readonly name: string;
  readonly flag: string;
  readonly flagSpan: Span;
  readonly environment: string;
  readonly environmentSpan: Span;
  readonly context: Readonly<Record<string, JsonValue>>;
  readonly variant: string;
  readonly expectSpan: Span;
  readonly reason?: (typeof REASONS)[number];
  /** Rule id (or `#n`), or the prerequisite that is named. */
  readonly by?: string;
}

/** A file of expectations, read by itself. */
export interface TestFile {
  readonly path: string;
  readonly tests: readonly FlagTest[];
  readonly report: FileReport;
}

/** Reads `tests/*.yaml`; never throws. */
export function readTestFile(path: string, text: string): TestFile {
  const report = new FileReport(path, text);
  const tree = parseTree(text, report);
  const fields = tree && Fields.ofFile(report, tree, TEST_FILE_FIELDS);
  if (fields === undefined) return { path, tests: [], report };
  const usual: Usual = { flag: fields.tree("flag"), environment: fields.tree("environment"), report };
  fields.required("tests", "[{ flag: some.flag, context: {…}, expect: on }]");
  const items = fields.items("tests");
  if (items.length > TESTS_MAX)
    report.add(items[TESTS_MAX]?.span ?? fields.span, {
      code: "field/value",
      message: `There are ${items.length} expectations; ${TESTS_MAX} are allowed in a file.`,
      fix: "Split the file.",
    });
  return { path, tests: items.slice(0, TESTS_MAX).flatMap((item, index) => readTest(item, index, usual)), report };
}

/** What a file says once for all its expectations. */
interface Usual {
  readonly flag: Tree | undefined;
  readonly environment: Tree | undefined;
  readonly report: FileReport;
}

function readTest(item: Tree, index: number, { report, ...usual }: Usual): readonly FlagTest[] {
  const fields = Fields.of(report, item, TEST_FIELDS, `Expectation ${index + 1}`);
  if (fields === undefined) return [];
  const flagTree = fields.tree("flag") ?? usual.flag ?? fields.required("flag", "some.flag");
  const environmentTree = fields.tree("environment") ?? usual.environment;
  const [flag, environment] = [fields.text("flag", flagTree), fields.text("environment", environmentTree)];
  const [context, expected] = [readContext(fields.tree("context"), report), readExpected(fields, report)];
  const name = fields.text("name");
  // Half an expectation is another one: what is misspelt is told and not run.
  if (flag === undefined || flagTree === undefined || expected === undefined || context === undefined) return [];
  return [
    {
      name: name ?? `${flag} for ${JSON.stringify(context)}`,
      flag,
      flagSpan: flagTree.span,
      environment: environment ?? "production",
      environmentSpan: environmentTree?.span ?? fields.span,
      context,
      ...expected,
    },
  ];
}

function readExpected(fields: Fields, report: FileReport): Pick<FlagTest, "variant" | "expectSpan" | "reason" | "by"> | undefined {
  const tree = fields.required("expect", "on");
  const variant = tree?.kind === "value" && tree.value !== null ? String(tree.value) : undefined;
  if (tree !== undefined && variant === undefined)
    report.add(tree.span, {
      code: "field/type",
      message: `"expect" is ${wordFor(tree)}, where a variant belongs.`,
      fix: "Write the variant's name, as in expect: on",
    });
  const [hasReason, hasBy] = [fields.tree("reason") !== undefined, fields.tree("by") !== undefined];
  const reason = hasReason ? fields.oneOf("reason", REASONS) : undefined;
  const by = fields.text("by");
  if (tree === undefined || variant === undefined || (hasReason && reason === undefined) || (hasBy && by === undefined)) return undefined;
  return { variant, expectSpan: tree.span, ...(reason === undefined ? {} : { reason }), ...(by === undefined ? {} : { by }) };
}

function readContext(tree: Tree | undefined, report: FileReport): FlagTest["context"] | undefined {
  if (tree === undefined) return {};
  if (tree.kind === "map") return Object.fromEntries(tree.entries.map(({ key, value }) => [key, jsonOf(value)]));
  report.add(tree.span, {
    code: "field/type",
    message: `"context" is ${wordFor(tree)}, where attributes belong.`,
    expected: "context: { plan: pro }",
    fix: "Write attributes with their values.",
  });
  return undefined;
}
