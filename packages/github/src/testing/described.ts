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
  const answer = filled(sampleOf(schema, rest.schemas), own, (index) => sampleOf(itemsOf(schema, rest.schemas, index), rest.schemas));
  check(validatorOf(schema, restSchemas), answer, `the answer to ${operation.method} ${operation.path}`);
  return answer;
}

/** What a webhook (`pull-request-opened`) carries, with everything that its description requires. Throws `NotAsDescribed`. */
export function describedWebhook(name: string, own: Json): Json {
  const schema = hooks.webhooks[name];
  if (schema === undefined) throw new NotAsDescribed(`no webhook ${name}`);
  const body = filled(sampleOf(schema, hooks.schemas), own, () => undefined);
  check(validatorOf(schema, hookSchemas), body, name);
  return body;
}

/** Any object of GitHub's, by the name of its schema, with what is given. */
export function describedObject(name: string, own: Fields): Fields {
  return filled(sampleOf(rest.schemas[name] ?? {}, rest.schemas), own, () => undefined) as Fields;
}

const itemsOf = (schema: Json, schemas: Fields, _index: number): Json => {
  const one = resolved(schema, schemas);
  return isFields(one) ? (one["items"] ?? {}) : {};
};

function resolved(schema: Json, schemas: Fields): Json {
  const ref = isFields(schema) ? schema["$ref"] : undefined;
  return typeof ref === "string" ? resolved(schemas[ref.split("/").at(-1) ?? ""], schemas) : schema;
}

/** The least that a schema takes. */
function sampleOf(given: Json, schemas: Fields): Json {
  const schema = resolved(given, schemas);
  if (!isFields(schema)) return null;
  if (schema["nullable"] === true) return null;
  const { enum: choices, allOf, oneOf, anyOf, required, properties, format } = schema;
  if (Array.isArray(choices)) return choices[0];
  if (Array.isArray(allOf))
    return allOf.map((one) => sampleOf(one, schemas)).reduce<Json>((all, one) => (isFields(all) && isFields(one) ? { ...all, ...one } : one), {});
  for (const either of [oneOf, anyOf]) if (Array.isArray(either) && properties === undefined) return sampleOf(either[0], schemas);
  const types = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  if (types.includes("null")) return null;
  if (isFields(properties) || types.includes("object")) {
    const own = isFields(properties) ? properties : {};
    return Object.fromEntries((Array.isArray(required) ? required : []).map((name) => [String(name), sampleOf(own[String(name)] ?? {}, schemas)]));
  }
  if (types.includes("array")) return [];
  if (types.includes("integer") || types.includes("number")) return 1;
  if (types.includes("boolean")) return false;
  const texts: Readonly<Record<string, string>> = { "date-time": "2026-11-29T07:00:00Z", uri: "https://github.example/x", email: "a@example.com" };
  return texts[String(format)] ?? "x";
}

/** `own` laid over the sample, deep; items of a list each over a sample of their own. */
function filled(sample: Json, own: Json, itemSample: (index: number) => Json): Json {
  if (own === undefined) return sample;
  if (Array.isArray(own)) return own.map((one, index) => filled(itemSample(index), one, () => undefined));
  if (!isFields(own) || !isFields(sample)) return own;
  return { ...sample, ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, filled(sample[name], value, () => undefined)])) };
}
