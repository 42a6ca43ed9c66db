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

/** The fields of a file's map, by name. */
export function placesOf(tree: Tree, text: string): ReadonlyMap<string, FieldPlace> {
  if (tree.kind !== "map") return new Map();
  const isBlock = text[tree.span.start] !== "{";
  return new Map(
    tree.entries.map(({ key, keySpan, value }) => {
      const place = { keySpan, span: value.span, ...(value.kind === "value" && value.value !== null ? { value: value.value } : {}) };
      return [key, isBlock ? { ...place, lineEnd: lineEndOf(text, value.span) } : place];
    }),
  );
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
