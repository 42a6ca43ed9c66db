import { listOf, own, recordOf } from "../record.ts";
import { park } from "../parked.ts";

/** Attribute names that mean something else where a condition is written. */
const CONDITION_WORDS: ReadonlySet<string> = new Set(["all", "any", "not", "segment"]);
/** Longer names are no attributes, and YAML keys end at 1,024 characters. */
const PATH_CHARS_MAX = 200;

/** The path of `{"var": path}`; undefined for anything else. Parks what looks like it and cannot be an attribute. */
export function variableOf(logic: unknown): string | undefined {
  const record = recordOf(logic);
  if (record === undefined || Object.keys(record).length !== 1 || !Object.hasOwn(record, "var")) return undefined;
  const given = own(record, "var");
  const [path, fallback, ...rest] = listOf(given) ?? [given];
  if (typeof path !== "string" || path === "" || path.length > PATH_CHARS_MAX || rest.length > 0) return park("a var without the name of an attribute");
  if (fallback !== undefined && fallback !== null) return park(`the default of the var "${path}"`);
  if (path.startsWith("$flagd.")) return park(`the var "${path}"`);
  if (CONDITION_WORDS.has(path)) return park(`the attribute "${path}", which is a word of conditions here`);
  if (path.split(".").some((part) => /^\d+$/.test(part) || part === "")) return park(`the var "${path}", which reaches into a list`);
  return path;
}

export type Literal = string | number | boolean | null;

/** True for texts, finite numbers, booleans and null. */
export function isLiteral(value: unknown): value is Literal {
  return value === null || typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}
