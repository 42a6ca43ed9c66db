// Guards that see wrongly or do too much: what their tests must find. Each is one text of one file of packages, replaced once.
import { isCaughtIn, type PackageMutant } from "../copied-packages.ts";

const EVIDENCE = "releases/src/guard/evidence.ts";
const WATCH = "releases/src/guard/harm-watch.ts";
const HARM = "releases/src/guard/harm.ts";
const DEEDS = "fanout/src/guards/guard-deeds.ts";
const BOOK = "fanout/src/guards/outcome-book.ts";
const GUARDS = "fanout/src/guards/guards.ts";
const PAGES = "fanout/src/browser/page-reports.ts";

export const guardMutants: readonly PackageMutant[] = [
  { name: "failures before count for nothing", file: EVIDENCE, find: "(priorFailed + failed) * shrunk", replace: "failed * shrunk" },
  { name: "looking at many customers costs nothing", file: EVIDENCE, find: "Math.log(Math.max(1, tests) / alpha)", replace: "Math.log(1 / alpha)" },
  { name: "the margin is one", file: EVIDENCE, find: "TIMES.map((times) => times * margin)", replace: "TIMES.map((times) => times)" },
  { name: "a trouble of everybody is harm", file: WATCH, find: "const drift = Math.max(1, ", replace: "const drift = Math.min(1, " },
  { name: "what is normal is learnt of some alone", file: WATCH, find: "(isLive && watched.base.of >= LEARNT_MIN)", replace: "false" },
  { name: "one bad window is enough", file: WATCH, find: "normal).length >= bad;\n  }\n\n  #isAbove", replace: "normal).length >= 0;\n  }\n\n  #isAbove" },
  { name: "all are switched off for some", file: WATCH, find: "return failed > allowed + UPPER_95 * Math.sqrt(allowed);", replace: "return true;" },
  { name: "healthy days have to be outweighed", file: WATCH, find: "    this.#beginAnew(population);\n", replace: "" },
  {
    name: "harm is told with the shares of healthy days",
    file: WATCH,
    find: "const span = isSeen ? since : ",
    replace: 'const span: Span = isSeen ? "whole" : ',
  },
  { name: "whoever invents customers has the others forgotten", file: WATCH, find: "Math.abs(atMs - silent[1].heardMs) < SILENT_MS_MIN", replace: "false" },
  { name: "who has been silent is never forgotten", file: WATCH, find: "      this.#customers.delete(one.customer);\n", replace: "" },
  { name: "evidence is never too old", file: WATCH, find: "if (this.#sinceMs !== undefined) this.forget([...this.#customers.keys()]);", replace: "" },
  {
    name: "a lift is undone at once",
    file: HARM,
    find: "takenBackAtMs !== undefined && takenBackAtMs > nowMs - bounds.quietMs",
    replace: "takenBackAtMs !== undefined && false",
  },
  { name: "there is no bound of all guards", file: HARM, find: "|| deeds(found) >= bounds.allPerDay", replace: "" },
  {
    name: "a resumed release is paused again",
    file: "releases/src/apply-release.ts",
    find: 'did === "paused" && flags.some((one) => one.flag === flag)',
    replace: "false",
  },
  {
    name: "everybody is killed for",
    file: DEEDS,
    find: "environment: guard.environment, flags: [flag], scope, reason }",
    replace: "environment: guard.environment, flags: [flag], reason }",
  },
  { name: "who is switched off already is killed for again", file: DEEDS, find: "return !isKilledFor(", replace: "return isKilledFor(" },
  { name: "an ops flag is switched off", file: DEEDS, find: 'if (kind !== "release" && kind !== "experiment") return "refused";', replace: "" },
  { name: "harm that lasts is told every minute", file: DEEDS, find: "if (!isTold)", replace: "if (true)" },
  { name: "a batch that comes twice counts twice", file: "fanout/src/telemetry/batch-book.ts", find: "|| taken.includes(batch)", replace: "" },
  { name: "a batch that is long past counts", file: "fanout/src/telemetry/batch-book.ts", find: "batch <= newest - RECENT_MAX || ", replace: "" },
  {
    name: "what relays hand on is counted whether it came before or not",
    file: "fanout/src/telemetry/telemetry-intake.ts",
    find: "if (!this.#batches.isFirst(environment, body)) return;",
    replace: "",
  },
  {
    name: "a relay keeps what it is told for itself",
    file: "fanout/src/telemetry/telemetry-intake.ts",
    find: "upstream.put(environment, body);",
    replace: "",
  },
  {
    name: "a relay forgets what did not come through",
    file: "fanout/src/relay/telemetry-queue.ts",
    find: "if (isTaken || isRefused) {\n      this.#waiting",
    replace: "if (true) {\n      this.#waiting",
  },
  {
    name: "a relay says nothing of what it drops",
    file: "fanout/src/relay/telemetry-queue.ts",
    find: "if (isTaken) this.#reportDropped();",
    replace: "",
  },
  {
    name: "a relay's key speaks of every environment",
    file: "fanout/src/relay/relay-door.ts",
    find: "body.value.batches) if (mayFor(key)(environment)) this.#parts.telemetry",
    replace: "body.value.batches) this.#parts.telemetry",
  },
  { name: "with the feature and without is the same", file: BOOK, find: "variant === off ? own.off : own.on", replace: "variant !== off ? own.off : own.on" },
  { name: "one process speaks for everybody", file: "fanout/src/guards/voices.ts", find: "return count <= ONE_VOICE_CUSTOMERS_MAX;", replace: "return true;" },
  { name: "what two processes say is one's word", file: "fanout/src/guards/voices.ts", find: "instance: isSame ? instance : undefined", replace: "instance" },
  {
    name: "a lift before what was found is written down counts for nothing",
    file: "releases/src/apply-event.ts",
    find: "...(lifts.length === 0 ? {} : { takenBackAtMs })",
    replace: "",
  },
  { name: "what was seen is lost with the process", file: GUARDS, find: "known?.outcome?.state ?? this.#memory.take(key)", replace: "known?.outcome?.state" },
  {
    name: "no data is as if all were well",
    file: GUARDS,
    find: '    if ("noData" in asked) {\n      watch.noData = asked.noData;\n      return;\n    }',
    replace: '    if ("noData" in asked) {\n      watch.query.take([]);\n      return;\n    }',
  },
  { name: "a query kills for who does not have the feature", file: DEEDS, find: "!mayHave(form, customer)) return false;", replace: "false) return false;" },
  { name: "outcomes of pages of nobody count", file: PAGES, find: "customer !== undefined && isSeenByPages", replace: "isSeenByPages" },
  { name: "pages report on flags that they cannot have", file: PAGES, find: "form?.browser === true && (", replace: "form !== undefined && (" },
  {
    name: "a page's report that comes twice counts twice",
    file: PAGES,
    find: "if (this.#taken.isFirst(",
    replace: "if (this.#taken !== undefined || this.#taken.isFirst(",
  },
  { name: "a page uses up the numbers of somebody else's", file: PAGES, find: "instance: `${who.subject}\\n${instance}`", replace: "instance" },
  { name: "one person's reports shut out all others", file: PAGES, find: "if (usedUntilMs > nowMs + BURST_MAX * ONE_IN_MS) return true;", replace: "" },
  { name: "pages fill the server's memory", file: PAGES, find: "if (this.#waitingCount >= WAITING_MAX) return false;", replace: "" },
  { name: "what pages say beyond all room is lost unseen", file: PAGES, find: "else waiting.dropped += ok + failed;", replace: "" },
  {
    name: "pages push out what servers ask for",
    file: "fanout/src/unknown-keys.ts",
    find: "if (this.#ofPages.size > OF_PAGES_MAX)",
    replace: "if (this.#ofPages.size < 0)",
  },
  { name: "all pages are one voice", file: BOOK, find: "isOfPages ? `${instance}\\n${each.customer}` : instance", replace: "isOfPages ? instance : instance" },
  {
    name: "whoever has an SDK key speaks as many customers",
    file: "contract/src/bodies.ts",
    find: "  applied: z.object({ epoch",
    replace: "  isOfPages: z.boolean().optional(),\n  applied: z.object({ epoch",
  },
  {
    name: "a report needs no token",
    file: "fanout/src/browser/browser-routes.ts",
    find: 'if (viewer === "public") return problemReply(browserProblems.missing);\n      return this.#reports',
    replace: "return this.#reports",
  },
];

const OF_LOG = [
  "packages/releases/src/guard/evidence.test.ts",
  "packages/releases/src/guard/harm-watch.test.ts",
  "packages/releases/src/decide/find-harm.test.ts",
];
const OF_FANOUT = [
  "packages/fanout/src/guards/guards.test.ts",
  "packages/fanout/src/guards/query-guards.test.ts",
  "packages/fanout/src/telemetry",
  "packages/fanout/src/browser/page-reports.test.ts",
  "packages/fanout/src/relay/telemetry-queue.test.ts",
];
/** Where tests take their worlds and numbers from. */
const BESIDE = ["bench/guard", "conformance/guards/reference.json", "conformance/worlds.ts", "conformance/naive"];

/** Whether the tests of guards fail over a copy of the packages with the mutant in it; `undefined`: over the packages as they are. */
export function isCaught(mutant: PackageMutant | undefined, id: string): Promise<boolean> {
  const tests = mutant === undefined ? [...OF_LOG, ...OF_FANOUT] : /^(?:fanout|contract)\//.test(mutant.file) ? OF_FANOUT : OF_LOG;
  const packages = ["evaluation", "definitions", "releases", "snapshot", ...(tests === OF_LOG ? [] : ["contract", "fanout", "ports", "store"])];
  return isCaughtIn({ name: `guards-${id}`, packages, beside: BESIDE, tests }, mutant);
}
