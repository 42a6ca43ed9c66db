import type { Result } from "@sluice/evaluation";

/** Longer keys are refused before they are matched; the longest of 4,000 real ones has 85 characters. */
export const KEY_CHARS_MAX = 200;
/** A pattern with its repetitions written out: matching costs at most this many steps per character of a key. */
const STATES_MAX = 400;
const PATTERN_CHARS_MAX = 200;
const GROUPS_DEEP_MAX = 20;

/** Whether a whole key is of a pattern. */
export type KeyTest = (key: string) => boolean;

type Accepts = (character: string) => boolean;

/** What a pattern is made of; `repeat` takes its part from `min` to `max` times. */
type Part =
  | { readonly kind: "character"; readonly accepts: Accepts }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Part[] }
  | { readonly kind: "repeat"; readonly part: Part; readonly min: number; readonly max: number };

/** One state: a character to take, or the places to go on from without taking one. */
interface State {
  readonly accepts?: Accepts;
  readonly next: readonly number[];
}

class PatternProblem extends Error {
  override readonly name = "PatternProblem";
}

/**
 * Reads the regular part of regular expressions: characters, `.`, classes such as `[a-z0-9_-]`, `\d`, `\w`, groups, `|`, `*`, `+`, `?`
 * and `{2,5}`. The pattern holds for the whole key. There is no looking around and no backreference, so that a key is matched in
 * time that grows with its length alone, whoever wrote the pattern. The problem is a phrase for a message.
 */
export function compileKeyPattern(pattern: string): Result<KeyTest, string> {
  if (pattern.length > PATTERN_CHARS_MAX) return { ok: false, problem: `it has ${pattern.length} characters, and ${PATTERN_CHARS_MAX} are allowed` };
  try {
    const reader = new PatternReader(pattern);
    const states: State[] = [];
    const start = build(reader.whole(), add(states, { next: [] }), states);
    return { ok: true, value: (key) => key.length <= KEY_CHARS_MAX && matches(states, start, key) };
  } catch (error) {
    if (error instanceof PatternProblem) return { ok: false, problem: error.message };
    throw error;
  }
}

/** All places at once, one character after the other: no way is tried twice. The last state is number 0. */
function matches(states: readonly State[], start: number, key: string): boolean {
  let now = reach([start], states);
  for (const character of key) {
    const then: number[] = [];
    for (const at of now) {
      const state = states[at];
      if (state?.accepts?.(character) === true) then.push(...state.next);
    }
    now = reach(then, states);
    if (now.size === 0) return false;
  }
  return now.has(0);
}

/** The states that these lead to without taking a character, themselves included. */
function reach(from: readonly number[], states: readonly State[]): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [...from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    const state = states[at];
    if (state?.accepts === undefined) open.push(...(state?.next ?? []));
  }
  return found;
}

function add(states: State[], state: State): number {
  if (states.length >= STATES_MAX) throw new PatternProblem(`its repetitions come to more than ${STATES_MAX} characters`);
  return states.push(state) - 1;
}

/** States for a part that goes on to `then`; returns where it begins. */
function build(part: Part, then: number, states: State[]): number {
  switch (part.kind) {
    case "character":
      return add(states, { accepts: part.accepts, next: [then] });
    case "sequence":
      return part.parts.reduceRight((next, each) => build(each, next, states), then);
    case "choice":
      return add(states, { next: part.parts.map((each) => build(each, then, states)) });
    case "repeat":
      return buildRepeat(part, then, states);
  }
}

function buildRepeat({ part, min, max }: Extract<Part, { readonly kind: "repeat" }>, then: number, states: State[]): number {
  let next = then;
  if (max === Number.POSITIVE_INFINITY) {
    const ways: number[] = [then];
    next = add(states, { next: ways });
    ways.push(build(part, next, states));
  } else for (let count = min; count < max; count += 1) next = add(states, { next: [then, build(part, next, states)] });
  // A state for each time, though one would do: what takes nothing, repeated in repetitions, must come to the limit as well.
  for (let count = 0; count < min; count += 1) next = add(states, { next: [build(part, next, states)] });
  return next;
}

const DIGIT: Accepts = (character) => character >= "0" && character <= "9";
const WORD: Accepts = (character) => /^\w$/.test(character);
const SIGNS = new Set("\\^$.*+?()[]{}|/-_");

/** Recursive descent over the pattern's characters. Throws `PatternProblem`. */
class PatternReader {
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#text = [...pattern];
  }

  whole(): Part {
    const part = this.#choice();
    if (this.#at < this.#text.length) throw new PatternProblem(`there is a ${this.#text[this.#at] ?? ""} that closes nothing`);
    return part;
  }

  #take(expected: string): boolean {
    if (this.#text[this.#at] !== expected) return false;
    this.#at += 1;
    return true;
  }

  #choice(): Part {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return { kind: "choice", parts };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    for (let next = this.#text[this.#at]; next !== undefined && next !== "|" && next !== ")"; next = this.#text[this.#at]) parts.push(this.#repeated());
    return { kind: "sequence", parts };
  }

  #repeated(): Part {
    const part = this.#single();
    if (this.#take("*")) return { kind: "repeat", part, min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take("+")) return { kind: "repeat", part, min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take("?")) return { kind: "repeat", part, min: 0, max: 1 };
    return this.#take("{") ? { kind: "repeat", part, ...this.#counts() } : part;
  }

  #counts(): { readonly min: number; readonly max: number } {
    const end = this.#text.indexOf("}", this.#at);
    const found = /^(\d{1,3})(,?)(\d{0,3})$/.exec(this.#text.slice(this.#at, end).join(""));
    if (end < 0 || found === null) throw new PatternProblem("a { is followed by no count such as {2} or {1,50}");
    this.#at = end + 1;
    const min = Number(found[1]);
    const max = found[2] === "" ? min : found[3] === "" ? Number.POSITIVE_INFINITY : Number(found[3]);
    if (max < min) throw new PatternProblem(`the count {${min},${max}} goes down`);
    return { min, max };
  }

  #single(): Part {
    const character = this.#text[this.#at] ?? "";
    this.#at += 1;
    if (character === "(") return this.#group();
    if (character === "[") return { kind: "character", accepts: this.#class() };
    if (character === "\\") return { kind: "character", accepts: this.#escaped() };
    if (character === ".") return { kind: "character", accepts: () => true };
    if ("*+?{".includes(character)) throw new PatternProblem(`a ${character} repeats nothing`);
    if (character === "^" || character === "$") throw new PatternProblem(`${character} is not needed: the pattern holds for the whole key`);
    return { kind: "character", accepts: (given) => given === character };
  }

  #group(): Part {
    if (this.#take("?") && !this.#take(":")) throw new PatternProblem("looking ahead or behind, and named groups, are not understood");
    this.#depth += 1;
    if (this.#depth > GROUPS_DEEP_MAX) throw new PatternProblem(`its groups are more than ${GROUPS_DEEP_MAX} deep`);
    const part = this.#choice();
    if (!this.#take(")")) throw new PatternProblem("a ( is never closed");
    this.#depth -= 1;
    return part;
  }

  #escaped(): Accepts {
    const character = this.#text[this.#at] ?? "";
    this.#at += 1;
    if (character === "d") return DIGIT;
    if (character === "w") return WORD;
    if (SIGNS.has(character)) return (given) => given === character;
    throw new PatternProblem(`\\${character} is not understood`);
  }

  #class(): Accepts {
    const isNegated = this.#take("^");
    const tests: Accepts[] = [];
    while (!this.#take("]")) {
      if (this.#at >= this.#text.length) throw new PatternProblem("a [ is never closed");
      tests.push(this.#classItem());
    }
    if (tests.length === 0) throw new PatternProblem("a [] takes no character");
    return (character) => tests.some((test) => test(character)) !== isNegated;
  }

  #classItem(): Accepts {
    const first = this.#text[this.#at] ?? "";
    this.#at += 1;
    if (first === "\\") return this.#escaped();
    const last = this.#text[this.#at + 1];
    if (this.#text[this.#at] !== "-" || last === undefined || last === "]") return (character) => character === first;
    this.#at += 2;
    if (last === "\\" || last < first) throw new PatternProblem(`the range ${first}-${last} is no range`);
    return (character) => character >= first && character <= last;
  }
}
