/** What a clock on a wall shows: a date and a time without a zone. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const numbers = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...numbers });
  formats.set(zone, made);
  return made;
}

/** What a clock in `zone` shows at an instant. */
export function wallOf(atMs: number, zone: string): WallTime {
  const parts = new Map(
    formatIn(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (part: Intl.DateTimeFormatPartTypes): number => parts.get(part) ?? Number.NaN;
  return { year: of("year"), month: of("month"), day: of("day"), hour: of("hour"), minute: of("minute") };
}

const asUtc = ({ year, month, day, hour, minute }: WallTime): number => Date.UTC(year, month - 1, day, hour, minute);
const offsetAt = (atMs: number, zone: string): number => asUtc(wallOf(atMs, zone)) - Math.floor(atMs / 60_000) * 60_000;

/**
 * The instant at which a clock in `zone` shows this; days and months beyond the last go on into the next. As everywhere in Sluice, a time
 * that a change to summer time skips is as much later as was skipped, and one that comes twice is the first of the two.
 */
export function instantAt(wall: WallTime, zone: string): number {
  const wanted = asUtc(wall);
  const before = wanted - offsetAt(wanted - DAY_MS, zone);
  const after = wanted - offsetAt(wanted + DAY_MS, zone);
  const shows = (atMs: number): boolean => asUtc(wallOf(atMs, zone)) === wanted;
  return !shows(before) && shows(after) ? after : before;
}
