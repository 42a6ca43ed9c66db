// SDKs that report wrongly, or whose requests do not hold together: what the tests of each language must find. Each is one text of one file,
// replaced once.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedText, type TextChange } from "../../conformance/mutant-text.ts";
import { environmentPython, findPython, folder as pythonFolder } from "../../sdks/python/installation.ts";
import { goBuildFolder, goCommand, goFolder, runGo } from "../sdk-go/toolchain.ts";
import { hasMaven, javaBuildFolder, javaFolder } from "../sdk-java/toolchain.ts";

type Language = "go" | "python" | "java";

/** `file` stands below the language's own folder of sources. */
export interface TelemetryMutant extends TextChange {
  readonly language: Language;
  readonly file: string;
}

const RUN_MS_MAX = 280_000;

const mutantsOf =
  (language: Language) =>
  (name: string, file: string, find: string, replace: string): TelemetryMutant => ({ language, name: `${language}: ${name}`, file, find, replace });
const [go, python, java] = [mutantsOf("go"), mutantsOf("python"), mutantsOf("java")];

export const telemetryMutants: readonly TelemetryMutant[] = [
  go("a request is answered from the newest flags", "request.go", "\treturn r.held\n", "\treturn r.client.holder.Tables()\n"),
  go("a forgotten request outlives a kill", "request.go", "if !time.Now().Before(r.until) {", "if false {"),
  go("failures count as successes", "outcome_counts.go", "if hasFailed {", "if false {"),
  go("outcomes fill memory", "outcome_counts.go", "len(o.counts) >= outcomesMax", "len(o.counts) < 0"),
  go("what has no room is lost unseen", "outcome_counts.go", "\t\t\to.dropped++\n", ""),
  go("made-up keys fill memory", "counts.go", "c.defaults >= defaultsMax || ", ""),
  go("keys of any length are told", "counts.go", " || len(flag) > nameBytesMax {\n\t\t\tc.dropped", " {\n\t\t\tc.dropped"),
  go("variants are counted as one", "counts.go", 'key := counted{flag, variant, reason, ""}', 'key := counted{flag, "on", reason, ""}'),
  go("answers are told whole each time", "counts.go", "\t\tcounter.told = value\n", ""),
  go("customers fill memory", "counts.go", "number > 0 || len(c.customers) < customerCountsMax", "number >= 0"),
  go("answers of a customer are told again without", "counts.go", "\t\tcounter.told += number\n", ""),
  go("what waits for its customer is told without", "counts.go", "counter.value.Load() - waiting[counter]", "counter.value.Load() - 0*waiting[counter]"),
  go("defaults of another type are not counted", "values.go", "\t\tc.counts.defaulted(key, evaluation.CauseWrongType)\n", ""),
  go("a batch that did not come through is another one next time", "telemetry.go", "if b.underWay != nil {\n\t\treturn", "if false {\n\t\treturn"),
  go("what was refused for good is sent for ever", "internal/transport/telemetry_sender.go", "status == http.StatusBadRequest, ", ""),
  go("the last counts are lost at the end", "client.go", "\t\tc.telemetry.Last()\n", "\t\t_ = c.telemetry\n"),
  go("a plain attribute with the customer's key leaves", "internal/evaluation/sampling.go", "slices.Contains(secret, item.shownText())", "false"),
  go("one hash serves all attributes", "internal/evaluation/sampling.go", '[]byte(path + "\\n" + item.scalarJSON())', "[]byte(item.scalarJSON())"),
  go("more is sampled than the application allows", "internal/transport/samples.go", "if !slices.Contains(s.allowed, path) {", "if false {"),
  go("every context of a flood is kept", "internal/transport/samples.go", "if len(s.kept) < sampledContextsMax {", "if len(s.kept) >= 0 {"),
  go("other terms are not followed", "internal/transport/samples.go", "\tif s.terms != nil {\n\t\ts.use(nil)\n\t}\n\ts.id", "\ts.id"),
  go("attributes that nobody signed are sampled where signatures are checked", "options.go", "o.SampledAttributes == nil && o.SignatureKeys != nil", "false"),
  python("a request is answered from the newest flags", "flag_reader.py", "if self._is_over else self._held", "if self._newest else self._held"),
  python("a forgotten request outlives a kill", "flag_reader.py", ">= self._until_ms", "< 0"),
  python("failures count as successes", "outcome_counts.py", "count[which] += 1", "count[0] += 1"),
  python("outcomes fill memory", "outcome_counts.py", "len(self._counts) >= _COUNTS_MAX", "len(self._counts) < 0"),
  python("what has no room is lost unseen", "outcome_counts.py", "self._dropped += 1", "self._dropped += 0"),
  python("made-up keys fill memory", "usage.py", "len(self._defaults) >= _DEFAULTS_MAX or ", ""),
  python("keys of any length are told", "usage.py", "not 0 < len(flag) <= _KEY_CHARS_MAX", "not 0 < len(flag)"),
  python("variants are counted as one", "usage.py", "name = _Counted(flag, variant, reason, None)", 'name = _Counted(flag, variant and "on", reason, None)'),
  python("answers are told whole each time", "usage.py", "            counter.tell(grown)\n", ""),
  python("ticks that nobody took are counted", "evaluation/counter.py", "        self._handed_out -= left\n", ""),
  python("answers that found no tick are not counted", "usage.py", "        counter.apart()\n        # Ticks", "        # Ticks"),
  python("ticks are handed out beside those that are left", "evaluation/counter.py", "operator.length_hint(self.ticks) == 0", "ticks > 0"),
  python("a free-threaded interpreter takes ticks too", "usage.py", "self._look_every - 1 if _has_one_lock() else 0", "self._look_every - 1"),
  python("an answer waits for a batch", "alone.py", "        if self.is_held:\n            return\n", ""),
  python(
    "a signal handler comes into the middle of a count",
    "alone.py",
    "if self.is_held:\n                self",
    "if self.missed < 0:\n                self",
  ),
  python("flags are taken over while a signal handler compiles others", "evaluation/compiled.py", "previous._flags.copy()", "previous._flags"),
  python("a request of a forked child waits for its parent's threads", "flag_reader.py", "self._usage is not newest._usage", "self._usage is None"),
  python("customers fill memory", "usage.py", "count is not None or len(self._customers) < _CUSTOMER_COUNTS_MAX", "True"),
  python("answers of a customer are told again without", "usage.py", "            counter.tell(count)\n", ""),
  python("what waits for its customer is told without", "usage.py", "counter.grown() - waiting.get(counter, 0)", "counter.grown()"),
  python("defaults of another type are not counted", "flag_reader.py", '        self._usage.defaulted(key, "wrongType")\n', ""),
  python("a batch that did not come through is another one next time", "telemetry_sender.py", "if self._under_way is not None:\n", "if False:\n"),
  python("what was refused for good is sent for ever", "telemetry_sender.py", "status in (400, 404, 413)", "status in (404, 413)"),
  python("the last counts are lost at the end", "telemetry_sender.py", "        if is_worth_it:\n", "        if False:\n"),
  python("a forked child tells its parent's outcomes again", "client.py", "        self._outcomes = OutcomeCounts()\n", ""),
  python("a plain attribute with the customer's key leaves", "evaluation/sampling.py", "is_plain and _names_one_of(value, secret)", "False"),
  python("one hash serves all attributes", "evaluation/sampling.py", 'f"{path}\\n{text}".encode', "text.encode"),
  python("more is sampled than the application allows", "samples.py", "terms = terms.limited_to(self._allowed)", "pass"),
  python("every context of a flood is kept", "samples.py", "len(self._kept) >= _CONTEXTS_MAX", "len(self._kept) < 0"),
  python("what was reported is reported again", "samples.py", "        self._sent.update(kept)\n", ""),
  python(
    "attributes that nobody signed are sampled where signatures are checked",
    "options.py",
    "given is None and self.signature_keys is None",
    "given is None",
  ),
  java("a request is answered from the newest flags", "RequestFlags.java", "isOver ? client.compiled() : held", "client.compiled()"),
  java("a forgotten request outlives a kill", "RequestFlags.java", "client.monotonicMs() >= untilMs", "client.monotonicMs() < 0"),
  java("failures count as successes", "OutcomeCounts.java", "count[hasFailed ? 1 : 0]++", "count[0]++"),
  java("outcomes fill memory", "OutcomeCounts.java", "counts.size() >= COUNTS_MAX", "counts.size() < 0"),
  java("what has no room is lost unseen", "OutcomeCounts.java", "        dropped++;\n", ""),
  java("made-up keys fill memory", "Counts.java", "defaults >= DEFAULTS_MAX || ", ""),
  java("defaults of another type are not counted", "Asking.java", "      counts.defaulted(key, Cause.WRONG_TYPE);\n", ""),
  java("what was refused for good is sent for ever", "internal/transport/TelemetrySender.java", "status == 400 || ", ""),
  java(
    "other terms are not followed",
    "internal/transport/Samples.java",
    "    if (terms != null) {\n      use(null);\n    }\n    id = null;",
    "    id = null;",
  ),
  java(
    "attributes that nobody signed are sampled where signatures are checked",
    "SluiceOptions.java",
    "sampledAttributes == null && signatureKeys != null",
    "false",
  ),
  java("keys of any length are told", "Counts.java", " || flag.length() > KEY_MAX", ""),
  java(
    "variants are counted as one",
    "Counts.java",
    "Counted key = new Counted(flag, variant, reason, null);",
    'Counted key = new Counted(flag, "on", reason, null);',
  ),
  java("answers are told whole each time", "Counts.java", "      told += taken;\n", ""),
  java("customers fill memory", "Counts.java", "customers.size() < CUSTOMER_COUNTS_MAX || ", "customers.size() >= 0 || "),
  java("answers of a customer are told again without", "Counts.java", "counters.getOrDefault(of, dropped).takeAtMost(one.getValue())", "one.getValue()"),
  java("what waits for its customer is told without", "Counts.java", "waiting.getOrDefault(one.getValue(), 0L)", "waiting.getOrDefault(null, 0L)"),
  java("a batch that did not come through is another one next time", "Batches.java", "if (underWay != null) {", "if (number < 0) {"),
  java("the last counts are lost at the end", "internal/transport/TelemetrySender.java", "if (isWorthIt) {", "if (isWorthIt && LAST_LIMITS == null) {"),
  java(
    "a plain attribute with the customer's key leaves",
    "internal/evaluation/Sampling.java",
    "boolean isSecret = one.isPlain &&",
    "boolean isSecret = secret == null &&",
  ),
  java("one hash serves all attributes", "internal/evaluation/Sampling.java", '(path + "\\n" + json(item))', "json(item)"),
  java(
    "more is sampled than the application allows",
    "internal/transport/Samples.java",
    "is == null || allowed == null ? is",
    "is == null || allowed != null ? is",
  ),
  java("every context of a flood is kept", "internal/transport/Samples.java", "kept.size() >= CONTEXTS_MAX", "kept.size() < 0"),
  java("what is left at the end is lost", "internal/transport/Samples.java", "send(LAST_LIMITS, done);", "done.run();"),
];

const PYTHON = findPython();

/** Whether the language's tools are on this machine. */
export const canTry = (language: Language): boolean => (language === "go" ? goCommand !== undefined : language === "python" ? PYTHON !== undefined : hasMaven);

/** Where each language's sources begin, below its SDK's folder. */
const SOURCES = { go: "", python: "src/sluice", java: "core/src/main/java/io/github/sluiceflags" } satisfies Record<Language, string>;
const FOLDERS = { go: goFolder, python: pythonFolder, java: javaFolder } satisfies Record<Language, string>;

/** The file that a mutant is of, in the SDK itself. */
export const originalOf = ({ language, file }: TelemetryMutant): string => join(FOLDERS[language], SOURCES[language], file);

/** Whether the language's own tests fail with the mutant in place; `undefined`: without one. */
export async function isTelemetryCaught(language: Language, mutant: TelemetryMutant | undefined, id: string): Promise<boolean> {
  if (language === "go") return isCaughtInGo(mutant, id);
  return language === "python" ? isCaughtInPython(mutant, id) : isCaughtInJava(mutant, id);
}

function changed(path: string, mutant: TelemetryMutant | undefined): void {
  if (mutant !== undefined) writeFileSync(path, changedText(readFileSync(path, "utf8"), mutant, mutant.file));
}

async function isCaughtInGo(mutant: TelemetryMutant | undefined, id: string): Promise<boolean> {
  const folder = join(goBuildFolder, `telemetry-${process.pid}-${id}`);
  mkdirSync(folder, { recursive: true });
  try {
    const replace: Record<string, string> = {};
    if (mutant !== undefined) {
      const original = originalOf(mutant);
      replace[original] = join(folder, "changed.go");
      writeFileSync(join(folder, "changed.go"), changedText(readFileSync(original, "utf8"), mutant, mutant.file));
    }
    writeFileSync(join(folder, "overlay.json"), JSON.stringify({ Replace: replace }));
    const tests = "Outcomes|Batch|WhatAServer|CloseSends|Answers|Telemetry|Request|Sampled|WhatLeaves";
    const { status, output } = await runGo(["test", "-overlay", join(folder, "overlay.json"), "-count=1", "-run", tests, ".", "./internal/evaluation"]);
    if (status !== 0 && !output.includes("--- FAIL")) throw new Error(`the Go tests could not be run:\n${output}`);
    return status !== 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program; gives its exit status and what it printed. */
function run(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env: { ...process.env, ...environment }, timeout: RUN_MS_MAX, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : 1, output: stdout + stderr });
    });
  });
}

async function isCaughtInPython(mutant: TelemetryMutant | undefined, id: string): Promise<boolean> {
  const copy = join(pythonFolder, "../../.build/python/telemetry-mutants", `${process.pid}-${id}`);
  const isSource = (path: string): boolean => !path.includes("__pycache__");
  try {
    for (const part of ["src", "tests", "pyproject.toml"]) cpSync(join(pythonFolder, part), join(copy, part), { recursive: true, filter: isSource });
    if (mutant !== undefined) changed(join(copy, SOURCES.python, mutant.file), mutant);
    const tests = ["telemetry", "samples", "counting", "forks", "signal_handlers"].map((name) => `tests/test_${name}.py`);
    const args = ["-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", ...tests];
    const { status, output } = await run(environmentPython(PYTHON ?? ""), args, copy, { PYTHONPATH: join(copy, "src") });
    if (status > 1) throw new Error(`the Python tests could not be run:\n${output}`);
    return status === 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function isCaughtInJava(mutant: TelemetryMutant | undefined, id: string): Promise<boolean> {
  const copy = join(javaBuildFolder, `telemetry-${process.pid}-${id}`);
  const isSource = (path: string): boolean => !path.includes("/target");
  try {
    cpSync(javaFolder, copy, { recursive: true, filter: isSource });
    if (mutant !== undefined) changed(join(copy, SOURCES.java, mutant.file), mutant);
    const args = ["-q", "-B", "-ntp", "-Dstyle.color=never", "-pl", "core", "test", "-Dtest=TelemetryTest,SamplesTest,SamplingTest"];
    const { status, output } = await run("mvn", args, copy, {});
    if (status !== 0 && !/Tests run: \d+, (?:Failures: [1-9]|Failures: 0, Errors: [1-9])/.test(output))
      throw new Error(`the Java tests could not be run:\n${output.slice(0, 4_000)}`);
    return status !== 0;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
