import { instantAt, wallOf } from "./zone-clock.ts";

const STORED = "sluice-time-zone";

/** Names of cities that the database has under an older one, which Chromium and Node still give. */
const renamed: Readonly<Record<string, string>> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Godthab": "America/Nuuk",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
};
const named = (zone: string): string => renamed[zone] ?? zone;

/** The zone of this browser. */
export const ownZone: string = named(new Intl.DateTimeFormat().resolvedOptions().timeZone);

/** Zones of the database that this browser lists, by their names of today; none in a browser that lists none. */
export const knownZones: readonly string[] = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone").map(named).toSorted() : [];

/** The zone that every time of every page is in, fields and days of the calendar included: the browser's own, or one that was chosen in the bar. */
export const viewerZone: string = chosenZone() ?? ownZone;

function chosenZone(): string | undefined {
  const chosen = localStorage.getItem(STORED);
  try {
    return chosen === null ? undefined : named(new Intl.DateTimeFormat("en-GB", { timeZone: chosen }).resolvedOptions().timeZone);
  } catch {
    // A zone that this browser does not know, or no longer.
    return undefined;
  }
}

/** Shows all times in another zone; the page is drawn anew, so that nothing on it is read by one clock and written by another. */
export function showTimesIn(zone: string): void {
  if (zone === ownZone) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, zone);
  location.reload();
}

const inZone = { timeZone: viewerZone };
const day = new Intl.DateTimeFormat("en-GB", { ...inZone, weekday: "short", day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { ...inZone, weekday: "short", day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { ...inZone, hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat("en-GB", { ...inZone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const long = new Intl.DateTimeFormat("en-GB", { ...inZone, weekday: "long", day: "numeric", month: "long" });
const longOfYear = new Intl.DateTimeFormat("en-GB", { ...inZone, weekday: "long", day: "numeric", month: "long", year: "numeric" });
const isoDay = new Intl.DateTimeFormat("sv-SE", { ...inZone, year: "numeric", month: "2-digit", day: "2-digit" });

/** "Berlin time", "UTC": a zone for people. */
export const zoneTitle = (zone: string): string =>
  zone === "UTC" || zone === "Etc/UTC" ? "UTC" : `${zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone} time`;

/** "01:00 Berlin time: 09:00 in Tokyo", where the clock in `zone` shows another time of day than the pages do; nothing where it does not. */
export function clockThere(atMs: number, zone: string): string {
  const [here, there] = [wallOf(atMs, viewerZone), wallOf(atMs, zone)];
  if (here.hour === there.hour && here.minute === there.minute) return "";
  const shown = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(atMs);
  const other = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short" }).format(atMs).replace(",", "");
  return `${timeOf(atMs)} ${zoneName}: ${shown}${here.day === there.day ? "" : ` on ${other}`} ${zoneTitle(zone).replace(/^(.*) time$/, "in $1")}`;
}

/** The same of the zone that the pages are in. */
export const zoneName: string = zoneTitle(viewerZone);

/** `2026-12-01`, the day that the shown clock has. */
export const dayKey = (atMs: number): string => isoDay.format(atMs);

/** "09:00" */
export const timeOf = (atMs: number): string => clock.format(atMs);

/** "09:00:07" */
export const secondOf = (atMs: number): string => seconds.format(atMs);

/** "Tue 8 Dec", with the year where it is another one. */
export const dayOf = (atMs: number, nowMs: number): string =>
  (wallOf(atMs, viewerZone).year === wallOf(nowMs, viewerZone).year ? day : dayOfYear).format(atMs).replace(",", "");

/** "Tuesday 8 December" */
export const longDay = (atMs: number): string => long.format(atMs).replace(",", "");

/** "Tuesday 8 December 2026" */
export const longDayOfYear = (atMs: number): string => longOfYear.format(atMs).replace(",", "");

/** "Sun 29 Nov, 07:56": a time that is chosen, and so reads the same whatever day it is. */
export const momentOf = (atMs: number, nowMs: number): string => `${dayOf(atMs, nowMs)}, ${timeOf(atMs)}`;

/** "today 14:00", "tomorrow 09:00", "Tue 8 Dec, 09:00" */
export function whenOf(atMs: number, nowMs: number): string {
  const key = dayKey(atMs);
  if (key === dayKey(nowMs)) return `today ${timeOf(atMs)}`;
  if (key === dayKey(daysFrom(nowMs, 1))) return `tomorrow ${timeOf(atMs)}`;
  return momentOf(atMs, nowMs);
}

/** The same time of day, some days on, by the shown clock. */
export function daysFrom(atMs: number, days: number): number {
  // In the hour that comes twice the second is as good as the first.
  if (days === 0) return atMs;
  const wall = wallOf(atMs, viewerZone);
  return instantAt({ ...wall, day: wall.day + days }, viewerZone);
}

/** The instant at which the shown clock has this hour on the day of `atMs`. */
export const hourOn = (atMs: number, hour: number): number => instantAt({ ...wallOf(atMs, viewerZone), hour, minute: 0 }, viewerZone);

/** The value of a `datetime-local` field that shows this instant, and back. */
export const toField = (atMs: number): string => `${dayKey(atMs)}T${timeOf(atMs)}`;
export function fromField(value: string): number {
  const [year, month, date, hour, minute] = value.split(/\D/).map(Number);
  if (year === undefined || month === undefined || date === undefined || hour === undefined || minute === undefined) return Number.NaN;
  return instantAt({ year, month, day: date, hour, minute }, viewerZone);
}

/** "3 days", "1 hour", "45 minutes": a length that people plan with. */
export function lengthOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [n, unit] =
    minutes % 1440 === 0 && minutes > 0 ? [minutes / 1440, "day"] : minutes % 60 === 0 && minutes > 0 ? [minutes / 60, "hour"] : [minutes, "minute"];
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
