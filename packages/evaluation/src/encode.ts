import type { Patch, Snapshot, UrgentKill } from "./snapshot-form.ts";

/**
 * Canonical JSON: members sorted by name in code-unit order (also names like "7", which JavaScript objects would put first),
 * no white space, no undefined members, numbers and strings as JSON.stringify writes them. The same data gives the same bytes.
 * For plain JSON data; cost grows with the data.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members: string[] = [];
  for (const [name, member] of Object.entries(value).sort(byName)) {
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** A snapshot as it travels: canonical JSON. */
export function encodeSnapshot(snapshot: Snapshot): string {
  return canonicalJson(snapshot);
}

/** A patch as it travels: canonical JSON. */
export function encodePatch(patch: Patch): string {
  return canonicalJson(patch);
}

/** An urgent kill as it travels: canonical JSON. */
export function encodeUrgentKill(kill: UrgentKill): string {
  return canonicalJson(kill);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
