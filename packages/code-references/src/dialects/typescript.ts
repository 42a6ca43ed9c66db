import type { JsonValue } from "@sluice/evaluation";
import type { Argument, Call, Dialect, Introduced, Question } from "../dialect.ts";
import { part, type SyntaxNode, within } from "../syntax-tree.ts";
import { element } from "./jsx-elements.ts";
import { textOfQuoted } from "./quoted-text.ts";
import { isForeign, modulePaths, offer } from "./typescript-modules.ts";
import { introduced } from "./typescript-names.ts";
import { questionNames, sdk } from "./typescript-sdks.ts";

const WRAPPED = new Set([
  "parenthesized_expression",
  "await_expression",
  "as_expression",
  "satisfies_expression",
  "non_null_expression",
  "type_assertion",
  "jsx_expression",
]);
const FUNCTIONS = new Set([
  "function_declaration",
  "function_expression",
  "arrow_function",
  "method_definition",
  "generator_function",
  "generator_function_declaration",
]);
const SCOPES = new Set([...FUNCTIONS, "statement_block", "for_statement", "for_in_statement", "catch_clause", "class_body", "switch_body", "internal_module"]);
const JOINING = new Set([
  "parenthesized_expression",
  "unary_expression",
  "binary_expression",
  "await_expression",
  "as_expression",
  "non_null_expression",
  "member_expression",
]);
const LEAVING = new Set(["return_statement", "throw_statement", "continue_statement", "break_statement"]);

function bare(node: SyntaxNode): SyntaxNode {
  const inner = node.children.filter(({ kind }) => kind !== "comment");
  const [first, last] = [inner[0], inner.at(-1)];
  if (!WRAPPED.has(node.kind) || first === undefined || last === undefined) return node;
  // The grammar binds `!` weaker than `||`: of `a || b!.c` the object is b.
  if (node.kind === "non_null_expression" && first.kind === "binary_expression") return bare(part(first, "right") ?? first);
  return bare(node.kind === "type_assertion" ? last : first);
}

function literal(node: SyntaxNode, text: string): { readonly value: JsonValue } | undefined {
  const written = text.slice(node.start, node.end);
  switch (node.kind) {
    case "true":
    case "false":
      return { value: node.kind === "true" };
    case "number": {
      const value = Number(written.replaceAll("_", ""));
      return Number.isFinite(value) ? { value } : undefined;
    }
    case "string":
      return quoted(written);
    case "template_string":
      return node.children.some(({ kind }) => kind === "template_substitution") ? undefined : quoted(written);
    case "unary_expression": {
      const [operand] = node.children;
      const value = operand === undefined || !written.startsWith("-") ? undefined : literal(operand, text)?.value;
      return typeof value === "number" ? { value: -value } : undefined;
    }
    case "array":
      return listOf(node, text);
    case "object":
      return mapOf(node, text);
    default:
      return undefined;
  }
}

function quoted(written: string): { readonly value: string } | undefined {
  const value = textOfQuoted(written.slice(1, -1));
  return value === undefined ? undefined : { value };
}

function listOf(node: SyntaxNode, text: string): { readonly value: JsonValue } | undefined {
  const items = node.children.filter(({ kind }) => kind !== "comment").map((item) => literal(bare(item), text));
  const values = items.flatMap((item) => (item === undefined ? [] : [item.value]));
  return values.length === items.length ? { value: values } : undefined;
}

function mapOf(node: SyntaxNode, text: string): { readonly value: JsonValue } | undefined {
  const found = [...(entries(node, text) ?? [])].map(([name, value]) => [name, literal(bare(value), text)] as const);
  const isWhole = found.length === node.children.filter(({ kind }) => kind !== "comment").length && found.every(([, value]) => value !== undefined);
  return isWhole ? { value: Object.fromEntries(found.map(([name, value]) => [name, value?.value ?? null])) } : undefined;
}

function entries(node: SyntaxNode, text: string): ReadonlyMap<string, SyntaxNode> | undefined {
  if (node.kind !== "object") return undefined;
  const found = new Map<string, SyntaxNode>();
  for (const pair of node.children) {
    const [key, value] = [part(pair, "key"), part(pair, "value")];
    if (pair.kind !== "pair" || key === undefined || value === undefined) continue;
    const name = key.kind === "property_identifier" ? text.slice(key.start, key.end) : literal(key, text)?.value;
    if (typeof name === "string") found.set(name, value);
  }
  return found;
}

function call(node: SyntaxNode): Call | undefined {
  const callee = node.kind === "call_expression" ? part(node, "function") : node.kind === "new_expression" ? part(node, "constructor") : undefined;
  const list = part(node, "arguments");
  if (callee === undefined || list?.kind !== "arguments") return undefined;
  return { callee, args: list.children.filter(({ kind }) => kind !== "comment").map((argument): Argument => ({ node: argument })) };
}

function member(node: SyntaxNode, text: string): ReturnType<Dialect["member"]> {
  const object = part(node, "object");
  if (object === undefined) return undefined;
  const property = part(node, "property");
  if (node.kind === "member_expression" && property !== undefined) return { object, name: text.slice(property.start, property.end) };
  const index = node.kind === "subscript_expression" ? part(node, "index") : undefined;
  const name = index && literal(index, text)?.value;
  return typeof name === "string" ? { object, name } : undefined;
}

function branching(node: SyntaxNode, text: string): ReturnType<Dialect["branching"]> {
  const condition = part(node, "condition");
  switch (node.kind) {
    case "if_statement":
    case "ternary_expression": {
      const branches = [part(node, "consequence"), part(node, "alternative")].filter((branch) => branch !== undefined);
      return condition && { condition, branches };
    }
    case "while_statement": {
      const body = part(node, "body");
      return condition && body && { condition, branches: [body] };
    }
    case "binary_expression": {
      const [left, right] = [part(node, "left"), part(node, "right")];
      const isLogical = left !== undefined && right !== undefined && /&&|\|\||\?\?/.test(text.slice(left.end, right.start));
      return isLogical ? { condition: left, branches: [right] } : undefined;
    }
    default:
      return undefined;
  }
}

function leaves(branch: SyntaxNode): boolean {
  if (LEAVING.has(branch.kind)) return true;
  const last = branch.kind === "statement_block" ? branch.children.filter(({ kind }) => kind !== "comment").at(-1) : undefined;
  return last !== undefined && LEAVING.has(last.kind);
}

/** `Foo` and `foo.Foo` in a type; names of fields and of parameters are none. */
function typeNames(type: SyntaxNode, text: string): readonly string[] {
  const found: string[] = [];
  for (const node of within(type)) {
    if (node.kind === "nested_type_identifier") found.push(text.slice(node.start, node.end));
    else if (node.kind === "type_identifier" && node.parent?.kind !== "nested_type_identifier") found.push(text.slice(node.start, node.end));
  }
  return found;
}

function functionName(node: SyntaxNode, text: string): string | undefined {
  if (!FUNCTIONS.has(node.kind)) return undefined;
  const name =
    part(node, "name") ??
    (node.parent?.kind === "variable_declarator" || node.parent?.kind === "pair" ? (part(node.parent, "name") ?? part(node.parent, "key")) : undefined);
  return name === undefined ? undefined : text.slice(name.start, name.end);
}

const question = (method: string): Question | undefined => questionNames.get(method);

/** TypeScript and JavaScript, with and without JSX. */
export const typescript: Dialect = {
  language: "ts",
  extensions: [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"],
  // A cast in angle brackets is an element in any file that may hold JSX.
  grammarOf: (path) => (/\.[cm]?ts$/.test(path) ? "typescript" : "tsx"),
  isComment: ({ kind }) => kind === "comment",
  isScope: ({ kind }) => SCOPES.has(kind),
  introduced: (node, text): readonly Introduced[] => introduced(node, text),
  bare,
  identifier: (node, text) =>
    node.kind === "identifier" || node.kind === "this" || node.kind === "shorthand_property_identifier" ? text.slice(node.start, node.end) : undefined,
  member,
  isSelf: (name) => name === "this",
  seesFields: false,
  call,
  element,
  literal,
  entries,
  written: (value) => JSON.stringify(value),
  choices: (node) =>
    node.kind === "ternary_expression" ? [part(node, "consequence"), part(node, "alternative")].filter((one) => one !== undefined) : undefined,
  branching,
  joins: ({ kind }) => JOINING.has(kind),
  isNegated: (condition, text) => bare(condition).kind === "unary_expression" && text.startsWith("!", bare(condition).start),
  leaves,
  typeNames,
  functionName,
  sdk,
  isForeign,
  modulePaths,
  siblingPaths: () => [],
  valueMembers: [],
  question,
  argumentNames: { key: [], fallback: [] },
  questionText:
    /\bget(?:Boolean|String|Number|Object)(?:Value|Details)?\b|\bgetDetails\b|\buse(?:Suspense)?Flag(?:Details)?\b|\buse(?:Boolean|String|Number|Object)Flag|<(?:Feature)?Flag\b/,
  generated: {
    header: /^\/\/ Written by `sluice codegen ts`/,
    flag: () => undefined,
    asks: {},
    key: undefined,
    offer,
  },
};
