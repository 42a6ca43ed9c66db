import { useState } from "react";
import type { EditableFlag, EditBody } from "./edit-data.ts";

type Json = EditableFlag["variants"][number]["value"];

/** A variant as it is typed. `was`: its value in the file; absent of a new one. */
export interface VariantDraft {
  readonly id: number;
  readonly name: string;
  readonly text: string;
  readonly was?: Json;
}

/** The variants of a flag while they are written. */
export interface NewVariants {
  readonly rows: readonly VariantDraft[];
  readonly change: (id: number, next: VariantDraft | undefined) => void;
  readonly add: () => void;
  /** Names that rules and defaults may serve from here on. */
  readonly names: readonly string[];
  readonly edits: readonly EditBody[];
  /** What of it cannot be sent, in a sentence. */
  readonly problem?: string;
}

/** Only variants that differ from the file are sent; a boolean's values are true and false, and stay. */
export function useNewVariants(flag: string, known: EditableFlag): NewVariants {
  const [rows, setRows] = useState<readonly VariantDraft[]>(() => known.variants.map(({ name, value }, id) => ({ id, name, text: typed(value), was: value })));
  const set: Record<string, Json | null> = {};
  for (const { name } of known.variants) if (!rows.some((row) => row.was !== undefined && row.name === name)) set[name] = null;
  for (const row of rows) {
    const value = valueOf(row.text, known.type);
    if (value !== undefined && (row.was === undefined || row.text !== typed(row.was))) set[row.name.trim()] = value;
  }
  const problem = problemOf(rows, known.type);
  return {
    rows,
    change: (id, next) => setRows((before) => before.flatMap((row) => (row.id !== id ? [row] : next === undefined ? [] : [next]))),
    add: () => setRows((before) => [...before, { id: Math.max(-1, ...before.map((row) => row.id)) + 1, name: "", text: "" }]),
    names: rows.map(({ name }) => name.trim()).filter((name) => name !== ""),
    edits: Object.keys(set).length === 0 ? [] : [{ kind: "variants", flag, set }],
    ...(problem === undefined ? {} : { problem }),
  };
}

const typed = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

function problemOf(rows: readonly VariantDraft[], type: EditableFlag["type"]): string | undefined {
  const names = rows.map(({ name }) => name.trim());
  if (names.includes("")) return "A variant has no name.";
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `Two variants are called ${twice}.`;
  const unread = rows.find(({ text }) => valueOf(text, type) === undefined);
  return unread === undefined ? undefined : `The value of ${unread.name} is no ${type === "object" ? "JSON" : type}.`;
}

/** A value as it is typed; undefined: it is none of the type. */
export function valueOf(text: string, type: EditableFlag["type"]): Json | undefined {
  if (type === "string") return text;
  try {
    const json = JSON.parse(text) as Json;
    if (type === "number") return typeof json === "number" && Number.isFinite(json) ? json : undefined;
    if (type === "boolean") return typeof json === "boolean" ? json : undefined;
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
