import type { JsonValue } from "@sluice/evaluation";
import type { GeneratedFlag, Question } from "../dialect.ts";

/** Classes of the flags that `sluice codegen` writes, in every language that has one, with the type that each asks for. */
const FLAG_CLASSES: ReadonlyMap<string, Question["asks"]> = new Map([
  ["BooleanFlag", "boolean"],
  ["StringFlag", "string"],
  ["NumberFlag", "number"],
  ["ObjectFlag", undefined],
]);

/** What a literal says. */
type Read = { readonly value: JsonValue } | undefined;

/** The flag that an object of such a class stands for: made of its key, and of what it answers without a server. */
export function generatedFlag(name: string | undefined, key: Read, usual: Read): GeneratedFlag | undefined {
  if (name === undefined || !FLAG_CLASSES.has(name) || typeof key?.value !== "string") return undefined;
  const asks = FLAG_CLASSES.get(name);
  return { key: key.value, ...(asks === undefined ? {} : { asks }), ...(usual === undefined ? {} : { fallback: usual.value }) };
}
