import { FileReport, type Span } from "./diagnostic.ts";
import { type Entry, parseTree } from "./yaml-tree.ts";

/** What became of one file. */
export type Promotion =
  | { readonly outcome: "changed" | "same"; readonly text: string }
  /** `unread`: the file has mistakes. `nothing`: it says nothing for the environment that is copied. */
  | { readonly outcome: "unread" | "nothing" };

const MARK = "\uFEFF";

/**
 * The text of a flag's file with what `from` says in `to`, too, as it is written there: rules, comments between them and all.
 * Every byte outside the environment `to` stays. `to` is put behind `from` where the file does not have it.
 */
export function promoteText(path: string, text: string, { from, to }: { readonly from: string; readonly to: string }): Promotion {
  const mark = text.startsWith(MARK) ? MARK : "";
  const body = text.slice(mark.length);
  const report = new FileReport(path, body);
  const tree = parseTree(body, report);
  if (tree?.kind !== "map" || report.hasErrors) return { outcome: "unread" };
  const places = tree.entries.find(({ key }) => key === "environments")?.value;
  if (places?.kind !== "map") return { outcome: "nothing" };
  const source = places.entries.find(({ key }) => key === from);
  if (source === undefined) return { outcome: "nothing" };
  // A block ends behind its last line end; that stays where it is.
  const endOf = ({ keySpan, value }: Entry): number => keySpan.end + body.slice(keySpan.end, value.span.end).trimEnd().length;
  const said = body.slice(source.keySpan.end, endOf(source));
  const target = places.entries.find(({ key }) => key === to);
  const put = (span: Span, what: string): Promotion => {
    const next = `${mark}${body.slice(0, span.start)}${what}${body.slice(span.end)}`;
    return { outcome: next === text ? "same" : "changed", text: next };
  };
  if (target !== undefined) return put({ start: target.keySpan.end, end: endOf(target) }, said);
  const end = endOf(source);
  return put({ start: end, end }, `${separatorOf(body, places.span, source)}${to}${said}`);
}

/** What stands between two environments: a comma in a map of one line, else a new line as far in as the one before. */
function separatorOf(body: string, places: Span, { keySpan }: Entry): string {
  if (body[places.start] === "{") return ", ";
  const line = body.lastIndexOf("\n", keySpan.start - 1) + 1;
  return `${body[line - 2] === "\r" ? "\r\n" : "\n"}${body.slice(line, keySpan.start)}`;
}
