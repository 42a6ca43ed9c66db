// `npm run conformance -- properties [--runs N]`: the properties of evaluation, 100,000 runs each.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const RUNS = 100_000;

/** The command: vitest over the properties with another number of runs; its exit code is vitest's. */
export function runLongProperties(): void {
  const at = process.argv.indexOf("--runs");
  const runs = at < 0 ? String(RUNS) : (process.argv[at + 1] ?? "");
  const root = join(import.meta.dirname, "..");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { status } = spawnSync(process.execPath, [vitest, "run", "packages/evaluation/src/properties.test.ts"], {
    cwd: root,
    env: { ...process.env, SLUICE_PROPERTY_RUNS: runs },
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}
