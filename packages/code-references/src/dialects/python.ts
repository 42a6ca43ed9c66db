import type { JsonValue } from "@sluice/evaluation";
import type { Argument, Call, Dialect, GeneratedFlag, Question, Sdk } from "../dialect.ts";
import { part, partOfKind, type SyntaxNode, within } from "../syntax-tree.ts";
import { generatedFlag } from "./generated-flag.ts";
import { numberOf } from "./plain-values.ts";
import { isForeign, modulePaths, offer } from "./python-modules.ts";
import { introduced } from "./python-names.ts";
import { textOfQuoted } from "./quoted-text.ts";

const JOINING = new Set(["parenthesized_expression", "not_operator", "boolean_operator", "comparison_operator", "await", "attribute", "named_expression"]);
const LEAVING = new Set(["return_statement", "raise_statement", "continue_statement", "break_statement"]);
const SCOPES = new Set([
  "function_definition",
  "lambda",
  "class_definition",
  "list_comprehension",
  "set_comprehension",
  "dictionary_comprehension",
  "generator_expression",
]);

const textOf = (node: SyntaxNode, text: string): string => text.slice(node.start, node.end);

function bare(node: SyntaxNode): SyntaxNode {
  const [inner] = node.children.filter(({ kind }) => kind !== "comment");
  return (node.kind === "parenthesized_expression" || node.kind === "await") && inner !== undefined ? bare(inner) : node;
}

function literal(node: SyntaxNode, text: string): { readonly value: JsonValue } | undefined {
  switch (node.kind) {
    case "true":
    case "false":
      return { value: node.kind === "true" };
    case "integer":
    case "float":
      return numberOf(textOf(node, text));
    case "unary_operator": {
      const operand = part(node, "argument");
      const value = operand === undefined || !text.startsWith("-", node.start) ? undefined : literal(operand, text)?.value;
      return typeof value === "number" ? { value: -value } : undefined;
    }
    case "string":
      return stringOf(node, text);
    case "concatenated_string": {
      const parts = node.children.map((one) => literal(one, text)?.value);
      return parts.every((one) => typeof one === "string") ? { value: parts.join("") } : undefined;
    }
    case "list":
      return listOf(node, text);
    case "dictionary":
      return mapOf(node, text);
    default:
      return undefined;
  }
}

function stringOf(node: SyntaxNode, text: string): { readonly value: string } | undefined {
  const begin = partOfKind(node, "string_start");
  if (begin === undefined || node.children.some(({ kind }) => kind === "interpolation")) return undefined;
  const [end] = node.children.filter(({ kind }) => kind === "string_end");
  const prefix = textOf(begin, text).toLowerCase();
  const inner = text.slice(begin.end, end?.start ?? node.end);
  if (prefix.includes("b")) return undefined;
  const value = prefix.includes("r") ? inner : textOfQuoted(inner);
  return value === undefined ? undefined : { value };
}

function listOf(node: SyntaxNode, text: string): { readonly value: JsonValue } | undefined {
  const items = node.children.filter(({ kind }) => kind !== "comment").map((item) => literal(bare(item), text));
  const values = items.flatMap((item) => (item === undefined ? [] : [item.value]));
  return values.length === items.length ? { value: values } : undefined;
}

function mapOf(node: SyntaxNode, text: string): { readonly value: JsonValue } | undefined {
  const found = [...(entries(node, text) ?? [])].flatMap(([name, value]) => {
    const one = literal(bare(value), text);
    return one === undefined ? [] : [[name, one.value] as const];
  });
  return found.length === node.children.filter(({ kind }) => kind !== "comment").length ? { value: Object.fromEntries(found) } : undefined;
}

function entries(node: SyntaxNode, text: string): ReadonlyMap<string, SyntaxNode> | undefined {
  if (node.kind !== "dictionary") return undefined;
  const found = new Map<string, SyntaxNode>();
  for (const pair of node.children) {
    const [key, value] = [part(pair, "key"), part(pair, "value")];
    const name = pair.kind === "pair" && key !== undefined ? literal(key, text)?.value : undefined;
    if (typeof name === "string" && value !== undefined) found.set(name, value);
  }
  return found;
}

/** A name that stands for something: neither that of a member, nor of an argument, nor a part of a module's. */
function identifier(node: SyntaxNode, text: string): string | undefined {
  if (node.kind !== "identifier" || node.field === "attribute") return undefined;
  const around = node.parent?.kind;
  return around === "dotted_name" || (around === "keyword_argument" && node.field === "name") ? undefined : textOf(node, text);
}

function member(node: SyntaxNode, text: string): ReturnType<Dialect["member"]> {
  const [object, attribute] = [part(node, "object"), part(node, "attribute")];
  if (node.kind === "attribute" && object !== undefined && attribute !== undefined) return { object, name: textOf(attribute, text) };
  const [value, index] = node.kind === "subscript" ? [part(node, "value"), part(node, "subscript")] : [];
  const name = index && literal(index, text)?.value;
  return value !== undefined && typeof name === "string" ? { object: value, name } : undefined;
}

function call(node: SyntaxNode): Call | undefined {
  const [callee, list] = [part(node, "function"), part(node, "arguments")];
  return node.kind === "call" && callee !== undefined && list?.kind === "argument_list"
    ? { callee, args: list.children.filter(({ kind }) => kind !== "comment").map(argument) }
    : undefined;
}

function argument(node: SyntaxNode): Argument {
  const value = node.kind === "keyword_argument" ? part(node, "value") : undefined;
  const name = value === undefined ? undefined : part(node, "name");
  return value === undefined || name === undefined ? { node } : { nameNode: name, node: value };
}

function branching(node: SyntaxNode): ReturnType<Dialect["branching"]> {
  const condition = part(node, "condition");
  switch (node.kind) {
    case "if_statement":
    case "elif_clause":
      return condition && { condition, branches: node.children.filter(({ field }) => field === "consequence" || field === "alternative") };
    case "while_statement":
      return condition && { condition, branches: node.children.filter(({ field }) => field === "body") };
    case "conditional_expression": {
      const [yes, decided, no] = node.children.filter(({ kind }) => kind !== "comment");
      return yes !== undefined && decided !== undefined && no !== undefined ? { condition: decided, branches: [yes, no] } : undefined;
    }
    case "boolean_operator": {
      const [left, right] = [part(node, "left"), part(node, "right")];
      return left !== undefined && right !== undefined ? { condition: left, branches: [right] } : undefined;
    }
    default:
      return undefined;
  }
}

function leaves(branch: SyntaxNode): boolean {
  const last = branch.kind === "block" ? branch.children.filter(({ kind }) => kind !== "comment").at(-1) : undefined;
  return last !== undefined && LEAVING.has(last.kind);
}

/** Names of a type, also of one that stands in quotes. */
function typeNames(type: SyntaxNode, text: string): readonly string[] {
  const found: string[] = [];
  for (const node of within(type)) {
    if (node.kind === "attribute" && node.parent?.kind !== "attribute") found.push(textOf(node, text));
    else if (node.kind === "identifier" && node.parent?.kind !== "attribute") found.push(textOf(node, text));
    else if (node.kind === "string_content") found.push(...(textOf(node, text).match(/[A-Za-z_][\w.]*/g) ?? []));
  }
  return found.filter((name) => name !== "None");
}

const ASKED = { boolean: "boolean", string: "string", number: "number", integer: "number", float: "number", object: "object" } as const;
const questions: ReadonlyMap<string, Question> = new Map(
  Object.entries(ASKED).flatMap(([word, asks]) =>
    ["", "_value", "_details"].flatMap((end) =>
      ["", "_async"].map((way): readonly [string, Question] => [`get_${word}${end}${way}`, { asks, key: 0, fallback: 1 }]),
    ),
  ),
);

const ours: Sdk = { types: ["SluiceClient", "FlagReader"], factories: ["create_client", "SluiceClient"] };
const sdks: ReadonlyMap<string, Sdk> = new Map<string, Sdk>([
  ["sluice", ours],
  ["sluice.client", ours],
  ["sluice.create_client", ours],
  ["sluice.flag_reader", ours],
  ["sluice.testing", { types: ["MemoryClient"], factories: ["MemoryClient"] }],
  ["openfeature", { types: [], factories: ["api"] }],
  ["openfeature.api", { types: [], factories: ["get_client"] }],
  ["openfeature.client", { types: ["OpenFeatureClient"], factories: ["OpenFeatureClient"] }],
]);

function flagOf(value: SyntaxNode, text: string): GeneratedFlag | undefined {
  const made = call(value);
  const name = made && textOf(made.callee, text);
  const [key, usual] = made?.args ?? [];
  return generatedFlag(name, key && literal(key.node, text), usual && literal(usual.node, text));
}

/** Python 3. */
export const python: Dialect = {
  language: "python",
  extensions: [".py"],
  grammarOf: () => "python",
  isComment: ({ kind }) => kind === "comment",
  isScope: ({ kind }) => SCOPES.has(kind),
  introduced,
  bare,
  identifier,
  member,
  isSelf: (name) => name === "self" || name === "cls",
  seesFields: false,
  call,
  literal,
  entries,
  written: pythonText,
  choices: (node) => (node.kind === "conditional_expression" ? branching(node)?.branches : undefined),
  branching,
  joins: ({ kind }) => JOINING.has(kind),
  isNegated: (condition) => bare(condition).kind === "not_operator",
  leaves,
  typeNames,
  functionName: (node, text) => {
    const name = node.kind === "function_definition" ? part(node, "name") : undefined;
    return name && textOf(name, text);
  },
  sdk: (module) => sdks.get(module),
  isForeign,
  modulePaths,
  siblingPaths: () => [],
  valueMembers: ["value"],
  question: (method) => questions.get(method),
  argumentNames: { key: ["key", "flag_key"], fallback: ["default", "default_value"] },
  questionText: /\bget_(?:boolean|string|number|integer|float|object)(?:_value|_details)?(?:_async)?\b/,
  generated: { header: /^"""Written by `sluice codegen python`/, flag: flagOf, asks: { value: { fallback: 1 } }, key: "key", offer },
};

function pythonText(value: JsonValue): string | undefined {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const items = Array.isArray(value)
    ? value.map((one) => pythonText(one))
    : Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${pythonText(one)}`);
  return Array.isArray(value) ? `[${items.join(", ")}]` : `{${items.join(", ")}}`;
}
