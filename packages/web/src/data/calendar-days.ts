import { instantAt, type WallTime, wallOf } from "./zone-clock.ts";

/** How much a calendar shows at once. */
export type CalendarSpan = "week" | "month";

/** One day as the shown clock has it: 23 or 25 hours long where the clock is changed. */
export interface CalendarDay {
  readonly startMs: number;
  readonly endMs: number;
}

/** The beginning of a day; days and months beyond the last go on into the next. */
const dayAt = ({ year, month }: WallTime, day: number, zone: string): number => instantAt({ year, month, day, hour: 0, minute: 0 }, zone);

/** Days since Monday. */
const sinceMonday = ({ year, month, day }: WallTime): number => (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;

/** The days of the week (from Monday) or the month that `atMs` is in, by a clock in `zone`. */
export function daysOf(span: CalendarSpan, atMs: number, zone: string): readonly CalendarDay[] {
  const at = wallOf(atMs, zone);
  const first = span === "week" ? at.day - sinceMonday(at) : 1;
  const length = span === "week" ? 7 : new Date(Date.UTC(at.year, at.month, 0)).getUTCDate();
  return Array.from({ length }, (_, index) => ({ startMs: dayAt(at, first + index, zone), endMs: dayAt(at, first + index + 1, zone) }));
}

/** An instant in the week or month before or after. */
export function stepFrom(span: CalendarSpan, atMs: number, step: { readonly by: -1 | 1; readonly zone: string }): number {
  const at = wallOf(atMs, step.zone);
  return span === "week" ? dayAt(at, at.day + 7 * step.by, step.zone) : dayAt({ ...at, month: at.month + step.by }, 1, step.zone);
}

/** The day that holds an instant; `undefined` where none of these does. */
export function dayOfInstant(days: readonly CalendarDay[], atMs: number): number | undefined {
  const index = days.findIndex(({ startMs, endMs }) => atMs >= startMs && atMs < endMs);
  return index < 0 ? undefined : index;
}

/** First and last day that a stretch of time touches, both counted from 0; `undefined` where it touches none. */
export function daysTouched(days: readonly CalendarDay[], fromMs: number, untilMs: number): readonly [first: number, last: number] | undefined {
  const first = days.findIndex(({ endMs }) => endMs > fromMs);
  const last = days.findLastIndex(({ startMs }) => startMs < untilMs);
  return first < 0 || last < first ? undefined : [first, last];
}

/** How much of the days that a stretch touches lies before its beginning and after its end: parts of their whole width, each day as wide as any other. */
export function freeParts(
  days: readonly CalendarDay[],
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
  [first, last]: readonly [first: number, last: number],
): { readonly before: number; readonly after: number } {
  const passed = (index: number, atMs: number): number => {
    const { startMs = 0, endMs = 1 } = days[index] ?? {};
    return Math.min(1, Math.max(0, (atMs - startMs) / (endMs - startMs)));
  };
  const width = last - first + 1;
  return { before: passed(first, fromMs) / width, after: (1 - passed(last, untilMs)) / width };
}

/** The same time of day on the day that `on` is in. A time that the day does not have, since its clock is put forward, is as much later. */
export function sameTimeOn(on: number, atMs: number, zone: string): number {
  const { hour, minute } = wallOf(atMs, zone);
  return instantAt({ ...wallOf(on, zone), hour, minute }, zone);
}
