// Renames that lose something: what the tests of renames must find. Each is one text of one file of packages, replaced once.
import { isCaughtIn, type PackageMutant } from "../copied-packages.ts";

const RENAME = "releases/src/rename/rename-flags.ts";
const ADOPT = "releases/src/decide/adopt.ts";
const WAITS = "snapshot/src/commit-enlargements.ts";
const NAMES = "snapshot/src/commit-names.ts";
const HUB = "fanout/src/hub.ts";

export const renameMutants: readonly PackageMutant[] = [
  { name: "exposure stays with the former key", file: RENAME, find: "moved(own.exposures, moves, (term) => term)", replace: "own.exposures" },
  { name: "pins stay with the former key", file: RENAME, find: "pins: movedPins(own.pins, moves)", replace: "pins: own.pins" },
  {
    name: "reverts stay with the former key",
    file: RENAME,
    find: "moved(own.reverts, moves, (revert, flag) => ({ ...revert, flag }))",
    replace: "own.reverts",
  },
  { name: "kills stay with the former key", file: RENAME, find: "return flags === kill.flags ? kill : { ...kill, flags };", replace: "return kill;" },
  {
    name: "a release goes on with the former key",
    file: RENAME,
    find: "const content = contentNow(release.content, moves);",
    replace: "const content = release.content;",
  },
  {
    name: "what is decided under a former key is about nothing",
    file: "releases/src/apply-event.ts",
    find: "factsNow(event.facts, placed.aliases)",
    replace: "event.facts",
  },
  {
    name: "an approval ends when its plan is saved after a rename",
    file: "releases/src/decide/save-release.ts",
    find: "|| isSameRenamed(decisions, known, wish)",
    replace: "",
  },
  {
    name: "an ops flag is anybody's to kill under a key that the catalogue does not have yet",
    file: "releases/src/decide/kill.ts",
    find: "const known = underKeysNow(catalogue, decisions.aliases);",
    replace: "const known = catalogue;",
  },
  {
    name: "a dropped key goes while it is asked for",
    file: ADOPT,
    find: 'asked[environment]?.has(name) === true ? "deletedWhileAsked" : undefined,',
    replace: "undefined,",
  },
  { name: "a dropped key goes while its flag is killed", file: ADOPT, find: "isKilled(decisions, environment, aliasOf) ?", replace: "false ?" },
  {
    name: "asking by a former key does not keep a deleted flag",
    file: ADOPT,
    find: "namesOf(decisions.aliases, flag).some((name) => asked?.has(name) === true)",
    replace: "asked?.has(flag) === true",
  },
  {
    name: "a rename that gives more waits for nobody",
    file: WAITS,
    find: "return why.length === 0 ? fresh :",
    replace: "return why.length === 0 || keyBefore(names, flag.key) !== flag.key ? fresh :",
  },
  { name: "a key that was nobody's waits for nobody", file: WAITS, find: 'if (flag.kind !== "release") return [];', replace: "return [];" },
  {
    name: "a form from before a rename is counted with the new key",
    file: "snapshot/src/former-keys.ts",
    find: "return own === key || form.salt !== undefined ? form : { ...form, salt: own };",
    replace: "return form;",
  },
  { name: "two flags become one by a merge", file: NAMES, find: "wasFlag(name) && now.get(name) !== key", replace: "false" },
  {
    name: "a kill is patched in under one key",
    file: "snapshot/src/patch.ts",
    find: "killForm(kill, aliasesIn(current.flags))",
    replace: "killForm(kill, {})",
  },
  { name: "a kill is compiled under one key", file: "snapshot/src/compile.ts", find: "killForm(kill, aliasesIn(flags))", replace: "killForm(kill, {})" },
  {
    name: "an emergency kill goes out under one key",
    file: HUB,
    find: "const kill = given === undefined ? this.#underEveryName(asked) : asked;",
    replace: "const kill = asked;",
  },
  {
    name: "a rename frees its flag of an emergency kill that waits for the log",
    file: HUB,
    find: "    this.#coverNewNames(applied.value);\n",
    replace: "",
  },
];

const PACKAGES_OF_LOG = ["evaluation", "definitions", "releases", "snapshot"];
const OF_LOG = ["packages/snapshot/src/rename.test.ts"];
const OF_FANOUT = ["packages/fanout/src/renamed-flags.test.ts", "packages/fanout/src/hub.test.ts"];

/** Whether the tests of renames fail over a copy of the packages with the mutant in it; `undefined`: over the packages as they are. */
export function isCaught(mutant: PackageMutant | undefined, id: string): Promise<boolean> {
  const tests = mutant === undefined ? [...OF_LOG, ...OF_FANOUT] : mutant.file.startsWith("fanout/") ? OF_FANOUT : OF_LOG;
  const packages = tests === OF_LOG ? PACKAGES_OF_LOG : [...PACKAGES_OF_LOG, "contract", "fanout", "ports", "store"];
  return isCaughtIn({ name: `renames-${id}`, packages, tests }, mutant);
}
