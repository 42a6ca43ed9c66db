// Spoils a copy of packages/releases by one mutant and looks for the random world that shows it.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedText } from "../mutant-text.ts";
import { type ReleaseMutant, releaseMutants } from "./mutants.ts";

const root = join(import.meta.dirname, "../..");
const RUN_MS_MAX = 900_000;

/** The mutant's file with the wrong text in it. Throws `MutantTextMissing`. */
export function changedRelease(mutant: Omit<ReleaseMutant, "seed">): string {
  return changedText(readFileSync(join(root, "packages/releases/src", mutant.file), "utf8"), mutant, mutant.file);
}

/** The first wrong world of the mutant from `seed` on among `worlds`; `undefined` where none is. */
export function firstWrong(
  mutant: Omit<ReleaseMutant, "seed">,
  { seed, worlds, id }: { readonly seed: number; readonly worlds: number; readonly id: string },
): Promise<number | undefined> {
  const folder = join(root, ".build/mutants", `releases-${process.pid}-${id}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules/@sluice"), { recursive: true });
  const isSource = (path: string): boolean => !path.endsWith(".test.ts") && !path.includes("node_modules/");
  for (const name of ["packages/evaluation", "packages/releases", "conformance/releases", "conformance/naive"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: isSource });
    if (name.startsWith("packages/")) symlinkSync(join(folder, name), join(folder, "node_modules/@sluice", name.slice("packages/".length)));
  }
  cpSync(join(root, "conformance/worlds.ts"), join(folder, "conformance/worlds.ts"));
  writeFileSync(join(folder, "packages/releases/src", mutant.file), changedRelease(mutant));
  const args = [
    "--disable-warning=ExperimentalWarning",
    join(folder, "conformance/releases/run.ts"),
    "--seed",
    String(seed),
    "--worlds",
    String(worlds),
    "--most",
    "1",
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: RUN_MS_MAX }, (error, stdout, stderr) => {
      rmSync(folder, { recursive: true, force: true });
      const found = /^seed (\d+)$/m.exec(stdout);
      if (found !== null) resolve(Number(found[1]));
      else if (error === null) resolve(undefined);
      else reject(new Error(`"${mutant.name}" could not be run: ${stderr}`));
    });
  });
}

if (import.meta.main) {
  for (const mutant of releaseMutants.filter(({ seed }) => seed === 0 || process.argv.includes("--all"))) {
    const seed = await firstWrong(mutant, { seed: 2, worlds: 10_000, id: "search" });
    console.log(`${seed ?? "NOT FOUND"}\t${mutant.name}`);
  }
}
