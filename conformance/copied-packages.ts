// Tests run over a copy of packages with something wrong in it: whether they find it.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedText, type TextChange } from "./mutant-text.ts";

/** A change of one file of `packages`. */
export interface PackageMutant extends TextChange {
  /** Below packages. */
  readonly file: string;
}

/** What is copied, and which tests run over the copy. */
export interface CopiedRun {
  /** Names the folder that the copy stands in while it runs. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Files and folders beside packages that the tests read, from the repository's root. */
  readonly beside?: readonly string[];
  /** From the repository's root. */
  readonly tests: readonly string[];
}

const root = join(import.meta.dirname, "..");
const RUN_MS_MAX = 300_000;
const TEST_MS_MAX = 60_000;

/** Whether the tests fail over a copy of the packages with the mutant in it; `undefined`: over the packages as they are. Throws where none ran. */
export function isCaughtIn({ name, packages, beside = [], tests }: CopiedRun, mutant: PackageMutant | undefined): Promise<boolean> {
  const folder = join(root, ".build/mutants", `${name}-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules/@sluice"), { recursive: true });
  cpSync(join(root, "tsconfig.base.json"), join(folder, "tsconfig.base.json"));
  for (const one of packages) {
    cpSync(join(root, "packages", one), join(folder, "packages", one), { recursive: true, filter: (path) => !path.includes("node_modules") });
    symlinkSync(join(folder, "packages", one), join(folder, "node_modules/@sluice", one));
  }
  for (const path of beside) cpSync(join(root, path), join(folder, path), { recursive: true });
  // Properties begin with their one seed here too.
  const setup = JSON.stringify(join(root, "tests/property-seed.ts"));
  const config = join(folder, "vitest.config.mjs");
  // One failure is enough, and one process of tests without walls between them: most of a run's time is its beginning.
  const test = `{ include: ["packages/**/*.test.ts"], setupFiles: [${setup}], testTimeout: ${TEST_MS_MAX}, bail: 1, pool: "threads", isolate: false, maxWorkers: 1 }`;
  writeFileSync(config, `export default { test: ${test} };\n`);
  if (mutant !== undefined) {
    const path = join(folder, "packages", mutant.file);
    writeFileSync(path, changedText(readFileSync(path, "utf8"), mutant, mutant.file));
  }
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--root", folder, "--config", config, "--reporter", "json", "--outputFile", report, ...tests];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: RUN_MS_MAX, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
      const counts = existsSync(report) ? /"numPassedTests":(\d+),"numFailedTests":(\d+)/.exec(readFileSync(report, "utf8")) : null;
      rmSync(folder, { recursive: true, force: true });
      if (counts === null || (counts[1] === "0" && counts[2] === "0")) reject(new Error(`the tests could not be run: ${stdout.slice(0, 2_000)} ${stderr}`));
      else resolve(counts[2] !== "0");
    });
  });
}
