// Minutes, zones and windows as the oracle reads them: local clocks by Intl alone, and "the first minute that is free" by trying each.

export const MINUTE = 60_000;
/** Offsets are asked of Intl once for each quarter of an hour: no zone changes its clocks at another minute. */
const QUARTER = 15 * MINUTE;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...parts });
  formats.set(zone, made);
  return made;
}

/** How far a clock in the zone is ahead of UTC at an instant, in milliseconds. */
export function offsetMs(zone: string, atMs: number): number {
  const quarter = Math.floor(atMs / QUARTER) * QUARTER;
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, ofZone);
  const known = ofZone.get(quarter);
  if (known !== undefined) return known;
  const read: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(quarter)) read[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarter;
  ofZone.set(quarter, offset);
  return offset;
}

/** What a clock in the zone shows: ISO weekday (1 is Monday) and minute of the day. */
export function clockIn(zone: string, atMs: number): { readonly weekday: number; readonly minute: number } {
  const shown = new Date(atMs + offsetMs(zone, atMs));
  return { weekday: shown.getUTCDay() || 7, minute: shown.getUTCHours() * 60 + shown.getUTCMinutes() };
}

/** The instants at which clocks in the zone change, by trying each quarter of an hour of the days on which the offset is another than the day before. */
export function changesOf(zone: string, { fromMs, untilMs }: Window): readonly number[] {
  const key = `${zone} ${fromMs} ${untilMs}`;
  const known = changes.get(key);
  if (known !== undefined) return known;
  const found: number[] = [];
  for (let day = fromMs; day < untilMs; day += DAY) {
    if (offsetMs(zone, day) === offsetMs(zone, day + DAY)) continue;
    for (let atMs = day + QUARTER; atMs <= day + DAY; atMs += QUARTER) if (offsetMs(zone, atMs) !== offsetMs(zone, atMs - QUARTER)) found.push(atMs);
  }
  changes.set(key, found);
  return found;
}
const DAY = 24 * 60 * MINUTE;
const changes = new Map<string, readonly number[]>();

/** How many instants there are at which a clock in the zone shows `local`: none where it is skipped, two where it comes twice. */
export function timesOf(zone: string, local: string): number {
  const asUtc = Date.parse(`${local}Z`);
  const offsets = new Set([offsetMs(zone, asUtc - DAY), offsetMs(zone, asUtc + DAY)]);
  return [...offsets].filter((offset) => offsetMs(zone, asUtc - offset) === offset).length;
}

/**
 * The instant at which a clock in the zone shows `local`. A time that comes twice is the first of the two; one that is skipped is as
 * much later as was skipped (RFC 5545 §3.3.5): the instant that it would have been on the clock before the change.
 */
export function instantIn(zone: string, local: string): number {
  const asUtc = Date.parse(`${local}Z`);
  const [before, after] = [offsetMs(zone, asUtc - 24 * 60 * MINUTE), offsetMs(zone, asUtc + 24 * 60 * MINUTE)];
  const shows = [asUtc - before, asUtc - after].filter((atMs) => atMs + offsetMs(zone, atMs) === asUtc).sort((a, b) => a - b);
  return shows[0] ?? asUtc - before;
}

export interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

export const isIn = (atMs: number, { fromMs, untilMs }: Window): boolean => fromMs <= atMs && atMs < untilMs;

export interface Hours {
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
}

export function isOpen(atMs: number, hours: Hours | undefined, zone: string): boolean {
  if (hours === undefined) return true;
  const { weekday, minute } = clockIn(zone, atMs);
  return hours.days.includes(weekday) && minute >= hours.fromMinute && minute < hours.toMinute;
}

/** Minutes that are tried: longer than any world with its windows. */
const TRIED_MAX = 30 * 24 * 60;

/** The first minute from `atMs` on that is free. Worlds have whole minutes only. */
export function firstFree(atMs: number, isFree: (atMs: number) => boolean): number {
  for (let tried = 0; tried < TRIED_MAX; tried += 1) if (isFree(atMs + tried * MINUTE)) return atMs + tried * MINUTE;
  throw new Error("no minute of a month is free: the world is not one of ours");
}
