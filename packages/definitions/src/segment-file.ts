import type { SegmentForm } from "@sluice/evaluation";
import { type Mention, readCondition } from "./condition-reader.ts";
import { FileReport, type Span } from "./diagnostic.ts";
import { Fields, nearest, wordFor } from "./fields.ts";
import { sourcePlace } from "./source-path.ts";
import { parseTree } from "./yaml-tree.ts";

/** Ids of one list: what SDKs hold as a set without noticing. */
export const IDS_MAX = 100_000;

/** What `list` says of a list whose members are decisions. */
export const RUNTIME = "runtime";

/** Fields of a segment's file; the published schema lists the same. */
export const SEGMENT_FIELDS = ["key", "description", "owner", "by", "list", "include", "exclude", "if"] as const;

/** A segment's file, read by itself. */
export interface SegmentFile {
  readonly path: string;
  readonly key?: string;
  readonly keySpan?: Span;
  readonly description?: string;
  readonly form?: SegmentForm;
  /** True where people decide at run time who is in it, besides what the form says. */
  readonly isRuntimeList?: true;
  readonly mentions: readonly Mention[];
  readonly report: FileReport;
}

/** Reads one segment file; never throws. */
export function readSegmentFile(path: string, text: string): SegmentFile {
  const report = new FileReport(path, text);
  const mentions: Mention[] = [];
  const tree = parseTree(text, report);
  const fields = tree && Fields.ofFile(report, tree, SEGMENT_FIELDS);
  if (fields === undefined) return { path, mentions, report };
  const keyTree = fields.required("key", keyOfSegmentPath(path));
  const key = fields.text("key", keyTree);
  const description = fields.text("description");
  const owner = fields.text("owner");
  if (owner !== undefined) mentions.push({ kind: "owner", name: owner, span: fields.tree("owner")?.span ?? fields.span });
  const by = fields.text("by");
  const isRuntimeList = readList(fields, report);
  const include = readIds(fields, "include", report);
  const exclude = readIds(fields, "exclude", report);
  const ifTree = fields.tree("if");
  const condition = ifTree && readCondition(ifTree, { report, mentions });
  const form: SegmentForm = {
    ...(by === undefined || by === "targetingKey" ? {} : { by }),
    ...(include.length === 0 ? {} : { include }),
    ...(exclude.length === 0 ? {} : { exclude }),
    ...(condition === undefined ? {} : { if: condition }),
  };
  return {
    path,
    mentions,
    report,
    ...(key === undefined || keyTree === undefined ? {} : { key, keySpan: keyTree.span }),
    ...(description === undefined ? {} : { description }),
    ...(isRuntimeList ? { isRuntimeList } : {}),
    ...(report.hasErrors ? {} : { form }),
  };
}

export function keyOfSegmentPath(path: string): string {
  return sourcePlace(path)
    .path.replace(/^segments\//, "")
    .replace(/\.ya?ml$/, "")
    .replaceAll("/", ".");
}

/** `list: runtime`, the one kind of list that is kept outside Git. */
function readList(fields: Fields, report: FileReport): boolean {
  const tree = fields.tree("list");
  if (tree === undefined) return false;
  if (tree.kind === "value" && tree.value === RUNTIME) return true;
  const written = tree.kind === "value" ? String(tree.value) : "";
  report.add(tree.span, {
    code: "field/value",
    message: `"list" is ${wordFor(tree)}.`,
    expected: RUNTIME,
    nearest: nearest(written, [RUNTIME]),
    fix: `Write "list: ${RUNTIME}" where people decide who is in it, or put the ids under "include".`,
  });
  return false;
}

function readIds(fields: Fields, name: "include" | "exclude", report: FileReport): readonly string[] {
  const items = fields.items(name);
  if (items.length > IDS_MAX)
    report.add(items[IDS_MAX]?.span ?? fields.span, {
      code: "field/value",
      message: `"${name}" lists ${items.length} ids; ${IDS_MAX} are allowed.`,
      fix: `Use a condition, or several segments with "any".`,
    });
  return items.flatMap((item) => {
    if (item.kind === "value" && (typeof item.value === "string" || typeof item.value === "number")) return [String(item.value)];
    report.add(item.span, {
      code: "field/type",
      message: `An id is ${wordFor(item)}, where a text belongs.`,
      expected: "a text",
      fix: "Write each id as a text.",
    });
    return [];
  });
}
