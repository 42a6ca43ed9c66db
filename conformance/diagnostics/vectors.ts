// Bad definitions, each with what is said of it and where, written by hand; and the projects that they stand in. It imports no code of Sluice.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** What is said of one mistake, and where it begins; lines and columns count from 1. */
export interface Said {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
}

/** One project with many bad definitions beside each other. */
export interface VectorProject {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
  /** In the order of the project's own report: by file and place. */
  readonly said: readonly Said[];
  /** The good flag that most of them are spoilt from, with the number 000. */
  readonly base: string;
}

type Words = readonly [code: string, message: string, severity?: "warning"];
type Vector =
  | { readonly put: readonly [old: string, bad: string]; readonly says: Words }
  | { readonly file: string; readonly text: string; readonly says: Words }
  | { readonly file: string; readonly text: string; readonly all: readonly Words[] };
interface VectorFile {
  readonly project?: string;
  /** A good flag; `put` spoils it in one place. */
  readonly base?: string;
  readonly good?: Readonly<Record<string, string>>;
  readonly vectors: readonly Vector[];
}

/** Stands where a mistake begins. */
const MARK = "‹";

/** Every project of the vectors; `§` is a vector's number, so that each has a file and a key of its own. */
export function vectorProjects(): readonly VectorProject[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => projectOf(name.replace(".yaml", ""), parse(readFileSync(join(import.meta.dirname, name), "utf8")) as VectorFile));
}

function projectOf(name: string, { project, base = "", good = {}, vectors }: VectorFile): VectorProject {
  const files = new Map(Object.entries(good));
  if (project !== undefined) files.set("sluice.yaml", project);
  const said: Said[] = [];
  for (const [at, vector] of vectors.entries()) {
    const own = (text: string): string => text.replaceAll("§", () => String(at + 1).padStart(3, "0"));
    const [path, marked] = "put" in vector ? [own("flags/v/n§.yaml"), spoilt(base, vector.put)] : [own(vector.file), vector.text];
    const { text, places } = placesOf(own(marked));
    const words = "all" in vector ? vector.all : [vector.says];
    if (places.length !== words.length || files.has(path))
      throw new Error(`${name}: vector ${at + 1} has ${places.length} places for ${words.length} mistakes`);
    files.set(path, text);
    for (const [index, [code, message, severity = "error"]] of words.entries())
      said.push({ file: path, ...(places[index] ?? { line: 0, column: 0 }), severity, code, message: own(message) });
  }
  return {
    name,
    files,
    base: base.replaceAll("§", "000"),
    said: said.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column)),
  };
}

function spoilt(base: string, [old, bad]: readonly [string, string]): string {
  const at = base.indexOf(old);
  if (at < 0 || base.includes(old, at + 1)) throw new Error(`the good flag has ${JSON.stringify(old)} not once`);
  return base.slice(0, at) + bad + base.slice(at + old.length);
}

function placesOf(marked: string): { readonly text: string; readonly places: readonly { readonly line: number; readonly column: number }[] } {
  const [first = "", ...rest] = marked.split(MARK);
  let text = first;
  const places: { line: number; column: number }[] = [];
  for (const part of rest) {
    const lines = text.split("\n");
    places.push({ line: lines.length, column: (lines.at(-1) ?? "").length + 1 });
    text += part;
  }
  return { text, places };
}
