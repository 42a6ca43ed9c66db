// `npm test`: check, then every suite; the closing line is read by CI. With CI=true a skipped test is a failed run.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

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
      .map((test) => `${file.name.slice(root.length + 1)}: ${test.fullName}`),
  );
  for (const line of skipped) console.log(`${strict ? "skipped, which CI forbids" : "skipped"}: ${line}`);
  const brokenFiles = report.testResults.filter((file) => file.assertionResults.length === 0).length;
  if (tests.status !== 0 && report.numFailedTests === 0 && brokenFiles === 0)
    console.log("The test runner failed outside any test (an unhandled error); see above.");
  const failed =
    report.numFailedTests +
    brokenFiles +
    (strict ? skipped.length : 0) +
    (check.status === 0 ? 0 : 1) +
    (tests.status !== 0 && report.numFailedTests === 0 && brokenFiles === 0 ? 1 : 0);
  console.log(`${report.numPassedTests} passed, ${failed} failed${skipped.length > 0 && !strict ? `, ${skipped.length} skipped` : ""}`);
  process.exitCode = failed === 0 ? 0 : 1;
}
