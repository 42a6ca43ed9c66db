import type { FileReport } from "./diagnostic.ts";
import { Fields, listWords, nearest, readCountUpTo, wordFor } from "./fields.ts";
import type { Tree } from "./yaml-tree.ts";

/** Which changes an approval is asked of: any at all, those after which somebody may get something else, those with a risk, those that wait for a person. */
export const APPROVAL_RISKS = ["any", "changes", "risky", "waits"] as const;
export type ApprovalRisk = (typeof APPROVAL_RISKS)[number];

/** Who must agree before a change of definitions is merged. */
export interface ProjectApproval {
  /** Absent: in every environment. */
  readonly environment?: string;
  readonly when: ApprovalRisk;
  /** How many people, of each team that is asked. */
  readonly count: number;
  /** Teams of the project; `owners` stands for the team that owns each flag. Empty: anybody who may merge. */
  readonly from: readonly string[];
}

/** Stands among teams for the team that owns each flag. */
export const OWNERS = "owners";
/** Fields of an approval; the published schema lists the same. */
export const APPROVAL_FIELDS = ["environment", "when", "count", "from"] as const;
/** More people never agreed to one change. */
export const APPROVAL_COUNT_MAX = 10;
/** Policies that nobody could read any more. */
export const APPROVALS_MAX = 50;
/** People and teams of a Git host that one team of the project may be. */
const HANDLES_MAX = 50;
const HANDLE = /^@[\w.-]{1,100}(?:\/[\w.-]{1,100})?$/;

/** Reads `approvals:`; one with a mistake is told and left out, and no flag is kept back for it. */
export function readApprovals(
  fields: Fields,
  report: FileReport,
  known: { readonly environments: readonly string[]; readonly teams: readonly string[] },
): readonly ProjectApproval[] {
  const items = fields.items("approvals");
  if (items.length > APPROVALS_MAX)
    report.add(fields.tree("approvals")?.span ?? fields.span, {
      code: "field/value",
      message: `There are ${items.length} approvals; ${APPROVALS_MAX} are allowed.`,
      fix: "Leave out those that another one includes.",
    });
  return items.slice(0, APPROVALS_MAX).flatMap((item) => {
    const one = Fields.of(report, item, APPROVAL_FIELDS, "An approval");
    if (one === undefined) return [];
    const when = one.tree("when") === undefined ? "changes" : one.oneOf("when", APPROVAL_RISKS);
    const environment = readName(one, report, { field: "environment", names: known.environments });
    const count = readCount(one, report);
    const from = one.items("from").map((team) => nameIn(team, report, { field: "from", names: [...known.teams, OWNERS] }));
    const named = from.filter((team) => team !== undefined);
    if (when === undefined || environment === undefined || count === undefined || named.length < from.length) return [];
    return [{ when, count, from: named, ...(environment === "" ? {} : { environment }) }];
  });
}

interface Names {
  readonly field: string;
  readonly names: readonly string[];
}

/** Empty where nothing is said. */
function readName(one: Fields, report: FileReport, names: Names): string | undefined {
  const tree = one.tree(names.field);
  return tree === undefined ? "" : nameIn(tree, report, names);
}

function nameIn(tree: Tree, report: FileReport, { field, names }: Names): string | undefined {
  const name = tree.kind === "value" && typeof tree.value === "string" ? tree.value : undefined;
  if (name !== undefined && names.includes(name)) return name;
  const near = name === undefined ? undefined : nearest(name, names);
  report.add(tree.span, {
    code: "field/value",
    message: `"${field}" of an approval names ${wordFor(tree)}.`,
    expected: listWords(names),
    nearest: near,
    fix: near === undefined ? "Name one that this file has." : `Write "${near}".`,
  });
  return undefined;
}

function readCount(one: Fields, report: FileReport): number | undefined {
  const tree = one.tree("count");
  return tree === undefined ? 1 : readCountUpTo(APPROVAL_COUNT_MAX, tree, { report, field: "count", fix: "Write how many people must agree." });
}

/** Who each team is at the Git host, by `github:` of a team: `@login`, or `@organisation/team`. */
export function readHandles(fields: Fields, report: FileReport): ReadonlyMap<string, readonly string[]> {
  const found = fields.entries("teams").flatMap(({ key, value }): readonly (readonly [string, readonly string[]])[] => {
    const tree = value.kind === "map" ? value.entries.find((entry) => entry.key === "github")?.value : undefined;
    if (tree === undefined) return [];
    const items = tree.kind === "list" ? tree.items : [tree];
    const handles = items.slice(0, HANDLES_MAX).flatMap((item) => {
      if (item.kind === "value" && typeof item.value === "string" && HANDLE.test(item.value)) return [item.value];
      report.add(item.span, {
        code: "field/value",
        message: `"github" of the team ${key.slice(0, 100)} is ${wordFor(item)}.`,
        expected: '"@organisation/team" or "@login"',
        fix: 'Write github: "@acme/billing", in quotes: YAML keeps @ for itself.',
      });
      return [];
    });
    return handles.length === 0 ? [] : [[key, handles]];
  });
  return new Map(found);
}
