import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { type CalendarDay, type CalendarSpan, dayOfInstant, daysTouched, freeParts } from "../data/calendar-days.ts";
import type { CalendarBar, CalendarRow } from "../data/calendar-rows.ts";
import type { CalendarStart } from "../data/release-data.ts";
import { dayOf, longDay, viewerZone, whenOf } from "../data/when.ts";
import { wallOf } from "../data/zone-clock.ts";
import { CalendarStartButton } from "./calendar-start.tsx";
import { Icon } from "./icon.tsx";

interface GridProps {
  readonly days: readonly CalendarDay[];
  readonly span: CalendarSpan;
  readonly rows: readonly CalendarRow[];
  readonly freezes: readonly CalendarBar[];
  readonly nowMs: number;
  readonly mayMove: boolean;
  readonly open: (start: CalendarStart, byDays: number) => void;
  /** A start was let go over a day. */
  readonly drop: (start: CalendarStart, day: CalendarDay) => void;
}

const weekday = new Intl.DateTimeFormat("en-GB", { timeZone: viewerZone, weekday: "short" });
const DAYS_OF_WEEK = 7;
/** Days that the words of a bar need, in a week and in a month. */
const LABEL_DAYS_OF_WEEK = 1.2;
const LABEL_DAYS_OF_MONTH = 4;
const date = new Intl.DateTimeFormat("en-GB", { timeZone: viewerZone, day: "numeric", month: "short" });

/** Rows by days. What spans days lies behind, what begins on one stands in its cell. */
export function CalendarGrid(props: GridProps): ReactElement {
  const { days, span, rows, freezes, nowMs } = props;
  const [dragged, drag] = useState<CalendarStart>();
  const columns = { gridTemplateColumns: `var(--calendar-head) repeat(${days.length}, minmax(0, 1fr))` };
  return (
    <div className={`calendar ${span}`} role="table" aria-label="Starts by day">
      <div className="calendar-row head" role="row" style={columns}>
        <span role="columnheader">{rows.some(({ kind }) => kind === "customer") ? "Customer" : "Release"}</span>
        {days.map((day) => (
          <span key={day.startMs} role="columnheader" className={lookOf(day, nowMs)}>
            <span className="hidden-label">{longDay(day.startMs)}</span>
            <span aria-hidden="true">{span === "week" ? weekday.format(day.startMs) : weekday.format(day.startMs).charAt(0)}</span>
            <b aria-hidden="true">{span === "week" ? date.format(day.startMs) : wallOf(day.startMs, viewerZone).day}</b>
          </span>
        ))}
      </div>
      {freezes.map((freeze) => (
        <div key={freeze.id} className="calendar-row bars" role="row" style={columns}>
          <span role="rowheader" className="calendar-name muted">
            <span>
              Release freeze
              <small>
                {whenOf(freeze.fromMs, nowMs)} to {whenOf(freeze.untilMs, nowMs)}
              </small>
            </span>
          </span>
          <Bars bars={[freeze]} days={days} labelled />
        </div>
      ))}
      {rows.map((row) => (
        <Row key={row.kind + row.id} row={row} columns={columns} dragged={dragged} drag={drag} {...props} />
      ))}
    </div>
  );
}

interface RowProps extends GridProps {
  readonly row: CalendarRow;
  readonly columns: { readonly gridTemplateColumns: string };
  readonly dragged: CalendarStart | undefined;
  readonly drag: (start: CalendarStart | undefined) => void;
}

function Row({ row, columns, days, span, freezes, nowMs, mayMove, open, drop, dragged, drag }: RowProps): ReactElement {
  const isHold = row.kind === "hold";
  return (
    <div className={isHold ? "calendar-row bars" : "calendar-row"} role="row" style={columns}>
      <span role="rowheader" className="calendar-name">
        {isHold && <Icon name="hold" />}
        <RowName row={row} nowMs={nowMs} />
      </span>
      {!isHold && <Bars bars={freezes} days={days} />}
      <Bars bars={row.bars} days={days} labelled={isHold} />
      {!isHold &&
        days.map((day, index) => (
          <div
            key={day.startMs}
            role="cell"
            className={`calendar-day ${lookOf(day, nowMs)}${dragged !== undefined && day.endMs > nowMs ? " open" : ""}`}
            style={{ gridColumn: index + 2 }}
            onDragOver={(event) => dragged !== undefined && day.endMs > nowMs && event.preventDefault()}
            onDrop={() => dragged !== undefined && drop(dragged, day)}
          >
            {row.starts
              .filter(({ atMs }) => dayOfInstant(days, atMs) === index)
              .map((start) => (
                <CalendarStartButton
                  key={`${start.release} ${start.wave} ${start.atMs}`}
                  start={start}
                  span={span}
                  nowMs={nowMs}
                  title={row.kind === "customer" ? start.title : start.waveName}
                  isAlone={row.kind === "customer"}
                  mayMove={mayMove}
                  open={open}
                  drag={drag}
                />
              ))}
          </div>
        ))}
    </div>
  );
}

function RowName({ row, nowMs }: { readonly row: CalendarRow; readonly nowMs: number }): ReactElement {
  const until = row.bars.map((bar) => `on hold until ${dayOf(bar.untilMs, nowMs)}${bar.said}`).join(", ");
  const page = row.kind === "release" ? "release" : "customer";
  return (
    <span>
      {row.opens === undefined ? <b>{row.title}</b> : <a href={to(page, { id: row.opens })}>{row.title}</a>}
      {until !== "" && <small>{until}</small>}
    </span>
  );
}

interface BarsProps {
  readonly bars: readonly CalendarBar[];
  readonly days: readonly CalendarDay[];
  readonly labelled?: boolean;
}

/** A bar covers the hours that it is about and no others: what lies before and after them in its first and last day stays free. */
function insetOf({ before, after }: ReturnType<typeof freeParts>): { readonly marginLeft?: string; readonly marginRight?: string } {
  const percent = (part: number): string => `${(part * 100).toFixed(2)}%`;
  return { ...(before > 0 ? { marginLeft: percent(before) } : {}), ...(after > 0 ? { marginRight: percent(after) } : {}) };
}

/** Hatched stretches over the hours that they are about. What they say is said in words in the row's name or in the bar. */
function Bars({ bars, days, labelled = false }: BarsProps): ReactElement {
  return (
    <>
      {bars.map((bar) => {
        const touched = daysTouched(days, bar.fromMs, bar.untilMs);
        if (touched === undefined) return undefined;
        const [first, last] = touched;
        const free = freeParts(days, bar, touched);
        const coveredDays = (last - first + 1) * (1 - free.before - free.after);
        return (
          <span
            key={bar.id}
            className={`calendar-bar ${bar.kind}`}
            role={labelled ? "cell" : undefined}
            aria-hidden={labelled ? undefined : true}
            style={{ gridColumn: `${first + 2} / ${last + 3}`, ...insetOf(free) }}
          >
            {labelled && coveredDays >= (days.length <= DAYS_OF_WEEK ? LABEL_DAYS_OF_WEEK : LABEL_DAYS_OF_MONTH) && (
              <small>{bar.kind === "freeze" ? "nothing starts, deploys go on" : "nothing new"}</small>
            )}
          </span>
        );
      })}
    </>
  );
}

function lookOf({ startMs, endMs }: CalendarDay, nowMs: number): string {
  if (endMs <= nowMs) return "past";
  return startMs <= nowMs ? "today" : "";
}
