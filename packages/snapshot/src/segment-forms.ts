import { canonicalJson } from "@sluice/evaluation";
import type { Condition, FlagForm, JsonValue, RuleForm, SegmentForm } from "@sluice/evaluation";
import type { AdoptedProject, AdoptedSegment } from "./adopted-project.ts";

/** Characters of a blob id in a segment id: enough to tell forms apart for people; equal ids of unequal forms get a number. */
const BLOB_CHARS = 8;

/**
 * The segments of one snapshot, in which a flag at an earlier form brings the segments it used then. An id is the segment's key for
 * the current form, or where there is none for the first form that asks; another form is `key@<first 8 of its blob id>`.
 */
export class SegmentForms {
  readonly #ids = new Map<string, Placed>();
  readonly #members: MembersOf;

  /** All segments of the current tree, under their keys. They may be named by kills, so unused ones are there too. */
  constructor(current: AdoptedProject, members: MembersOf) {
    this.#members = members;
    for (const [key, { form, isRuntimeList }] of current.segments) this.#ids.set(key, { segment: form, ...listOf(key, isRuntimeList) });
  }

  /** The flag's form with the ids that its own project's segments have here; the same object where none differs. */
  adopt(form: FlagForm, own: AdoptedProject): FlagForm {
    const idOf = this.#idsOf(own);
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

  #idsOf(own: AdoptedProject): (key: string) => string {
    const known = new Map<string, string>();
    const idOf = (key: string): string => {
      const found = known.get(key);
      if (found !== undefined) return found;
      const segment = own.segments.get(key);
      // A parsed project has no cycle and no missing segment; the early entry only keeps a bad one from looping for ever.
      known.set(key, key);
      const id = segment === undefined ? key : this.#place(key, segment, idOf);
      known.set(key, id);
      return id;
    };
    return idOf;
  }

  #place(key: string, { form, blob, isRuntimeList }: AdoptedSegment, idOf: (key: string) => string): string {
    const condition = form.if === undefined ? undefined : renamed(form.if, idOf);
    const segment = condition === undefined || condition === form.if ? form : { ...form, if: condition };
    const placed: Placed = { segment, ...listOf(key, isRuntimeList) };
    const tagged = `${key}@${blob.slice(0, BLOB_CHARS)}`;
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

/** The condition with segment ids instead of keys; the same object where none differs. */
function renamed(condition: Condition, idOf: (key: string) => string): Condition {
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
