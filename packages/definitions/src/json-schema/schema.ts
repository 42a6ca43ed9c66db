import type { JsonValue } from "@sluice/evaluation";

/** A JSON Schema, or a part of one, as JSON. Draft 7, which every editor's language server reads. */
export type Schema = { readonly [keyword: string]: JsonValue };

export const DRAFT = "http://json-schema.org/draft-07/schema#";

export const text = (description: string): Schema => ({ type: "string", description });
export const date = (description: string): Schema => ({ type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$", description });
export const percent = (description: string): Schema => ({ type: "number", minimum: 0, maximum: 100, description });
export const list = (items: Schema, description: string): Schema => ({ type: "array", items, description });
export const choice = (values: readonly string[], description: string): Schema => ({ enum: values, description });
/** Shown in editors and checked by nobody: the reader takes anything there. */
export const anything = (description: string): Schema => ({ description });
/** A variant's name, which YAML may read as a number or as true and false. */
export const variant = (description: string): Schema => ({ type: ["string", "number", "boolean"], description });
export const reference = (name: string): Schema => ({ $ref: `#/definitions/${name}` });

/** A map with the fields that the reader knows, each with its schema: a field without one does not compile. */
export function fields<Name extends string>(
  known: readonly Name[],
  { required = [], shapes }: { readonly required?: readonly Name[]; readonly shapes: Readonly<Record<Name, Schema>> },
): Schema {
  return {
    type: "object",
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(known.map((name) => [name, shapes[name]])),
  };
}

/** A map of names that the file chooses. */
export const named = (values: Schema, description: string): Schema => ({ type: "object", additionalProperties: values, description });
