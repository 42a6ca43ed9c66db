import type { JsonValue } from "@sluice/evaluation";
import type { FileReport, Finding } from "./diagnostic.ts";
import { jsonOf, listWords, nearest, wordFor } from "./fields.ts";
import type { Entry, Tree } from "./yaml-tree.ts";

/** Types of JSON Schema 2020-12. */
export const SCHEMA_TYPES = ["string", "number", "integer", "boolean", "object", "array", "null"] as const;
type SchemaType = (typeof SCHEMA_TYPES)[number];

/** A schema that was read: a subset of JSON Schema 2020-12 that means the same in every validator. */
export interface ValueSchema {
  readonly types?: readonly SchemaType[];
  readonly properties: ReadonlyMap<string, ValueSchema>;
  readonly required: readonly string[];
  /** What other members must be; `false` forbids them. */
  readonly others?: ValueSchema | false;
  readonly items?: ValueSchema;
  readonly allowed?: readonly JsonValue[];
  readonly limits: ReadonlyMap<LimitName, number>;
}

type LimitName = "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minLength" | "maxLength" | "minItems" | "maxItems";

/** What a value breaks a limit by, in words; undefined where it keeps it. Lengths count code points, as JSON Schema does. */
const limits: Readonly<Record<LimitName, (value: JsonValue, limit: number) => string | undefined>> = {
  minimum: (value, limit) => (typeof value === "number" && value < limit ? `is below ${limit}` : undefined),
  maximum: (value, limit) => (typeof value === "number" && value > limit ? `is above ${limit}` : undefined),
  exclusiveMinimum: (value, limit) => (typeof value === "number" && value <= limit ? `is not above ${limit}` : undefined),
  exclusiveMaximum: (value, limit) => (typeof value === "number" && value >= limit ? `is not below ${limit}` : undefined),
  minLength: (value, limit) => (typeof value === "string" && Array.from(value).length < limit ? `is shorter than ${limit} characters` : undefined),
  maxLength: (value, limit) => (typeof value === "string" && Array.from(value).length > limit ? `is longer than ${limit} characters` : undefined),
  minItems: (value, limit) => (Array.isArray(value) && value.length < limit ? `has fewer than ${limit} items` : undefined),
  maxItems: (value, limit) => (Array.isArray(value) && value.length > limit ? `has more than ${limit} items` : undefined),
};

/** Read and not checked by: they are for people and editors. */
export const SCHEMA_WORDS: ReadonlySet<string> = new Set(["$schema", "title", "description", "default", "examples"]);
/** Keywords that hold a number; those that count something hold a whole one. */
export const SCHEMA_LIMITS: readonly string[] = Object.keys(limits);
const KEYWORDS: readonly string[] = ["type", "properties", "required", "additionalProperties", "items", "enum", "const", ...SCHEMA_LIMITS, ...SCHEMA_WORDS];

const isType = (value: unknown): value is SchemaType => SCHEMA_TYPES.some((type) => type === value);
const isLimit = (name: string): name is LimitName => Object.hasOwn(limits, name);

/** Reads a schema; a keyword that is not checked would promise what nobody keeps, so it is refused. Undefined, with a report, where it cannot be used. */
export function readValueSchema(tree: Tree, report: FileReport): ValueSchema | undefined {
  const wrong = (place: Tree, message: string, expected: string): undefined => {
    const finding: Finding = { code: "flag/schema", message, expected, fix: `Write ${expected}.` };
    report.add(place.span, finding);
    return undefined;
  };
  if (tree.kind !== "map")
    return wrong(tree, `A schema is ${wordFor(tree)}, where a map belongs.`, "a JSON Schema, such as { type: object, required: [rows] }");
  const found: { -readonly [K in keyof ValueSchema]: ValueSchema[K] } = { properties: new Map(), required: [], limits: new Map() };
  const numbers = new Map<LimitName, number>();
  let isWhole = true;
  for (const entry of tree.entries) isWhole = readKeyword(entry, { found, numbers, report, wrong }) && isWhole;
  return isWhole ? { ...found, limits: numbers } : undefined;
}

interface Reading {
  readonly found: { -readonly [K in keyof ValueSchema]: ValueSchema[K] };
  readonly numbers: Map<LimitName, number>;
  readonly report: FileReport;
  readonly wrong: (place: Tree, message: string, expected: string) => undefined;
}

/** False, with a report, where the keyword cannot be used. */
function readKeyword({ key, keySpan, value }: Entry, { found, numbers, report, wrong }: Reading): boolean {
  if (SCHEMA_WORDS.has(key)) return true;
  const no = (expected: string): boolean => wrong(value, `"${key}" is ${wordFor(value)}.`, expected) ?? false;
  if (isLimit(key)) return readLimit(key, jsonOf(value), numbers) || no(`${key}: a number`);
  const read = Object.hasOwn(keywords, key) ? keywords[key] : undefined;
  if (read !== undefined) return read(value, found, { report, no });
  const near = nearest(key, KEYWORDS);
  report.add(keySpan, {
    code: "flag/schema",
    message: `The schema's keyword "${key}" is not one that values are checked by.`,
    expected: listWords(KEYWORDS),
    nearest: near,
    fix: near === undefined ? "Delete it, or say it with the keywords there are." : `Write "${near}".`,
  });
  return false;
}

/** Whether a limit counts characters or items. */
export const isCountLimit = (name: string): boolean => name.endsWith("Length") || name.endsWith("Items");

function readLimit(name: LimitName, value: JsonValue, numbers: Map<LimitName, number>): boolean {
  const counts = isCountLimit(name);
  if (typeof value !== "number" || (counts && (!Number.isInteger(value) || value < 0))) return false;
  numbers.set(name, value);
  return true;
}

type ReadKeyword = (value: Tree, found: Reading["found"], say: { readonly report: FileReport; readonly no: (expected: string) => boolean }) => boolean;

const keywords: Readonly<Record<string, ReadKeyword>> = {
  type: (value, found, { no }) => {
    const json = jsonOf(value);
    const types = Array.isArray(json) ? json : [json];
    if (types.length === 0 || !types.every(isType)) return no(`type: ${listWords(SCHEMA_TYPES)}`);
    found.types = types;
    return true;
  },
  properties: (value, found, { report, no }) => {
    if (value.kind !== "map") return no("properties: { name: schema }");
    const read = value.entries.map((entry) => [entry.key, readValueSchema(entry.value, report)] as const);
    found.properties = new Map(read.flatMap(([name, schema]) => (schema === undefined ? [] : [[name, schema] as const])));
    return found.properties.size === read.length;
  },
  required: (value, found, { no }) => {
    const json = jsonOf(value);
    const names = Array.isArray(json) ? json.filter((name) => typeof name === "string") : [];
    if (!Array.isArray(json) || names.length < json.length) return no("required: a list of names");
    found.required = names;
    return true;
  },
  additionalProperties: (value, found, { report }) => {
    const json = jsonOf(value);
    const others = json === true ? undefined : json === false ? false : readValueSchema(value, report);
    if (others !== undefined) found.others = others;
    return others !== undefined || json === true;
  },
  items: (value, found, { report }) => {
    const items = readValueSchema(value, report);
    if (items !== undefined) found.items = items;
    return items !== undefined;
  },
  enum: (value, found, { no }) => {
    const json = jsonOf(value);
    if (!Array.isArray(json)) return no("enum: a list of values");
    found.allowed = json;
    return true;
  },
  const: (value, found) => {
    found.allowed = [jsonOf(value)];
    return true;
  },
};

/** Mistakes told about one value: more are seen when these are mended. */
const MISTAKES_MAX = 5;

/** What is wrong with a value, each as a sentence that begins with its place; empty where it fits. */
export function misfits(value: JsonValue, schema: ValueSchema): readonly string[] {
  const told: string[] = [];
  check(value, schema, { path: "", told });
  return told.slice(0, MISTAKES_MAX);
}

function check(value: JsonValue, schema: ValueSchema, at: { readonly path: string; readonly told: string[] }): void {
  const { path, told } = at;
  const say = (what: string): void => void told.push(`${path === "" ? "The value" : path} ${what}`);
  if (told.length >= MISTAKES_MAX) return;
  if (schema.types !== undefined && !schema.types.some((type) => isOfType(value, type))) return say(`is not of type ${listWords(schema.types)}`);
  if (schema.allowed?.some((one) => sameJson(one, value)) === false) say(`is not ${listWords(schema.allowed.map((one) => JSON.stringify(one)))}`);
  for (const [name, limit] of schema.limits) {
    const broken = limits[name](value, limit);
    if (broken !== undefined) say(broken);
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined) for (const [index, item] of value.entries()) check(item, items, { path: `${path}[${index}]`, told });
  } else if (isRecord(value)) checkMembers(value, schema, at);
}

function checkMembers(
  value: { readonly [name: string]: JsonValue },
  schema: ValueSchema,
  { path, told }: { readonly path: string; readonly told: string[] },
): void {
  const inside = (name: string): string => (path === "" ? name : `${path}.${name}`);
  for (const name of schema.required) if (!Object.hasOwn(value, name)) told.push(`${inside(name)} is missing`);
  for (const [name, member] of Object.entries(value)) {
    const own = schema.properties.get(name) ?? schema.others;
    if (own === false) told.push(`${inside(name)} is not a member that the schema knows`);
    else if (own !== undefined) check(member, own, { path: inside(name), told });
  }
}

function isRecord(value: JsonValue): value is { readonly [name: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOfType(value: JsonValue, type: SchemaType): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
  }
}

function sameJson(a: JsonValue, b: JsonValue): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, (b as readonly JsonValue[])[index] ?? null));
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && sameJson(a[name] ?? null, b[name] ?? null));
}
