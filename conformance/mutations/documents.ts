// Snapshots, patches and urgent kills as text, spoiled in every way that was thought of, or written differently with the same meaning.
import type { Draw } from "./draw.ts";

/** `same`: means what the original means. `flag`: at most this flag means something else. Neither: anything may have happened. */
export interface MutatedText {
  readonly text: string;
  readonly how: string;
  readonly same?: true;
  readonly flag?: string;
}

type Path = readonly string[];

/** Names that objects inherit, or that code likes to look for. */
const NAMES = ["__proto__", "constructor", "toString", "toJSON", "then", "hasOwnProperty", "length", "valueOf", "prototype", "0", ""];
const HUGE_NUMBERS = ["1e400", "-1e400", "1e308", "9007199254740993", "-9007199254740993", "5e-324", "-0", "1e-400", "100000.5", `1${"0".repeat(1_500)}`];
/** Depths beyond what conditions may have, beyond what recursion stands, and beyond what a list of arguments stands. */
const DEPTHS = [65, 66, 70, 1_000, 20_000];

/** Writes JSON, each time differently, so that a reader must understand the same. Names in records (flags, kills, variants) are not added to. */
export function writeDifferently(value: unknown, draw: Draw, path: Path = []): string {
  const space = (): string => (draw.chance(0.1) ? draw.pick([" ", "\n", "\t\r", "   "]) : "");
  if (typeof value === "string") return writeText(value, draw);
  if (typeof value === "number")
    return draw.chance(0.7) ? String(value) : draw.pick([value.toExponential(), ...(Number.isInteger(value) ? [`${value}.0`] : [])]);
  if (Array.isArray(value)) return `[${value.map((item) => space() + writeDifferently(item, draw, [...path, "#"]) + space()).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const write = (name: string, member: unknown): string =>
    `${space()}${writeText(name, draw)}${space()}:${space()}${writeDifferently(member, draw, [...path, name])}${space()}`;
  const entries = draw.shuffled(Object.entries(value));
  const members = entries.map(([name, member]) => write(name, member));
  // The last of several equal names counts, so an earlier one may say anything.
  const [again] = entries.length > 0 && draw.chance(0.05) ? [draw.pick(entries)] : [];
  if (again !== undefined) members.unshift(`${JSON.stringify(again[0])}:${JSON.stringify(junk(draw))}`);
  if (!isRecord(path) && !isInRule(path) && draw.chance(0.1)) {
    const name = draw.pick([...NAMES, "later"]);
    const takenNames: unknown = Object.fromEntries(
      draw.shuffled(["flags", "kills", "rules", "off", "serve", "if", "share", "scope"]).map((each) => [each, junk(draw)]),
    );
    if (!Object.hasOwn(value, name)) members.push(`${JSON.stringify(name)}:${JSON.stringify(draw.chance(0.5) ? takenNames : junk(draw))}`);
  }
  return `{${members.join(",")}}`;
}

/** True for objects whose names are somebody's names, where another one is not an unknown field. */
function isRecord(path: Path): boolean {
  const inParts = path[0] === "set" || path[0] === "drop" ? path.slice(1) : path;
  return path.includes("variants") || (inParts.length === 1 && ["flags", "segments", "kills", "journals"].includes(inParts[0] ?? ""));
}

/** True for a rule and what it serves: there a field that nobody knows makes the rule match nobody. */
function isInRule(path: Path): boolean {
  const inParts = path[0] === "set" ? path.slice(1) : path;
  return inParts[0] === "flags" && inParts[2] === "rules";
}

function writeText(text: string, draw: Draw): string {
  if (draw.chance(0.8)) return JSON.stringify(text);
  const escaped = Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`);
  return `"${draw.chance(0.5) ? escaped.join("") : escaped.join("").toUpperCase().replaceAll("\\U", "\\u")}"`;
}

/** A value that nobody expects there. */
export function junk(draw: Draw, depth = 0): unknown {
  // What a type calls absent and JSON writes as null is mistaken most often.
  if (draw.chance(0.15)) return null;
  const kind = draw.below(depth > 2 ? 8 : 11);
  if (kind < 8) return [null, true, false, 0, -1, 1.5, draw.pick(["", "on", "f1", "s1", "\ud800", "__proto__", "x".repeat(2_000)]), 1e308][kind];
  if (kind === 8) return Array.from({ length: draw.below(4) }, () => junk(draw, depth + 1));
  const entries = Array.from({ length: draw.below(4) }, () => [draw.pick([...NAMES, "flags", "on", "f1"]), junk(draw, depth + 1)] as const);
  return kind === 9 ? Object.fromEntries(entries) : [draw.pick(["all", "any", "not", "segment", "equals", "in"]), ...entries.map(([, value]) => value)];
}

interface Place {
  readonly path: Path;
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function placesIn(value: unknown, path: Path = []): readonly Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ path: [...path, name], holder, name }, ...placesIn(holder[name], [...path, name])]);
}

/** Stands where raw JSON is put in, which no value could be written as. */
const HOLE = "@hole@";

/** Spoils one place of the tree; the places near its root are few, so they get a share of their own. */
export function spoilTree(document: unknown, draw: Draw): MutatedText {
  const copy: unknown = JSON.parse(JSON.stringify(document));
  const places = placesIn(copy);
  const outer = places.filter(({ path }) => path.length <= 2);
  const { path, holder, name } = draw.pick(draw.chance(0.4) ? outer : places);
  const put = (at: string, value: unknown): unknown => Object.defineProperty(holder, at, { value, enumerable: true, configurable: true, writable: true });
  const set = (value: unknown): unknown => put(name, value);
  const items = Array.isArray(holder) ? (holder as unknown[]) : undefined;
  let inHole = "";
  const ways: Readonly<Record<string, () => unknown>> = {
    "another value": () => set(junk(draw)),
    "another place's value": () => {
      const other = draw.pick(places);
      set(structuredClone(other.holder[other.name]));
    },
    "as text": () => set(JSON.stringify(holder[name])),
    "in a list": () => set([holder[name]]),
    "in an object": () => set({ [draw.pick(["value", "0"])]: holder[name] }),
    "left out": () => (items === undefined ? delete holder[name] : items.splice(Number(name), 1)),
    doubled: () => (items === undefined ? set([holder[name], holder[name]]) : items.splice(Number(name), 0, structuredClone(holder[name]))),
    "a huge number": () => {
      inHole = draw.pick(HUGE_NUMBERS);
      set(HOLE);
    },
    "deeply nested": () => {
      inHole = nested(draw);
      set(HOLE);
    },
    "another name": () => {
      if (items !== undefined) return items.reverse();
      put(draw.pick(NAMES), holder[name]);
      return delete holder[name];
    },
  };
  const how = draw.pick(Object.keys(ways));
  ways[how]?.();
  const text = JSON.stringify(copy).replace(JSON.stringify(HOLE), () => inHole);
  // A name beside a flag's is another flag, or one flag less: in both cases at most that flag answers otherwise. A kill's flags are a list.
  const parts = path[0] === "set" ? path.slice(1) : path;
  const isFlag = parts[0] === "flags" && !/^\d+$/.test(parts[1] ?? "0");
  return { text, how: `${how} at ${path.join(".")}`, ...(isFlag ? { flag: parts[1] ?? "" } : {}) };
}

function nested(draw: Draw): string {
  const depth = draw.chance(0.002) ? 500_000 : draw.pick(DEPTHS);
  const [open, middle, close] = draw.pick([
    ["[", "", "]"],
    ['{"a":', "1", "}"],
    ['["not",', '["exists","name",true]', "]"],
    ['["all",', '["segment","s0"]', "]"],
  ] as const);
  return open.repeat(depth) + middle + close.repeat(depth);
}

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/gs;

/** Spoils the text with no thought of what it means. */
export function spoilText(document: unknown, draw: Draw): MutatedText {
  const text = JSON.stringify(document);
  const tokens: readonly string[] = text.match(TOKENS) ?? [];
  const at = draw.below(tokens.length);
  const from = draw.below(text.length);
  const to = Math.min(text.length, from + 1 + draw.below(draw.chance(0.5) ? 8 : 200));
  const put = (...given: readonly string[]): string => tokens.toSpliced(at, 1, ...given).join("");
  const strings = tokens.flatMap((token, index) => (token.startsWith('"') ? [index] : []));
  const inString = draw.pick(strings);
  const ways: Readonly<Record<string, () => string>> = {
    "bits turned": () => flipBits(text, draw),
    "cut off": () => text.slice(0, from),
    "begun late": () => text.slice(from),
    "a piece left out": () => text.slice(0, from) + text.slice(to),
    "a piece doubled": () => text.slice(0, to) + text.slice(from),
    "all doubled": () => text + draw.pick(["", ",", "\n"]) + text,
    "two tokens swapped": () => tokens.with(at, draw.pick(tokens)).join(""),
    "a token replaced": () => put(draw.pick(["null", "true", "{}", "[]", '""', "0", '"on"', "NaN", "undefined", "'", "\\", "//", ...HUGE_NUMBERS])),
    "a token put in": () => put(tokens[at] ?? "", draw.pick(tokens)),
    "a lone surrogate": () =>
      tokens.with(inString, `"${draw.pick(["\\ud800", "\\udfff", "\ud83d", "\u0000", "\\u12"])}${(tokens[inString] ?? "").slice(1)}`).join(""),
    "a name changed": () => tokens.with(inString, JSON.stringify(draw.pick(NAMES))).join(""),
    "deeply nested": () => put(nested(draw)),
    "a byte order mark": () => `\ufeff${text}`,
    "nothing left": () => draw.pick(["", " ", "null", "[]", "{}", "0", '"text"', "{".repeat(10_000), "[".repeat(300_000)]),
  };
  const how = draw.pick(Object.keys(ways));
  return { text: ways[how]?.() ?? text, how };
}

/** As it would come over a wire: bytes, and then what TextDecoder makes of them. */
function flipBits(text: string, draw: Draw): string {
  const bytes = new TextEncoder().encode(text);
  for (let times = 1 + draw.below(3); times > 0; times--) {
    const at = draw.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << draw.below(8));
  }
  return new TextDecoder().decode(bytes);
}

export function mutate(document: unknown, draw: Draw): MutatedText {
  if (draw.chance(0.35)) return { text: writeDifferently(document, draw), how: "written differently", same: true };
  return draw.chance(0.6) ? spoilTree(document, draw) : spoilText(document, draw);
}
