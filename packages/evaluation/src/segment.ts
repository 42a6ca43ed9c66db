import { compileRead, type Read, type Test } from "./attribute.ts";
import { unitText } from "./bucketing.ts";
import { compileCondition, segmentsIn } from "./condition.ts";
import { isListedIn } from "./listed-hashes.ts";
import { reachOf } from "./reach.ts";
import type { Result } from "./result.ts";
import { rememberingLast, type HashOf } from "./kill.ts";
import { isRecord, isStringList, ownValue } from "./shape.ts";

/** A segment may refer to segments this many levels below it. */
const DEPTH_MAX = 8;

const NO_IDS: readonly string[] = [];

/** A segment as compiled: its membership test or its problem, and every segment id that it was made from. */
export interface CompiledSegment {
  readonly test: Result<Test, string>;
  readonly uses: ReadonlySet<string>;
}

/** What a segment is compiled against. */
export interface SegmentSurroundings {
  /** Forms by id; `undefined` where there is none. Forms are read defensively, since decoding leaves them as they came. */
  readonly forms: (id: string) => unknown;
  /** May keep what it made. */
  readonly compiled: (id: string) => CompiledSegment;
  /** Salt of the hashes in this snapshot. */
  readonly salt: string;
}

/** Compiles one segment and, through `compiled`, those it refers to. */
export function compileSegment(id: string, { forms, compiled, salt }: SegmentSurroundings): CompiledSegment {
  const form = forms(id);
  const uses = new Set<string>([id]);
  const broken = (problem: string): CompiledSegment => ({
    test: { ok: false, problem: `segment ${id}: ${problem}` },
    uses,
  });
  if (form === undefined) return broken("missing");
  if (!isRecord(form)) return broken("not an object");
  const reach = reachOf(id, (other) => referencesOf(forms(other)), DEPTH_MAX);
  for (const below of reach.ids) uses.add(below);
  if (reach.tooDeep) return broken(reach.ids.has(id) ? "refers to itself" : `refers to segments in a cycle or more than ${DEPTH_MAX} deep`);
  const by = ownValue(form, "by") ?? "targetingKey";
  const [include, exclude, hashes] = ["include", "exclude", "hashes"].map((name) => (Object.hasOwn(form, name) ? ownValue(form, name) : NO_IDS));
  if (typeof by !== "string" || !isStringList(include) || !isStringList(exclude) || !isStringList(hashes))
    return broken("by, include, exclude or hashes is not readable");
  const condition = ownValue(form, "if");
  const inner: Result<Test, string> = condition === undefined ? { ok: true, value: () => false } : compileCondition(condition, (other) => compiled(other).test);
  if (!inner.ok) return broken(inner.problem);
  const read = compileRead(by);
  const matches = hashes.length === 0 ? inner.value : orListed(read, { hashes, salt }, inner.value);
  return { test: { ok: true, value: membership(read, include, exclude, matches) }, uses };
}

function orListed(read: Read, { hashes, salt }: { readonly hashes: readonly string[]; readonly salt: string }, matches: Test): Test {
  const isListed = isListedIn(hashes);
  const hashOf: HashOf = rememberingLast(salt, (context) => unitText(read(context)));
  return (context) => isListed(hashOf(context)) || matches(context);
}

function membership(read: Read, include: readonly string[], exclude: readonly string[], matches: Test): Test {
  const [isIncluded, isExcluded] = [isListedIn(include), isListedIn(exclude)];
  return (context) => {
    const unit = unitText(read(context));
    return !isExcluded(unit) && (isIncluded(unit) || matches(context));
  };
}

function referencesOf(form: unknown): readonly string[] {
  return isRecord(form) ? segmentsIn(ownValue(form, "if")) : [];
}
