import type { Span } from "./diagnostic.ts";
import type { Entry, Tree } from "./yaml-tree.ts";

/** Nesting that is left to the YAML parser, which refuses what is too deep. */
const DEPTH_MAX = 30;
/** Longer keys are left to the YAML parser, which has rules of its own for them. */
const KEY_CHARS_MAX = 200;
/** Whole numbers of this many digits are exact. */
const DIGITS_MAX = 15;

const [NEWLINE, SPACE, HASH, COLON, DASH, COMMA] = [10, 32, 35, 58, 45, 44];
const [DOUBLE_QUOTE, QUOTE, BACKSLASH] = [34, 39, 92];
const [LIST_OPEN, LIST_CLOSE, MAP_OPEN, MAP_CLOSE] = [91, 93, 123, 125];

/** Characters that may begin a value without quotes here; YAML allows some more. */
const isFirst = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code === 47 || code === 40 || isBeyondAscii(code);
const isKeyChar = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code === 45 || code === 46 || code === 47;
/** Letters of other scripts; no control characters, separators or byte-order marks. */
const isBeyondAscii = (code: number): boolean => code > 0xa0 && code !== 0x2028 && code !== 0x2029 && code !== 0xfeff;
const isText = (code: number): boolean => (code >= 32 && code < 127) || isBeyondAscii(code);

/** What a character of ASCII may be; asked of every character of every file. */
const [IN_KEY, IN_PLAIN] = [1, 2];
/** These have a meaning of their own in a text without quotes, at some places. */
const TOLD_APART = new Set([SPACE, HASH, COLON, COMMA, LIST_OPEN, LIST_CLOSE, MAP_OPEN, MAP_CLOSE]);
const ASCII = Uint8Array.from({ length: 128 }, (_, code) => (isKeyChar(code) ? IN_KEY : 0) | (isText(code) && !TOLD_APART.has(code) ? IN_PLAIN : 0));

/** Decimal, exponential, octal and hexadecimal forms of the core schema that are not read here. */
const OTHER_NUMBER = /^(?:[0-9]+\.[0-9]*|[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;

/** Says that a text holds something that is not read here. */
class Unusual extends Error {}
const unusual = new Unusual("left to the YAML parser");

/**
 * Reads the plain part of YAML that nearly every definition is written in, several times as fast as the YAML parser: maps and lists by
 * indentation, one-line maps and lists in brackets, words, quoted texts without escapes, whole numbers, comments. Undefined for anything
 * else, mistakes among it: the YAML parser reads that, and says what is wrong. What is read here is what the YAML parser reads, with the
 * same places (plain-yaml.test.ts).
 */
export function readPlainYaml(text: string): Tree | undefined {
  try {
    return new PlainYaml(text).read();
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
}

class PlainYaml {
  readonly #text: string;
  /** Where reading goes on. */
  #at = 0;
  /** Where the line that is read begins, and how far its content is indented. */
  #lineStart = 0;
  #indent = 0;
  /** Whether lines of comments stood above it, and whether one of them was indented. */
  #comments: "none" | "atMargin" | "indented" = "none";
  #isEnd = false;
  /** Behind the last line that holds a value: where the collections that end with it end. */
  #valueEnd = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Tree {
    this.#nextLine();
    if (this.#isEnd || this.#indent !== 0 || this.#isItem()) throw unusual;
    const tree = this.#map(0, 0);
    if (!this.#isEnd) throw unusual;
    return tree;
  }

  #code(at: number): number {
    return at < this.#text.length ? this.#text.charCodeAt(at) : NEWLINE;
  }

  /** Goes to the next line with content. */
  #nextLine(): void {
    const text = this.#text;
    this.#comments = "none";
    for (;;) {
      const start = this.#at;
      let at = start;
      while (at < text.length && text.charCodeAt(at) === SPACE) at += 1;
      if (at >= text.length) {
        this.#isEnd = true;
        this.#indent = -1;
        return;
      }
      const code = text.charCodeAt(at);
      if (code === NEWLINE) this.#at = at + 1;
      else if (code === HASH) {
        if (at > start) this.#comments = "indented";
        else if (this.#comments === "none") this.#comments = "atMargin";
        this.#at = this.#commentEnd(at);
      } else {
        this.#at = at;
        this.#lineStart = start;
        this.#indent = at - start;
        return;
      }
    }
  }

  /** Behind the line that a comment ends. */
  #commentEnd(from: number): number {
    let at = from;
    for (; this.#code(at) !== NEWLINE; at += 1) if (!isText(this.#code(at))) throw unusual;
    return Math.min(at + 1, this.#text.length);
  }

  /** Nothing but a comment may stand behind a value; goes behind the line. */
  #lineEnd(from: number): void {
    let at = from;
    while (this.#code(at) === SPACE && at < this.#text.length) at += 1;
    const code = this.#code(at);
    if (code === HASH && at > from) this.#at = this.#commentEnd(at);
    else if (code === NEWLINE) this.#at = Math.min(at + 1, this.#text.length);
    else throw unusual;
  }

  #isItem(): boolean {
    return this.#code(this.#at) === DASH && this.#code(this.#at + 1) === SPACE;
  }

  /** Comments right behind a collection belong to it or to what follows, by rules that are not repeated here; those at the margin to no nested one. */
  #close(depth: number): void {
    if (this.#comments === "indented" || (depth > 0 && this.#comments === "atMargin")) throw unusual;
  }

  #map(indent: number, depth: number): Tree {
    if (depth > DEPTH_MAX) throw unusual;
    const entries: Entry[] = [];
    const start = this.#at;
    do {
      const keySpan = this.#keySpan();
      const key = this.#keyText(keySpan);
      for (const entry of entries) if (entry.key === key) throw unusual;
      this.#at = keySpan.end + 1;
      entries.push({ key, keySpan, value: this.#entryValue(indent, depth) });
    } while (this.#indent === indent && !this.#isItem());
    if (this.#indent > indent) throw unusual;
    this.#close(depth);
    return { kind: "map", span: { start, end: this.#valueEnd }, entries };
  }

  /** A key and its colon. */
  #keySpan(): Span {
    const start = this.#at;
    const first = this.#code(start);
    let end = start;
    if (first === DOUBLE_QUOTE || first === QUOTE) end = this.#quotedEnd(start, first);
    else end = this.#keyEnd(start);
    const behind = this.#code(end + 1);
    if (end === start || first === DASH || first === 46 || end - start > KEY_CHARS_MAX || this.#code(end) !== COLON) throw unusual;
    if (behind !== SPACE && behind !== NEWLINE) throw unusual;
    return { start, end };
  }

  /** Behind the last of the characters of a key without quotes. */
  #keyEnd(start: number): number {
    const text = this.#text;
    let at = start;
    while (at < text.length && ((ASCII[text.charCodeAt(at)] ?? 0) & IN_KEY) !== 0) at += 1;
    return at;
  }

  #keyText({ start, end }: Span): string {
    const first = this.#text.charCodeAt(start);
    return first === DOUBLE_QUOTE || first === QUOTE ? this.#text.slice(start + 1, end - 1) : this.#text.slice(start, end);
  }

  /** What stands behind a key's colon: on its line, or below it. */
  #entryValue(indent: number, depth: number): Tree {
    let at = this.#at;
    while (this.#code(at) === SPACE && at < this.#text.length) at += 1;
    const code = this.#code(at);
    if (code !== NEWLINE && code !== HASH) {
      this.#at = at;
      return this.#oneLine(indent, depth);
    }
    this.#lineEnd(this.#at);
    this.#nextLine();
    if (this.#isEnd) throw unusual;
    if (this.#isItem() && this.#indent >= indent) return this.#list(this.#indent, depth + 1);
    if (this.#indent <= indent) throw unusual;
    return this.#map(this.#indent, depth + 1);
  }

  /** A value that ends with its line; a deeper line below would be more of it. */
  #oneLine(indent: number, depth: number): Tree {
    const value = this.#value(depth + 1, false);
    this.#lineEnd(value.span.end);
    this.#valueEnd = this.#at;
    this.#nextLine();
    if (this.#indent > indent) throw unusual;
    return value;
  }

  #list(indent: number, depth: number): Tree {
    if (depth > DEPTH_MAX) throw unusual;
    const items: Tree[] = [];
    const start = this.#at;
    do {
      let at = this.#at + 1;
      while (this.#code(at) === SPACE && at < this.#text.length) at += 1;
      this.#at = at;
      if (this.#hasKey()) {
        const column = at - this.#lineStart;
        this.#indent = column;
        items.push(this.#map(column, depth + 1));
      } else items.push(this.#oneLine(indent, depth));
    } while (this.#indent === indent && this.#isItem());
    if (this.#indent > indent) throw unusual;
    this.#close(depth);
    return { kind: "list", span: { start, end: this.#valueEnd }, items };
  }

  /** Whether a plain key with its colon stands here. */
  #hasKey(): boolean {
    const at = this.#keyEnd(this.#at);
    const behind = this.#code(at + 1);
    return at > this.#at && this.#code(at) === COLON && (behind === SPACE || behind === NEWLINE);
  }

  #value(depth: number, isInBrackets: boolean): Tree {
    if (depth > DEPTH_MAX) throw unusual;
    const start = this.#at;
    const code = this.#code(start);
    if (code === DOUBLE_QUOTE || code === QUOTE) {
      const end = this.#quotedEnd(start, code);
      return { kind: "value", span: { start, end }, value: this.#text.slice(start + 1, end - 1) };
    }
    if (code === MAP_OPEN) return this.#flowMap(depth);
    if (code === LIST_OPEN) return this.#flowList(depth);
    const end = this.#plainEnd(start, isInBrackets);
    return { kind: "value", span: { start, end }, value: plainValue(this.#text.slice(start, end)) };
  }

  /** Behind the closing quote, on the same line and without escapes. */
  #quotedEnd(start: number, quote: number): number {
    let at = start + 1;
    for (; this.#code(at) !== quote; at += 1) {
      const code = this.#code(at);
      if (!isText(code) || (code === BACKSLASH && quote === DOUBLE_QUOTE)) throw unusual;
    }
    if (this.#code(at + 1) === quote) throw unusual;
    return at + 1;
  }

  /** Behind the last character of a text without quotes. */
  #plainEnd(start: number, isInBrackets: boolean): number {
    const first = this.#code(start);
    if (!isFirst(first) && !(first === DASH && isDigit(this.#code(start + 1)))) throw unusual;
    let end = start;
    for (let at = start; ; at += 1) {
      const code = this.#code(at);
      if (((ASCII[code] ?? 0) & IN_PLAIN) !== 0) {
        end = at + 1;
        continue;
      }
      if (isInBrackets ? isEndInBrackets(code) : code === NEWLINE) return end;
      if (code === HASH && this.#code(at - 1) === SPACE) {
        if (isInBrackets) throw unusual;
        return end;
      }
      if (code === COLON) this.#checkColon(at, isInBrackets);
      if (!isText(code)) throw unusual;
      if (code !== SPACE) end = at + 1;
    }
  }

  /** A colon that would end a key is none of a text's characters. */
  #checkColon(at: number, isInBrackets: boolean): void {
    const behind = this.#code(at + 1);
    if (behind === SPACE || behind === NEWLINE || (isInBrackets && !isKeyChar(behind) && behind !== SPACE)) throw unusual;
  }

  #skipSpaces(): number {
    while (this.#code(this.#at) === SPACE && this.#at < this.#text.length) this.#at += 1;
    return this.#code(this.#at);
  }

  /** Goes over a comma, or tells that the bracket closes. A comma in front of it is allowed. */
  #isClosed(close: number): boolean {
    const code = this.#skipSpaces();
    if (code === close) {
      this.#at += 1;
      return true;
    }
    if (code !== COMMA) throw unusual;
    this.#at += 1;
    if (this.#skipSpaces() !== close) return false;
    this.#at += 1;
    return true;
  }

  #flowMap(depth: number): Tree {
    const start = this.#at;
    const entries: Entry[] = [];
    this.#at += 1;
    if (this.#skipSpaces() === MAP_CLOSE) this.#at += 1;
    else
      do {
        this.#skipSpaces();
        const keySpan = this.#keySpan();
        const key = this.#keyText(keySpan);
        for (const entry of entries) if (entry.key === key) throw unusual;
        this.#at = keySpan.end + 1;
        this.#skipSpaces();
        const value = this.#value(depth + 1, true);
        this.#at = value.span.end;
        entries.push({ key, keySpan, value });
      } while (!this.#isClosed(MAP_CLOSE));
    return { kind: "map", span: { start, end: this.#at }, entries };
  }

  #flowList(depth: number): Tree {
    const start = this.#at;
    const items: Tree[] = [];
    this.#at += 1;
    if (this.#skipSpaces() === LIST_CLOSE) this.#at += 1;
    else
      do {
        this.#skipSpaces();
        const value = this.#value(depth + 1, true);
        this.#at = value.span.end;
        items.push(value);
      } while (!this.#isClosed(LIST_CLOSE));
    return { kind: "list", span: { start, end: this.#at }, items };
  }
}

/** Whether a text without quotes ends here, in brackets. */
function isEndInBrackets(code: number): boolean {
  if (code === NEWLINE || code === LIST_OPEN || code === MAP_OPEN) throw unusual;
  return code === COMMA || code === LIST_CLOSE || code === MAP_CLOSE;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** A word of the core schema: true, false, nothing, a whole number, or a text. */
function plainValue(text: string): string | number | boolean | null {
  const first = text.charCodeAt(0);
  if (isDigit(first) || first === DASH) {
    if (/^-?[0-9]+$/.test(text)) {
      if (text.length > DIGITS_MAX || (first === DASH && Number(text) === 0)) throw unusual;
      return Number(text);
    }
    if (first === DASH || OTHER_NUMBER.test(text)) throw unusual;
    return text;
  }
  switch (text) {
    case "true":
    case "True":
    case "TRUE":
      return true;
    case "false":
    case "False":
    case "FALSE":
      return false;
    case "null":
    case "Null":
    case "NULL":
      return null;
    default:
      return text;
  }
}
