import type { JsonValue } from "@sluice/evaluation";
import type { Call, Dialect, GeneratedFlag, Question, Sdk } from "../dialect.ts";
import { part, partOfKind, type SyntaxNode, within } from "../syntax-tree.ts";
import { generatedFlag } from "./generated-flag.ts";
import { mayIntroduce, modulePaths, offer, siblingPaths } from "./go-modules.ts";
import { introduced } from "./go-names.ts";
import { numberOf, writtenScalar } from "./plain-values.ts";
import { textOfQuoted } from "./quoted-text.ts";

const JOINING = new Set(["parenthesized_expression", "unary_expression", "binary_expression", "selector_expression", "expression_list"]);
const LEAVING = new Set(["return_statement", "continue_statement", "break_statement", "goto_statement"]);
const WRAPPED = new Set(["parenthesized_expression", "literal_element", "expression_list"]);
const FUNCTIONS = new Set(["function_declaration", "method_declaration", "func_literal"]);
const SCOPES = new Set([
  ...FUNCTIONS,
  "block",
  "if_statement",
  "for_statement",
  "expression_switch_statement",
  "type_switch_statement",
  "expression_case",
  "default_case",
  "type_case",
  "communication_case",
]);

const textOf = (node: SyntaxNode, text: string): string => text.slice(node.start, node.end);
const isComment = ({ kind }: SyntaxNode): boolean => kind === "comment";
const plain = (node: SyntaxNode): readonly SyntaxNode[] => node.children.filter((one) => !isComment(one));

function bare(node: SyntaxNode): SyntaxNode {
  const [inner, ...more] = WRAPPED.has(node.kind) ? plain(node) : [];
  return inner !== undefined && more.length === 0 ? bare(inner) : node;
}

function literal(node: SyntaxNode, text: string): { readonly value: JsonValue } | undefined {
  const written = textOf(node, text);
  switch (node.kind) {
    case "true":
    case "false":
      return { value: node.kind === "true" };
    case "int_literal":
    case "float_literal":
      return numberOf(written);
    case "interpreted_string_literal": {
      const value = textOfQuoted(written.slice(1, -1));
      return value === undefined ? undefined : { value };
    }
    case "raw_string_literal":
      return { value: written.slice(1, -1) };
    case "unary_expression": {
      const operand = part(node, "operand");
      const value = operand === undefined || !written.startsWith("-") ? undefined : literal(operand, text)?.value;
      return typeof value === "number" ? { value: -value } : undefined;
    }
    default:
      return undefined;
  }
}

/** The parts of a map's or a struct's literal. */
function entries(node: SyntaxNode, text: string): ReadonlyMap<string, SyntaxNode> | undefined {
  const body = node.kind === "composite_literal" ? part(node, "body") : undefined;
  if (body === undefined) return undefined;
  const found = new Map<string, SyntaxNode>();
  for (const one of body.children) {
    const [key, value] = [part(one, "key"), part(one, "value")];
    if (key === undefined || value === undefined) continue;
    const name = identifier(bare(key), text) ?? literal(bare(key), text)?.value;
    if (typeof name === "string") found.set(name, value);
  }
  return found;
}

const identifier = (node: SyntaxNode, text: string): string | undefined => (node.kind === "identifier" ? textOf(node, text) : undefined);

function member(node: SyntaxNode, text: string): ReturnType<Dialect["member"]> {
  const object = part(node, "operand");
  if (object === undefined) return undefined;
  const field = node.kind === "selector_expression" ? part(node, "field") : undefined;
  if (field !== undefined) return { object, name: textOf(field, text) };
  const index = node.kind === "index_expression" ? part(node, "index") : undefined;
  const name = index && literal(index, text)?.value;
  return typeof name === "string" ? { object, name } : undefined;
}

function call(node: SyntaxNode): Call | undefined {
  const [callee, list] = [part(node, "function"), part(node, "arguments")];
  return node.kind === "call_expression" && callee !== undefined && list !== undefined
    ? { callee, args: plain(list).map((one) => ({ node: one })) }
    : undefined;
}

function branching(node: SyntaxNode, text: string): ReturnType<Dialect["branching"]> {
  switch (node.kind) {
    case "if_statement": {
      const condition = part(node, "condition");
      return condition && { condition, branches: node.children.filter(({ field }) => field === "consequence" || field === "alternative") };
    }
    case "expression_case": {
      const condition = part(node, "value");
      return condition && { condition, branches: node.children.filter((one) => one !== condition) };
    }
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
  const statements = branch.kind === "block" ? partOfKind(branch, "statement_list") : undefined;
  const last = statements && plain(statements).at(-1);
  return last !== undefined && LEAVING.has(last.kind);
}

function typeNames(type: SyntaxNode, text: string): readonly string[] {
  const found: string[] = [];
  for (const node of within(type)) {
    if (node.kind === "qualified_type") found.push(textOf(node, text));
    else if (node.kind === "type_identifier" && node.parent?.kind !== "qualified_type") found.push(textOf(node, text));
  }
  return found;
}

const ASKED = { Boolean: "boolean", String: "string", Number: "number", Object: "object", Float: "number", Int: "number" } as const;

/** OpenFeature's questions begin with a `context.Context`, so that they have one argument more. */
function question(method: string, args: number): Question | undefined {
  const [, word = "", end = ""] = /^(Boolean|String|Number|Object|Float|Int)(Value|ValueDetails|Details)?$/.exec(method) ?? [];
  const asks = Object.entries(ASKED).find(([name]) => name === word)?.[1];
  if (asks === undefined) return undefined;
  if (end.startsWith("Value")) return { asks, key: 1, fallback: 2 };
  return args >= 4 ? { asks, key: 1, fallback: 2 } : args === 3 ? { asks, key: 0, fallback: 1 } : undefined;
}

const openFeature: Sdk = { types: ["Client", "IClient"], factories: ["NewClient", "NewDefaultClient", "GetApiInstance"] };
const sdks: ReadonlyMap<string, Sdk> = new Map<string, Sdk>([
  ["github.com/sluice-flags/sluice-go", { types: ["Client"], factories: ["New"] }],
  ["github.com/sluice-flags/sluice-go/sluicetest", { types: ["Client"], factories: ["New"] }],
  ["github.com/open-feature/go-sdk/openfeature", openFeature],
]);

function flagOf(value: SyntaxNode, text: string): GeneratedFlag | undefined {
  const [type, body] = value.kind === "composite_literal" ? [part(value, "type"), part(value, "body")] : [];
  const name = type && textOf(type, text);
  const [key, usual] = body === undefined ? [] : plain(body);
  return generatedFlag(name, key && literal(bare(key), text), usual && literal(bare(usual), text));
}

/** Go. */
export const go: Dialect = {
  language: "go",
  extensions: [".go"],
  grammarOf: () => "go",
  isComment,
  isScope: ({ kind }) => SCOPES.has(kind),
  introduced,
  bare,
  identifier,
  member,
  isSelf: () => false,
  seesFields: false,
  call,
  literal,
  entries,
  written: writtenScalar,
  choices: () => undefined,
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
  // What is not in this code is somebody else's: a path says nothing about whose it is.
  isForeign: () => true,
  modulePaths,
  mayIntroduce,
  siblingPaths,
  valueMembers: [],
  question,
  argumentNames: { key: [], fallback: [] },
  questionText: /\.(?:Boolean|String|Number|Object|Float|Int)(?:Value|ValueDetails|Details)?\(\s*[^)\s]/,
  generated: { header: /^\/\/ Code generated by sluice codegen go/, flag: flagOf, asks: { In: { fallback: 2 } }, key: "Key", offer },
};
