import { nearestNames, type Result } from "@sluice/evaluation";
import type { NotRead } from "./text.ts";

/** What a column says about customers. */
export type Field = "key" | "name" | "zone" | "track" | "tags" | "owner";

/** Where each field stands, from 0, and what the other columns are called. */
export interface Columns {
  readonly at: ReadonlyMap<Field, number>;
  readonly ignored: readonly string[];
  readonly count: number;
}

/** What columns are called in exports of CRMs and spreadsheets, without case, spaces, dashes and underscores. */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  key: ["key", "id", "customer", "customerkey", "customerid", "tenant", "tenantid", "tenantkey", "account", "accountid", "accountkey", "slug", "externalid"],
  name: ["name", "customername", "company", "companyname", "accountname", "organisation", "organization", "displayname", "title"],
  zone: ["zone", "timezone", "tz", "timezonename", "ianatimezone", "timezoneid"],
  track: ["track", "ring", "releasetrack", "releasering", "channel", "releasechannel"],
  tags: ["tags", "tag", "labels", "label", "plan", "segment", "segments"],
  owner: ["owner", "owneremail", "csm", "customersuccess", "customersuccessmanager", "accountmanager", "accountowner", "csmemail"],
};
const FIELDS: readonly Field[] = ["key", "name", "zone", "track", "tags", "owner"];

/** Columns of one file: a CRM's widest export is a third of this. */
export const COLUMNS_MAX = 200;

const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_\-./]+/g, "");

/** Which column says what. Refused: no key, or two columns that say the same. */
export function columnsOf(header: readonly string[]): Result<Columns, NotRead> {
  if (header.length > COLUMNS_MAX)
    return { ok: false, problem: { message: `The first line names ${header.length} columns; ${COLUMNS_MAX} are allowed.`, fix: "Export fewer columns." } };
  const at = new Map<Field, number>();
  const ignored: string[] = [];
  for (const [index, name] of header.entries()) {
    const field = FIELDS.find((each) => NAMES[each].includes(plain(name)));
    if (field === undefined) {
      if (name.trim() !== "") ignored.push(name.trim());
      continue;
    }
    const before = at.get(field);
    if (before !== undefined) return { ok: false, problem: twice(field, header[before] ?? "", name) };
    at.set(field, index);
  }
  return at.has("key") ? { ok: true, value: { at, ignored, count: header.length } } : { ok: false, problem: noKey(header) };
}

const twice = (field: Field, first: string, second: string): NotRead => ({
  message: `The columns ${JSON.stringify(first.trim())} and ${JSON.stringify(second.trim())} both say the ${field}.`,
  fix: "Remove or rename one of them.",
});

function noKey(header: readonly string[]): NotRead {
  const near = header.filter((name) => nearestNames(plain(name), NAMES.key, 1).length > 0).map((name) => JSON.stringify(name.trim()));
  return {
    message: "The first line names no column for the key, which is what your application sends as its customer.",
    fix: near.length === 0 ? "Name the columns in the first line: key, name, zone, track, tags, owner." : `Is ${near[0]} it? Call it key.`,
  };
}
