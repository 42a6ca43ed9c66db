import type { Repair } from "../../diagnostic.ts";
import type { FlagFile } from "../../flag-file.ts";
import { keyParts, withSubject } from "../key-parts.ts";
import { pathOfKey, renaming } from "../rename.ts";
import { insertField, isNew, keySpanOf, type StyleFinding, type RuleContext, type StyleRule, wordsOption } from "../rule.ts";

/** `pm-123-export`: a project's short name and a number, before anything else. */
const TICKET = /^([a-z]{2,8})[-_](\d{2,7})(?:[-_](?=.)|$)/i;

function findings(flag: FlagFile, { hasAreas, world, options }: RuleContext): readonly StyleFinding[] {
  const parts = keyParts(flag, { hasAreas });
  const found = TICKET.exec(parts.subject);
  if (found === null || wordsOption(options, "except").includes((found[1] ?? "").toLowerCase())) return [];
  const ticket = `${(found[1] ?? "").toUpperCase()}-${found[2] ?? ""}`;
  const better = withSubject(parts, parts.subject.slice(found[0].length));
  const renamed = renaming(flag, better, world);
  const field = insertField(flag, "key", `ticket: ${ticket}`);
  const moved: Repair | undefined =
    renamed.repair === undefined || !isNew(flag, world)
      ? undefined
      : {
          words: `Move ${ticket} to the ticket field`,
          edits: [...renamed.repair.edits, ...(flag.fields.has("ticket") || field === undefined ? [] : [field])],
          moveTo: pathOfKey(better),
          isAutomatic: true,
        };
  return [
    {
      span: keySpanOf(flag),
      message: `The key begins with the ticket ${ticket}.`,
      expected: `ticket: ${ticket} in a field of its own`,
      ...renamed,
      ...(moved === undefined ? {} : { repair: moved }),
    },
  ];
}

export const keyNoTicket: StyleRule = {
  id: "key/no-ticket",
  severity: "warning",
  looksAt: "flag",
  rationale: "A ticket number says nothing to whoever reads the code; the field `ticket` is linked and can be searched.",
  bad: "billing.pm-123-export",
  good: "billing.export, with ticket: PM-123",
  repair: "automatic",
  options: { except: ["base", "http", "ipv", "iso", "rfc", "sha", "utf"] },
  check: findings,
};
