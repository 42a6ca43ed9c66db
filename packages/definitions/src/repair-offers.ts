import type { Diagnostic, Repair } from "./diagnostic.ts";

/** A name that YAML reads as itself where it stands without quotes. */
const PLAIN = /^(?!(?:true|false|null|yes|no)$)[A-Za-z][\w./-]*$/i;

/**
 * What an editor or a reviewer can offer for a mistake: the rule's own repair, and the nearest right name instead of the one that stands there.
 * `text` is the file's, without a byte-order mark.
 */
export function repairOffers(diagnostic: Diagnostic, text: string): readonly Repair[] {
  const { repair, nearest, isStyle } = diagnostic;
  if (repair !== undefined) return [repair];
  // For a rule of style the nearest name is one that a person has to choose: whoever asks for the old key would get nothing.
  if (nearest === undefined || isStyle === true || !PLAIN.test(nearest)) return [];
  const start = offsetAt(text, diagnostic.line, diagnostic.column);
  const end = offsetAt(text, diagnostic.endLine, diagnostic.endColumn);
  const stands = text.slice(start, end);
  if (!/^(?:[\w./-]+|"[\w./-]+"|'[\w./-]+')$/.test(stands)) return [];
  return [{ words: `Write ${nearest} instead of ${stands}`, edits: [{ start, end, text: nearest }], isAutomatic: false }];
}

/** Where a line and a column, both counted from 1, stand in a text. */
export function offsetAt(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const end = text.indexOf("\n", start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  return Math.min(text.length, start + column - 1);
}
