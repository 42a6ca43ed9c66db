/** The zone of whoever looks, which every time on a page is in unless it says another. */
export const viewerZone: string = new Intl.DateTimeFormat().resolvedOptions().timeZone;

const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const long = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const isoDay = new Intl.DateTimeFormat("sv-SE", { year: "numeric", month: "2-digit", day: "2-digit" });

/** "Berlin time": the zone's city, for people. */
export const zoneName: string = `${viewerZone.split("/").at(-1)?.replaceAll("_", " ") ?? viewerZone} time`;

/** `2026-12-01`, the day that the viewer's clock shows. */
export const dayKey = (atMs: number): string => isoDay.format(atMs);

/** "09:00" */
export const timeOf = (atMs: number): string => clock.format(atMs);

/** "Tue 8 Dec", with the year where it is another one. */
export const dayOf = (atMs: number, nowMs: number): string =>
  (new Date(atMs).getFullYear() === new Date(nowMs).getFullYear() ? day : dayOfYear).format(atMs).replace(",", "");

/** "Tuesday 8 December" */
export const longDay = (atMs: number): string => long.format(atMs).replace(",", "");

/** "today 14:00", "tomorrow 09:00", "Tue 8 Dec, 09:00" */
export function whenOf(atMs: number, nowMs: number): string {
  const key = dayKey(atMs);
  if (key === dayKey(nowMs)) return `today ${timeOf(atMs)}`;
  if (key === dayKey(nowMs + 86_400_000)) return `tomorrow ${timeOf(atMs)}`;
  return `${dayOf(atMs, nowMs)}, ${timeOf(atMs)}`;
}

/** The value of a `datetime-local` field that shows this instant, and back. */
export const toField = (atMs: number): string => {
  const at = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
};
export const fromField = (value: string): number => new Date(value).getTime();

/** "3 days", "1 hour", "45 minutes": a length that people plan with. */
export function lengthOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [n, unit] =
    minutes % 1440 === 0 && minutes > 0 ? [minutes / 1440, "day"] : minutes % 60 === 0 && minutes > 0 ? [minutes / 60, "hour"] : [minutes, "minute"];
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
