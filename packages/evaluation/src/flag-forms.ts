import { decodeLimits, isDeeper } from "./decode.ts";
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

/** Gives a part of a text. */
export type TextPart = (from: number, to: number) => string;

/** Where the flags of a text lie. */
export interface FlagPlaces {
  /** The text of a flag's form; undefined where there is no such flag. */
  textOf(key: string): string | undefined;
  keys(): string[];
}

/** Forms that lie in a text, each read when it is first asked for. */
export class FlagTexts implements FlagForms {
  readonly #places: FlagPlaces;
  /** What was read of the text so far: the same for all that differ only in what was changed. */
  readonly #read: Map<string, FlagForm>;
  /** What has come in the place of the text's since. */
  readonly #changed: ReadonlyMap<string, FlagForm | undefined>;

  constructor(places: FlagPlaces, read: Map<string, FlagForm> = new Map(), changed: ReadonlyMap<string, FlagForm | undefined> = new Map()) {
    this.#places = places;
    this.#read = read;
    this.#changed = changed;
  }

  get(key: string): FlagForm | undefined {
    if (this.#changed.has(key)) return this.#changed.get(key);
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const text = this.#places.textOf(key);
    if (text === undefined) return undefined;
    const form = parseForm(text);
    this.#read.set(key, form);
    return form;
  }

  keys(): string[] {
    const own = this.#places.keys().filter((key) => !this.#changed.has(key));
    return [...own, ...[...this.#changed.keys()].filter((key) => this.#changed.get(key) !== undefined)];
  }

  textOf(key: string): string | undefined {
    return this.#changed.has(key) ? undefined : this.#places.textOf(key);
  }

  with(changed: ReadonlyMap<string, FlagForm | undefined>): FlagForms {
    return changed.size === 0 ? this : new FlagTexts(this.#places, this.#read, new Map([...this.#changed, ...changed]));
  }

  toRecord(): Readonly<Record<string, FlagForm>> {
    return Object.fromEntries(this.keys().map((key) => [key, this.get(key) as FlagForm]));
  }
}

/** What cannot be read is no form: it spoils that flag alone, as everything does that is no object there. */
function parseForm(text: string): FlagForm {
  try {
    const form = JSON.parse(text) as FlagForm;
    return typeof form === "object" && form !== null && isDeeper(form, decodeLimits.depth - FLAG_DEPTH) ? UNREADABLE : form;
  } catch {
    // Only whoever vouches for a text without having written it can bring one here that is no JSON.
    return UNREADABLE;
  }
}

/** Lists and objects around a flag: the snapshot and its flags. */
const FLAG_DEPTH = 2;
const UNREADABLE = "" as unknown as FlagForm;

/** Flags that were found in a text that was checked to be JSON: the members among `inner` that lie between two places. */
export class ScannedPlaces implements FlagPlaces {
  readonly #part: TextPart;
  /** Of each flag, where its value begins and ends. */
  readonly #places: Int32Array;
  /** By key, the flag's number among `#places`. */
  readonly #numbers: Map<string, number> = new Map();

  /** Of a key that occurs twice the last counts, as JSON.parse has it. */
  constructor([from, to]: readonly [from: number, to: number], { inner }: ObjectPlaces, part: TextPart) {
    this.#part = part;
    this.#places = new Int32Array(inner.length >> 1);
    // Without taking four numbers at once, which costs a list each: this runs once, before anything is optimised.
    for (let at = 0; at < inner.length; at += 4) {
      const nameFrom = inner[at] ?? 0;
      if (nameFrom < from || nameFrom >= to) continue;
      const number = at >> 2;
      this.#numbers.set(nameIn(part(nameFrom, inner[at + 1] ?? 0)), number);
      this.#places[number * 2] = inner[at + 2] ?? 0;
      this.#places[number * 2 + 1] = inner[at + 3] ?? 0;
    }
  }

  get count(): number {
    return this.#numbers.size;
  }

  textOf(key: string): string | undefined {
    const number = this.#numbers.get(key);
    return number === undefined ? undefined : this.#part(this.#places[number * 2] ?? 0, this.#places[number * 2 + 1] ?? 0);
  }

  keys(): string[] {
    return [...this.#numbers.keys()];
  }
}

/** The name as JSON writes it, without its quotes. */
export function nameIn(raw: string): string {
  return raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
}
