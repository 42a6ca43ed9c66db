/** Foreign data that nobody has checked: only own properties count. */
export type Foreign = Readonly<Record<string, unknown>>;

/** The value as a record, where it is one. */
export function recordOf(value: unknown): Foreign | undefined {
  return isForeign(value) ? value : undefined;
}

function isForeign(value: unknown): value is Foreign {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as a list, where it is one. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** The own property of a name; undefined where there is none. */
export function own(record: Foreign, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** The own property of a name, where it is a text that says something. */
export function textOf(record: Foreign, name: string): string | undefined {
  const value = own(record, name);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
