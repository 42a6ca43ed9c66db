const DAYS_PER_ERA = 146_097;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Days since 1970-01-01 of a date `YYYY-MM-DD`; undefined for anything else. Years are counted from March, so that a leap day ends one
 * (Howard Hinnant, chrono-compatible low-level date algorithms, days_from_civil).
 */
function dayNumber(date: string): number | undefined {
  if (!DATE.test(date)) return undefined;
  const [month, day] = [Number(date.slice(5, 7)), Number(date.slice(8))];
  const year = Number(date.slice(0, 4)) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * DAYS_PER_ERA + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** The date of a day number: civil_from_days of the same source. */
function dateOf(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** The date, in UTC, of an instant in milliseconds since 1970. */
export const dateAt = (ms: number): string => dateOf(Math.floor(ms / 86_400_000));

/** A date some days later (or earlier, for a negative number); undefined where the text is no date. */
export function addDays(date: string, days: number): string | undefined {
  const start = dayNumber(date);
  return start === undefined ? undefined : dateOf(start + days);
}

/** Days from one date to another; negative where the second comes first, undefined where one is no date. */
export function daysBetween(from: string, to: string): number | undefined {
  const [start, end] = [dayNumber(from), dayNumber(to)];
  return start === undefined || end === undefined ? undefined : end - start;
}
