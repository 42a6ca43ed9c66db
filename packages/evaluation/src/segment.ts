import { compileRead, type Read, type Test } from "./attribute.ts";
import { unitText } from "./bucketing.ts";
import { compileCondition, segmentsIn } from "./condition.ts";
import { reachOf } from "./reach.ts";
import type { Result } from "./result.ts";
import { isRecord, isStringList, ownValue } from "./shape.ts";

/** A segment may refer to segments this many levels below it. */
const DEPTH_MAX = 8;

/** A segment as compiled: its membership test or its problem, and every segment id that it was made from. */
export interface CompiledSegment {
  readonly test: Result<Test, string>;
  readonly uses: ReadonlySet<string>;
}

/** Forms by id; `undefined` where there is none. Forms are read defensively, since decoding leaves them as they came. */
export type SegmentForms = (id: string) => unknown;

/** Compiles one segment and, through `compiled` (which may keep what it made), those it refers to. */
export function compileSegment(id: string, forms: SegmentForms, compiled: (id: string) => CompiledSegment): CompiledSegment {
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
  const [include, exclude] = [ownValue(form, "include"), ownValue(form, "exclude")];
  if (typeof by !== "string" || !isListOrAbsent(include) || !isListOrAbsent(exclude)) return broken("by, include or exclude is not readable");
  const condition = ownValue(form, "if");
  const inner: Result<Test, string> = condition === undefined ? { ok: true, value: () => false } : compileCondition(condition, (other) => compiled(other).test);
  if (!inner.ok) return broken(inner.problem);
  return { test: { ok: true, value: membership(compileRead(by), include, exclude, inner.value) }, uses };
}

function isListOrAbsent(value: unknown): value is readonly string[] | undefined {
  return value === undefined || isStringList(value);
}

function membership(read: Read, include: readonly string[] | undefined, exclude: readonly string[] | undefined, matches: Test): Test {
  const included: ReadonlySet<unknown> = new Set(include);
  const excluded: ReadonlySet<unknown> = new Set(exclude);
  return (context) => {
    const unit = unitText(read(context));
    return !excluded.has(unit) && (included.has(unit) || matches(context));
  };
}

function referencesOf(form: unknown): readonly string[] {
  return isRecord(form) ? segmentsIn(ownValue(form, "if")) : [];
}
