// `npm test`: check, then every suite; the closing line is read by CI. With CI=true a skipped test is a failed run, but for the
// one excuse that tools/skipped-tests.ts names.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isExcused } from "./skipped-tests.ts";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const root = join(import.meta.dirname, "..");
const reportPath = join(root, ".build/test-report.json");
const strict = process.env["CI"] === "true";
const only = process.argv.slice(2);

const check = only.length > 0 ? { status: 0 } : spawnSync(process.execPath, [join(root, "tools/check.ts")], { cwd: root, stdio: "inherit" });

rmSync(reportPath, { force: true });
const tests = spawnSync(join(root, "node_modules/.bin/vitest"), ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`, ...only], {
  cwd: root,
  stdio: "inherit",
});

if (!existsSync(reportPath)) {
  console.log("The test runner left no report: it did not get as far as running tests.");
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
} else {
  const report: Report = JSON.parse(readFileSync(reportPath, "utf8"));
  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === "skipped" || test.status === "pending" || test.status === "todo")
      .map((test) => ({
        line: `${file.name.slice(root.length + 1)}: ${test.fullName}`,
        isExcused: isExcused(test.fullName, (path) => existsSync(join(root, path))),
      })),
  );
  const forbidden = strict ? skipped.filter((test) => !test.isExcused) : [];
  for (const test of skipped) console.log(`${forbidden.includes(test) ? "skipped, which CI forbids" : "skipped"}: ${test.line}`);
  const brokenFiles = report.testResults.filter((file) => file.assertionResults.length === 0).length;
  if (tests.status !== 0 && report.numFailedTests === 0 && brokenFiles === 0)
    console.log("The test runner failed outside any test (an unhandled error); see above.");
  const failed =
    report.numFailedTests +
    brokenFiles +
    forbidden.length +
    (check.status === 0 ? 0 : 1) +
    (tests.status !== 0 && report.numFailedTests === 0 && brokenFiles === 0 ? 1 : 0);
  console.log(`${report.numPassedTests} passed, ${failed} failed${skipped.length > forbidden.length ? `, ${skipped.length - forbidden.length} skipped` : ""}`);
  process.exitCode = failed === 0 ? 0 : 1;
}
