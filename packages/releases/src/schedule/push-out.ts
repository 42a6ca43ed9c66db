import type { OpenHours } from "../plan/release-content.ts";
import { openingsOf, readClock } from "./zone-time.ts";

/** A window in which nothing starts: from `fromMs` on, before `untilMs`. */
export interface Blocked {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Days that are looked through for an opening: every weekday comes twice, since a change of the clocks may skip the hours of one. */
const DAYS_AHEAD = 15;

/**
 * The first instant not before `atMs` that is in no window and in open hours. Pure; removing a window never makes it later.
 * `undefined` where open hours never open.
 */
export function pushOut(atMs: number, blocked: readonly Blocked[], open?: { readonly hours: OpenHours; readonly zone: string }): number | undefined {
  const inOrder = [...blocked].sort((a, b) => a.fromMs - b.fromMs || a.untilMs - b.untilMs);
  let at = atMs;
  // Each pass ends a window or reaches an opening, and windows end in order: as many passes as windows, with an opening after each.
  for (let pass = 0; pass <= 2 * inOrder.length + 1; pass += 1) {
    const opened = open === undefined ? at : nextOpening(at, open.hours, open.zone);
    if (opened === undefined) return undefined;
    const after = afterWindows(opened, inOrder);
    if (after === opened) return opened;
    at = after;
  }
  return at;
}

function afterWindows(atMs: number, inOrder: readonly Blocked[]): number {
  let at = atMs;
  for (const { fromMs, untilMs } of inOrder) if (fromMs <= at && at < untilMs) at = untilMs;
  return at;
}

function nextOpening(atMs: number, hours: OpenHours, zone: string): number | undefined {
  const isOpen = (instant: number): boolean => {
    const { weekday, minuteOfDay } = readClock(instant, zone);
    return hours.days.includes(weekday) && minuteOfDay >= hours.fromMinute && minuteOfDay < hours.toMinute;
  };
  if (isOpen(atMs)) return atMs;
  const { day } = readClock(atMs, zone);
  for (let days = 0; days <= DAYS_AHEAD; days += 1) {
    const opening = openingsOf(day, zone, { days, minute: hours.fromMinute }).find((instant) => instant >= atMs && isOpen(instant));
    if (opening !== undefined) return opening;
  }
  return undefined;
}
