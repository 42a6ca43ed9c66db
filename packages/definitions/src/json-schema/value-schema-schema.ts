import { isCountLimit, SCHEMA_LIMITS, SCHEMA_TYPES, SCHEMA_WORDS } from "../value-schema.ts";
import { anything, named, reference, type Schema } from "./schema.ts";

/** What `schema:` of a flag may say: the part of JSON Schema that values are checked by. */
export function valueSchemaDefinition(): Schema {
  const limit = (name: string): Schema => (isCountLimit(name) ? { type: "integer", minimum: 0 } : { type: "number" });
  return {
    type: "object",
    additionalProperties: false,
    properties: {
      ...Object.fromEntries([...SCHEMA_WORDS].map((name) => [name, anything("For people and editors.")])),
      ...Object.fromEntries(SCHEMA_LIMITS.map((name) => [name, limit(name)])),
      type: { anyOf: [{ enum: SCHEMA_TYPES }, { type: "array", items: { enum: SCHEMA_TYPES }, minItems: 1 }] },
      properties: named(reference("valueSchema"), "Members by name."),
      required: { type: "array", items: { type: "string" } },
      additionalProperties: { anyOf: [{ type: "boolean" }, reference("valueSchema")] },
      items: reference("valueSchema"),
      enum: { type: "array" },
      const: {},
    },
  };
}
