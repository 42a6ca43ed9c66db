import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { changedText } from "../../conformance/mutant-text.ts";
import { exchangesOf, runLanguage, RunnerBroken } from "../../conformance/run-language.ts";
import { readScripts, readVectors } from "../../conformance/vectors.ts";
import { compileJava, javaBuildFolder, JavaDoesNotBuild, javaFolder, javaProgram, runJavaProgram } from "./toolchain.ts";

/** A wrong Java evaluator: one text of one class, replaced once. */
export interface JavaMutant {
  readonly name: string;
  readonly of: string;
  readonly find: string;
  readonly replace: string;
}

const mutant = (name: string, of: string, find: string, replace: string): JavaMutant => ({ name, of, find, replace });

/** Each must be caught by the vectors alone. */
export const javaMutants: readonly JavaMutant[] = [
  mutant(
    "kills are asked after prerequisites",
    "FlagPlan",
    "    planKills(draft);\n    planPrerequisites(draft);",
    "    planPrerequisites(draft);\n    planKills(draft);",
  ),
  mutant(
    "eligible is asked before prerequisites",
    "FlagPlan",
    "    planPrerequisites(draft);\n    planEligible(draft);",
    "    planEligible(draft);\n    planPrerequisites(draft);",
  ),
  mutant("exposure is asked before pins", "FlagPlan", "    planPins(draft);\n    planExposure(draft);", "    planExposure(draft);\n    planPins(draft);"),
  mutant(
    "customer pins win over user pins",
    "FlagPlan",
    'planPinsOf(draft, "user", pins, draft.around.users());\n    planPinsOf(draft, "customer", pins, draft.around.customers());',
    'planPinsOf(draft, "customer", pins, draft.around.customers());\n    planPinsOf(draft, "user", pins, draft.around.users());',
  ),
  mutant("a failed prerequisite lets pass", "FlagPlan", "context -> fails(decide.decide(context), serves)", "context -> !decide.decide(context).isServed"),
  mutant("constant parents always pass", "FlagPlan", "return fails(parent.constant(), serves) ?", "return !parent.constant().isServed ?"),
  mutant("ineligible is turned round", "FlagPlan", "context -> !isEligible.test(context)", "context -> isEligible.test(context)"),
  mutant("everything is STATIC", "FlagPlan", "isStatic(draft) ? Reason.STATIC : Reason.DEFAULT", "Reason.STATIC"),
  mutant("except wins over keys", "FlagPlan", "if (inKeys.has(hash)) {", "if (inKeys.has(hash) && !inExcept.has(hash)) {"),
  mutant("share limits keys, too", "FlagPlan", "if (inKeys.has(hash)) {", "if (inKeys.has(hash) && share > 0) {"),
  mutant("except is not looked at", "FlagPlan", "hasRest && !inExcept.has(hash) &&", "hasRest &&"),
  mutant("numbers are customers", "Attribute", "new HashOf(compileRead(path), Value::isText,", "new HashOf(compileRead(path), found -> found.unit != null,"),
  mutant("a share is turned round", "Rule", "shareSlot.slotOf(unit) >= share)", "shareSlot.slotOf(unit) < share)"),
  mutant(
    "a missing unit counts as an empty one",
    "Rule",
    "String unit = Attribute.unitText(unitOf.read(context));",
    'String unit = java.util.Objects.requireNonNullElse(Attribute.unitText(unitOf.read(context)), "");',
  ),
  mutant("weights need not add up", "Rule", "return sum == Bucketing.SLOTS ?", "return sum > 0 ?"),
  mutant("variants are cut early", "Rule", "while (slot >= limits[at]) {", "while (slot >= limits[at] / 2 && at < limits.length - 1) {"),
  mutant("a weight may have a third part", "Rule", "pair.size() != 2", "pair.size() < 2"),
  mutant("slots hash without the separator", "Bucketing", 'Murmur3 before = new Murmur3(salt + ":", 0);', "Murmur3 before = new Murmur3(salt, 0);"),
  mutant("variants share their slots with shares", "Bucketing", 'salt -> slotsOf(salt + ":variant")', "Bucketing::slotsOf"),
  mutant(
    "unleash counts from the upper bits",
    "Bucketing",
    "(long) Integer.remainderUnsigned(before.hashAfter(unit), steps) * SLOTS / steps",
    "(Integer.toUnsignedLong(before.hashAfter(unit)) * steps >>> 32) * SLOTS / steps",
  ),
  mutant("lone surrogates hash as themselves", "Utf8", "? REPLACEMENT : point;", "? point : point;"),
  mutant("true is one", "Value", "static final Value TRUE = new Value(Kind.BOOLEAN, true, 0,", "static final Value TRUE = new Value(Kind.NUMBER, true, 1,"),
  mutant("lessThan includes its limit", "Operators", "ofNumber((given, limit) -> given < limit)", "ofNumber((given, limit) -> given <= limit)"),
  mutant("after includes its instant", "Operators", "ofInstant((given, limit) -> given > limit)", "ofInstant((given, limit) -> given >= limit)"),
  mutant("slots count their end", "Operators", "slot >= from && slot < to", "slot >= from && slot <= to"),
  mutant("notIn matches lists, too", "Operators", "found.isScalar() && !set.has(found)", "!set.has(found)"),
  mutant("null exists", "Operators", "(found != null && found.kind != Value.Kind.MISSING) == isWanted", "(found != null) == isWanted"),
  mutant("case is folded beyond Z", "Operators", "return c >= 'A' && c <= 'Z';", "return c >= 'A' && c <= '_';"),
  mutant("case counts where it must not", "Operators", "ignoringCase(Glob::compile)", "ofTexts(Glob::compile)"),
  mutant(
    "other services are killed, too",
    "Kill",
    "!services.contains(asker.service())) {\n      return false;",
    "!services.contains(asker.service())) {\n      return true;",
  ),
  mutant(
    "an SDK that did not say its version is spared",
    "Kill",
    "asker.version() == null || SemVer.parse(asker.version()) == null || range.test(asker.version())",
    "(asker.version() != null && (SemVer.parse(asker.version()) == null || range.test(asker.version())))",
  ),
  mutant("a scope's parts are alternatives", "Kill", "first.test(context) && second.test(context)", "first.test(context) || second.test(context)"),
  mutant("an urgent kill ends one counter early", "Head", "listed >= kill.counter())", "listed >= kill.counter() - 1)"),
  mutant("an urgent kill outlives its place in the log", "Head", "version.seq() < kill.seq()", "version.seq() <= kill.seq()"),
  mutant("a new epoch ends every older urgent kill", "Head", "return !kills.containsKey(kill.id());", "return false;"),
  mutant(
    "exclude is not looked at",
    "Segment",
    "if (excluded.contains(unit)) {\n        return false;",
    "if (excluded.contains(unit)) {\n        return matches.test(context);",
  ),
  mutant("hashes of lists are not looked at", "Segment", "(listed != null && listed.has(", "(listed != null && unit.isEmpty() && listed.has("),
  mutant("segments may be nine deep", "Segment", "DEPTH_MAX = 8;", "DEPTH_MAX = 9;"),
  mutant(
    "not lets broken conditions pass",
    "Condition",
    "if (!inner.isOk()) {\n      return inner;",
    "if (!inner.isOk()) {\n      return Result.of(context -> true);",
  ),
  mutant("any of nothing is true", "Condition", "return !end;\n", "return !end || tests.length == 0;\n"),
  mutant(
    "the nested attribute wins over the flattened",
    "Attribute",
    "return whole != null ? whole : walk(context, names);",
    "Value nested = walk(context, names);\n      return nested != null ? nested : whole;",
  ),
  mutant(
    "pre-releases sort after their release",
    "SemVer",
    "Boolean.compare(pre.isEmpty(), other.pre.isEmpty())",
    "Boolean.compare(other.pre.isEmpty(), pre.isEmpty())",
  ),
  mutant("a patch may start from an older version", "Compiled", "if (patch.base() != version().seq()) {", "if (patch.base() > version().seq()) {"),
  mutant(
    "children do not hear of their parents",
    "Compiled",
    "Set<String> usesFlags = new HashSet<>(reach.ids());",
    "Set<String> usesFlags = new HashSet<>();",
  ),
  mutant("flags do not hear of their segments", "Compiled", " && isUntouched(flag.usesSegments, used)", ""),
  mutant("prerequisites may be nine deep", "Compiled", "PREREQUISITE_DEPTH_MAX = 8;", "PREREQUISITE_DEPTH_MAX = 9;"),
  mutant(
    "half a kill list is accepted",
    "Decode",
    "kills.put(one.getKey(), kill(listed.required(one.getKey()), one.getValue()));",
    'if (one.getValue().startsWith("{")) kills.put(one.getKey(), kill(listed.required(one.getKey()), one.getValue()));',
  ),
  mutant("of two rules for one value the last decides", "Scalars", "texts.putIfAbsent(text, what);", "texts.put(text, what);"),
  mutant("an address in IPv6 clothes is no IPv4 address", "Cidr", "groups != null && isMapped(groups) ? lastTwo(groups) : groups", "groups"),
  mutant("a question mark stands for a UTF-16 unit", "Glob", "part++;\n        at += Character.charCount(point);", "part++;\n        at++;"),
  mutant("leap years come every four years", "Instant", "(year % 4 == 0 && year % 100 != 0) || year % 400 == 0", "year % 4 == 0"),
];

const exchanges = exchangesOf(readVectors(), readScripts());
const folderOf = ({ name }: JavaMutant): string => join(javaBuildFolder, "mutants", `${process.pid}-${name.replaceAll(/[^a-z]+/gi, "-")}`);

/** The mutant's class with the wrong text in it. Throws `MutantTextMissing`. */
export function changedJava(one: JavaMutant): string {
  const text = readFileSync(join(javaFolder, "core/src/main/java/io/github/sluiceflags/internal/evaluation", `${one.of}.java`), "utf8");
  return changedText(text, one, `${one.of}.java`);
}

/** Compiles all of them beside the right classes, whose folder it gives; the SDK itself is not touched. */
export async function compileJavaMutants(mutants: readonly JavaMutant[]): Promise<string> {
  const classes = await compileJava();
  const lines = mutants.map((one) => {
    const changed = changedJava(one);
    mkdirSync(folderOf(one), { recursive: true });
    return JSON.stringify({ name: `${one.of}.java`, text: changed, into: folderOf(one) });
  });
  const { status, output } = await runJavaProgram([...javaProgram("CompileEach", classes), classes], `${lines.join("\n")}\n`);
  if (status !== 0) throw new JavaDoesNotBuild(output);
  return classes;
}

/** True where the vectors catch a mutant that was compiled: an answer is wrong, or the runner ends. */
export async function isJavaMutantCaught(classes: string, one: JavaMutant): Promise<boolean> {
  try {
    return (await runLanguage(javaProgram("Conformance", folderOf(one), classes), exchanges, 1)).wrong.length > 0;
  } catch (error) {
    // A runner that throws may end in the middle of a reply.
    if (error instanceof RunnerBroken || error instanceof SyntaxError) return true;
    throw error;
  } finally {
    rmSync(folderOf(one), { recursive: true, force: true });
  }
}
