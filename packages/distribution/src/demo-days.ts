import { instantOf } from "@sluice/releases";

/** Whole days since 1970. */
export type Day = number;

const DAY_MS = 24 * 60 * 60_000;
/** 1 January 1970 was a Thursday; Monday is 0. */
const WEEKDAY_OF_DAY_0 = 3;
const HOME = "Europe/Berlin";

export const dayOf = (date: string): Day => Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
export const dayAt = (ms: number): Day => Math.floor(ms / DAY_MS);
/** As `2026-11-24`. */
export const dateOf = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The day itself, or the nearest that people work on. */
export function workDay(day: Day): Day {
  const whole = Math.floor(day);
  const weekday = (whole + WEEKDAY_OF_DAY_0) % 7;
  return weekday === 5 ? whole - 1 : weekday === 6 ? whole + 1 : whole;
}

/** An instant, and how clocks at the company's home stood then. */
export interface HomeTime {
  readonly atMs: number;
  /** As Git writes it: `+0100`. */
  readonly offset: string;
}

/** When a clock at the company's home shows this minute of this day. */
export function homeTime(day: Day, minute: number): HomeTime {
  const two = (n: number): string => String(n).padStart(2, "0");
  const local = `${dateOf(day)}T${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
  const atMs = instantOf(local, HOME);
  const offsetMinutes = Math.round((Date.parse(`${local}:00Z`) - atMs) / 60_000);
  return { atMs, offset: `+${two(Math.floor(offsetMinutes / 60))}${two(offsetMinutes % 60)}` };
}

/** Every date that a flag file states about its own life, moved by whole days. */
export function moveDates(text: string, days: number): string {
  if (days === 0) return text;
  return text.replaceAll(/^(?:created|expires|extensions|reviewBy):.*$/gm, (line) =>
    line.replaceAll(/\d{4}-\d{2}-\d{2}/g, (date) => dateOf(dayOf(date) + days)),
  );
}
