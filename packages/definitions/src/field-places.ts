import type { FileReport, Span } from "./diagnostic.ts";
import { Fields } from "./fields.ts";
import type { Tree } from "./yaml-tree.ts";

/** Where a top-level field of a file stands. */
export interface FieldPlace {
  readonly keySpan: Span;
  readonly span: Span;
  /** Of a field that is no map or list. */
  readonly value?: string | number | boolean;
  /** End of its last line, comment included; absent where the file's map is written in braces. */
  readonly lineEnd?: number;
}

/** One more stretch of a flag's life. */
export interface Extension {
  readonly to: string;
  readonly reason: string;
}

/** Numbers kept of each field: where its key and its value begin and end. */
const NUMBERS = 4;

/**
 * The top-level fields of a file, by name, in their order. A server has every flag in memory and hardly ever asks where a field stands, so
 * only numbers are kept, and a place is made when it is asked for.
 */
export class FieldPlaces {
  readonly #text: string;
  readonly #isBlock: boolean;
  readonly #names: readonly string[];
  readonly #values: readonly FieldPlace["value"][];
  readonly #numbers: readonly number[];

  constructor(tree: Tree | undefined, text: string) {
    const entries = tree?.kind === "map" ? tree.entries : [];
    const [names, values, numbers]: [string[], FieldPlace["value"][], number[]] = [[], [], []];
    for (const { key, keySpan, value } of entries) {
      names.push(key);
      values.push(value.kind === "value" && value.value !== null ? value.value : undefined);
      numbers.push(keySpan.start, keySpan.end, value.span.start, value.span.end);
    }
    this.#text = text;
    this.#isBlock = tree !== undefined && text[tree.span.start] !== "{";
    this.#names = names;
    this.#values = values;
    this.#numbers = numbers;
  }

  get names(): readonly string[] {
    return this.#names;
  }

  /** The value of a field that is no map or list. */
  value(name: string): FieldPlace["value"] {
    return this.#values[this.#names.indexOf(name)];
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  get(name: string): FieldPlace | undefined {
    const at = this.#names.indexOf(name);
    if (at < 0) return undefined;
    const number = (index: number): number => this.#numbers[at * NUMBERS + index] ?? 0;
    const value = this.#values[at];
    const span = { start: number(2), end: number(3) };
    return {
      keySpan: { start: number(0), end: number(1) },
      span,
      ...(value === undefined ? {} : { value }),
      ...(this.#isBlock ? { lineEnd: lineEndOf(this.#text, span) } : {}),
    };
  }
}

/** Block maps and multi-line texts end after their last line break, others on the line that they stand on. */
function lineEndOf(text: string, { start, end }: Span): number {
  let last = end;
  while (last > start && /\s/.test(text[last - 1] ?? "")) last -= 1;
  const found = text.indexOf("\n", last);
  const lineEnd = found < 0 ? text.length : found;
  return text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
}

/** Fields of one prolonging. */
export const EXTENSION_FIELDS = ["to", "reason"] as const;

/** `extensions: [{ to: 2027-02-28, reason: … }]`: each prolongs `expires`, which is then the last one's date. */
export function readExtensions(fields: Fields, report: FileReport): readonly Extension[] {
  return fields.items("extensions").flatMap((item, index) => {
    const one = Fields.of(report, item, EXTENSION_FIELDS, `Extension ${index + 1}`);
    const to = one?.required("to", "2027-02-28") && one.date("to");
    const reason = one?.required("reason", "why it takes longer") && one.text("reason");
    return to === undefined || reason === undefined ? [] : [{ to, reason }];
  });
}
