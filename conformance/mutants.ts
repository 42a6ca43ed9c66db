import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedText } from "./mutant-text.ts";

/** A wrong evaluator: one text of one file, replaced once. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Each must be caught by the vectors alone. */
export const mutants: readonly Mutant[] = [
  {
    name: "kills are asked after prerequisites",
    file: "flag-plan.ts",
    find: "  planKills(draft);\n  planPrerequisites(draft);",
    replace: "  planPrerequisites(draft);\n  planEligible(draft);\n  planKills(draft);",
  },
  {
    name: "eligible is asked before prerequisites",
    file: "flag-plan.ts",
    find: "  planPrerequisites(draft);\n  planEligible(draft);",
    replace: "  planEligible(draft);\n  planPrerequisites(draft);",
  },
  {
    name: "exposure is asked before pins",
    file: "flag-plan.ts",
    find: "  planPins(draft);\n  planExposure(draft);",
    replace: "  planExposure(draft);\n  planPins(draft);",
  },
  {
    name: "customer pins win over user pins",
    file: "flag-plan.ts",
    find: '    ["user", userHash],\n    ["customer", customerHash],',
    replace: '    ["customer", customerHash],\n    ["user", userHash],',
  },
  { name: "of two pins of one user the last wins", file: "flag-plan.ts", find: "&& !pinned[pin.who].has(pin.hash)) pinned", replace: ") pinned" },
  {
    name: "a failed prerequisite lets pass",
    file: "flag-plan.ts",
    find: "return (context) => decide(context).variant !== only;",
    replace: "return (context) => decide(context).variant === undefined;",
  },
  {
    name: "constant parents always pass",
    file: "flag-plan.ts",
    find: "if (constant !== undefined) return !wanted.has(constant.variant);",
    replace: "if (constant !== undefined) return false;",
  },
  {
    name: "ineligible is turned round",
    file: "flag-plan.ts",
    find: "(context) => !test.value(context) : true;",
    replace: "(context) => test.value(context) : true;",
  },
  {
    name: "everything is STATIC",
    file: "flag-plan.ts",
    find: 'const reason = isStatic(draft) ? "STATIC" : "DEFAULT";',
    replace: 'const reason = isStatic(draft) ? "STATIC" : "STATIC";',
  },
  {
    name: "except wins over keys",
    file: "flag-plan.ts",
    find: "if (inKeys?.has(hash) === true) return true;",
    replace: "if (inKeys?.has(hash) === true && inExcept?.has(hash) !== true) return true;",
  },
  {
    name: "share limits keys, too",
    file: "flag-plan.ts",
    find: "if (inKeys?.has(hash) === true) return true;",
    replace: "if (inKeys?.has(hash) === true) return share > 0;",
  },
  { name: "except is not looked at", file: "flag-plan.ts", find: "inExcept?.has(hash) !== true &&", replace: "" },
  {
    name: "equality rules on two attributes become one look-up",
    file: "fuse.ts",
    find: "step.equality?.path !== first.equality.path",
    replace: "step.equality === undefined",
  },
  {
    name: "of rules for one value the last wins",
    file: "fuse.ts",
    find: "if (!answers.has(value)) answers.set(value, step.answer);",
    replace: "answers.set(value, step.answer);",
  },
  {
    name: "the first of many rules is not asked",
    file: "fuse.ts",
    find: "for (let at = 0; at < asks.length; at += 1) {",
    replace: "for (let at = 1; at < asks.length; at += 1) {",
  },
  { name: "a share is turned round", file: "rule.ts", find: "shareSlot(unit) >= share)", replace: "shareSlot(unit) < share)" },
  {
    name: "a missing unit counts as an empty one",
    file: "rule.ts",
    find: "const unit = unitText(unitOf(context));\n    if (unit === undefined ||",
    replace: 'const unit = unitText(unitOf(context)) ?? "";\n    if (unit === undefined ||',
  },
  { name: "weights need not add up", file: "rule.ts", find: "return sum === SLOTS ? weights :", replace: "return sum > 0 ? weights :" },
  {
    name: "variants are cut one slot late",
    file: "rule.ts",
    find: "while (slot >= (limits[at] ?? SLOTS)) at += 1;",
    replace: "while (slot > (limits[at] ?? SLOTS) - SLOTS) at += 1;",
  },
  {
    name: "slots hash without the separator",
    file: "bucketing.ts",
    find: "const prefix = prefixOf(`${salt}:`, 0);",
    replace: "const prefix = prefixOf(salt, 0);",
  },
  {
    name: "lessThan includes its limit",
    file: "operators.ts",
    find: "lessThan: ofNumber((limit) => (value) => value < limit),",
    replace: "lessThan: ofNumber((limit) => (value) => value > limit),",
  },
  {
    name: "after includes its instant",
    file: "operators.ts",
    find: "after: ofInstant((limit) => (value) => value > limit),",
    replace: "after: ofInstant((limit) => (value) => value >= limit),",
  },
  {
    name: "endsWith looks past case",
    file: "operators.ts",
    find: "endsWith: ofTexts((text) => (value) => value.endsWith(text)),",
    replace: "endsWith: ofTexts((text) => (value) => value.toLowerCase().endsWith(text)),",
  },
  {
    name: "case counts where it must not",
    file: "operators.ts",
    find: "endsWithIgnoreCase: ignoringCase((text) => (value) => value.endsWith(text)),",
    replace: "endsWithIgnoreCase: ofTexts((text) => (value) => value.endsWith(text)),",
  },
  {
    name: "other services are killed, too",
    file: "kill.ts",
    find: "!services.includes(asker.service)) return false;",
    replace: "!services.includes(asker.service)) return true;",
  },
  {
    name: "an SDK that did not say its version is spared",
    file: "kill.ts",
    find: "asker.version === undefined || parseSemVer(asker.version) === undefined || range(asker.version);",
    replace: "(asker.version !== undefined && (parseSemVer(asker.version) === undefined || range(asker.version)));",
  },
  {
    name: "an SDK whose version cannot be read is spared",
    file: "kill.ts",
    find: "parseSemVer(asker.version) === undefined || range(asker.version);",
    replace: "range(asker.version);",
  },
  {
    name: "a scope's parts are alternatives",
    file: "kill.ts",
    find: "(context) => a(context) && b(context);",
    replace: "(context) => a(context) || b(context);",
  },
  {
    name: "an urgent kill ends one counter early",
    file: "kill.ts",
    find: "listed >= kill.counter) return false;",
    replace: "listed >= kill.counter - 1) return false;",
  },
  { name: "an urgent kill outlives its place in the log", file: "kill.ts", find: "snapshot.seq < kill.seq;", replace: "snapshot.seq <= kill.seq;" },
  {
    name: "a new epoch ends every older urgent kill",
    file: "kill.ts",
    find: "return !Object.hasOwn(snapshot.kills ?? {}, kill.id);",
    replace: "return false;",
  },
  {
    name: "what was seen of a replaced epoch is not looked at",
    file: "kill.ts",
    find: "if (seen !== undefined && kill.seq !== undefined && kill.seq <= seen) return false;",
    replace: "",
  },
  {
    name: "a new epoch that knows less of a journal ends its urgent kills",
    file: "kill.ts",
    find: "return !Object.hasOwn(snapshot.kills ?? {}, kill.id);",
    replace: "return listed === undefined && !Object.hasOwn(snapshot.kills ?? {}, kill.id);",
  },
  {
    name: "exclude loses to include",
    file: "segment.ts",
    find: "return !isExcluded(unit) && (isIncluded(unit) || matches(context));",
    replace: "return isIncluded(unit) || (!isExcluded(unit) && matches(context));",
  },
  { name: "hashes of lists are not looked at", file: "segment.ts", find: "isListed(hashOf(context)) || matches(context);", replace: "matches(context);" },
  { name: "slots count their end", file: "operators.ts", find: "return slot >= from && slot < to;", replace: "return slot >= from && slot <= to;" },
  {
    name: "unleash counts from the upper bits",
    file: "bucketing.ts",
    find: "stepStart(hashAfter(prefix, unit) % steps, steps);",
    replace: "stepStart(Math.floor((hashAfter(prefix, unit) * steps) / 2 ** 32), steps);",
  },
  {
    name: "not lets broken conditions pass",
    file: "condition.ts",
    find: "  if (!inner.ok) return inner;\n  const test",
    replace: "  if (!inner.ok) return { ok: true, value: () => true };\n  const test",
  },
  {
    name: "any of nothing is true",
    file: "condition.ts",
    find: "if (a === undefined) return () => false;",
    replace: "if (a === undefined) return () => true;",
  },
  {
    name: "a patch may start from an older version",
    file: "patch.ts",
    find: "if (patch.base === version.seq) return undefined;",
    replace: "if (patch.base <= version.seq) return undefined;",
  },
  {
    name: "children do not hear of their parents",
    file: "tables.ts",
    find: "for (const dependent of this.#flagDependents.get(key) ?? []) this.#forgetCompiled(dependent);",
    replace: "",
  },
  {
    name: "flags do not hear of their segments",
    file: "tables.ts",
    find: "for (const dependent of this.#segmentDependents.get(id) ?? []) this.#forgetFlag(dependent);",
    replace: "",
  },
  { name: "half a kill list is accepted", file: "decode.ts", find: "if (isRecord(kill)) checkKill(kill, `${at}kills.${id}.`, problems);", replace: "" },
  {
    name: "inherited names are attributes",
    file: "attribute.ts",
    find: "return value !== undefined && Object.hasOwn(context, path) ? value : undefined;",
    replace: "return value;",
  },
  {
    name: "the nested attribute wins over the flattened",
    file: "attribute.ts",
    find: "return Object.hasOwn(context, path) ? context[path] : walk(context, names);",
    replace: "return walk(context, names) ?? context[path];",
  },
  {
    name: "pre-releases sort after their release",
    file: "semver.ts",
    find: "return Math.sign(b.pre.length) - Math.sign(a.pre.length);",
    replace: "return Math.sign(a.pre.length) - Math.sign(b.pre.length);",
  },
  {
    name: "lone surrogates hash as themselves",
    file: "murmur3.ts",
    find: "return point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;",
    replace: "return point;",
  },
  { name: "prerequisites may be nine deep", file: "tables.ts", find: "const PREREQUISITE_DEPTH_MAX = 8;", replace: "const PREREQUISITE_DEPTH_MAX = 9;" },
];

const root = join(import.meta.dirname, "..");

/** How a command of the conformance folder ended over a wrong evaluator; `status` is absent where it had to be stopped. */
export interface MutantRun {
  readonly status?: number;
  readonly output: string;
}

/** The vectors take about a second; some mutants never end. */
const VECTORS_MS_MAX = 20_000;

/** Runs a script of this folder in a process of its own over a copy of the sources in which the mutant's text is replaced; stops it after `msMax`. */
export function runMutant(mutant: Mutant, index: number, [script, ...args]: readonly [string, ...string[]], msMax: number): Promise<MutantRun> {
  const folder = join(root, ".build/mutants", `${process.pid}-${index}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules/@sluice"), { recursive: true });
  mkdirSync(join(folder, "packages"));
  cpSync(join(root, "packages/evaluation"), join(folder, "packages/evaluation"), {
    recursive: true,
    filter: (path) => !path.endsWith(".test.ts") && !path.includes("node_modules/"),
  });
  cpSync(join(root, "conformance"), join(folder, "conformance"), { recursive: true, filter: (path) => !path.endsWith(".test.ts") });
  symlinkSync(join(folder, "packages/evaluation"), join(folder, "node_modules/@sluice/evaluation"));
  const path = join(folder, "packages/evaluation/src", mutant.file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, changedText(text, mutant, mutant.file));
  return new Promise((resolve) => {
    const command = ["--disable-warning=ExperimentalWarning", join(folder, "conformance", script), ...args];
    execFile(process.execPath, command, { timeout: msMax }, (error, stdout, stderr) => {
      rmSync(folder, { recursive: true, force: true });
      const status = error === null ? 0 : error.code;
      resolve({ ...(typeof status === "number" ? { status } : {}), output: stdout + stderr });
    });
  });
}

/** True where the vectors catch the mutant. */
export async function isCaught(mutant: Mutant, index: number): Promise<boolean> {
  return (await runMutant(mutant, index, ["run.ts"], VECTORS_MS_MAX)).status !== 0;
}
