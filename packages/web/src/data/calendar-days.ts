/** How much a calendar shows at once. */
export type CalendarSpan = "week" | "month";

/** One day as the viewer's clock has it: 23 or 25 hours long where the clock is changed. */
export interface CalendarDay {
  readonly startMs: number;
  readonly endMs: number;
}

const dayAt = (date: Date, byDays: number): number => new Date(date.getFullYear(), date.getMonth(), date.getDate() + byDays).getTime();

/** The days of the week (from Monday) or the month that `atMs` is in. */
export function daysOf(span: CalendarSpan, atMs: number): readonly CalendarDay[] {
  const at = new Date(atMs);
  const first = span === "week" ? new Date(dayAt(at, -((at.getDay() + 6) % 7))) : new Date(at.getFullYear(), at.getMonth(), 1);
  const length = span === "week" ? 7 : new Date(at.getFullYear(), at.getMonth() + 1, 0).getDate();
  return Array.from({ length }, (_, index) => ({ startMs: dayAt(first, index), endMs: dayAt(first, index + 1) }));
}

/** An instant in the week or month before or after. */
export function stepFrom(span: CalendarSpan, atMs: number, by: -1 | 1): number {
  const at = new Date(atMs);
  return span === "week" ? dayAt(at, 7 * by) : new Date(at.getFullYear(), at.getMonth() + by, 1).getTime();
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

/** The same time of day on another day. A time that the day does not have, since its clock is put forward, is an hour later. */
export function sameTimeOn(day: CalendarDay, atMs: number): number {
  const [date, time] = [new Date(day.startMs), new Date(atMs)];
  return new Date(date.getFullYear(), date.getMonth(), date.getDate(), time.getHours(), time.getMinutes()).getTime();
}
