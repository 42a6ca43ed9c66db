import type { JsonValue } from "@sluice/evaluation";

/** Values of languages whose maps and lists are written with their types: those are not written at all. */
export const writtenScalar = (value: JsonValue): string | undefined => (typeof value === "object" ? undefined : JSON.stringify(value));

/** A number as the four languages write it, without `_` between digits and without a letter for its type behind it. */
export function numberOf(written: string): { readonly value: number } | undefined {
  const value = Number(written.replaceAll("_", "").replace(/(?<=^[\d.]+(?:[eE][+-]?\d+)?)[dDfFlL]$/, ""));
  return Number.isFinite(value) && written !== "" ? { value } : undefined;
}
