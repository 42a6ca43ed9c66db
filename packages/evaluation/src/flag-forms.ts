import { canonicalJson } from "./encode.ts";
import type { ObjectPlaces } from "./json-scan.ts";
import type { FlagForm } from "./snapshot-form.ts";

/** Flags by key. A form is given as it was decoded, each time the same object. */
export interface FlagForms {
  get(key: string): FlagForm | undefined;
  /** In no stated order. */
  keys(): string[];
  /** The canonical text of a form, for telling whether two are the same; undefined where it would have to be written first. */
  textOf(key: string): string | undefined;
  /** These forms with others in their place, none where it says undefined. Cost grows with the number of flags. */
  with(changed: ReadonlyMap<string, FlagForm | undefined>): FlagForms;
  toRecord(): Readonly<Record<string, FlagForm>>;
}

/** True where both have the same flag of this key, or neither has one; false may also mean that finding out would cost more than compiling it again. */
export function isSameForm(a: FlagForms, b: FlagForms, key: string): boolean {
  const [textA, textB] = [a.textOf(key), b.textOf(key)];
  if (textA === undefined && textB === undefined) return a.get(key) === b.get(key);
  return (textA ?? canonicalText(a.get(key))) === (textB ?? canonicalText(b.get(key)));
}

function canonicalText(form: FlagForm | undefined): string | undefined {
  return form === undefined ? undefined : canonicalJson(form);
}

/** Forms that are objects already. */
export function formsOf(record: Readonly<Record<string, FlagForm>>): FlagForms {
  return {
    get: (key) => (Object.hasOwn(record, key) ? record[key] : undefined),
    keys: () => Object.keys(record),
    textOf: () => undefined,
    with: (changed) => {
      if (changed.size === 0) return formsOf(record);
      const forms = new Map(Object.entries(record));
      for (const [key, form] of changed) {
        if (form === undefined) forms.delete(key);
        else forms.set(key, form);
      }
      return formsOf(Object.fromEntries(forms));
    },
    toRecord: () => record,
  };
}

/** Gives a part of a text that was checked to be JSON. */
export type TextPart = (from: number, to: number) => string;

/** Forms that lie in a text, each read when it is first asked for. */
export class FlagTexts implements FlagForms {
  readonly #part: TextPart;
  /** Of each flag, where its value begins and ends. */
  readonly #places: Int32Array;
  /** By key, the flag's number among `#places`. */
  readonly #numbers: ReadonlyMap<string, number>;
  /** What was read already, and what has come in the place of others since. */
  readonly #forms: Map<string, FlagForm>;

  private constructor(part: TextPart, places: Int32Array, numbers: ReadonlyMap<string, number>, forms: Map<string, FlagForm>) {
    this.#part = part;
    this.#places = places;
    this.#numbers = numbers;
    this.#forms = forms;
  }

  /** The members among `inner` that lie between two places. Of a key that occurs twice the last counts, as JSON.parse has it. */
  static between([from, to]: readonly [from: number, to: number], { inner }: ObjectPlaces, part: TextPart): FlagTexts {
    const numbers = new Map<string, number>();
    const places = new Int32Array(inner.length >> 1);
    // Without taking four numbers at once, which costs a list each: this runs once, before anything is optimised.
    for (let at = 0; at < inner.length; at += 4) {
      const nameFrom = inner[at] ?? 0;
      if (nameFrom < from || nameFrom >= to) continue;
      const number = at >> 2;
      numbers.set(nameIn(part(nameFrom, inner[at + 1] ?? 0)), number);
      places[number * 2] = inner[at + 2] ?? 0;
      places[number * 2 + 1] = inner[at + 3] ?? 0;
    }
    return new FlagTexts(part, places, numbers, new Map());
  }

  /** How many flags there are, none of which has come since. */
  get count(): number {
    return this.#numbers.size;
  }

  get(key: string): FlagForm | undefined {
    const known = this.#forms.get(key);
    if (known !== undefined) return known;
    const text = this.textOf(key);
    if (text === undefined) return undefined;
    const form = JSON.parse(text) as FlagForm;
    this.#forms.set(key, form);
    return form;
  }

  keys(): string[] {
    return [...new Set([...this.#numbers.keys(), ...this.#forms.keys()])];
  }

  textOf(key: string): string | undefined {
    const number = this.#numbers.get(key);
    return number === undefined ? undefined : this.#part(this.#places[number * 2] ?? 0, this.#places[number * 2 + 1] ?? 0);
  }

  with(changed: ReadonlyMap<string, FlagForm | undefined>): FlagForms {
    if (changed.size === 0) return this;
    const [numbers, forms] = [new Map(this.#numbers), new Map(this.#forms)];
    for (const [key, form] of changed) {
      numbers.delete(key);
      if (form === undefined) forms.delete(key);
      else forms.set(key, form);
    }
    return new FlagTexts(this.#part, this.#places, numbers, forms);
  }

  toRecord(): Readonly<Record<string, FlagForm>> {
    return Object.fromEntries(this.keys().map((key) => [key, this.get(key) as FlagForm]));
  }
}

/** The name as JSON writes it, without its quotes. */
export function nameIn(raw: string): string {
  return raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
}
