import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Where lists of mutants are of which a plain test run plays a share; below the repository's root. */
const SHARED_LISTS = [
  "conformance/drills",
  "conformance/environment-parts",
  "conformance/guards",
  "conformance/releases",
  "conformance/renames",
  "conformance/reverts",
  "tests/browser-mutants.test.ts",
  "tests/node-telemetry-mutants.test.ts",
  "sdks/python/python.test.ts",
  "tests/react-mutants.test.ts",
  "tests/sampling-mutants.test.ts",
  "tests/sdk-go/mutants.test.ts",
  "tests/sdk-java/mutants.test.ts",
  "tests/sdk-telemetry-mutants.test.ts",
];

/** `npm run conformance -- mutants [part of a path…]`: every planted bug of these lists, one after another; some 40 minutes on two cores. */
export function runMutants(): void {
  const only = process.argv.slice(3);
  const lists = only.length === 0 ? SHARED_LISTS : SHARED_LISTS.filter((path) => only.some((part) => path.includes(part)));
  if (lists.length === 0) {
    console.error(`no list of mutants has "${only.join('" or "')}" in its path. There are: ${SHARED_LISTS.join(", ")}.`);
    process.exitCode = 1;
    return;
  }
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const run = spawnSync(process.execPath, [vitest, "run", ...lists], { cwd: root, stdio: "inherit", env: { ...process.env, SLUICE_MUTANTS: "all" } });
  process.exitCode = run.status ?? 1;
}
