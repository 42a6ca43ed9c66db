import type { PrerequisiteForm } from "@sluice/evaluation";
import type { Reading } from "./condition-reader.ts";
import { Fields, wordFor } from "./fields.ts";

/** Prerequisites of one flag in one environment: each is another flag's whole evaluation. */
export const PREREQUISITES_MAX = 20;
/** Fields of one prerequisite. */
export const PREREQUISITE_FIELDS = ["flag", "serves"] as const;

/** What other flags must serve first; their names are mentioned, and not yet checked. */
export function readPrerequisites(fields: Fields, { report, mentions }: Reading): readonly PrerequisiteForm[] {
  const items = fields.items("prerequisites");
  if (items.length > PREREQUISITES_MAX)
    report.add(items[PREREQUISITES_MAX]?.span ?? fields.span, {
      code: "prerequisite/too-many",
      message: `There are ${items.length} prerequisites; ${PREREQUISITES_MAX} are allowed.`,
      fix: "Put what belongs together behind one flag.",
    });
  const found: PrerequisiteForm[] = [];
  for (const [index, item] of items.entries()) {
    const one = Fields.of(report, item, PREREQUISITE_FIELDS, `Prerequisite ${index + 1}`);
    const flagTree = one?.required("flag", "another.flag");
    const flag = flagTree && one?.text("flag", flagTree);
    const servesTree = one?.required("serves", "on");
    if (one === undefined || flag === undefined || flagTree === undefined || servesTree === undefined) continue;
    const written = servesTree.kind === "list" ? servesTree.items : [servesTree];
    const named = written.flatMap((each) => (each.kind === "value" && each.value !== null ? [{ name: String(each.value), span: each.span }] : []));
    const serves = named.map(({ name }) => name);
    mentions.push({ kind: "flag", name: flag, span: flagTree.span, serves: named });
    if (serves.length === 0 || named.length < written.length)
      report.add(servesTree.span, {
        code: "field/type",
        message: `"serves" is ${wordFor(servesTree)}, where a variant or a list of variants belongs.`,
        expected: "serves: on",
        fix: "Name the variants that let this flag go on.",
      });
    else found.push({ flag, serves });
  }
  return found;
}
