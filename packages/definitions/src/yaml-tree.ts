import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { DiagnosticCode } from "./diagnostic-catalogue.ts";
import type { FileReport, Finding, Span } from "./diagnostic.ts";
import { cutIdRuns, type IdRuns } from "./id-runs.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { fileBytesMax, PARSED_CHARS_MAX, unreadOf } from "./unread-file.ts";

/** A file's content with its places: what the checks walk. */
export type Tree =
  | { readonly kind: "map"; readonly span: Span; readonly entries: readonly Entry[] }
  | { readonly kind: "list"; readonly span: Span; readonly items: readonly Tree[] }
  | { readonly kind: "value"; readonly span: Span; readonly value: string | number | boolean | null };

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Tree;
}

/** Deeper nesting is no flag anybody wrote. */
const DEPTH_MAX = 40;
/** One slip in YAML can make every line after it wrong: nobody reads more. */
const FINDINGS_MAX = 20;

const tooDeep: Finding = {
  code: "yaml/too-deep",
  message: `This is nested more than ${DEPTH_MAX} deep.`,
  fix: "Flatten it: give parts of it names as segments.",
};

const codes: Readonly<Record<string, readonly [DiagnosticCode, string]>> = {
  TAB_AS_INDENT: ["yaml/tab", "Replace the tab by spaces."],
  MULTIPLE_DOCS: ["yaml/several", "Keep one document in each file: move what follows --- to a file of its own."],
};

/** Reads YAML 1.2 (core schema: `on`, `no` and dates are strings). Undefined where there is nothing to walk; the report says why. */
export function parseTree(text: string, report: FileReport): Tree | undefined {
  const refused = refusalOf(text, report.file);
  if (refused !== undefined) {
    report.add(wholeOf(text), refused);
    return undefined;
  }
  const marker = /^(?:<{7}|>{7}|={7})(?: .*)?$/m.exec(text);
  if (marker) {
    report.add(
      { start: marker.index, end: marker.index + marker[0].length },
      {
        code: "yaml/merge-marker",
        message: `The line "${marker[0].slice(0, 40)}" is left over from a merge.`,
        fix: "Decide for one side, delete the markers, and commit again.",
      },
    );
    return undefined;
  }
  const plain = text.length > PARSED_CHARS_MAX ? undefined : readPlainYaml(text);
  return plain ?? parseWhole(text, report);
}

/** Reads any YAML, several times as slowly as `readPlainYaml` its plain part; exported for the test that holds them against each other. */
export function parseWhole(text: string, report: FileReport): Tree | undefined {
  const all = wholeOf(text);
  const read = readDocument(text);
  if (read === undefined) {
    report.add(all, {
      code: "file/not-text",
      message: "This file is not read: more than 1 MiB of it is something else than plain lists of ids.",
      fix: "Write long lists with one id a line, without quotes and comments between them.",
    });
    return undefined;
  }
  const { document, runs } = read;
  if (document.errors.some((error) => error.code === "RESOURCE_EXHAUSTION")) {
    report.add(all, tooDeep);
    return undefined;
  }
  for (const error of document.errors.slice(0, FINDINGS_MAX)) {
    const [code, fix] = codes[error.code] ?? ["yaml/syntax", "Look at the indentation, the quotes and the brackets around this place."];
    const bracket = /^Flow (?:map|sequence)/.test(error.message) ? openBracket(document.contents, error.pos[0], text) : undefined;
    if (bracket === undefined)
      report.add(
        { start: error.pos[0], end: error.pos[1] },
        { code, message: error.code === "MULTIPLE_DOCS" ? "A second YAML document begins here." : sentence(error.message), fix },
      );
    else report.add({ start: bracket, end: bracket + 1 }, unclosed(text[bracket] === "{" ? "{" : "["));
  }
  if (document.errors.length > 0) return undefined;
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    report.add(all, {
      code: "file/empty",
      message: "The file is empty.",
      fix: "Begin with `key:`, or in a file of an environment with `default:`; or delete it.",
    });
    return undefined;
  }
  const before = report.diagnostics.length;
  const tree = treeOf(contents, { report, runs }, 0);
  // Where parts could not be read, everything that is missing there would be reported as well: only the cause is.
  return report.diagnostics.slice(before).some(({ code }) => code === "yaml/alias" || code === "yaml/too-deep") ? undefined : tree;
}

/** Where what is said of a whole file stands: its first line. */
const wholeOf = (text: string): Span => ({ start: 0, end: Math.min(text.length, Math.max(1, text.indexOf("\n"))) });

/** What keeps a file from being looked at. */
export function refusalOf(text: string, path: string): Finding | undefined {
  const most = fileBytesMax(path);
  const unread = unreadOf(text);
  if (unread === undefined && text.length <= most && !text.includes("\u0000")) return undefined;
  const { why, fix = `Commit a regular text file of at most ${most >> 20} MiB.` } = unread ?? {
    why: text.length > most ? `it has ${text.length} characters` : "it holds NUL characters",
  };
  return { code: "file/not-text", message: `This file is not read: ${why}.`, fix };
}

interface ReadDocument {
  readonly document: Document.Parsed;
  readonly runs: IdRuns;
}

/** Parses all but long lists of ids; everything, where a run turns out to be something else, such as lines of a description. Undefined: too much. */
function readDocument(text: string): ReadDocument | undefined {
  const { text: cut, runs, cutChars } = cutIdRuns(text);
  if (text.length - cutChars > PARSED_CHARS_MAX) return undefined;
  const document = parsed(cut);
  if (runs.size === placesOf(document, runs)) return { document, runs };
  return text.length > PARSED_CHARS_MAX ? undefined : { document: parsed(text), runs: new Map() };
}

/** Keys are compared in mapOf: the parser compares each with all before it, minutes for a hostile file, and would tell 1 and "1" apart. */
function parsed(text: string): Document.Parsed {
  const lineCounter = new LineCounter();
  return parseDocument(text, { version: "1.2", schema: "core", merge: false, uniqueKeys: false, strict: true, prettyErrors: false, lineCounter });
}

/** How many runs follow an item of a list. */
function placesOf(document: Document.Parsed, runs: IdRuns): number {
  let count = 0;
  if (runs.size > 0)
    visit(document, {
      Seq: (_, { items }) => {
        for (const item of items) if (isScalar(item) && item.range !== undefined && runs.has(item.range?.[0] ?? -1)) count += 1;
      },
    });
  return count;
}

const unclosed = (bracket: "{" | "["): Finding => {
  const closing = bracket === "{" ? "}" : "]";
  return {
    code: "yaml/syntax",
    message: `This ${bracket} is never closed.`,
    expected: `a ${closing} where its content ends`,
    fix: `Add the missing ${closing}`,
  };
};

/** Where the innermost flow map or list begins that is still open at an offset: the parser names the end of the file instead. */
function openBracket(contents: Node | null, offset: number, text: string): number | undefined {
  let found: number | undefined;
  visit(contents, {
    Collection: (_, node) => {
      const start = node.range?.[0] ?? 0;
      const isOpen = node.flow === true && start <= offset && !isClosed(node, text);
      if (isOpen) found = start;
    },
  });
  return found;
}

/** Whether a flow map or list ends with a bracket of its own: the last one may be that of what stands in it. */
function isClosed(node: YAMLMap | YAMLSeq, text: string): boolean {
  const [start, end] = node.range ?? [0, 0];
  const whole = text.slice(start, end).trimEnd();
  const last = node.items.at(-1);
  const inner = isPair(last) ? last.value : last;
  const innerEnd = isNode(inner) && (isMap(inner) || isSeq(inner)) ? (inner.range?.[1] ?? 0) : 0;
  return /[}\]]$/.test(whole) && start + whole.length > innerEnd;
}

const sentence = (message: string): string => {
  const first = message.split("\n")[0] ?? message;
  return first.endsWith(".") ? first : `${first}.`;
};

const spanOf = (node: Node): Span => ({ start: node.range?.[0] ?? 0, end: node.range?.[1] ?? 0 });

interface Walk {
  readonly report: FileReport;
  readonly runs: IdRuns;
}

function treeOf(node: unknown, walk: Walk, depth: number): Tree | undefined {
  const { report, runs } = walk;
  if (report.diagnostics.some(({ code }) => code === "yaml/alias" || code === "yaml/too-deep")) return undefined;
  if (depth > DEPTH_MAX) {
    report.add(isMap(node) || isSeq(node) ? spanOf(node) : { start: 0, end: 1 }, tooDeep);
    return undefined;
  }
  if (isAlias(node) || ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined)) {
    report.add(spanOf(node), {
      code: "yaml/alias",
      message: isAlias(node) ? `*${node.source} is an alias, and flag files have none.` : `&${node.anchor ?? ""} is an anchor, and flag files have none.`,
      fix: "Write the value out at each place.",
    });
    return undefined;
  }
  if (isMap(node)) return mapOf(node, walk, depth);
  if (isSeq(node)) {
    const items = node.items.flatMap((item): readonly Tree[] => {
      const tree = treeOf(item, walk, depth + 1);
      return tree === undefined ? [] : runs.size === 0 ? [tree] : [tree, ...(runs.get(tree.span.start) ?? [])];
    });
    return { kind: "list", span: spanOf(node), items };
  }
  return isScalar(node) ? valueOf(node, report) : undefined;
}

function mapOf(node: YAMLMap, walk: Walk, depth: number): Tree {
  const { report } = walk;
  const entries: Entry[] = [];
  const keys = new Set<string>();
  for (const pair of node.items) {
    const value = treeOf(pair.value, walk, depth + 1);
    if (!isScalar(pair.key)) {
      report.add(spanOf(node), { code: "yaml/syntax", message: "A key of this map is not a word.", fix: "Write it as text, in quotes if need be." });
      continue;
    }
    const keySpan = spanOf(pair.key);
    const key = String(pair.key.source ?? pair.key.value);
    if (keys.has(key)) {
      report.add(keySpan, { code: "yaml/duplicate-key", message: `"${key.slice(0, 60)}" stands here for the second time.`, fix: "Keep one of the two." });
      continue;
    }
    keys.add(key);
    entries.push({ key, keySpan, value: value ?? { kind: "value", span: keySpan, value: null } });
  }
  return { kind: "map", span: spanOf(node), entries };
}

function valueOf(node: Scalar, report: FileReport): Tree {
  const { value } = node;
  if (typeof value === "number" && !isExact(value, node.source))
    report.add(spanOf(node), {
      code: "yaml/number",
      message: `${node.source ?? String(value)} cannot be held exactly.`,
      expected: "a finite number; whole numbers within ±9007199254740991",
      fix: "Write a smaller number, or put it in quotes as a text.",
    });
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null)
    return { kind: "value", span: spanOf(node), value };
  return { kind: "value", span: spanOf(node), value: typeof value === "bigint" ? Number(value) : (node.source ?? "") };
}

/** Numbers that JSON and every SDK read alike. Fractions are rounded by all in the same way; whole numbers above 2⁵³ are not. */
const isExact = (value: number, source: string | undefined): boolean =>
  Number.isFinite(value) && (Number.isSafeInteger(value) || !/^[-+]?(?:\d+|0o[0-7]+|0x[\da-fA-F]+)$/.test(source ?? ""));
