import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedText } from "../../conformance/mutant-text.ts";
import { type exchangesOf, RunnerBroken, runLanguage } from "../../conformance/run-language.ts";

/** A wrong Python evaluator: one text of one file, replaced once. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const mutant = (name: string, file: string, find: string, replace: string): Mutant => ({ name, file, find, replace });

/** Each must be caught by the vectors alone. */
export const mutants: readonly Mutant[] = [
  mutant(
    "kills are asked after prerequisites",
    "flag_plan.py",
    "    _plan_kills(draft)\n    _plan_prerequisites(draft)\n",
    "    _plan_prerequisites(draft)\n    _plan_kills(draft)\n",
  ),
  mutant(
    "eligible is asked before prerequisites",
    "flag_plan.py",
    "    _plan_prerequisites(draft)\n    _plan_eligible(draft)\n",
    "    _plan_eligible(draft)\n    _plan_prerequisites(draft)\n",
  ),
  mutant(
    "exposure is asked before pins",
    "flag_plan.py",
    "    _plan_pins(draft)\n    _plan_exposure(draft)\n",
    "    _plan_exposure(draft)\n    _plan_pins(draft)\n",
  ),
  mutant("customer pins win over user pins", "flag_plan.py", '= ("user", "customer")', '= ("customer", "user")'),
  mutant(
    "a failed prerequisite lets pass",
    "flag_plan.py",
    "lambda context: decide(context).variant not in wanted",
    "lambda context: decide(context).variant is None",
  ),
  mutant("constant parents always pass", "flag_plan.py", "return parent.constant.variant not in wanted", "return False"),
  mutant("ineligible is turned round", "flag_plan.py", "lambda context: not is_eligible(context)", "lambda context: is_eligible(context)"),
  mutant("everything is STATIC", "flag_plan.py", '"STATIC" if _is_static(draft) else "DEFAULT"', '"STATIC"'),
  mutant("except wins over keys", "flag_plan.py", "if hashed in in_keys:", "if hashed in in_keys and hashed not in in_except:"),
  mutant("except is not looked at", "flag_plan.py", "if not rest or hashed in in_except:", "if not rest:"),
  mutant("an exposure's share limits nothing", "flag_plan.py", "return share == SLOTS or slot_of(", "return share > 0 or slot_of("),
  mutant("a share is turned round", "rule.py", "hash_of(unit) < limit", "hash_of(unit) >= limit"),
  mutant("a missing unit counts as an empty one", "rule.py", "unit = None if unit is None else unit_text(unit)\n", 'unit = unit_text(unit) or ""\n'),
  mutant("a percentage is of those who do not match", "rule.py", "is_in = value in wanted and", "is_in = value not in wanted and"),
  mutant(
    "a percentage that has no room ends the rules",
    "rule.py",
    "            return rest(context)\n\n        return decide",
    "            return answers[-1]\n\n        return decide",
  ),
  mutant("a share by Unleash's rules ends one step early", "bucketing.py", "-(-share * 100 // SLOTS)", "share * 100 // SLOTS - 1"),
  mutant(
    "a text inside a group is compared as it is written out",
    "attribute.py",
    "return value == wanted and",
    "return str(value) == wanted or value == wanted and",
  ),
  mutant("weights need not add up", "rule.py", "if total == SLOTS else", "if total > 0 else"),
  mutant("variants are cut early", "rule.py", "while slot >= limits[at]:", "while slot >= limits[at] // 2 and at < len(limits) - 1:"),
  mutant(
    "a weight may have a third part",
    "rule.py",
    "isinstance(item, list) and len(item) == 2 else",
    "isinstance(item, list) and len(item) in (2, 3) and (item := item[:2]) else",
  ),
  mutant("slots hash without the separator", "bucketing.py", 'return hash_after(f"{salt}:", seed)', "return hash_after(salt, seed)"),
  mutant("variants share their slots with shares", "bucketing.py", 'slots_of(f"{salt}:variant")', "slots_of(salt)"),
  mutant("unleash counts from the upper bits", "bucketing.py", "hash_of(unit) % steps", "hash_of(unit) * steps >> 32"),
  mutant("true is a unit", "bucketing.py", "    if isinstance(value, bool):\n        return None\n", ""),
  mutant(
    "lone surrogates hash as themselves",
    "murmur3.py",
    'decode("utf-16-le", "replace").encode()',
    'decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass")',
  ),
  mutant("one is true", "operators.py", "        if isinstance(value, bool):\n            return value in booleans\n", ""),
  mutant(
    "lessThan includes its limit",
    "operators.py",
    '"lessThan": ("a number", _of_number(_less_than))',
    '"lessThan": ("a number", _of_number(_less_or_equal))',
  ),
  mutant(
    "after includes its instant",
    "operators.py",
    '"after": (_INSTANT, _of_instant(_greater_than))',
    '"after": (_INSTANT, _of_instant(_greater_or_equal))',
  ),
  mutant(
    "case counts where it must not",
    "operators.py",
    '"globIgnoreCase": (_TEXT_OR_TEXTS, _ignoring_case(',
    '"globIgnoreCase": (_TEXT_OR_TEXTS, _of_texts(',
  ),
  mutant("case is mapped beyond A to Z", "operators.py", "return text.lower() if text.isascii() else text.translate(_LOWER)", "return text.lower()"),
  mutant("slots count their end", "operators.py", "start <= slot_of(unit) < end", "start <= slot_of(unit) <= end"),
  mutant(
    "what cannot be counted is not in, too",
    "operators.py",
    "lambda value: is_scalar(value) and not is_member(value)",
    "lambda value: not is_member(value)",
  ),
  mutant(
    "other services are killed, too",
    "kill.py",
    "asker.service not in services:\n        return False",
    "asker.service not in services:\n        return True",
  ),
  mutant(
    "an SDK that did not say its version is spared",
    "kill.py",
    "asker.version is None or parse_semver(asker.version) is None or is_in(asker.version)",
    "asker.version is not None and (parse_semver(asker.version) is None or is_in(asker.version))",
  ),
  mutant("a scope's parts are alternatives", "kill.py", "all(test(context) for test in tests)", "any(test(context) for test in tests)"),
  mutant("an urgent kill ends one counter early", "kill.py", "listed >= kill.counter:", "listed >= kill.counter - 1:"),
  mutant("an urgent kill outlives its place in the log", "kill.py", "head.version.seq < kill.seq", "head.version.seq <= kill.seq"),
  mutant(
    "a new epoch that knows less of a journal ends its urgent kills",
    "kill.py",
    "return kill.id not in head.kills",
    "return listed is None and kill.id not in head.kills",
  ),
  mutant("a new epoch ends every older urgent kill", "kill.py", "return kill.id not in head.kills", "return False"),
  mutant(
    "exclude loses to include",
    "segment.py",
    "unit not in excluded and (unit in included or matches(context))",
    "unit in included or (unit not in excluded and matches(context))",
  ),
  mutant("hashes of lists are not looked at", "segment.py", "hash_of(context) in listed or matches(context)", "matches(context)"),
  mutant("segments may be nine deep", "segment.py", "_DEPTH_MAX = 8", "_DEPTH_MAX = 9"),
  mutant(
    "not lets broken conditions pass",
    "condition.py",
    "    if isinstance(inner, str):\n        return inner\n",
    "    if isinstance(inner, str):\n        return lambda context: True\n",
  ),
  mutant("any of nothing is true", "condition.py", "return lambda context: False", "return lambda context: True"),
  mutant(
    "the nested attribute wins over the flattened",
    "attribute.py",
    "context.get(path) if path in context else _walk(context, names)",
    "_walk(context, names) or context.get(path)",
  ),
  mutant("pre-releases sort after their release", "semver.py", "(len(b.pre) > 0) - (len(a.pre) > 0)", "(len(a.pre) > 0) - (len(b.pre) > 0)"),
  mutant("a patch may start from an older version", "patch.py", "if patch.base != version.seq:", "if patch.base > version.seq:"),
  mutant("children do not hear of their parents", "compiled.py", "frozenset({key, *flags}), frozenset(self._uses)", "frozenset({key}), frozenset(self._uses)"),
  mutant("flags do not hear of their segments", "compiled.py", "and segments.isdisjoint(flag.segments)", ""),
  mutant("prerequisites may be nine deep", "compiled.py", "PREREQUISITE_DEPTH_MAX = 8", "PREREQUISITE_DEPTH_MAX = 9"),
  mutant("half a kill list is accepted", "decode.py", 'problems.note(f"{at}kills.{name}", "not an object")', "pass"),
];

const root = join(import.meta.dirname, "../..");

/** The mutant's module with the wrong text in it. Throws `MutantTextMissing`. */
export function changedPython(one: Mutant): string {
  return changedText(readFileSync(join(import.meta.dirname, "src/sluice/evaluation", one.file), "utf8"), one, one.file);
}

/** True where a wrong answer, or none at all, tells the mutant. */
export async function isCaught(python: string, one: Mutant, exchanges: ReturnType<typeof exchangesOf>): Promise<boolean> {
  const copy = join(root, ".build/python/mutants", `${process.pid}-${one.name.replaceAll(/[^a-z]/gi, "-")}`);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(join(copy, "src/sluice"), { recursive: true });
  cpSync(join(import.meta.dirname, "src/sluice/evaluation"), join(copy, "src/sluice/evaluation"), {
    recursive: true,
    filter: (path) => !path.includes("__pycache__"),
  });
  writeFileSync(join(copy, "src/sluice/__init__.py"), "");
  cpSync(join(import.meta.dirname, "conformance.py"), join(copy, "conformance.py"));
  writeFileSync(join(copy, "src/sluice/evaluation", one.file), changedPython(one));
  try {
    return (await runLanguage([python, "-B", join(copy, "conformance.py")], exchanges, 1)).wrong.length > 0;
  } catch (error) {
    if (error instanceof RunnerBroken) return true;
    throw error;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
