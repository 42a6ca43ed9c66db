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

/**
 * The instant, in milliseconds since 1970, at which a clock in `zone` shows `local`. A time that a change to summer time skips is as much
 * later as was skipped; one that comes twice is the first of the two (Temporal's `compatible`, RFC 5545 §3.3.5).
 */
export function instantOf(local: string, zone: string): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(zone, { disambiguation: "compatible" }).epochMilliseconds;
}

/** Day and minute of the day that a clock in `zone` shows at an instant. */
export interface ClockReading {
  /** ISO weekday, 1 is Monday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
}

export function readClock(atMs: number, zone: string): ClockReading {
  const { dayOfWeek, hour, minute } = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
  return { weekday: dayOfWeek, minuteOfDay: hour * 60 + minute };
}

/** The first instant of minute `minute` of the day that is `days` days after the one a clock in `zone` shows at `atMs`. */
export function minuteOfDayAt(atMs: number, zone: string, { days, minute }: { readonly days: number; readonly minute: number }): number {
  const day = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDate().add({ days });
  const time = Temporal.PlainTime.from({ hour: Math.floor(minute / 60) % 24, minute: minute % 60 });
  return day.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
}
