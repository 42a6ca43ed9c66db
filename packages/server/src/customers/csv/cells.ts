import { nearestNames } from "@sluice/evaluation";
import { isZone, TAGS_MAX, type Track, TRACKS } from "@sluice/releases";

/** Characters of a key and of a name, as the registry takes them. */
export const KEY_CHARS_MAX = 200;
export const NAME_CHARS_MAX = 200;
/** Characters of a tag. */
export const TAG_CHARS_MAX = 100;

/** What is wrong with a cell: what it is, what was expected, what to do. */
export interface CellProblem {
  readonly what: string;
  readonly expected: string;
  readonly fix: string;
}

/** A cell's meaning, or what is wrong with it. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: CellProblem };

const right = <T>(value: T): Read<T> => ({ ok: true, value });
const wrong = (what: string, expected: string, fix: string): Read<never> => ({ ok: false, problem: { what, expected, fix } });

/** Text that a person reads: what a cell holds, cut, in quotes. */
export function shown(cell: string): string {
  return JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);
}

/** Control characters and those that turn the direction of writing: none belongs to a key or a name. */
const STEERING = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
/** A spreadsheet runs a cell that begins so (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;
const NEUTRALISED = /^'+[=+\-@\t\r]/;
const TO_NEUTRALISE = /^'*[=+\-@\t\r]/;

/** Whether a spreadsheet would run this as a formula. */
export function isFormula(cell: string): boolean {
  return FORMULA.test(cell);
}

/** With an apostrophe before it where a spreadsheet would run it, or where it would be taken for one that has been put there. */
export function neutralised(value: string): string {
  return TO_NEUTRALISE.test(value) ? `'${value}` : value;
}

/** The text of a cell: what `neutralised` has put before it is taken away, and spaces around it. */
export function textOf(cell: string): string {
  return (NEUTRALISED.test(cell) ? cell.slice(1) : cell).trim();
}

export function readKey(cell: string): Read<string> {
  if (cell === "") return wrong("has no key", "what your application sends as its customer", "Fill it in, or remove the row.");
  if (cell.length > KEY_CHARS_MAX) return wrong(`has a key of ${cell.length} characters`, `at most ${KEY_CHARS_MAX}`, "Check that the columns are in place.");
  return STEERING.test(cell) ? wrong(`has a control character in the key ${shown(cell)}`, "text in one line", "Remove it.") : right(cell);
}

export function readName(cell: string): Read<string> {
  if (cell.length > NAME_CHARS_MAX) return wrong(`has a name of ${cell.length} characters`, `at most ${NAME_CHARS_MAX}`, "Shorten it.");
  return STEERING.test(cell) ? wrong(`has a control character in the name ${shown(cell)}`, "text in one line", "Remove it.") : right(cell);
}

/** Empty where nobody has said it. */
export function readZone(cell: string): Read<string> {
  const zone = cell.replaceAll(" ", "_");
  // An offset such as +01:00 is none: it has no summer time, so that half of the year's starts would be an hour off.
  if (zone === "" || (/^[A-Za-z]/.test(zone) && isZone(zone))) return right(zone);
  const names = Intl.supportedValuesOf("timeZone");
  const city = names.filter((name) => name.toLowerCase().endsWith(`/${zone.toLowerCase()}`));
  const near = city.length > 0 ? city : nearestNames(zone, names, 2);
  const fix =
    near.length === 0 ? "Write it so, or leave it empty: then the release's own zone decides." : `Write ${near.slice(0, 2).join(" or ")}, or leave it empty.`;
  return wrong(`has the time zone ${shown(cell)}`, "a name of the IANA database, such as Europe/Berlin", fix);
}

/** How exports of other systems call them. */
const TRACK_WORDS: Readonly<Record<Track, readonly string[]>> = {
  internal: ["internal", "ourselves", "own"],
  early: ["early", "beta", "early access", "preview"],
  standard: ["standard", "normal", "default", "stable"],
  late: ["late", "conservative", "last"],
};

/** `undefined` where the cell is empty. */
export function readTrack(cell: string): Read<Track | undefined> {
  if (cell === "") return right(undefined);
  const wanted = cell.toLowerCase().replaceAll(/[\s_-]+/g, " ");
  const found = TRACKS.find((track) => TRACK_WORDS[track].includes(wanted));
  return found === undefined
    ? wrong(`has the track ${shown(cell)}`, "ourselves, early, standard or late", "Write one of them, or leave it empty.")
    : right(found);
}

/** Words between commas, semicolons or bars, in lower case, sorted, each once. */
export function readTags(cell: string): Read<readonly string[]> {
  const words = cell.split(/[,;|]/).map((word) => word.trim().toLowerCase());
  const tags = [...new Set(words.filter((word) => word !== ""))].toSorted();
  if (tags.length > TAGS_MAX) return wrong(`has ${tags.length} tags`, `at most ${TAGS_MAX}`, "Keep those that plans use.");
  const bad = tags.find((tag) => tag.length > TAG_CHARS_MAX || STEERING.test(tag));
  return bad === undefined ? right(tags) : wrong(`has the tag ${shown(bad)}`, `a word of at most ${TAG_CHARS_MAX} characters in one line`, "Shorten it.");
}
