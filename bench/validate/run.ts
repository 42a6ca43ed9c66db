// How long it takes to check a project: all files for the first time, after one file changed, and a thousand flags against the style guide.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ParseCache, parseProject } from "@sluice/definitions";
import { print } from "../../faults/rig/report.ts";

const COLD_FLAGS = 10_000;
const LINT_FLAGS = 1_000;
const AREAS = 40;
const PASSES = 5;
const TODAY = "2026-11-28";

const LETTERS = "abcdefghijklmnop";
/** A name that no rule mistakes for another: two letters for each digit. */
const nameOf = (at: number): string => [...at.toString(16)].map((digit) => letters(Number.parseInt(digit, 16))).join("");

const letters = (digit: number): string => `${LETTERS[digit] ?? ""}${LETTERS[(digit + 7) % 16] ?? ""}`;

/** Flags as the median company writes them: half with two rules, one in ten with a prerequisite, comments here and there. */
function project(count: number): Map<string, string> {
  const teams = Array.from({ length: AREAS }, (_, at) => `team-a${at}`);
  const files = new Map([
    [
      "sluice.yaml",
      `project: bench\nenvironments: { production: {}, staging: {} }\nteams: { ${teams.map((team) => `${team}: {}`).join(", ")} }\nattributes: { plan: string, country: string, email: string }\nstyle:\n  extends: recommended\n  areas: { ${teams.map((team, at) => `area${at}: ${team}`).join(", ")} }\n  rules: { test/both-states: off }\n`,
    ],
    ["segments/small.yaml", "key: small\nif: { plan: { in: [starter, pro] } }\n"],
  ]);
  for (let at = 0; at < count; at += 1) {
    const [area, name] = [`area${at % AREAS}`, `thing-${nameOf(at)}-decided`];
    const rules =
      at % 2 === 0
        ? `    rules:\n      - id: staff\n        if: { email: { endsWith: "@example${at}.com" } }\n        serve: on\n      - if: { all: [{ segment: small }, { country: { in: [AU, NZ] } }] }\n        serve: { share: ${at % 100}, of: on, by: customer }\n`
        : "";
    const needs = at % 10 === 9 && at > 10 ? `    prerequisites: [{ flag: area${(at - 9) % AREAS}.thing-${nameOf(at - 9)}-decided, serves: on }]\n` : "";
    files.set(
      `flags/${area}/${name}.yaml`,
      `key: ${area}.${name}\ndescription: Lets an accountant do the thing number ${at} from the list of things.\nkind: release   # goes away\nowner: team-${area.replace("area", "a")}\nticket: BIL-${at}\ncreated: 2026-11-02\nexpires: 2026-12-31\ntype: boolean\nvariants: { on: true, off: false }\noff: off\nenvironments:\n  production:\n${needs}${rules}    default: off\n  staging: { default: on }\n`,
    );
  }
  // As a disk gives them: one piece each, not the pieces that they were put together of here.
  return new Map([...files].map(([path, text]) => [path, Buffer.from(text).toString()]));
}

const facts = { today: TODAY, before: new Map(), tombstones: new Map(), people: new Set<string>(), codeOwners: new Set<string>() };
/** Time of the processor, collecting of memory included: what a person waits for on a machine that does nothing else. */
const msOf = (work: () => void): number => {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e3;
};

function checked(files: ReadonlyMap<string, string>, flags: number, cache: ParseCache): void {
  const parsed = parseProject({ files }, { cache, facts });
  if (parsed.flags.size !== flags || parsed.diagnostics.length > 0)
    throw new Error(`answers wrong: ${parsed.flags.size} flags, ${JSON.stringify(parsed.diagnostics[0])}`);
}

/** A process of its own: what a person waits for who types `sluice validate`, without starting Node and reading the disk. */
function cold(): number {
  const files = project(COLD_FLAGS);
  return msOf(() => checked(files, COLD_FLAGS, new ParseCache())) / 1_000;
}

/** One file of ten thousand changed, everything else remembered, as on a server or in an editor. */
function incremental(): number {
  const files = project(COLD_FLAGS);
  const cache = new ParseCache();
  checked(files, COLD_FLAGS, cache);
  const [path = ""] = [...files.keys()].slice(-1);
  const times = Array.from({ length: PASSES }, (_, pass) => {
    const changed = new Map([...files, [path, `${files.get(path) ?? ""}# ${pass}\n`]]);
    return msOf(() => checked(changed, COLD_FLAGS, cache));
  });
  return Math.min(...times);
}

function lint(): number {
  const files = project(LINT_FLAGS);
  return Math.min(...Array.from({ length: PASSES }, () => msOf(() => checked(files, LINT_FLAGS, new ParseCache()))));
}

/** A mistake is found in the midst of all: what is timed is a check. */
function prove(): void {
  const files = project(LINT_FLAGS);
  const path = [...files.keys()].find((one) => one.startsWith("flags/")) ?? "";
  files.set(path, (files.get(path) ?? "").replace("serve: on", "serve: onn").replace("kind: release", "kind: ops"));
  const codes = new Set(parseProject({ files }, { facts }).diagnostics.map(({ code }) => code));
  for (const code of ["flag/unknown-variant", "life/permanent-reason", "val/safe-default"] as const)
    if (!codes.has(code)) throw new Error(`${code} was not found`);
}

const measures: Readonly<Record<string, () => number>> = { cold, incremental, lint };
const [mode, name = ""] = process.argv.slice(2);
if (mode === "--one") console.log(measures[name]?.());
else {
  prove();
  const once = (which: string): number => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "--one", which], { encoding: "utf8" });
    if (status !== 0) throw new Error(`could not be measured: ${stderr}`);
    return Number(stdout);
  };
  print({
    name: "validate",
    rows: [
      { key: "cold10000.s", value: Math.min(once("cold"), once("cold"), once("cold")), target: "<= 1.2" },
      { key: "incremental.ms", value: once("incremental"), target: "<= 150" },
      { key: "lint1000.ms", value: once("lint"), target: "<= 300" },
    ],
    notes: `${COLD_FLAGS} flags in files of their own, each read, checked and held against every rule of style. cold: the first time in a process, best of three processes; incremental: one file changed; lint: ${LINT_FLAGS} flags, best of ${PASSES}. Time of the processor, so that others on the machine do not count.`,
  });
}
