import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { type Diagnostic, formatDiagnostics, type TestResult, type TestRun } from "@sluice/definitions";
import type { Command } from "commander";
import { CommandFailed } from "../failure.ts";
import { parseFolder } from "../flag-folder.ts";
import { paint, type Terminal } from "../terminal.ts";

interface TestOptions {
  readonly junit?: string;
  readonly coverage?: string;
  readonly json?: boolean;
}

/** Uncovered rules that are named; the rest is counted. */
const UNCOVERED_SHOWN = 20;

/** `test` runs the expectations under tests/, as the server does before it adopts a commit. */
export function registerTest(program: Command, terminal: Terminal): void {
  program
    .command("test")
    .description("run the expectations under tests/ and name the rules that none reaches")
    .argument("[folder]", "folder that holds sluice.yaml", ".")
    .option("--junit <file>", "write a JUnit report")
    .option("--coverage <percent>", "fail below this share of rules reached, of the flags that have expectations")
    .option("--json", "print one JSON object")
    .action((start: string, options: TestOptions) => {
      const { files, folder, parsed } = parseFolder(start);
      const { tests } = parsed;
      const counts = countsOf(tests);
      const mistakes = parsed.diagnostics.filter(hidesExpectations);
      if (options.junit !== undefined) writeFileSync(options.junit, junitOf(tests, mistakes));
      if (options.json) terminal.json({ ...counts, mistakes, results: tests.results, uncovered: tests.uncovered });
      else {
        for (const result of tests.results) if (result.outcome !== "passed") say(terminal, result);
        if (mistakes.length > 0) terminal.out(formatDiagnostics(mistakes, (path) => files.get(path), { format: "text", colour: terminal.colour }));
        sayCoverage(terminal, tests, counts.coverage);
      }
      const where = relative(process.cwd(), folder) || ".";
      const least = Number(options.coverage ?? 0);
      const why =
        counts.failed + counts.skipped + mistakes.length > 0
          ? `${counts.failed} failed, ${counts.skipped} could not be asked, ${mistakes.length} mistakes, ${counts.passed} passed in ${where}.`
          : !(counts.coverage >= least)
            ? `${counts.coverage} % of the rules are reached, fewer than ${options.coverage ?? ""} %.`
            : undefined;
      if (why === undefined) {
        if (!options.json) terminal.out(`${paint(terminal, "green", "ok")}  ${where}: ${counts.passed} expectations hold`);
      } else if (options.json) process.exitCode = 1;
      else
        throw new CommandFailed({
          code: "test/failed",
          message: why,
          fix: "Change the flags or the expectations; a server keeps flags that fail at their last good form.",
          exitCode: 1,
        });
    });
}

/** A mistake in a file of expectations hides those behind it, and one in sluice.yaml may hide them all: then the run fails, too. */
export function hidesExpectations({ file, code, severity }: Diagnostic): boolean {
  return severity === "error" && (file === "sluice.yaml" || file.startsWith("tests/")) && code !== "test/failed";
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Percent of the rules and defaults of tested flags; 100 where none is tested. */
  readonly coverage: number;
}

function countsOf({ results, rules, uncovered }: TestRun): Counts {
  const of = (outcome: TestResult["outcome"]): number => results.filter((result) => result.outcome === outcome).length;
  const coverage = rules === 0 ? 100 : Math.floor(((rules - uncovered.length) / rules) * 1_000) / 10;
  return { passed: of("passed"), failed: of("failed"), skipped: of("skipped"), coverage };
}

function say(terminal: Terminal, { file, line, name, outcome, flag, words = [] }: TestResult): void {
  terminal.out(`${paint(terminal, "red", outcome)}  ${file}:${line}  ${name}`);
  for (const word of outcome === "skipped" ? [`The flag "${flag}" has mistakes; sluice validate names them.`] : words) terminal.out(`    ${word}`);
}

function sayCoverage(terminal: Terminal, { rules, uncovered }: TestRun, coverage: number): void {
  if (rules === 0) return;
  terminal.out(`${rules - uncovered.length} of ${rules} rules and defaults reached (${coverage} %)`);
  for (const { flag, environment, rule } of uncovered.slice(0, UNCOVERED_SHOWN)) terminal.out(`    not reached: ${flag}, ${environment}: ${rule}`);
  if (uncovered.length > UNCOVERED_SHOWN) terminal.out(`    and ${uncovered.length - UNCOVERED_SHOWN} more`);
}

/** JUnit XML as CI systems read it: a suite for each file, and a case in error for each mistake that hides expectations. */
export function junitOf({ results }: TestRun, mistakes: readonly Diagnostic[]): string {
  const files = new Set([...mistakes, ...results].map(({ file }) => file));
  const suites = [...files].map((file) => {
    const own = results.filter((result) => result.file === file);
    const wrong = mistakes.filter((mistake) => mistake.file === file);
    const failed = own.filter(({ outcome }) => outcome === "failed").length;
    const skipped = own.filter(({ outcome }) => outcome === "skipped").length;
    const counts = `tests="${own.length + wrong.length}" failures="${failed}" errors="${wrong.length}" skipped="${skipped}"`;
    return `  <testsuite name="${xml(file)}" ${counts}>\n${wrong.map(errorOf).join("")}${own.map(caseOf).join("")}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

function errorOf({ file, line, code, message, fix }: Diagnostic): string {
  const head = `    <testcase classname="${xml(file)}" name="${xml(code)}" file="${xml(file)}" line="${line}"`;
  return `${head}><error message="${xml(message)}">${xml(fix)}</error></testcase>\n`;
}

function caseOf({ name, flag, environment, file, line, outcome, words = [] }: TestResult): string {
  const head = `    <testcase classname="${xml(`${environment}.${flag}`)}" name="${xml(name)}" file="${xml(file)}" line="${line}"`;
  if (outcome === "passed") return `${head}/>\n`;
  const body = outcome === "skipped" ? "<skipped/>" : `<failure message="${xml(words[0] ?? "")}">${xml(words.join("\n"))}</failure>`;
  return `${head}>${body}</testcase>\n`;
}

/** XML 1.0 has no place for most control characters, escaped or not. */
function xml(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;" };
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, "\ufffd").replaceAll(/[&<>"\n\t]/g, (sign) => names[sign] ?? sign);
}
