import { type Answer, compileSnapshot, type Compiled, describe, evaluate, explain, type FlagForm, type SegmentForm, SNAPSHOT_FORMAT } from "@sluice/evaluation";
import { FileReport, type Finding, type Span } from "./diagnostic.ts";
import { listWords, nearest } from "./fields.ts";
import type { Project } from "./project-file.ts";
import type { FlagTest, TestFile } from "./test-file.ts";

/** How one expectation came out. Lines count from 1. */
export interface TestResult {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly flag: string;
  readonly environment: string;
  /** `skipped`: the flag has mistakes, so there is no answer to compare. */
  readonly outcome: "passed" | "failed" | "skipped";
  /** Of a failed one: what was expected and what came, and then each step that led to it. */
  readonly words?: readonly string[];
}

/** A rule, or a default, that no expectation has decided by. */
export interface Uncovered {
  readonly flag: string;
  readonly environment: string;
  /** Rule id or `#n`; `default` for what is served where no rule does. */
  readonly rule: string;
}

/** All expectations of a project, run; and which rules of the flags that have any were reached. */
export interface TestRun {
  readonly results: readonly TestResult[];
  readonly rules: number;
  readonly uncovered: readonly Uncovered[];
}

/** What expectations are run against: what is valid, without any decision. */
export interface TestedProject {
  readonly project: Project | undefined;
  /** Forms by environment; flags with mistakes are not there. */
  readonly formsIn: (environment: string) => Readonly<Record<string, FlagForm>>;
  readonly segments: Readonly<Record<string, SegmentForm>>;
  /** Keys of all flags, broken ones too. */
  readonly known: ReadonlySet<string>;
  readonly text: (path: string) => string;
}

/** Runs every expectation; what fails is reported at its place. */
export function runTests(
  files: readonly TestFile[],
  tested: TestedProject,
): { readonly run: TestRun; readonly reports: readonly FileReport[]; readonly failed: ReadonlySet<string> } {
  const runner = new Runner(tested);
  const reports = files.map(({ path, tests }) => {
    const report = new FileReport(path, tested.text(path));
    for (const test of tests) runner.play(test, report);
    return report;
  });
  return { run: runner.result(), reports, failed: runner.failed };
}

class Runner {
  readonly failed: Set<string> = new Set();
  readonly #tested: TestedProject;
  readonly #results: TestResult[] = [];
  readonly #compiled: Map<string, { readonly compiled: Compiled; readonly flags: Readonly<Record<string, FlagForm>> }> = new Map();
  /** `flag environment` → rules that decided. */
  readonly #reached: Map<string, Set<string>> = new Map();

  constructor(tested: TestedProject) {
    this.#tested = tested;
  }

  play(test: FlagTest, report: FileReport): void {
    const { project, known } = this.#tested;
    const environments = project?.environments.map(({ key }) => key) ?? [];
    if (project === undefined) return;
    if (!known.has(test.flag)) return refuse(report, test.flagSpan, unknown("flag", test.flag, known));
    if (!environments.includes(test.environment)) return refuse(report, test.environmentSpan, unknown("environment", test.environment, environments));
    const { compiled, flags } = this.#in(test.environment);
    const line = report.lineOf(test.expectSpan.start);
    const base = { file: report.file, line, name: test.name, flag: test.flag, environment: test.environment };
    const form = Object.hasOwn(flags, test.flag) ? flags[test.flag] : undefined;
    if (form === undefined) return void this.#results.push({ ...base, outcome: "skipped" });
    const variants = Object.keys(form.variants ?? { on: true, off: false });
    if (!variants.includes(test.variant)) return refuse(report, test.expectSpan, unknown("variant", test.variant, variants));
    const answer = evaluate(compiled, test.flag, test.context);
    this.#note(test, answer);
    if (isAsExpected(test, answer)) return void this.#results.push({ ...base, outcome: "passed" });
    const words = [`Expected ${expectedWords(test)}, got ${answerWords(answer)}.`, ...describe(explain(compiled, test.flag, test.context)).slice(1)];
    this.failed.add(test.flag);
    this.#results.push({ ...base, outcome: "failed", words });
    report.add(test.expectSpan, {
      code: "test/failed",
      message: `"${test.name}" fails. ${words[0] ?? ""}`,
      fix: "Change the flag, or the expectation; until then the flag keeps the form that is served.",
    });
  }

  result(): TestRun {
    const uncovered: Uncovered[] = [];
    let rules = 0;
    for (const [name, reached] of [...this.#reached].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [flag = "", environment = ""] = name.split(" ");
      const form = this.#in(environment).flags[flag];
      const steps = [...(form?.rules ?? []).map(({ id }, at) => id ?? `#${at + 1}`), "default"];
      rules += steps.length;
      uncovered.push(...steps.filter((rule) => !reached.has(rule)).map((rule) => ({ flag, environment, rule })));
    }
    return { results: this.#results, rules, uncovered };
  }

  #note({ flag, environment }: FlagTest, { cause, by }: Answer): void {
    const name = `${flag} ${environment}`;
    const reached = this.#reached.get(name) ?? new Set<string>();
    this.#reached.set(name, reached);
    if (cause === "rule" && by !== undefined) reached.add(by);
    if (cause === "default") reached.add("default");
  }

  #in(environment: string): { readonly compiled: Compiled; readonly flags: Readonly<Record<string, FlagForm>> } {
    const made = this.#compiled.get(environment);
    if (made !== undefined) return made;
    const flags = this.#tested.formsIn(environment);
    const customer = this.#tested.project?.customer ?? "customer";
    const snapshot = { format: SNAPSHOT_FORMAT, environment, epoch: "tests", seq: 0, salt: "tests", customer, segments: this.#tested.segments, flags };
    const fresh = { compiled: compileSnapshot(snapshot), flags };
    this.#compiled.set(environment, fresh);
    return fresh;
  }
}

function refuse(report: FileReport, span: Span, finding: Finding): void {
  report.add(span, finding);
}

function isAsExpected({ variant, reason, by }: FlagTest, answer: Answer): boolean {
  return answer.variant === variant && (reason === undefined || answer.reason === reason) && (by === undefined || answer.by === by);
}

function expectedWords({ variant, reason, by }: FlagTest): string {
  return [variant, ...(reason === undefined ? [] : [`with reason ${reason}`]), ...(by === undefined ? [] : [`by ${by}`])].join(" ");
}

function answerWords({ variant, reason, cause, by }: Answer): string {
  return `${variant ?? "the caller's default"} with reason ${reason} (${cause}${by === undefined ? "" : ` ${by}`})`;
}

function unknown(what: "flag" | "environment" | "variant", name: string, known: Iterable<string>): Finding {
  const names = [...known].sort();
  const near = nearest(name, names);
  return {
    code: "test/unknown-name",
    message: `There is no ${what} "${name}" to expect anything of.`,
    ...(what === "flag" ? {} : { expected: listWords(names) }),
    nearest: near,
    fix: near === undefined ? "Correct the name, or delete the expectation." : `Write "${near}".`,
  };
}
