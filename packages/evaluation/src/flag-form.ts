import { isRecord, ownValue, type UnknownRecord } from "./shape.ts";

/** The parts of a flag's form that every step needs, read from data that nobody has checked. */
export interface FlagBasics {
  readonly key: string;
  readonly form: UnknownRecord;
  readonly variants: UnknownRecord;
  readonly off: string;
  readonly fallback: string;
  readonly salt: string;
}

const BOOLEAN_VARIANTS: UnknownRecord = Object.freeze({ on: true, off: false });

/** Reads the basics; a text says why the flag as a whole is unreadable, so that it answers ERROR while other flags go on. */
export function readBasics(key: string, form: unknown): FlagBasics | string {
  if (!isRecord(form)) return "flag is not an object";
  const variants = ownValue(form, "variants") ?? BOOLEAN_VARIANTS;
  const off = ownValue(form, "off") ?? "off";
  const fallback = ownValue(form, "default") ?? off;
  const salt = ownValue(form, "salt") ?? key;
  if (!isRecord(variants)) return "variants is not an object";
  if (typeof off !== "string") return "off is not a variant name";
  if (typeof fallback !== "string") return "default is not a variant name";
  if (typeof salt !== "string") return "salt is not a string";
  return { key, form, variants, off, fallback, salt };
}

/** A part that is a list; absent is empty; undefined where it is something else. */
export function listPart(form: UnknownRecord, name: string): readonly unknown[] | undefined {
  const value = ownValue(form, name) ?? [];
  return Array.isArray(value) ? value : undefined;
}

/** Flags that a form names as prerequisites, as far as it can be read. */
export function parentsOf(form: unknown): readonly string[] {
  if (!isRecord(form)) return [];
  return (listPart(form, "prerequisites") ?? []).flatMap((item) => {
    const flag = isRecord(item) ? ownValue(item, "flag") : undefined;
    return typeof flag === "string" ? [flag] : [];
  });
}
