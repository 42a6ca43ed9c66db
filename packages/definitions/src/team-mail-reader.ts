import type { FileReport } from "./diagnostic.ts";
import { type Fields, wordFor } from "./fields.ts";

/** Addresses of one team: a list of its people is kept by the mail host. */
export const TEAM_MAILS_MAX = 10;
/** Local part and domain of an address as people write it; whether it exists is known to its host alone (RFC 5321, 4.5.3.1: 254 characters at most). */
export const MAIL_ADDRESS: RegExp = /^[^\s@<>()[\]",;:\\]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;

/** Whether a text is one address and nothing else. */
export const isMailAddress = (text: string): boolean => text.length <= 254 && MAIL_ADDRESS.test(text);

/** Where each team is told of kills of its flags, by `mail:` of a team. */
export function readTeamMails(fields: Fields, report: FileReport): ReadonlyMap<string, readonly string[]> {
  const found = fields.entries("teams").flatMap(({ key, value }): readonly (readonly [string, readonly string[]])[] => {
    const tree = value.kind === "map" ? value.entries.find((entry) => entry.key === "mail")?.value : undefined;
    if (tree === undefined) return [];
    const items = tree.kind === "list" ? tree.items : [tree];
    const addresses = items.slice(0, TEAM_MAILS_MAX).flatMap((item) => {
      if (item.kind === "value" && typeof item.value === "string" && isMailAddress(item.value)) return [item.value];
      report.add(item.span, {
        code: "field/value",
        message: `"mail" of the team ${key.slice(0, 100)} is ${wordFor(item)}.`,
        expected: "an address, or a list of them",
        fix: "Write mail: billing@example.com, the address of the whole team.",
      });
      return [];
    });
    return addresses.length === 0 ? [] : [[key, addresses]];
  });
  return new Map(found);
}
