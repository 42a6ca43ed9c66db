import { listWords, nearest } from "../../fields.ts";
import { fieldSpan, type StyleRule } from "../rule.ts";

export const metaOwner: StyleRule = {
  id: "meta/owner",
  severity: "error",
  looksAt: "flag",
  rationale: "A flag of one person is nobody's flag after they move. Where sluice.yaml names teams the reader refuses others by itself (flag/unknown-owner).",
  bad: "owner: bob",
  good: "owner: team-billing",
  repair: "suggested",
  options: {},
  check: (flag, { world, areas }) => {
    const owner = flag.owner;
    if (owner === undefined || world.teams.length > 0) return [];
    const { people, codeOwners } = world.facts;
    const isPerson = owner.includes("@") || people?.has(owner.toLowerCase()) === true;
    const isUnknown = codeOwners !== undefined && codeOwners.size > 0 && !codeOwners.has(owner);
    if (!isPerson && !isUnknown) return [];
    const teams = [...new Set([...(codeOwners ?? []), ...areas.values()])].sort();
    const near = nearest(owner, teams);
    const span = fieldSpan(flag, "owner");
    return [
      {
        span,
        message: isPerson ? `The owner "${owner}" is a person.` : `CODEOWNERS names no team "${owner}".`,
        expected: teams.length === 0 ? "a team" : listWords(teams),
        nearest: near,
        fix: near === undefined ? "Name the team that answers for it." : `Write owner: ${near}`,
        ...(near === undefined ? {} : { repair: { words: `Write owner: ${near}`, edits: [{ ...span, text: near }], isAutomatic: false } }),
      },
    ];
  },
};
