import { canonicalJson } from "@sluice/evaluation";
import type { Condition, FlagForm, JsonValue, RuleForm, SegmentForm } from "@sluice/evaluation";
import type { AdoptedProject, AdoptedSegment } from "./adopted-project.ts";

/** Characters of a blob id in a segment id: enough to tell forms apart for people; equal ids of unequal forms get a number. */
const BLOB_CHARS = 8;

/** A segment that is served in an earlier form by decision: its files of then, and the place of the decision in the log. */
export interface RevertedSegment {
  readonly project: AdoptedProject;
  readonly seq: number;
}

/** Where a form's segments are from, and when it was decided that it is served: what was decided later about one of them holds for it too. */
export interface FormSource {
  readonly project: AdoptedProject;
  /** 0 where nobody decided it: then every revert of a segment holds. */
  readonly seq: number;
}

/**
 * The segments of one snapshot, in which a flag at an earlier form brings the segments it used then. An id is the segment's key for
 * the current form, or where there is none for the first form that asks; another form is `key@<first 8 of its blob id>`. A reverted segment
 * is served under its key to every flag, but to those whose own revert is newer.
 */
export class SegmentForms {
  readonly #ids = new Map<string, Placed>();
  readonly #members: MembersOf;
  readonly #reverted: ReadonlyMap<string, RevertedSegment>;

  /** All segments of the current tree, under their keys. They may be named by kills, so unused ones are there too. */
  constructor(current: AdoptedProject, members: MembersOf, reverted: ReadonlyMap<string, RevertedSegment>) {
    this.#members = members;
    this.#reverted = reverted;
    for (const [key, { form, isRuntimeList }] of current.segments) if (!reverted.has(key)) this.#ids.set(key, { segment: form, ...listOf(key, isRuntimeList) });
    // Older reverts first: a newer one may have taken a segment along that is reverted otherwise.
    for (const [key, { project, seq }] of [...reverted].sort(([, a], [, b]) => a.seq - b.seq)) {
      const segment = project.segments.get(key);
      if (segment !== undefined) this.#ids.set(key, this.#placed(key, segment, this.#idsOf({ project, seq })));
    }
  }

  /** The flag's form with the ids that its own project's segments have here; the same object where none differs. */
  adopt(form: FlagForm, source: FormSource): FlagForm {
    const idOf = this.#idsOf(source);
    const eligible = form.eligible === undefined ? undefined : renamed(form.eligible, idOf);
    const rules = form.rules?.map((rule) => renamedRule(rule, idOf));
    const same = eligible === form.eligible && (rules ?? []).every((rule, index) => rule === form.rules?.[index]);
    if (same) return form;
    return { ...form, ...(eligible === undefined ? {} : { eligible }), ...(rules === undefined ? {} : { rules }) };
  }

  /** By id. */
  all(): Readonly<Record<string, SegmentForm>> {
    return Object.fromEntries([...this.#ids].map(([id, { segment, list }]) => [id, list === undefined ? segment : withMembers(segment, this.#members(list))]));
  }

  #idsOf({ project, seq }: FormSource): (key: string) => string {
    const known = new Map<string, string>();
    const idOf = (key: string): string => {
      const found = known.get(key);
      if (found !== undefined) return found;
      // One that was reverted later is served as it was decided then.
      if ((this.#reverted.get(key)?.seq ?? 0) > seq) return key;
      const segment = project.segments.get(key);
      // A parsed project has no cycle and no missing segment; the early entry only keeps a bad one from looping for ever.
      known.set(key, key);
      const id = segment === undefined ? key : this.#place(key, segment, idOf);
      known.set(key, id);
      return id;
    };
    return idOf;
  }

  #placed(key: string, { form, isRuntimeList }: AdoptedSegment, idOf: (key: string) => string): Placed {
    const condition = form.if === undefined ? undefined : renamed(form.if, idOf);
    const segment = condition === undefined || condition === form.if ? form : { ...form, if: condition };
    return { segment, ...listOf(key, isRuntimeList) };
  }

  #place(key: string, adopted: AdoptedSegment, idOf: (key: string) => string): string {
    const placed = this.#placed(key, adopted, idOf);
    const tagged = `${key}@${adopted.blob.slice(0, BLOB_CHARS)}`;
    for (let number = 0; ; number += 1) {
      const id = number === 0 ? key : number === 1 ? tagged : `${tagged}.${number}`;
      const there = this.#ids.get(id);
      if (there === undefined) this.#ids.set(id, placed);
      if (there === undefined || textOf(there) === textOf(placed)) return id;
    }
  }
}

/** Members of a runtime list in this environment; `undefined` for one that nobody was put into. */
export type MembersOf = (list: string) => readonly string[] | undefined;

interface Placed {
  readonly segment: SegmentForm;
  /** Key of the runtime list that it is, whatever form is served: a list belongs to its segment's key. */
  readonly list?: string;
}

const listOf = (key: string, isRuntimeList: true | undefined): { readonly list?: string } => (isRuntimeList === undefined ? {} : { list: key });

const texts = new WeakMap<SegmentForm, string>();

/** Made once for each form: long lists of ids are long texts. */
function textOf({ segment, list = "" }: Placed): string {
  const text = texts.get(segment) ?? canonicalJson(segment);
  texts.set(segment, text);
  return `${list} ${text}`;
}

const withLists = new WeakMap<readonly string[], WeakMap<SegmentForm, SegmentForm>>();

/** The form with the hashes of its list; the same object for the same two, so that what did not change is seen to be the same. */
export function withMembers(form: SegmentForm, hashes: readonly string[] | undefined): SegmentForm {
  if (hashes === undefined || hashes.length === 0) return form;
  const known = withLists.get(hashes) ?? new WeakMap<SegmentForm, SegmentForm>();
  withLists.set(hashes, known);
  const made = known.get(form) ?? { ...form, hashes };
  known.set(form, made);
  return made;
}

function renamedRule(rule: RuleForm, idOf: (key: string) => string): RuleForm {
  if (rule.if === undefined) return rule;
  const condition = renamed(rule.if, idOf);
  return condition === rule.if ? rule : { ...rule, if: condition };
}

/** The condition with other names for its segments; the same object where none differs. */
export function renamed(condition: Condition, idOf: (key: string) => string): Condition {
  const [tag, ...parts] = condition;
  if (tag === "segment") {
    const [key] = parts;
    const id = typeof key === "string" ? idOf(key) : key;
    return id === key || id === undefined ? condition : [tag, id];
  }
  if (tag !== "all" && tag !== "any" && tag !== "not") return condition;
  const next = parts.map((part) => (isCondition(part) ? renamed(part, idOf) : part));
  return next.every((part, index) => part === parts[index]) ? condition : [tag, ...next];
}

function isCondition(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
