import { useState } from "react";
import type { EditableFlag, EditableRule, EditBody } from "./edit-data.ts";

type Rules = NonNullable<Extract<EditBody, { readonly kind: "serving" }>["rules"]>;

/** One rule of the list as it shall be: one of the file, or a new one as it is typed. */
export type RuleDraft = EditableRule | { readonly fresh: number; readonly id: string; readonly condition: string; readonly serve: string };

/** What environments shall get, while it is written. */
export interface NewServing {
  readonly places: readonly { readonly environment: string; readonly default: string; readonly rules: readonly RuleDraft[] }[];
  readonly setDefault: (environment: string, variant: string) => void;
  readonly setRules: (environment: string, rules: readonly RuleDraft[]) => void;
  /** Only of environments that differ from the file. */
  readonly edits: readonly EditBody[];
  /** What of it cannot be sent. */
  readonly problem?: string;
}

export function useNewServing(flag: string, known: EditableFlag): NewServing {
  const [places, setPlaces] = useState<NewServing["places"]>(known.environments);
  const change = (environment: string, more: Partial<NewServing["places"][number]>): void =>
    setPlaces((before) => before.map((place) => (place.environment === environment ? { ...place, ...more } : place)));
  const problem = places.flatMap(({ rules }) => rules).find((rule) => "fresh" in rule && !conditionOf(rule.condition).isReadable);
  const edits = places.flatMap((place): readonly EditBody[] => {
    const was = known.environments.find(({ environment }) => environment === place.environment);
    const isSameDefault = was?.default === place.default;
    const isSameRules = place.rules.length === was?.rules.length && place.rules.every((rule, index) => "keep" in rule && rule.keep === index);
    if (isSameDefault && isSameRules) return [];
    const rules: Rules = place.rules.map((rule) => ("keep" in rule ? { keep: rule.keep } : freshRule(rule)));
    return [
      {
        kind: "serving",
        flag,
        environment: place.environment,
        ...(isSameDefault ? {} : { default: place.default }),
        ...(isSameRules ? {} : { rules }),
      },
    ];
  });
  return {
    places,
    setDefault: (environment, variant) => change(environment, { default: variant }),
    setRules: (environment, rules) => change(environment, { rules }),
    edits,
    ...(problem === undefined ? {} : { problem: "A condition is not JSON." }),
  };
}

type Fresh = Extract<RuleDraft, { readonly fresh: number }>;

function freshRule({ id, condition, serve }: Fresh): Rules[number] {
  const { json } = conditionOf(condition);
  return { ...(id.trim() === "" ? {} : { id: id.trim() }), ...(json === undefined ? {} : { if: json }), serve };
}

type Json = NonNullable<EditableRule["if"]>;

/** A condition as it is typed; nothing stands for everybody. */
export function conditionOf(text: string): { readonly isReadable: boolean; readonly json?: Json } {
  if (text.trim() === "") return { isReadable: true };
  try {
    const json: unknown = JSON.parse(text);
    return isJsonObject(json) ? { isReadable: true, json } : { isReadable: false };
  } catch {
    return { isReadable: false };
  }
}

const isJsonObject = (json: unknown): json is { readonly [name: string]: Json } => typeof json === "object" && json !== null && !Array.isArray(json);
