// `npm run stranger`: somebody with an empty home clones the repository and follows the code blocks of README.md, and nothing else.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@sluice/ports/node";
import { makeFolder, pause } from "../../faults/rig/running.ts";
import { chapterOf, chapters, chaptersMissing, isSlotShown, type PageSight } from "./expectations.ts";
import { cloneFor, newcomerEnvironment, versionOf } from "./newcomer.ts";
import { type Step, stepsOf } from "./readme.ts";
import { Terminal } from "./terminal.ts";

/** A cold start on a slow network; the target is 90 s. */
const START_MS_MAX = 300_000;
const COMMAND_MS_MAX = 60_000;
const TEST_MS_MAX = 30 * 60_000;
/** A person looks at the page for a moment before thinking that nothing happens. */
const SIGHT_MS_MAX = 10_000;
const LOOK_EVERY_MS = 100;
/** Of the output of a command that failed, from its beginning and from its end. */
const SHOWN_LINES_MAX = 50;

interface Done {
  readonly chapter?: string;
  readonly step: string;
  readonly seconds: number;
  readonly ok: boolean;
  readonly saw: readonly string[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const isJson = process.argv.includes("--json");
const isWithoutTest = process.argv.includes("--without-test");
const isKept = process.argv.includes("--keep");
const repository = process.argv.includes("--repository") ? (process.argv[process.argv.indexOf("--repository") + 1] ?? root) : root;
const print = (line: string): void => void (isJson || process.stdout.write(`${line}\n`));

/** Where the running product and the demo application are, as `npm start` printed it. */
let shop = "";
const terminals: Terminal[] = [];
const done: Done[] = [];

class Stuck extends Error {
  override readonly name = "Stuck";
  readonly output: string;
  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

async function sees(sight: PageSight): Promise<string> {
  const end = performance.now() + SIGHT_MS_MAX;
  for (;;) {
    const response = await fetch(shop);
    if (isSlotShown(await response.text(), sight.slot) === sight.isShown) return sight.sentence;
    if (performance.now() > end) throw new Stuck(`${SIGHT_MS_MAX / 1000} s later it is still not so: ${sight.sentence}`, "");
    await pause(LOOK_EVERY_MS);
  }
}

/** Starts what keeps running in a terminal of its own, and waits for the addresses that it prints to answer. */
async function start(command: string, terminal: Terminal): Promise<string> {
  terminal.begin(command);
  const end = performance.now() + START_MS_MAX;
  for (;;) {
    const [, url] = /^\s*Sluice\s+(http:\S+)/m.exec(terminal.output) ?? [];
    const [, shopUrl] = /^\s*shop floor\s+(http:\S+)/m.exec(terminal.output) ?? [];
    if (url !== undefined && shopUrl !== undefined && (await answers(url)) && (await answers(shopUrl))) {
      shop = shopUrl;
      return `${url} and ${shopUrl} answer`;
    }
    if (!terminal.isOpen) throw new Stuck("it ended instead of running on", terminal.output);
    if (performance.now() > end) throw new Stuck(`nothing answers after ${START_MS_MAX / 1000} s`, terminal.output);
    await pause(LOOK_EVERY_MS);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status === 200;
  } catch {
    // Not listening yet: that is what is waited for.
    return false;
  }
}

async function follow(step: Step, folder: string, open: () => Terminal, second: Terminal): Promise<readonly string[]> {
  if (step.kind === "file") {
    const path = join(folder, step.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, step.text);
    return [];
  }
  const chapter = chapterOf(step.text);
  const saw: string[] = [];
  if (step.keepsRunning) saw.push(await start(step.text, open()));
  else {
    const { code, output } = await second.run(step.text, chapter?.name === "test" ? TEST_MS_MAX : COMMAND_MS_MAX);
    if (code !== 0) throw new Stuck(`exit code ${code}`, output);
    const seen = chapter?.prints?.exec(output)?.[0];
    if (chapter?.prints !== undefined && seen === undefined) throw new Stuck(`its output says nothing like ${chapter.prints.source}`, output);
    const line = output.split("\n").find((one) => (seen === undefined ? one.trim() !== "" : one.includes(seen.split("\n")[0] ?? seen)));
    if (line !== undefined) saw.push(line.trim());
  }
  for (const sight of chapter?.page ?? []) saw.push(await sees(sight));
  return saw;
}

async function followAll(steps: readonly Step[], folder: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const open = (): Terminal => {
    const terminal = new Terminal(folder, environment);
    terminals.push(terminal);
    return terminal;
  };
  const second = open();
  for (const step of steps) {
    const text = step.kind === "file" ? `saves ${step.path}` : step.text;
    const chapter = step.kind === "command" ? chapterOf(text)?.name : undefined;
    if (isWithoutTest && chapter === "test") {
      print(`  –          ${text}   (left out: --without-test)`);
      continue;
    }
    const began = performance.now();
    const note = (ok: boolean, saw: readonly string[]): void => {
      const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
      done.push({ ...(chapter === undefined ? {} : { chapter }), step: text, seconds, ok, saw });
      print(`  ${ok ? "✓" : "✗"} ${seconds.toFixed(1).padStart(6)} s  ${text}`);
      for (const line of saw) print(`               ${line}`);
    };
    try {
      note(true, await follow(step, folder, open, second));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      note(false, [why, ...(error instanceof Stuck ? shortened(error.output.split("\n")) : [])]);
      return;
    }
  }
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= 2 * SHOWN_LINES_MAX) return lines;
  return [...lines.slice(0, SHOWN_LINES_MAX), `… ${lines.length - 2 * SHOWN_LINES_MAX} lines …`, ...lines.slice(-SHOWN_LINES_MAX)];
}

async function closeAll(): Promise<boolean> {
  const clean = await Promise.all(terminals.splice(0).map((terminal) => terminal.close()));
  return clean.every(Boolean);
}

async function main(): Promise<void> {
  const place = makeFolder("stranger");
  try {
    const ports = { SLUICE_PORT: String(await freePort()), SHOP_PORT: String(await freePort()) };
    const environment = { ...newcomerEnvironment(join(place.path, "home")), ...ports };
    const folder = join(place.path, "sluice");
    const commit = cloneFor(repository, folder, environment);
    const node = versionOf("node", environment);
    if (repository === root) {
      const left = execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" }).split("\n").length - 1;
      if (left > 0) print(`(${left} files of this checkout are not committed: a newcomer does not get them)`);
    }
    print(`A newcomer with Node ${node}, Git ${versionOf("git", environment)} and an empty home follows README.md of ${commit.slice(0, 10)}\n`);
    const steps = stepsOf(readFileSync(join(folder, "README.md"), "utf8"));
    const missing = chaptersMissing(steps);
    const began = performance.now();
    await followAll(steps, folder, environment);
    const isClean = await closeAll();
    const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
    const ok = missing.length === 0 && isClean && done.every((step) => step.ok);
    const passed = chapters.filter(({ name }) => done.some((step) => step.chapter === name && step.ok)).map(({ name }) => name);
    print("");
    if (missing.length > 0) print(`README.md does not show, or not in order: ${missing.join(", ")}`);
    print(isClean ? "Ctrl+C ended everything that was started." : "Something went on after Ctrl+C and was killed.");
    print(`${ok ? "followed" : "stuck"} after ${seconds} s; done: ${passed.join(", ")}${isKept ? `; left in ${place.path}` : ""}`);
    if (isJson) console.log(JSON.stringify({ name: "stranger", ok, commit, node, seconds, passed, missing, isClean, isWithoutTest, steps: done }));
    process.exitCode = ok ? 0 : 1;
  } finally {
    await closeAll();
    if (!isKept) place.remove();
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void closeAll().finally(() => process.exit(130)));
}
await main();
