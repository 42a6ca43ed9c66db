import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2019, type ValidateFunction } from "ajv/dist/2019.js";

type Json = unknown;
type Fields = Readonly<Record<string, Json>>;

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: object;
}

/** One operation of GitHub's REST API, as GitHub describes it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly request: object | null;
  readonly responses: Readonly<Record<string, object>>;
}

/** An operation that is asked for, with what stands in its address. */
export interface Asked {
  readonly operation: Operation;
  readonly values: Readonly<Record<string, string>>;
}

/** A request, a webhook or an answer that is not as GitHub's description says. */
export class NotAsDescribed extends Error {
  override readonly name = "NotAsDescribed";
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8"));
const rest = read("rest-description.json") as { readonly operations: readonly Operation[]; readonly schemas: Readonly<Record<string, object>> };
const hooks = read("webhook-description.json") as { readonly webhooks: Readonly<Record<string, object>>; readonly schemas: Readonly<Record<string, object>> };

const isFields = (value: Json): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** OpenAPI 3.0 says `nullable` where JSON Schema says so by a type. */
function asJsonSchema(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(asJsonSchema);
  if (!isFields(schema)) return schema;
  const { nullable, ...own } = schema;
  const rest = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, name === "enum" || name === "default" ? value : asJsonSchema(value)]));
  if (typeof nullable !== "boolean") return typeof nullable === "object" ? { ...rest, nullable: asJsonSchema(nullable) } : rest;
  return nullable ? { anyOf: [rest, { type: "null" }] } : rest;
}

/** GitHub passes over fields that it does not know: here each is a mistake, since a field of ours that is spelt wrongly is nothing else. */
function closed(schema: Json, isRoot: boolean): Json {
  if (!isFields(schema)) return schema;
  const { properties, items, oneOf, anyOf, additionalProperties, ...rest } = schema;
  const branches = Object.entries({ oneOf, anyOf }).filter(([, each]) => Array.isArray(each)) as [string, readonly Fields[]][];
  return {
    ...rest,
    // What a branch says of other fields would let every field through.
    ...Object.fromEntries(
      branches.map(([name, each]) => [name, each.map((one) => Object.fromEntries(Object.entries(one).filter(([field]) => field !== "additionalProperties")))]),
    ),
    ...(additionalProperties === undefined || additionalProperties === true ? {} : { additionalProperties }),
    ...(isFields(properties) ? { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, closed(one, false)])) } : {}),
    ...(items === undefined ? {} : { items: closed(items, false) }),
    ...(isRoot ? { unevaluatedProperties: false } : isFields(properties) && additionalProperties === undefined ? { additionalProperties: false } : {}),
  };
}

const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: false });
/** What stands in an address is text. */
const ofAddresses = new Ajv2019({ strict: false, coerceTypes: true, validateFormats: false });
const restSchemas = { schemas: asJsonSchema(rest.schemas) };
const hookSchemas = { schemas: asJsonSchema(hooks.schemas) };
const compiled = new Map<object, ValidateFunction>();

function validatorOf(schema: object, components: object, isRequest = false): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const plain = asJsonSchema(schema);
  const validate = ajv.compile({ ...(isRequest ? (closed(plain, true) as object) : (plain as object)), components });
  compiled.set(schema, validate);
  return validate;
}

function check(validate: ValidateFunction, value: Json, what: string): void {
  if (!validate(value)) throw new NotAsDescribed(`${what}: ${ajv.errorsText(validate.errors)}`);
}

/** The operation that is asked for; the request is held against it. Throws `NotAsDescribed`. */
export function askedOperation(method: string, url: URL, body: Json): Asked {
  for (const operation of rest.operations) {
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
    const pattern = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === "ref" ? "(.+?)" : "([^/]+)"));
    const found = new RegExp(`^${pattern}$`).exec(url.pathname);
    if (operation.method !== method || found === null) continue;
    const values = {
      ...Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? "")])),
      ...Object.fromEntries(url.searchParams),
    };
    const stray = [...url.searchParams.keys()].find((name) => !operation.parameters.some((one) => one.name === name && one.in === "query"));
    if (stray !== undefined) throw new NotAsDescribed(`no parameter ${stray}`);
    for (const { name, required, schema } of operation.parameters) {
      const value = values[name];
      if (value === undefined && required) throw new NotAsDescribed(`${name} is missing`);
      if (value !== undefined) check(ofAddresses.compile({ type: "object", properties: { value: asJsonSchema(schema) } }), { value }, name);
    }
    if (operation.request !== null) check(validatorOf(operation.request, restSchemas, true), body ?? {}, "the body");
    return { operation, values };
  }
  throw new NotAsDescribed(`${method} ${url.pathname} is not described`);
}

/** An answer with everything that its description requires, and in it what is given. Throws `NotAsDescribed` where that is not as described. */
export function describedAnswer(operation: Operation, status: number, own: Json): Json {
  const schema = operation.responses[String(status)];
  if (schema === undefined) throw new NotAsDescribed(`${operation.method} ${operation.path} answers no ${status}`);
  const answer = filled(schema, own, rest.schemas);
  check(validatorOf(schema, restSchemas), answer, `the answer to ${operation.method} ${operation.path}`);
  return answer;
}

/** What a webhook (`pull-request-opened`) carries, with everything that its description requires. Throws `NotAsDescribed`. */
export function describedWebhook(name: string, own: Json): Json {
  const schema = hooks.webhooks[name];
  if (schema === undefined) throw new NotAsDescribed(`no webhook ${name}`);
  const body = filled(schema, own, hooks.schemas);
  check(validatorOf(schema, hookSchemas), body, name);
  return body;
}

/** What is given, in everything else that a schema requires, down to its leaves. */
function filled(given: Json, own: Json, schemas: Fields): Json {
  const schema = resolved(given, schemas);
  if (own === undefined) return sampleOf(schema, schemas);
  if (Array.isArray(own)) return own.map((one) => filled(isFields(schema) ? schema["items"] : {}, one, schemas));
  if (!isFields(own) || !isFields(schema)) return own;
  const whole = objectOf(schema, schemas);
  const properties = isFields(whole["properties"]) ? whole["properties"] : {};
  const sample = sampleOf({ ...whole, nullable: false, type: "object" }, schemas);
  return {
    ...(isFields(sample) ? sample : {}),
    ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, filled(properties[name] ?? {}, value, schemas)])),
  };
}

/** The object that a schema describes, where it is one of several or made of several. */
function objectOf(schema: Fields, schemas: Fields): Fields {
  const { allOf, oneOf, anyOf } = schema;
  if (schema["properties"] !== undefined) return schema;
  if (Array.isArray(allOf)) {
    const parts = allOf.map((one) => objectOf(fieldsOf(resolved(one, schemas)), schemas));
    return {
      properties: Object.assign({}, ...parts.map((one) => fieldsOf(one["properties"]))),
      required: parts.flatMap((one) => (Array.isArray(one["required"]) ? one["required"] : [])),
    };
  }
  for (const either of [oneOf, anyOf]) {
    const found = Array.isArray(either) ? either.map((one) => resolved(one, schemas)).find((one) => isFields(one) && one["type"] !== "null") : undefined;
    if (isFields(found)) return objectOf(found, schemas);
  }
  return schema;
}

const fieldsOf = (value: Json): Fields => (isFields(value) ? value : {});

function resolved(schema: Json, schemas: Fields): Json {
  const ref = isFields(schema) ? schema["$ref"] : undefined;
  return typeof ref === "string" ? resolved(schemas[ref.split("/").at(-1) ?? ""], schemas) : schema;
}

/** The least that a schema takes. */
function sampleOf(given: Json, schemas: Fields): Json {
  const schema = resolved(given, schemas);
  if (!isFields(schema) || schema["nullable"] === true) return null;
  const { enum: choices, allOf, oneOf, anyOf, required, properties } = schema;
  if (Array.isArray(choices)) return choices[0];
  if (Array.isArray(allOf)) return sampleOf({ ...objectOf(schema, schemas), type: "object" }, schemas);
  for (const either of [oneOf, anyOf]) if (Array.isArray(either) && properties === undefined) return sampleOf(either[0], schemas);
  const types = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  if (types.includes("null")) return null;
  if (!isFields(properties) && !types.includes("object")) return leafOf(types, schema["format"]);
  const names = Array.isArray(required) ? required.map(String) : [];
  return Object.fromEntries(names.map((name) => [name, sampleOf(fieldsOf(properties)[name] ?? {}, schemas)]));
}

function leafOf(types: readonly Json[], format: Json): Json {
  if (types.includes("array")) return [];
  if (types.includes("integer") || types.includes("number")) return 1;
  if (types.includes("boolean")) return false;
  const texts: Readonly<Record<string, string>> = { "date-time": "2026-11-29T07:00:00Z", uri: "https://github.example/x", email: "a@example.com" };
  return texts[String(format)] ?? "x";
}
