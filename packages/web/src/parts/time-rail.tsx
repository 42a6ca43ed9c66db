import type { ReactElement } from "react";
import { dayOf, fromField, longDay, timeOf, toField } from "../data/when.ts";
import { MomentInput } from "./moment-input.tsx";

const HOUR_MS = 3_600_000;

/** Something that happened or is planned, drawn on the rail. */
export interface RailMark {
  readonly atMs: number;
  readonly title: string;
}

interface TimeRailProps {
  readonly name: string;
  readonly nowMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly atMs: number;
  readonly marks: readonly RailMark[];
  /** Windows in which nothing new comes; a preview is one that is not decided yet. */
  readonly holds: readonly { readonly fromMs: number; readonly untilMs: number; readonly isPreview: boolean }[];
  /** `undefined`: now, and it goes on being now. */
  readonly onAt: (atMs: number | undefined) => void;
}

/** A moment to look at, between what was and what is planned: a slider over a line with marks, and the same as a field. */
export function TimeRail({ name, nowMs, fromMs, untilMs, atMs, marks, holds, onAt }: TimeRailProps): ReactElement {
  const at = (ms: number): string => `${Math.min(100, Math.max(0, ((ms - fromMs) / (untilMs - fromMs)) * 100))}%`;
  const hours = Math.round((atMs - nowMs) / HOUR_MS);
  const inside = marks.filter((mark) => mark.atMs > fromMs && mark.atMs < untilMs);
  return (
    <div className="rail-time">
      <div className="rail-ask">
        <label>
          Show {name} on{" "}
          <MomentInput
            value={toField(atMs)}
            min={toField(fromMs)}
            max={toField(untilMs)}
            onChange={(event) => !Number.isNaN(fromField(event.target.value)) && onAt(fromField(event.target.value))}
          />
        </label>
        <button type="button" className="button" disabled={hours === 0} onClick={() => onAt(undefined)}>
          Now
        </button>
      </div>
      <div className="rail-line">
        <i className="line" />
        <i className="past" style={{ width: at(nowMs) }} />
        {holds.map((hold) => (
          <i
            key={hold.fromMs}
            className={hold.isPreview ? "held preview" : "held"}
            style={{ left: at(hold.fromMs), width: `calc(${at(hold.untilMs)} - ${at(hold.fromMs)})` }}
          />
        ))}
        {inside.map((mark) => (
          <i key={`${mark.title}${mark.atMs}`} className={mark.atMs <= nowMs ? "mark was" : "mark"} style={{ left: at(mark.atMs) }} title={mark.title} />
        ))}
        <input
          type="range"
          aria-label={`The moment shown of ${name}`}
          aria-valuetext={hours === 0 ? `now, ${longDay(atMs)} ${timeOf(atMs)}` : `${longDay(atMs)} ${timeOf(atMs)}`}
          min={Math.round((fromMs - nowMs) / HOUR_MS)}
          max={Math.round((untilMs - nowMs) / HOUR_MS)}
          step={1}
          value={hours}
          onChange={(event) => onAt(Number(event.target.value) === 0 ? undefined : nowMs + Number(event.target.value) * HOUR_MS)}
        />
        <span className="tick now" style={{ left: at(nowMs) }}>
          Now
        </span>
        {spaced(inside, { nowMs, spanMs: untilMs - fromMs }).map((mark) => (
          <span key={mark.atMs} className="tick" style={{ left: at(mark.atMs) }}>
            {dayOf(mark.atMs, nowMs)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Marks whose day can be written under them without touching another's, nor "Now". */
function spaced(marks: readonly RailMark[], { nowMs, spanMs }: { readonly nowMs: number; readonly spanMs: number }): readonly RailMark[] {
  const room = spanMs / 8;
  const taken = [nowMs];
  return marks
    .toSorted((a, b) => a.atMs - b.atMs)
    .filter(({ atMs }) => {
      if (taken.some((each) => Math.abs(each - atMs) < room)) return false;
      taken.push(atMs);
      return true;
    });
}
