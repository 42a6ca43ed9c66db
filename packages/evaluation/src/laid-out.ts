import { decodeLimits } from "./decode.ts";
import { canonicalJson } from "./encode.ts";
import type { FlagPlaces } from "./flag-forms.ts";
import type { FlagForm, Snapshot } from "./snapshot-form.ts";

/** White space that JSON allows between flags and never has within a string, and that an event stream does not take for the end of a line. */
const MARK = "\t";
const OPENING = '"flags":{';

/**
 * A snapshot as it travels: canonical JSON, but for one tab in front of each flag and one behind the last. Each flag with its comma is a line
 * between tabs, and lines are in the order of their code units (which is another than that of the keys where a key holds a space, "!" or what
 * JSON escapes): whoever knows that the text is as it was written finds a flag without reading the others. Where there are no flags there are no tabs.
 */
export function layOutSnapshot(snapshot: Snapshot): string {
  const members = Object.entries(snapshot)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${name === "flags" ? layOutFlags(snapshot.flags) : canonicalJson(member)}`);
  return `{${members.sort().join(",")}}`;
}

function layOutFlags(flags: Readonly<Record<string, FlagForm>>): string {
  const lines = Object.entries(flags).map(([key, form]) => `${JSON.stringify(key)}:${canonicalJson(form)}`);
  // Without a comparison of one's own, sort takes texts by their code units.
  return lines.length === 0 ? "{}" : `{${MARK}${lines.sort().join(`,${MARK}`)}${MARK}}`;
}

/** Stands for the flags in what is around them, so that whoever reads it sees which object they were taken from. No flag is called so. */
export const TAKEN_OUT = "flags between tabs";

/**
 * The flags of a text that is laid out, and what is around them: the JSON of a snapshot whose only flag is `TAKEN_OUT`.
 * Undefined where it is not laid out.
 */
export function flagLines(text: string): { readonly flags: FlagLines; readonly rest: string } | undefined {
  const lines = text.split(MARK);
  const [head = "", tail = ""] = [lines[0], lines.pop()];
  if (lines.length < 2 || !head.endsWith(OPENING) || !tail.startsWith("}")) return undefined;
  for (let at = 1; at < lines.length; at += 1) if (!isInPlace(lines, at)) return undefined;
  return { flags: new FlagLines(lines), rest: `${head}${JSON.stringify(TAKEN_OUT)}:{}${tail}` };
}

/** Begins with a name of allowed length, ends where the next begins, and comes behind the one before: else the search would miss flags. */
function isInPlace(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? "";
  const isLast = at + 1 === lines.length;
  return line.startsWith('"') && line.endsWith(isLast ? "}" : ",") && (at === 1 || (lines[at - 1] ?? "") < line) && !hasLongName(line);
}

function hasLongName(line: string): boolean {
  return line.length > decodeLimits.nameLength && (keyIn(line)?.length ?? 0) > decodeLimits.nameLength;
}

/** Flags between tabs. Nothing is made of them before they are asked for: a table of 10,000 names takes longer than all the rest. */
class FlagLines implements FlagPlaces {
  /** The first is what comes before the flags. */
  readonly #lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  get count(): number {
    return this.#lines.length - 1;
  }

  textOf(key: string): string | undefined {
    const name = `${JSON.stringify(key)}:`;
    const at = this.#firstFrom(name);
    const line = this.#lines[at];
    return line?.startsWith(name) === true ? line.slice(name.length, at + 1 === this.#lines.length ? undefined : -1) : undefined;
  }

  keys(): string[] {
    return this.#lines.slice(1).flatMap((line) => keyIn(line) ?? []);
  }

  /** Number of the first line that does not come before this text. */
  #firstFrom(text: string): number {
    let [low, high] = [1, this.#lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle] ?? "") < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The name that a line begins with: up to the first quote that is not escaped. Undefined where it is none, so that nobody can ask for it. */
function keyIn(line: string): string | undefined {
  let end = 1;
  while (line[end] !== '"' && end < line.length) end += line[end] === "\\" ? 2 : 1;
  try {
    return JSON.parse(line.slice(0, end + 1)) as string;
  } catch {
    // Only whoever vouches for a text without having written it can bring one here that is no JSON.
    return undefined;
  }
}
