// `npm run conformance -- [--language NAME --runner "COMMAND"] [--json]`: every vector through a language's runner (PROTOCOL.md); TypeScript's own where none is named.
// A command's name first runs that command instead.
import { join } from "node:path";
import { exchangesOf, runLanguage } from "./run-language.ts";
import { readScripts, readVectors } from "./vectors.ts";

const option = (name: string): string | undefined => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);

async function runVectors(): Promise<void> {
  const language = option("--language") ?? "typescript";
  const own = [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "runners/typescript.ts")];
  const [vectors, scripts] = [readVectors(), readScripts()];
  const { passed, wrong } = await runLanguage(option("--runner")?.split(" ") ?? own, exchangesOf(vectors, scripts));
  const families = countBy([...vectors, ...scripts].map(({ name }) => name.replace(/ \d+: [\s\S]*$/, "")));
  if (process.argv.includes("--json")) {
    const figures = { [`${language}.passed`]: passed, [`${language}.failed`]: wrong.length, [`${language}.suppressed`]: 0 };
    console.log(JSON.stringify({ name: "conformance", figures, peers: {}, families: Object.fromEntries(families), notes: "" }));
  } else {
    for (const [family, count] of families) console.log(`${String(count).padStart(6)}  ${family}`);
    for (const name of wrong) console.log(`wrong: ${name}`);
    console.log(`${language}: ${passed} passed, ${wrong.length} failed, 0 suppressed`);
  }
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const commands: Readonly<Record<string, () => Promise<void>>> = {
  differential: async () => (await import("./differential.ts")).runDifferential(),
  errors: async () => (await import("./no-errors.ts")).runNoErrors(),
  properties: async () => (await import("./long-properties.ts")).runLongProperties(),
  mutations: async () => (await import("./mutations.ts")).runMutations(),
  flagd: async () => (await import("./foreign/flagd.ts")).runFlagd(),
  mutants: async () => (await import("./all-mutants.ts")).runMutants(),
  compatibility: async () => (await import("./compatibility/run.ts")).runCompatibility(),
  matrix: async () => (await import("./matrix.ts")).runMatrix(),
  unleash: async () => (await import("./foreign/unleash.ts")).runUnleash(),
};

const name = process.argv[2];
if (name === undefined || name.startsWith("--")) await runVectors();
else if (Object.hasOwn(commands, name)) await commands[name]?.();
else {
  console.error(`there is no command "${name}". Known: ${Object.keys(commands).join(", ")}; none at all runs the vectors.`);
  process.exitCode = 1;
}
