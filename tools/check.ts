// `npm run check`: everything that can be said about the source without running the product. The same in CI and by hand.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ["types", bin("tsc"), ["-b"]],
  ["lint", bin("oxlint"), ["--type-aware", "--quiet"]],
  ["format", bin("oxfmt"), ["--check"]],
  ["unused", bin("knip"), ["--no-progress"]],
  ["tidy", bin("vitest"), ["run", "tools/tidy.test.ts", "--reporter=dot"]],
];

let failed = 0;
for (const [name, command, args] of steps) {
  const start = process.hrtime.bigint();
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", env: { ...process.env, FORCE_COLOR: "0", NO_COLOR: "1" } });
  const seconds = (Number(process.hrtime.bigint() - start) / 1e9).toFixed(1);
  const ok = result.status === 0;
  console.log(`${ok ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (!ok) {
    failed++;
    console.log(`${result.stdout}${result.stderr}${result.error?.message ?? ""}`);
  }
}
console.log(failed === 0 ? "check: all clean" : `check: ${failed} of ${steps.length} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
