import { join } from "node:path";
import { namedFaults } from "../faults/sdk/faults.ts";
import { type Language, languages as processes } from "../faults/sdk/languages.ts";
import { playScript } from "../faults/sdk/script.ts";
import { environmentPython, findPython, folder as pythonFolder } from "../sdks/python/installation.ts";
import { buildGo, goCommand } from "../tests/sdk-go/toolchain.ts";
import { compileJava, hasJava, javaProgram } from "../tests/sdk-java/toolchain.ts";
import { largeLists } from "./large-lists.ts";
import { mutantsOf } from "./matrix-mutants.ts";
import { randomVectors } from "./random-vectors.ts";
import { exchangesOf, runLanguage } from "./run-language.ts";
import { readScripts, readVectors } from "./vectors.ts";

/** What a language does not answer as it should, and why that stands for now. At most three, none of a kill, of exposure or of hashing: the matrix refuses more. */
const SUPPRESSIONS: readonly { readonly language: string; readonly topic: string; readonly why: string }[] = [];
const SUPPRESSIONS_MAX = 3;
const NEVER_SUPPRESSED = /kill|urgent|exposure|hash|split/;
const RANDOM_WORLDS = 500;

/** How many of a topic's cases a language passes. */
interface Cell {
  readonly passed: number;
  readonly of: number;
}

type Table = Map<string, Map<string, Cell>>;

/** The whole of it takes most of an hour: what is done is told as it goes, so that who stops it knows what he has seen. */
const tell = (what: string): void => void process.stderr.write(`${what}\n`);

const topicOf = (name: string): string => name.replace(/ \d+: [\s\S]*$/, "").replace(/^world .*$/, "random worlds (naive interpreter)");

/** The command of each evaluator's runner; languages that are missing on this machine are left out. */
async function runners(): Promise<ReadonlyMap<string, readonly string[]>> {
  const python = findPython();
  const found = new Map<string, readonly string[]>();
  found.set("js-server", [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "runners/typescript.ts")]);
  if (python !== undefined) found.set("python", [environmentPython(python), "-B", join(pythonFolder, "conformance.py")]);
  if (goCommand !== undefined) found.set("go", [await buildGo("./internal/conformance", "conformance")]);
  if (hasJava) found.set("java", javaProgram("Conformance", await compileJava()));
  return found;
}

function add(table: Table, topic: string, language: string, { passed, of }: Cell): void {
  const row = table.get(topic) ?? new Map<string, Cell>();
  const before = row.get(language) ?? { passed: 0, of: 0 };
  table.set(topic, row.set(language, { passed: before.passed + passed, of: before.of + of }));
}

async function addVectors(table: Table): Promise<void> {
  const [vectors, scripts] = [
    [...readVectors(), ...randomVectors(1, RANDOM_WORLDS)],
    [...readScripts(), ...largeLists()],
  ];
  const names = [...new Set([...vectors, ...scripts].map(({ name }) => name))];
  for (const [language, runner] of await runners()) {
    const { wrong } = await runLanguage(runner, exchangesOf(vectors, scripts));
    const failed = new Set(wrong);
    for (const name of names) add(table, topicOf(name), language, { passed: failed.has(name) ? 0 : 1, of: 1 });
    tell(`${language}: ${names.length - failed.size} of ${names.length} vectors`);
  }
}

/** A fault counts once for each language: the last good flags kept, tried again slowly, the kill read afterwards. */
async function addFaults(table: Table, present: readonly Language[]): Promise<void> {
  // A host that nobody knows does not come back: there is no kill to read afterwards.
  const endless = new Set(namedFaults("").flatMap(({ name, host }) => (host === undefined ? [] : [name])));
  for (const verdict of await playScript(present, namedFaults, { speed: 20, minutes: 20, clients: 1, run: "bundle" })) {
    verdict.settle();
    const isWhole = verdict.rounds > 0 || endless.has(verdict.fault);
    tell(`${verdict.language}: fault ${verdict.fault}: ${verdict.rounds} rounds, ${verdict.lost} lost, ${verdict.wrong} wrong`);
    add(table, `fault: ${verdict.fault}`, verdict.language, { passed: verdict.lost + verdict.wrong === 0 && isWhole ? 1 : 0, of: 1 });
  }
}

async function addMutants(table: Table): Promise<void> {
  for (const { language, mutants } of await mutantsOf()) {
    for (const { name, isCaught } of mutants) {
      const caught = await isCaught();
      tell(`${language}: ${caught ? "killed" : "nothing tells"} the mutant "${name}"`);
      add(table, "mutants killed", language, { passed: caught ? 1 : 0, of: 1 });
    }
  }
}

const wordsOf = (cell: Cell | undefined): string => (cell === undefined ? "–" : cell.passed === cell.of ? String(cell.of) : `${cell.passed} of ${cell.of}`);

/**
 * `npm run conformance -- matrix [--faults] [--mutants] [--json]`: language × topic, from runs made now. A dash: the language has no such thing (pages are
 * answered by the server), or it was not asked for. Ends with 1 where anything fails that is not suppressed.
 */
export async function runMatrix(): Promise<void> {
  if (SUPPRESSIONS.length > SUPPRESSIONS_MAX || SUPPRESSIONS.some(({ topic }) => NEVER_SUPPRESSED.test(topic)))
    throw new Error(`at most ${SUPPRESSIONS_MAX} suppressions, and none in kills, exposure or hashing`);
  const table: Table = new Map();
  const missing = processes.filter((language) => language.missing !== undefined);
  for (const { name, missing: why } of missing) tell(`${name} is left out: ${why}.`);
  await addVectors(table);
  if (process.argv.includes("--faults"))
    await addFaults(
      table,
      processes.filter((language) => language.missing === undefined),
    );
  if (process.argv.includes("--mutants")) await addMutants(table);
  const languages = ["js-server", "js-browser", "react", "python", "go", "java"].filter((name) => [...table.values()].some((row) => row.has(name)));
  const isSuppressed = (topic: string, language: string): boolean => SUPPRESSIONS.some((one) => one.topic === topic && one.language === language);
  const bad = [...table].flatMap(([topic, row]) =>
    [...row].filter(([language, { passed, of }]) => passed < of && !isSuppressed(topic, language)).map(([language]) => `${language}: ${topic}`),
  );
  if (process.argv.includes("--json")) {
    const cells = languages.map((language) => [language, [...table.values()].flatMap((row) => row.get(language) ?? [])] as const);
    const figures = cells.flatMap(([language, all]) => [
      [`${language}.passed`, all.reduce((sum, { passed }) => sum + passed, 0)],
      [`${language}.failed`, all.reduce((sum, { passed, of }) => sum + of - passed, 0)],
      [`${language}.suppressed`, SUPPRESSIONS.filter((one) => one.language === language).length],
    ]);
    console.log(JSON.stringify({ name: "matrix", figures: Object.fromEntries(figures), peers: {}, notes: bad.join("; ") }));
  } else {
    const width = Math.max(...[...table.keys()].map(({ length }) => length));
    console.log(["topic".padEnd(width), ...languages.map((name) => name.padStart(12))].join(""));
    for (const [topic, row] of table) console.log([topic.padEnd(width), ...languages.map((name) => wordsOf(row.get(name)).padStart(12))].join(""));
    console.log(`${SUPPRESSIONS.length} suppressions of at most ${SUPPRESSIONS_MAX}; ${bad.length} failures${bad.length > 0 ? `: ${bad.join("; ")}` : ""}`);
  }
  process.exitCode = bad.length === 0 ? 0 : 1;
}
