// A Node SDK that reports wrongly, or whose requests do not hold together: one text of one file, replaced once, and the test file that must tell.
import type { PageMutant } from "../react/mutants.ts";

const REPORTS = "sdks/js-server/src/telemetry.test.ts";

const inside =
  (file: string, tests = REPORTS) =>
  (name: string, find: string, replace: string): PageMutant => ({ name, file: `sdks/js-server/src/${file}`, tests, find, replace });
const [answers, outcomes, sender] = [inside("answer-counts.ts"), inside("outcome-counts.ts"), inside("telemetry-sender.ts")];
const questions = inside("flag-answers.ts");
const requests = inside("answer-source.ts", "sdks/js-server/src/client.test.ts");

export const nodeTelemetryMutants: readonly PageMutant[] = [
  answers("answers are told whole each time", "      counter.told += grown;\n", ""),
  answers("made-up keys fill memory", "this.#defaults >= DEFAULTS_MAX || ", ""),
  answers("answers without room are lost unseen", "      this.#dropped.value++;\n", "      this.#defaults;\n"),
  answers("what is told as dropped is told again", "    this.#dropped.told = this.#dropped.value;\n", ""),
  answers("keys of any length are told", ' || flag === "" || flag.length > KEY_CHARS_MAX', ' || flag === ""'),
  answers("customers fill memory", "this.#customers.size < CUSTOMER_COUNTS_MAX", "this.#customers.size >= 0"),
  answers("a batch takes all customers", "answers.length === CUSTOMERS_PER_BATCH_MAX || ", ""),
  answers("a batch takes all answers", "answers.length === PER_BATCH_MAX || chars > CHARS_PER_BATCH_MAX", "answers.length < 0"),
  answers("answers of a customer are told again without", "      counter.told += count;\n", ""),
  answers("what waits for its customer is told without", " - (waiting.get(counter) ?? 0);", ";"),
  answers("variants are counted as one", '${of.reason}\\n${of.variant ?? ""}\\n${of.flag}', "${of.reason}\\n${of.flag}"),
  outcomes("failures count as successes", "if (hasFailed) count.failed += 1;", "if (hasFailed) count.ok += 1;"),
  outcomes("outcomes fill memory", "this.#counts.size >= COUNTS_MAX", "this.#counts.size < 0"),
  outcomes("outcomes without room are lost unseen", "        this.#dropped += 1;\n", ""),
  outcomes("outcomes are told again", "    for (const [name] of taken) this.#counts.delete(name);\n", ""),
  outcomes("a batch takes all outcomes", ".slice(0, COUNTS_PER_BATCH_MAX)", ""),
  outcomes("an outcome may have any name", "!OUTCOME_NAME.test(outcome) || ", ""),
  sender("a batch that did not come through is another one next time", "    if (this.#underWay !== undefined) return this.#underWay;\n", ""),
  sender("what was refused for good is sent for ever", "status === 400 || ", ""),
  sender("an earlier server is told for ever", " || status === 404", ""),
  sender("what is too large is sent for ever", " || status === 413", ""),
  sender("the last counts are lost at the end", "if (isWorthIt) await this", "if (isWorthIt && this.#isSending) await this"),
  sender("every batch is the first", "this.#batches += 1;", "this.#batches = 1;"),
  sender("outcomes wait as long as answers", "if (this.#hasOutcomes) this.#within", "if (this.#isSending) this.#within"),
  sender("a batch does not say what is served", "...(applied === undefined ? {} :", "...(applied !== undefined ? {} :"),
  questions("defaults of another type are not counted", '    this.#counts.defaulted(key, "wrongType");\n', ""),
  requests("a request is answered from the newest flags", "this.#isOver ? this.#newest.compiled : this.#held", "this.#newest.compiled"),
  requests("a forgotten request outlives a kill", "this.#clock.monotonicMs() >= this.#untilMs", "this.#clock.monotonicMs() < 0"),
];
