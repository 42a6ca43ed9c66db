import type { JsonValue } from "@sluice/evaluation";
import type { FlagDefinition } from "../project.ts";
import { wordsOf } from "./named-flags.ts";

/** Where the format is published: schema/v0 of the OpenFeature command line. */
const SCHEMA = "https://raw.githubusercontent.com/open-feature/cli/refs/heads/main/schema/v0/flag-manifest.json";

/**
 * A flag manifest of the OpenFeature command line, which generates code from it for every SDK of OpenFeature: each flag's type, what code
 * answers without a server, and what it does. A number is an `integer` where every variant is whole. The same flags give the same text.
 */
export function openFeatureManifestOf(flags: readonly FlagDefinition[]): string {
  const sorted = flags.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const entries = sorted.map((flag) => [flag.key, { flagType: typeOf(flag), defaultValue: flag.codeDefault, description: wordsOf(flag) }]);
  return `${JSON.stringify({ $schema: SCHEMA, flags: Object.fromEntries(entries) }, undefined, 2)}\n`;
}

function typeOf({ type, elsewhere, codeDefault }: FlagDefinition): "boolean" | "string" | "integer" | "float" | "object" {
  if (type !== "number") return type;
  const values: readonly JsonValue[] = [...Object.values(elsewhere.variants ?? {}), codeDefault];
  // 1e21 is a whole number that no integer of other languages holds.
  return values.every((value) => Number.isSafeInteger(value)) ? "integer" : "float";
}
