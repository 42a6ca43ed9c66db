import { listWords, nearest } from "../../fields.ts";
import { areaOf, subjectOf } from "../case-style.ts";
import { suggestedRenaming } from "../rename.ts";
import { keySpanOf, type RuleContext, type StyleFinding, type StyleRule } from "../rule.ts";
import type { FlagFile } from "../../flag-file.ts";

function findings(flag: FlagFile, { areas, hasAreas, world }: RuleContext): readonly StyleFinding[] {
  if (!hasAreas || areas.size === 0) return [];
  const key = flag.key ?? "";
  const area = areaOf(key);
  if (areas.has(area)) return [];
  const owned = [...areas].find(([, owner]) => owner === flag.owner)?.[0];
  const near = (area === "" ? undefined : nearest(area, areas.keys())) ?? owned;
  return [
    {
      span: keySpanOf(flag),
      message: area === "" ? `The key "${key}" has no area.` : `"${area}" is not one of the project's areas.`,
      expected: `${listWords([...areas.keys()])}, then a dot`,
      ...(near === undefined
        ? { fix: "Begin the key with an area, or register this one under style.areas in sluice.yaml." }
        : suggestedRenaming(flag, `${near}.${area === "" ? key : subjectOf(key)}`, world)),
    },
  ];
}

export const keyArea: StyleRule = {
  id: "key/area",
  severity: "error",
  looksAt: "flag",
  rationale: "An area says who answers for a flag and which page it stands on. Checked where sluice.yaml registers areas.",
  bad: "misc.invoice-export",
  good: "billing.invoice-export",
  repair: "suggested",
  options: {},
  check: findings,
};
