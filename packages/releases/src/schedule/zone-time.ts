import { Temporal } from "temporal-polyfill";

/** Whether this is a time zone of the IANA database that this runtime knows. */
export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** The last instant of the year 9999: everything later is a slip, and some of it no calendar can show. */
export const INSTANT_MS_MAX = 253_402_300_799_999;

/** Whether this is a whole number of milliseconds from 1970 to the year 9999. */
export function isInstant(atMs: number): boolean {
  return Number.isSafeInteger(atMs) && atMs >= 0 && atMs <= INSTANT_MS_MAX;
}

/** An instant as RFC 3339 text in UTC, to the millisecond. */
export function utcText(atMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toString({ smallestUnit: "millisecond" });
}

/** Whether this is a wall-clock time to the minute or second without zone, of a day that exists. */
export function isLocalTime(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return false;
  try {
    Temporal.PlainDateTime.from(text, { overflow: "reject" });
    return true;
  } catch {
    return false;
  }
}

/** Entries of each memory below: more than one calendar of releases asks about, and a few hundred kilobytes. */
const REMEMBERED_MAX = 10_000;

/**
 * Remembers what a pure function gave: thousands of customers in a few zones ask about the same instants, and a calendar's arithmetic
 * costs some microseconds each. Forgets everything when full, so that its size has an end.
 */
function remembering<A extends readonly unknown[], R>(keyOf: (...args: A) => string, work: (...args: A) => R): (...args: A) => R {
  const known = new Map<string, R>();
  return (...args) => {
    const key = keyOf(...args);
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = work(...args);
    if (known.size >= REMEMBERED_MAX) known.clear();
    known.set(key, made);
    return made;
  };
}

/**
 * The instant, in milliseconds since 1970, at which a clock in `zone` shows `local`. A time that a change to summer time skips is as much
 * later as was skipped; one that comes twice is the first of the two (Temporal's `compatible`, RFC 5545 §3.3.5).
 */
export const instantOf: (local: string, zone: string) => number = remembering(
  (local, zone) => `${local} ${zone}`,
  (local, zone) => Temporal.PlainDateTime.from(local).toZonedDateTime(zone, { disambiguation: "compatible" }).epochMilliseconds,
);

/** Day and minute of the day that a clock in `zone` shows at an instant. */
export interface ClockReading {
  /** ISO weekday, 1 is Monday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
  /** Year, month and day as ISO text. */
  readonly day: string;
}

export const readClock: (atMs: number, zone: string) => ClockReading = remembering(
  (atMs, zone) => `${atMs} ${zone}`,
  (atMs, zone) => {
    const clock = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
    return { weekday: clock.dayOfWeek, minuteOfDay: clock.hour * 60 + clock.minute, day: clock.toPlainDate().toString() };
  },
);

/**
 * Where hours that open at minute `minute` may open on the day that is `days` days after `day`, on a clock in `zone`, in order: whenever
 * the clock shows that minute, two times where it goes back over it, and whenever it is changed, which may be into those hours. Whether
 * they are open then is for the caller to see.
 */
export const openingsOf: (day: string, zone: string, at: { readonly days: number; readonly minute: number }) => readonly number[] = remembering(
  (day, zone, { days, minute }) => `${day} ${days} ${minute} ${zone}`,
  (day, zone, { days, minute }) => {
    const date = Temporal.PlainDate.from(day).add({ days });
    const wanted = date.toPlainDateTime({ hour: Math.floor(minute / 60) % 24, minute: minute % 60 });
    const shown = (["earlier", "later"] as const).map((disambiguation) => wanted.toZonedDateTime(zone, { disambiguation }));
    const midnight = date.toZonedDateTime(zone);
    const change = midnight.subtract({ milliseconds: 1 }).getTimeZoneTransition("next");
    const isOfDay = change !== null && Temporal.PlainDate.compare(change.toPlainDate(), date) === 0;
    const times = [...shown.filter((each) => each.toPlainDateTime().equals(wanted)), ...(isOfDay ? [change] : [])];
    return [...new Set(times.map(({ epochMilliseconds }) => epochMilliseconds))].sort((a, b) => a - b);
  },
);
