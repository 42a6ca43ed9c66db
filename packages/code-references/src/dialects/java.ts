import type { JsonValue } from "@sluice/evaluation";
import type { Call, Dialect, GeneratedFlag, Question, Sdk } from "../dialect.ts";
import { part, type SyntaxNode, within } from "../syntax-tree.ts";
import { generatedFlag } from "./generated-flag.ts";
import { isForeign, modulePaths, offer, siblingPaths } from "./java-modules.ts";
import { introduced } from "./java-names.ts";
import { numberOf, writtenScalar } from "./plain-values.ts";
import { textOfQuoted } from "./quoted-text.ts";

const JOINING = new Set(["parenthesized_expression", "unary_expression", "binary_expression", "cast_expression", "field_access"]);
const LEAVING = new Set(["return_statement", "throw_statement", "continue_statement", "break_statement", "yield_statement"]);
const FUNCTIONS = new Set(["method_declaration", "constructor_declaration", "compact_constructor_declaration"]);
const SCOPES = new Set([
  ...FUNCTIONS,
  "lambda_expression",
  "block",
  "for_statement",
  "enhanced_for_statement",
  "try_with_resources_statement",
  "catch_clause",
  "class_body",
  "enum_body",
  "interface_body",
]);

const textOf = (node: SyntaxNode, text: string): string => text.slice(node.start, node.end);
const isComment = ({ kind }: SyntaxNode): boolean => kind === "line_comment" || kind === "block_comment";
const plain = (node: SyntaxNode): readonly SyntaxNode[] => node.children.filter((one) => !isComment(one));

function bare(node: SyntaxNode): SyntaxNode {
  const inner = node.kind === "parenthesized_expression" ? plain(node)[0] : node.kind === "cast_expression" ? part(node, "value") : undefined;
  return inner === undefined ? node : bare(inner);
}

function literal(node: SyntaxNode, text: string): { readonly value: JsonValue } | undefined {
  const written = textOf(node, text);
  switch (node.kind) {
    case "true":
    case "false":
      return { value: node.kind === "true" };
    case "decimal_integer_literal":
    case "decimal_floating_point_literal":
      return numberOf(written);
    case "string_literal": {
      // A text block is laid out by rules of its own, and is no key.
      const value = written.startsWith('"""') ? undefined : textOfQuoted(written.slice(1, -1));
      return value === undefined ? undefined : { value };
    }
    case "unary_expression": {
      const operand = part(node, "operand");
      const value = operand === undefined || !written.startsWith("-") ? undefined : literal(operand, text)?.value;
      return typeof value === "number" ? { value: -value } : undefined;
    }
    default:
      return undefined;
  }
}

/** A name that stands for something; a call without an object before it is named by its method. */
function identifier(node: SyntaxNode, text: string): string | undefined {
  if (node.kind === "this") return "this";
  if (node.kind === "type_identifier") return node.parent?.kind === "object_creation_expression" ? textOf(node, text) : undefined;
  if (node.kind === "method_invocation" && part(node, "object") === undefined) {
    const name = part(node, "name");
    return name && textOf(name, text);
  }
  if (node.kind !== "identifier") return undefined;
  const around = node.parent?.kind;
  const isPart =
    (around === "method_invocation" && node.field === "name") || (around === "field_access" && node.field === "field") || around === "scoped_identifier";
  return isPart ? undefined : textOf(node, text);
}

/** `a.b`, and `a.b()` as what is called. */
function member(node: SyntaxNode, text: string): ReturnType<Dialect["member"]> {
  const object = part(node, "object");
  const name = node.kind === "field_access" ? part(node, "field") : node.kind === "method_invocation" ? part(node, "name") : undefined;
  return object === undefined || name === undefined ? undefined : { object, name: textOf(name, text) };
}

function call(node: SyntaxNode): Call | undefined {
  const list = part(node, "arguments");
  const callee = node.kind === "method_invocation" ? node : node.kind === "object_creation_expression" ? part(node, "type") : undefined;
  return callee === undefined || list === undefined ? undefined : { callee, args: plain(list).map((one) => ({ node: one })) };
}

function branching(node: SyntaxNode, text: string): ReturnType<Dialect["branching"]> {
  const condition = part(node, "condition");
  switch (node.kind) {
    case "if_statement":
    case "ternary_expression":
      return condition && { condition, branches: node.children.filter(({ field }) => field === "consequence" || field === "alternative") };
    case "while_statement":
      return condition && { condition, branches: node.children.filter(({ field }) => field === "body") };
    case "binary_expression": {
      const [left, right] = [part(node, "left"), part(node, "right")];
      const isLogical = left !== undefined && right !== undefined && /&&|\|\|/.test(text.slice(left.end, right.start));
      return isLogical ? { condition: left, branches: [right] } : undefined;
    }
    default:
      return undefined;
  }
}

function leaves(branch: SyntaxNode): boolean {
  if (LEAVING.has(branch.kind)) return true;
  const last = branch.kind === "block" ? plain(branch).at(-1) : undefined;
  return last !== undefined && LEAVING.has(last.kind);
}

function typeNames(type: SyntaxNode, text: string): readonly string[] {
  const found: string[] = [];
  for (const node of within(type)) {
    if (node.kind === "scoped_type_identifier" && node.parent?.kind !== "scoped_type_identifier") found.push(textOf(node, text));
    else if (node.kind === "type_identifier" && node.parent?.kind !== "scoped_type_identifier") found.push(textOf(node, text));
  }
  return found.filter((name) => name !== "var");
}

const ASKED = { Boolean: "boolean", String: "string", Number: "number", Object: "object", Integer: "number", Double: "number" } as const;
const questions: ReadonlyMap<string, Question> = new Map(
  Object.entries(ASKED).flatMap(([word, asks]) =>
    ["", "Value", "Details"].map((end): readonly [string, Question] => [`get${word}${end}`, { asks, key: 0, fallback: 1 }]),
  ),
);

const openFeature: Sdk = { types: ["Client", "Features"], factories: ["OpenFeatureAPI"] };
const sdks: ReadonlyMap<string, Sdk> = new Map<string, Sdk>([
  ["io.github.sluiceflags", { types: ["SluiceClient"], factories: ["SluiceClient"] }],
  ["io.github.sluiceflags.testing", { types: [], factories: ["TestFlags", "SluiceExtension"] }],
  ["dev.openfeature.sdk", openFeature],
]);

function flagOf(value: SyntaxNode, text: string): GeneratedFlag | undefined {
  const made = value.kind === "object_creation_expression" ? call(value) : undefined;
  const name = made && textOf(made.callee, text);
  const [key, usual] = made?.args ?? [];
  return generatedFlag(name, key && literal(key.node, text), usual && literal(usual.node, text));
}

/** Java. */
export const java: Dialect = {
  language: "java",
  extensions: [".java"],
  grammarOf: () => "java",
  isComment,
  isScope: ({ kind }) => SCOPES.has(kind),
  introduced,
  bare,
  identifier,
  member,
  isSelf: (name) => name === "this",
  seesFields: true,
  call,
  literal,
  entries: () => undefined,
  written: writtenScalar,
  choices: (node) => (node.kind === "ternary_expression" ? node.children.filter(({ field }) => field === "consequence" || field === "alternative") : undefined),
  branching,
  joins: ({ kind }) => JOINING.has(kind),
  isNegated: (condition, text) => bare(condition).kind === "unary_expression" && text.startsWith("!", bare(condition).start),
  leaves,
  typeNames,
  functionName: (node, text) => {
    const name = FUNCTIONS.has(node.kind) ? part(node, "name") : undefined;
    return name && textOf(name, text);
  },
  sdk: (module) => sdks.get(module),
  isForeign,
  modulePaths,
  siblingPaths,
  valueMembers: ["key", "getKey", "value", "getValue"],
  question: (method, args) => (args >= 2 ? questions.get(method) : undefined),
  argumentNames: { key: [], fallback: [] },
  questionText: /\bget(?:Boolean|String|Number|Object|Integer|Double)(?:Value|Details)?\s*\(/,
  generated: { header: /^\/\/ Written by `sluice codegen java`/, flag: flagOf, asks: { in: { fallback: 2 } }, key: "key", offer },
};
