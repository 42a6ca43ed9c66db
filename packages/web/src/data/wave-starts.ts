import type { WaveContent } from "./release-data.ts";
import { daysFrom, fromField, hourOn, toField } from "./when.ts";

const DAY_MS = 86_400_000;

/** Nine in the morning, some days from now, on the shown clock. */
const nineIn = (days: number): number => hourOn(daysFrom(Date.now(), days), 9);

/** What a new plan begins with. */
export const usualWaves = (): readonly WaveContent[] => [
  { name: "Ourselves", audience: { tracks: ["internal"] }, start: { atMs: nineIn(1) }, bakeMs: DAY_MS },
  { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: nineIn(2) }, bakeMs: 2 * DAY_MS },
  { name: "Everybody", audience: {}, start: { atMs: nineIn(7) }, bakeMs: 2 * DAY_MS },
];

/** When a wave starts, by the shown clock where each customer's own counts; tomorrow at nine for none. */
export const startOf = (wave: WaveContent | undefined): number =>
  wave === undefined ? nineIn(1) : "atMs" in wave.start ? wave.start.atMs : fromField(wave.start.local);

/** The value of the field that shows a start. */
export const fieldOf = ({ start }: WaveContent): string => ("atMs" in start ? toField(start.atMs) : start.local.slice(0, 16));

const startFrom = ({ start }: WaveContent, value: string): WaveContent["start"] => ("local" in start ? { local: value } : { atMs: fromField(value) });

/** What a clock on the wall shows, as if it were in UTC: lengths between two of these are those of the wall, whatever clocks are changed between. */
const wallMs = (field: string): number => Date.parse(`${field}Z`);

/** The waves with this start for one of them; those behind it move by as much, as they do when a wave is moved later on. */
export function withStart(waves: readonly WaveContent[], index: number, field: string): readonly WaveContent[] {
  const wave = waves[index];
  // While a date is typed there are moments in which it is none.
  if (wave === undefined || Number.isNaN(wallMs(field))) return waves;
  const byMs = wallMs(field) - wallMs(fieldOf(wave));
  const moved = (each: WaveContent): string => new Date(wallMs(fieldOf(each)) + byMs).toISOString().slice(0, 16);
  return waves.map((each, at) => (at < index ? each : { ...each, start: startFrom(each, at === index ? field : moved(each)) }));
}
