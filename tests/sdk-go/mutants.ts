import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedText } from "../../conformance/mutant-text.ts";
import { exchangesOf, runLanguage, RunnerBroken } from "../../conformance/run-language.ts";
import { readScripts, readVectors } from "../../conformance/vectors.ts";
import { buildGo, goBuildFolder, goFolder } from "./toolchain.ts";

/** A wrong Go evaluator: one text of one file, replaced once. */
export interface GoMutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Each must be caught by the vectors alone. */
export const goMutants: readonly GoMutant[] = [
  {
    name: "kills are asked after prerequisites",
    file: "flag_plan.go",
    find: "\td.planKills()\n\td.planPrerequisites()",
    replace: "\td.planPrerequisites()\n\td.planKills()",
  },
  {
    name: "eligible is asked before prerequisites",
    file: "flag_plan.go",
    find: "\td.planPrerequisites()\n\td.planEligible()",
    replace: "\td.planEligible()\n\td.planPrerequisites()",
  },
  { name: "exposure is asked before pins", file: "flag_plan.go", find: "\td.planPins()\n\td.planExposure()", replace: "\td.planExposure()\n\td.planPins()" },
  {
    name: "customer pins win over user pins",
    file: "flag_plan.go",
    find: 'd.planPinsOf("user", pinned["user"], d.userHash())\n\td.planPinsOf("customer", pinned["customer"], d.customerHash())',
    replace: 'd.planPinsOf("customer", pinned["customer"], d.customerHash())\n\td.planPinsOf("user", pinned["user"], d.userHash())',
  },
  { name: "a failed prerequisite lets pass", file: "flag_plan.go", find: "return fails(decide(context)) }", replace: "return !decide(context).Served }" },
  { name: "constant parents always pass", file: "flag_plan.go", find: "if fails(parent.constant) {", replace: "if !parent.constant.Served {" },
  { name: "ineligible is turned round", file: "flag_plan.go", find: "return !eligible(context) }", replace: "return eligible(context) }" },
  { name: "everything is STATIC", file: "flag_plan.go", find: "reason := Default", replace: "reason := Static" },
  { name: "except wins over keys", file: "flag_plan.go", find: "if inKeys.has(hash) {", replace: "if inKeys.has(hash) && !inExcept.has(hash) {" },
  { name: "share limits keys, too", file: "flag_plan.go", find: "if inKeys.has(hash) {", replace: "if inKeys.has(hash) && share > 0 {" },
  { name: "except is not looked at", file: "flag_plan.go", find: "!inExcept.has(hash) && ", replace: "!inExcept.has(0) && " },
  { name: "numbers are customers", file: "flag_plan.go", find: "key == nil || key.kind != stringKind", replace: "key == nil || !key.isUnit" },
  { name: "a share is turned round", file: "rule.go", find: "shareSlot(unit) >= share)", replace: "shareSlot(unit) < share)" },
  { name: "a missing unit counts as an empty one", file: "rule.go", find: "if !ok || (share", replace: "if ok && (share" },
  { name: "weights need not add up", file: "rule.go", find: "if sum != Slots {", replace: "if sum == 0 {" },
  { name: "variants are cut one slot late", file: "rule.go", find: "slot >= limits[at]; {", replace: "slot > limits[at]-Slots; {" },
  { name: "slots hash without the separator", file: "bucketing.go", find: 'before := prefixOf(salt+":", 0)', replace: "before := prefixOf(salt, 0)" },
  {
    name: "unleash counts from the upper bits",
    file: "bucketing.go",
    find: "uint64(before.hashAfter(unit)%steps) * Slots / uint64(steps)",
    replace: "uint64(before.hashAfter(unit)) * uint64(steps) >> 32 * Slots / uint64(steps)",
  },
  {
    name: "after includes its instant",
    file: "operators.go",
    find: "ofInstant(func(given, limit float64) bool { return given > limit })",
    replace: "ofInstant(func(given, limit float64) bool { return given >= limit })",
  },
  {
    name: "greaterThan includes its limit",
    file: "operators.go",
    find: "ofNumber(func(given, limit float64) bool { return given > limit })",
    replace: "ofNumber(func(given, limit float64) bool { return given >= limit })",
  },
  { name: "slots count their end", file: "operators.go", find: "slot >= from && slot < to", replace: "slot >= from && slot <= to" },
  {
    name: "notIn matches lists, too",
    file: "operators.go",
    find: "(found.kind == stringKind || found.kind == numberKind || found.kind == booleanKind) && !set",
    replace: "!set",
  },
  { name: "null exists", file: "operators.go", find: "(found != nil && found.kind != missing) == wanted", replace: "(found != nil) == wanted" },
  { name: "case is folded beyond Z", file: "operators.go", find: "folded[at] >= 'A' && folded[at] <= 'Z'", replace: "folded[at] >= 'A' && folded[at] <= '_'" },
  {
    name: "other services are killed, too",
    file: "kill.go",
    find: "!slices.Contains(services, *asker.Service) {\n\t\treturn false",
    replace: "!slices.Contains(services, *asker.Service) {\n\t\treturn true",
  },
  {
    name: "an SDK that did not say its version is spared",
    file: "kill.go",
    find: "if !ok || asker.Version == nil {\n\t\treturn true",
    replace: "if !ok || asker.Version == nil {\n\t\treturn !ok",
  },
  {
    name: "a scope's parts are alternatives",
    file: "kill.go",
    find: "tests[0](context) && tests[1](context)",
    replace: "tests[0](context) || tests[1](context)",
  },
  { name: "an urgent kill ends one counter early", file: "snapshot.go", find: "listed >= *kill.Counter {", replace: "listed >= *kill.Counter-1 {" },
  { name: "an urgent kill outlives its place in the log", file: "snapshot.go", find: "h.Seq < *kill.Seq", replace: "h.Seq <= *kill.Seq" },
  { name: "a new epoch ends every older urgent kill", file: "snapshot.go", find: "return !isKept", replace: "return isKept && false" },
  { name: "exclude is not looked at", file: "segment.go", find: "isExcluded {\n\t\t\treturn false", replace: "isExcluded {\n\t\t\treturn matches(context)" },
  { name: "hashes of lists are not looked at", file: "segment.go", find: "(len(listed) > 0 && listed", replace: "(len(listed) < 0 && listed" },
  {
    name: "not lets broken conditions pass",
    file: "condition.go",
    find: 'if problem != "" {\n\t\t\treturn nil, problem\n\t\t}\n\t\treturn func',
    replace: 'if problem != "" {\n\t\t\treturn func(*attributes) bool { return true }, ""\n\t\t}\n\t\treturn func',
  },
  { name: "any of nothing is true", file: "condition.go", find: "return !end\n", replace: "return !end || len(tests) == 0\n" },
  { name: "a patch may start from an older version", file: "tables.go", find: "if patch.Base != t.Seq {", replace: "if patch.Base > t.Seq {" },
  { name: "children do not hear of their parents", file: "compile.go", find: "|| touches(one.compiled.usesFlags, changed.flags)", replace: "" },
  { name: "flags do not hear of their segments", file: "compile.go", find: "|| touches(one.compiled.usesSegments, changed.segments)", replace: "" },
  { name: "prerequisites may be nine deep", file: "tables.go", find: "const prerequisiteDepthMax = 8", replace: "const prerequisiteDepthMax = 9" },
  { name: "half a kill list is accepted", file: "decode.go", find: 'r.fail("kills."+id, "not an object")\n', replace: "" },
  {
    name: "the nested attribute wins over the flattened",
    file: "attribute.go",
    find: "if whole := context.find(path); whole != nil {",
    replace: "if whole := context.find(path); whole != nil && walk(context, names) == nil {",
  },
  {
    name: "pre-releases sort after their release",
    file: "semver.go",
    find: "return sign(len(b.pre)) - sign(len(a.pre))",
    replace: "return sign(len(a.pre)) - sign(len(b.pre))",
  },
  { name: "of two rules for one value the last decides", file: "fuse.go", find: "if texts[item] == nil {", replace: "if texts != nil {" },
  { name: "a sieve knows one text alone", file: "fuse.go", find: "sieve |= sieveBit(text)", replace: "sieve = sieveBit(text)" },
  {
    name: "a number equals its text",
    file: "attribute.go",
    find: "return found != nil && found.kind == stringKind && found.text == text",
    replace: "return found != nil && found.isUnit && found.text == text",
  },
  { name: "attributes are lost in sorting", file: "context.go", find: "all[at], all[at-1] = all[at-1], all[at]", replace: "all[at-1] = all[at]" },
  { name: "a split reads no nested unit", file: "rule.go", find: "found = walk(context, names)", replace: "found = walk(context, names[:1])" },
  { name: "an address in IPv6 clothes is no IPv4 address", file: "cidr.go", find: "return address.Unmap(), true", replace: "return address, true" },
  { name: "a question mark stands for a byte", file: "glob.go", find: "part++\n\t\t\tat += width", replace: "part++\n\t\t\tat += min(width, 1)" },
  { name: "leap years come every four years", file: "instant.go", find: "(year%4 == 0 && year%100 != 0) || year%400 == 0", replace: "year%4 == 0" },
];

const exchanges = exchangesOf(readVectors(), readScripts());

const originalOf = ({ file }: GoMutant): string => join(goFolder, "internal/evaluation", file);

/** The mutant's file with the wrong text in it. Throws `MutantTextMissing`. */
export function changedGo(mutant: GoMutant): string {
  return changedText(readFileSync(originalOf(mutant), "utf8"), mutant, mutant.file);
}

/** True where the vectors catch the mutant: an answer is wrong, or the runner ends. The module itself is not touched: Go builds over an overlay. */
export async function isGoMutantCaught(mutant: GoMutant): Promise<boolean> {
  const original = originalOf(mutant);
  const changed = changedGo(mutant);
  const name = `mutant-${process.pid}-${mutant.name.replaceAll(/[^a-z]+/gi, "-")}`;
  const folder = join(goBuildFolder, name);
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, mutant.file), changed);
    writeFileSync(join(folder, "overlay.json"), JSON.stringify({ Replace: { [original]: join(folder, mutant.file) } }));
    const runner = await buildGo("./internal/conformance", `${name}/runner`, ["-overlay", join(folder, "overlay.json"), "-ldflags=-s -w"]);
    const { wrong } = await runLanguage([runner], exchanges);
    return wrong.length > 0;
  } catch (error) {
    // A runner that panics may end in the middle of a reply.
    if (error instanceof RunnerBroken || error instanceof SyntaxError) return true;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
