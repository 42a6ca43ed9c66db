import type { Condition } from "@sluice/evaluation";
import type { FileReport, Finding, Span } from "./diagnostic.ts";
import { Fields } from "./fields.ts";
import { readPercent } from "./serve-reader.ts";
import type { Tree } from "./yaml-tree.ts";

/** Fields of `exclusion:`. */
export const EXCLUSION_FIELDS = ["group", "from", "to", "by"] as const;

/** A flag's part of an exclusion group: of one group, nobody is in two parts. Ends in 1/100,000. */
export interface Exclusion {
  readonly group: string;
  readonly by: string;
  readonly from: number;
  readonly to: number;
  readonly span: Span;
}

/** Reads `exclusion: { group: checkout, from: 0, to: 30, by: customer }`. */
export function readExclusion(tree: Tree, report: FileReport): Exclusion | undefined {
  const fields = Fields.of(report, tree, EXCLUSION_FIELDS, "exclusion");
  if (fields === undefined) return undefined;
  const group = fields.required("group", "checkout") && fields.text("group");
  const [fromTree, toTree] = [fields.required("from", "0"), fields.required("to", "50")];
  const from = fromTree && readPercent(fromTree, "The part's beginning", report);
  const to = toTree && readPercent(toTree, "The part's end", report);
  const by = fields.text("by") ?? "targetingKey";
  if (group === undefined || from === undefined || to === undefined) return undefined;
  if (from < to) return { group, by, from, to, span: tree.span };
  report.add(tree.span, {
    code: "exclusion/range",
    message: "This part of the group ends before it begins, so nobody would be in it.",
    expected: "from below to",
    fix: "Write for example from: 0, to: 50",
  });
  return undefined;
}

/** The part as a condition of `eligible`: outside it, the flag is off. */
export function conditionOf({ group, by, from, to }: Exclusion): Condition {
  return ["slots", by, [`group:${group}`, from, to]];
}

/** What is wrong between two flags of one group; undefined where they exclude each other. */
export function exclusionFinding(own: Exclusion, other: Exclusion, otherFlag: string): Finding | undefined {
  if (own.group !== other.group) return undefined;
  if (own.by !== other.by)
    return {
      code: "exclusion/by",
      message: `"${otherFlag}" counts the group "${own.group}" by ${other.by}, and this flag by ${own.by}: then they do not exclude each other.`,
      fix: "Count a group by one attribute in all its flags.",
    };
  if (own.from >= other.to || other.from >= own.to) return undefined;
  return {
    code: "exclusion/overlap",
    message: `This part of the group "${own.group}" overlaps with that of "${otherFlag}", which is ${other.from / 1_000} to ${other.to / 1_000}.`,
    fix: "Give each flag of the group a part of its own.",
  };
}
