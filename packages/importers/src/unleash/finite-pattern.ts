/** What a regular expression of RE2 is to an importer. */
export type Pattern =
  | { readonly kind: "texts"; readonly texts: readonly string[]; readonly ignoresCase: boolean }
  /** RE2 refuses it, so that it matches nothing. */
  | { readonly kind: "refused" }
  | { readonly kind: "other" };

/** Texts that one pattern may stand for: a list of them is still something to read and to look up. */
const TEXTS_MAX = 1_000;
/** Patterns longer than this are no lists. */
const CHARS_MAX = 1_000;

/** Inside: the pattern stands for more than a list, or this reader does not know it. */
class NoList extends Error {}
/** Inside: RE2 would not take it. */
class Refused extends Error {}

/**
 * A pattern that stands for a list of texts, such as `^(au|nz)$`, as that list: sorted as the pattern has them, without repetitions.
 * It must be anchored at both ends; `(?i)` may stand at its beginning. Whatever is not surely a list is `other`.
 */
export function readPattern(source: string): Pattern {
  const [, first = "", anchor, second = "", inner, end] = /^(\(\?i\))?(\^)?(\(\?i\))?(.*?)(\$)?$/s.exec(source) ?? [];
  try {
    const reader = new Reader(inner ?? "");
    const texts = reader.whole();
    const isAnchored = anchor !== undefined && end !== undefined && !reader.isChoice;
    return isAnchored ? { kind: "texts", texts, ignoresCase: first !== "" || second !== "" } : { kind: "other" };
  } catch (error) {
    if (error instanceof Refused) return { kind: "refused" };
    if (error instanceof NoList) return { kind: "other" };
    throw error;
  }
}

class Reader {
  /** Whether alternatives stand outside of any group: then the anchors belong to the outer two alone. */
  isChoice = false;
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    if (source.length > CHARS_MAX) throw new NoList();
    // What RE2 lacks makes it refuse the whole, wherever it stands.
    if (/\(\?<?[=!]|\\[1-9]/.test(source.replaceAll("\\\\", ""))) throw new Refused();
    this.#source = source;
  }

  whole(): readonly string[] {
    const texts = this.#choice();
    // Only a closing bracket that nothing opened ends a choice early.
    if (this.#at < this.#source.length) throw new Refused();
    return [...texts];
  }

  #choice(depth = 0): ReadonlySet<string> {
    const texts = new Set(this.#sequence(depth));
    while (this.#takes("|")) {
      if (depth === 0) this.isChoice = true;
      for (const text of this.#sequence(depth)) texts.add(text);
    }
    return limited(texts);
  }

  #sequence(depth: number): ReadonlySet<string> {
    let texts: ReadonlySet<string> = new Set([""]);
    while (this.#at < this.#source.length && !"|)".includes(this.#peek())) texts = joined(texts, this.#repeated(this.#atom(depth)));
    return texts;
  }

  #atom(depth: number): ReadonlySet<string> {
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group(depth);
      case "[":
        return this.#characters();
      case "\\":
        return this.#escape();
      case ".":
      case "^":
      case "$":
        throw new NoList();
      case "*":
      case "+":
      case "?":
        throw new Refused();
      case "{":
        throw new NoList();
      default:
        return new Set([char]);
    }
  }

  #group(depth: number): ReadonlySet<string> {
    if (this.#takes("?") && !this.#takes(":")) throw new NoList();
    const texts = this.#choice(depth + 1);
    if (!this.#takes(")")) throw new Refused();
    return texts;
  }

  #escape(): ReadonlySet<string> {
    const char = this.#next();
    if (char === "d") return new Set("0123456789");
    if (char === "" || /[A-Za-z0-9]/.test(char)) throw new NoList();
    return new Set([char]);
  }

  #characters(): ReadonlySet<string> {
    const end = this.#source.indexOf("]", this.#at);
    const inside = this.#source.slice(this.#at, end);
    if (end < 0) throw new Refused();
    if (!/^(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[ _.@])+$/.test(inside)) throw new NoList();
    this.#at = end + 1;
    const texts = new Set<string>();
    for (const [range] of inside.matchAll(/.-.|./g)) {
      const [from, to] = [range.charCodeAt(0), range.charCodeAt(range.length - 1)];
      if (from > to) throw new Refused();
      for (let code = from; code <= to; code += 1) texts.add(String.fromCharCode(code));
    }
    return texts;
  }

  #repeated(texts: ReadonlySet<string>): ReadonlySet<string> {
    const rest = this.#source.slice(this.#at);
    if (/^[*+]/.test(rest)) throw new NoList();
    const [whole, least, most = least] = /^\{(\d+)(?:,(\d+))?\}/.exec(rest) ?? (rest.startsWith("?") ? ["?", "0", "1"] : []);
    if (whole === undefined) {
      if (rest.startsWith("{")) throw new NoList();
      return texts;
    }
    this.#at += whole.length;
    if (Number(least) > Number(most)) throw new Refused();
    if (Number(most) > TEXTS_MAX) throw new NoList();
    // Greedy or not makes no difference to what the whole text may be.
    this.#takes("?");
    const all = new Set<string>();
    let power: ReadonlySet<string> = new Set([""]);
    for (let times = 0; times <= Number(most); times += 1) {
      if (times >= Number(least)) for (const text of power) all.add(text);
      if (times < Number(most)) power = joined(power, texts);
    }
    return limited(all);
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #next(): string {
    const char = String.fromCodePoint(...(this.#at < this.#source.length ? [this.#source.codePointAt(this.#at) ?? 0] : []));
    this.#at += char.length;
    return char;
  }

  #takes(char: string): boolean {
    const isNext = this.#peek() === char;
    if (isNext) this.#at += 1;
    return isNext;
  }
}

function joined(starts: ReadonlySet<string>, ends: ReadonlySet<string>): ReadonlySet<string> {
  if (starts.size * ends.size > TEXTS_MAX) throw new NoList();
  const texts = new Set<string>();
  for (const start of starts) for (const end of ends) texts.add(start + end);
  return texts;
}

function limited(texts: ReadonlySet<string>): ReadonlySet<string> {
  if (texts.size > TEXTS_MAX) throw new NoList();
  return texts;
}
