// Sampling that is wrong in one place: one text of one file, replaced once, and the test file that must tell.
import type { PageMutant } from "../react/mutants.ts";

const SDK = "sdks/js-server/src/samples.test.ts";
const VECTORS = "packages/evaluation/src/sampling.test.ts";
const INTAKE = "packages/fanout/src/samples/sample-intake.test.ts";
const KEPT = "packages/server/src/samples/sampled-contexts.test.ts";
const PLAN = "packages/server/src/samples/sampled-plan.test.ts";

const picking = (name: string, find: string, replace: string, tests = SDK): PageMutant => ({
  name,
  file: "packages/evaluation/src/sampling.ts",
  tests,
  find,
  replace,
});
const declaring = (name: string, find: string, replace: string, tests = INTAKE): PageMutant => ({
  name,
  file: "packages/contract/src/sampling.ts",
  tests,
  find,
  replace,
});
const keeping = (name: string, find: string, replace: string): PageMutant => ({
  name,
  file: "packages/server/src/samples/sampled-contexts.ts",
  tests: KEPT,
  find,
  replace,
});
const counting = (name: string, find: string, replace: string): PageMutant => ({
  name,
  file: "packages/server/src/samples/sample-changes.ts",
  tests: PLAN,
  find,
  replace,
});

const relaying = (name: string, find: string, replace: string): PageMutant => ({
  name,
  file: "packages/fanout/src/samples/sample-intake.ts",
  tests: INTAKE,
  find,
  replace,
});

export const mutants: readonly PageMutant[] = [
  picking(
    "the SDK takes an attribute that is not named",
    "Object.entries(attributes)\n    .filter",
    'Object.entries({ ...attributes, email: "plain" as const })\n    .filter',
  ),
  picking("a hashed attribute leaves as it is", 'attributes[path] === "plain")', "attributes[path] !== undefined)"),
  picking("the hash is left out", "isList(value) ? value.map(hash) : hash(value)", "isList(value) ? value.map(String) : String(value)", VECTORS),
  picking("the customer's key leaves plain under its own name", 'how === "hashed" || !keys.includes(path)', "true", VECTORS),
  picking("the customer's key leaves plain under another name", "secret.includes(String(item))", "secret.length === 0"),
  picking("one hash serves all attributes", "`${path}\\n${canonicalJson(value)}`", "canonicalJson(value)", VECTORS),
  declaring("the server keeps what is not declared", 'Object.hasOwn(attributes, name) && attributes[name] === "plain"', "name !== undefined"),
  declaring("the server keeps a plain value as a hash", " && isHash(value)", ""),
  declaring("the server keeps the customer's key plain", '=== "plain" && !keys.includes(name)', '=== "plain"'),
  declaring("all environments have one key", "`sluice-sampling-1\\n${environment}`", "`sluice-sampling-1`"),
  keeping("the store grows without bound", "known.days.size > CONTEXTS_MAX - SAMPLES_MAX", "known.days.size < 0"),
  keeping("the newest push out the oldest", "limit !== undefined && row.id > limit && days.size >= CONTEXTS_LEFT", "days.size >= CONTEXTS_LEFT"),
  keeping("hashes of another key stay", "key === own ? onlyDeclared(sample, declared) : undefined", "onlyDeclared(sample, declared)"),
  keeping("what is not declared any more stays", "if (this.#settled.get(environment) === state) return;", "if (state !== undefined) return;"),
  counting("what cannot be told is counted", "!looksInto.some((path) => unread.has(path))", "looksInto.length >= 0"),
  counting("rules' values are not looked up behind hashes", "for (const value of equals) values.set(", "for (const value of equals.slice(0, 0)) values.set("),
  counting("registered customers are counted twice", "            told.size,\n", "            told.size + customerKeys.length,\n"),
  counting("what is not sampled is not named", "!Object.hasOwn(declared.attributes, path)", "path === undefined"),
  {
    name: "the SDK sends although the application allows nothing",
    file: "sdks/js-server/src/samples.ts",
    tests: SDK,
    find: "allowed === undefined || allowed.includes(path)",
    replace: "allowed !== null",
  },
  {
    name: "the SDK keeps every context of a flood",
    file: "sdks/js-server/src/samples.ts",
    tests: SDK,
    find: "this.#kept.size >= CONTEXTS_MAX",
    replace: "this.#kept.size < 0",
  },
  {
    name: "the intake keeps every context of a flood",
    file: "packages/fanout/src/samples/sample-intake.ts",
    tests: INTAKE,
    find: "this.#waitingCount >= WAITING_MAX",
    replace: "this.#waitingCount < 0",
  },
  relaying(
    "a relay speaks for environments that its key does not open",
    "return mayFor(environment) ? this.#addAll(",
    'return environment !== "" ? this.#addAll(',
  ),
  relaying("a relay hands out keys that it was never told", "secret === undefined ? this.#keys.get(environment) :", "secret === undefined ? environment :"),
  relaying(
    "what comes by a relay has no limit",
    "  takeOfRelay(mayFor: (environment: string) => boolean, request: HttpRequest): HttpReply {\n    if (this.#isTooOften()) ",
    "  takeOfRelay(mayFor: (environment: string) => boolean, request: HttpRequest): HttpReply {\n    if (this.#dropped < 0) ",
  ),
];
