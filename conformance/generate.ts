// `node conformance/generate.ts`: writes vectors/generated. Expected answers come from the naive interpreter, those of scripts by hand; no evaluator is asked.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askNaive, type Expected } from "./compare.ts";
import { newer } from "./generate/newer.ts";
import { scripts } from "./generate/scripts.ts";
import { ATTRIBUTES, OPERANDS } from "./generate/values.ts";
import { killedShapes, kills, longRules, mixed, precedence, prerequisites, segments, splits, type Topic, urgentKills } from "./generate/worlds-by-topic.ts";
import type { NaiveAnswer } from "./naive/interpreter.ts";

const MIXED_WORLDS = 60;
/** A world of its own for each condition, as vectors.ts makes it. */
const worldOf = (condition: unknown): { readonly snapshot: unknown } => ({
  snapshot: { epoch: "e2", seq: 20, salt: "s", flags: { f: { rules: [{ id: "r", if: condition, serve: "on" }] } } },
});

/** An answer as vectors state it: whether there are problems, and not their words. */
function expectedOf({ value, variant, reason, cause, by, problems }: NaiveAnswer): Expected {
  return {
    ...(value === undefined ? {} : { value }),
    ...(variant === undefined ? {} : { variant }),
    reason,
    cause,
    ...(by === undefined ? {} : { by }),
    ...(problems === undefined || problems.length === 0 ? {} : { problems: true }),
  };
}

/** Every operator over every kind of attribute, plain and under `not`. */
function operatorCases(): readonly object[] {
  return Object.entries(OPERANDS).flatMap(([operator, operands]) =>
    operands.flatMap((operand) =>
      ATTRIBUTES.map(([word, value], at) => {
        const leaf = [operator, "a.b", operand];
        const condition = at % 5 === 4 ? ["not", leaf] : leaf;
        // Three ways to have the attribute: nested, flattened, and flattened over a nested one that would answer otherwise.
        const context = value === undefined ? {} : [{ a: { b: value } }, { "a.b": value }, { "a.b": value, a: { b: "other" } }][at % 3];
        const { cause, problems } = askNaive(worldOf(condition), "f", context);
        return {
          if: condition,
          context,
          matches: cause === "rule",
          ...(problems === undefined ? {} : { problems: true }),
          because: `${operator} ${JSON.stringify(operand)} of ${word}`,
        };
      }),
    ),
  );
}

const lines = (items: readonly unknown[]): string => items.map((item) => `    ${JSON.stringify(item)}`).join(",\n");

function fileOfTopic(topic: string, { worlds, questions }: Topic): string {
  const cases = questions.map(({ world, flag, context, because }) => {
    const one = worlds[world];
    if (one === undefined) throw new Error(`${topic}: no world ${world}`);
    return { world, flag, context, expected: expectedOf(askNaive(one, flag, context)), because };
  });
  const named = Object.entries(worlds).map(([name, world]) => `    ${JSON.stringify(name)}: ${JSON.stringify(world)}`);
  return `{\n  "topic": ${JSON.stringify(topic)},\n  "worlds": {\n${named.join(",\n")}\n  },\n  "cases": [\n${lines(cases)}\n  ]\n}\n`;
}

/** Every generated file by its name. Pure: the same each time. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const topics: Readonly<Record<string, Topic>> = {
    "kills and scopes": kills(),
    "kills of every shape": killedShapes(),
    "long rules": longRules(),
    mixed: mixed(MIXED_WORLDS),
    newer: newer(),
    "order of steps": precedence(),
    "prerequisite chains": prerequisites(),
    segments: segments(),
    "splits and growth": splits(),
    "urgent kills": urgentKills(),
  };
  return new Map([
    ["operators.json", `{\n  "topic": "operators",\n  "conditions": true,\n  "cases": [\n${lines(operatorCases())}\n  ]\n}\n`],
    ...Object.entries(topics).map(([topic, content]) => [`${topic.replaceAll(" ", "-")}.json`, fileOfTopic(topic, content)] as const),
    ...Object.entries(scripts).map(
      ([topic, cases]) => [`script-${topic}.json`, `{\n  "topic": ${JSON.stringify(topic)},\n  "scripts": [\n${lines(cases)}\n  ]\n}\n`] as const,
    ),
  ]);
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, "vectors/generated");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of generatedFiles()) writeFileSync(join(folder, name), text);
}
