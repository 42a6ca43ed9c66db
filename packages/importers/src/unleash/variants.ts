import { SLOTS, stepStart } from "@sluice/evaluation";
import type { FlagType } from "@sluice/definitions";
import type { Yaml } from "../flag-draft.ts";
import { park } from "../parked.ts";
import { type Foreign, listOf, own, recordOf, textOf } from "../record.ts";

/** One of Unleash's variants, checked. */
export interface Variant {
  readonly name: string;
  /** Whole number of parts of the sum of all. */
  readonly weight: number;
  readonly stickiness: string | undefined;
  readonly overrides: readonly { readonly field: string; readonly values: readonly string[] }[];
  readonly payload: { readonly type: string; readonly value: string } | undefined;
}

/** What a feature becomes here: its type, its variants' values and the names of the two that Unleash does not name. */
export interface Shape {
  readonly type: FlagType;
  readonly values: ReadonlyMap<string, Yaml>;
  readonly off: string;
  /** Served where the feature is on and no variant is chosen. */
  readonly on: string;
}

/** Parts per percent of what flag files write. */
const SLOTS_PER_PERCENT = SLOTS / 100;
const OFF_VALUES: Readonly<Record<FlagType, Yaml>> = { boolean: false, string: "", number: 0, object: {} };
const TYPES: Readonly<Record<string, FlagType>> = { string: "string", csv: "string", number: "number", json: "object" };

/** The variants of a feature or strategy; a text says why they cannot be read. */
export function variantsOf(record: Foreign): readonly Variant[] | string {
  const variants: Variant[] = [];
  for (const item of listOf(own(record, "variants")) ?? []) {
    const variant = recordOf(item) ?? {};
    const [name, weight] = [textOf(variant, "name"), own(variant, "weight")];
    if (name === undefined || typeof weight !== "number" || !Number.isInteger(weight) || weight < 0) return "a variant has no name, or no whole weight";
    const payload = recordOf(own(variant, "payload"));
    const value = payload && own(payload, "value");
    variants.push({
      name,
      weight,
      stickiness: textOf(variant, "stickiness"),
      overrides: (listOf(own(variant, "overrides")) ?? []).map((each) => {
        const override = recordOf(each) ?? {};
        return { field: textOf(override, "contextName") ?? "", values: (listOf(own(override, "values")) ?? []).map(String) };
      }),
      payload: payload && typeof value === "string" ? { type: textOf(payload, "type") ?? "string", value } : undefined,
    });
  }
  return variants;
}

/** What all variants of a feature make of it; a text says why they do not fit into one flag. */
export function shapeOf(variants: readonly Variant[]): Shape | string {
  if (variants.length === 0)
    return {
      type: "boolean",
      values: new Map<string, Yaml>([
        ["on", true],
        ["off", false],
      ]),
      off: "off",
      on: "on",
    };
  const types = new Set(variants.map(({ payload }) => (payload === undefined ? "string" : TYPES[payload.type])));
  const [type, ...others] = types;
  if (type === undefined || others.length > 0) return "the payloads of its variants are of several types";
  const values = new Map<string, Yaml>();
  for (const { name, payload } of variants) {
    const value = payload === undefined ? name : valueOf(type, payload.value);
    if (value === undefined) return `the payload of ${JSON.stringify(name)} is no ${type}`;
    if (values.has(name) && JSON.stringify(values.get(name)) !== JSON.stringify(value)) return `two of its variants are called ${JSON.stringify(name)}`;
    values.set(name, value);
  }
  const [on, off] = [freeName(["on", "enabled", "no-variant"], values), freeName(["off", "disabled", "switched-off"], values)];
  values.set(on, OFF_VALUES[type]);
  values.set(off, OFF_VALUES[type]);
  return { type, values, off, on };
}

function freeName(names: readonly string[], taken: ReadonlyMap<string, Yaml>): string {
  return names.find((name) => !taken.has(name)) ?? `${names[0] ?? ""}-${taken.size}`;
}

/** Numbers and objects must come out as they went in: Unleash's payloads are texts. */
function valueOf(type: FlagType, text: string): Yaml | undefined {
  if (type === "string") return text;
  try {
    const value: unknown = JSON.parse(text);
    if (type === "number") return typeof value === "number" && String(value) === text ? value : undefined;
    return typeof value === "object" && value !== null ? yamlOf(value) : undefined;
  } catch {
    return undefined;
  }
}

function yamlOf(value: unknown): Yaml {
  const [list, record] = [listOf(value), recordOf(value)];
  if (list !== undefined) return list.map(yamlOf);
  if (record !== undefined) return new Map(Object.entries(record).map(([name, each]) => [name, yamlOf(each)]));
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** Weights in percent and the algorithm that gives everybody the variant they have: each ends where its last step of the hash does. */
export function splitOf(variants: readonly Variant[]): { readonly split: ReadonlyMap<string, number>; readonly algorithm: string } {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  if (total > SLOTS) return park(`weights that add up to ${total}`);
  const split = new Map<string, number>();
  let end = 0;
  for (const { name, weight } of variants) {
    const start = end;
    end += weight;
    if (split.has(name)) return park(`a variant ${JSON.stringify(name)} that is listed twice`);
    split.set(name, (stepStart(end, total) - stepStart(start, total)) / SLOTS_PER_PERCENT);
  }
  return { split, algorithm: total === 1_000 ? "unleash-v1" : `unleash-v1/${total}` };
}
