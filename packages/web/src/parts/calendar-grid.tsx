import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { type CalendarDay, type CalendarSpan, dayOfInstant, daysTouched } from "../data/calendar-days.ts";
import type { CalendarBar, CalendarRow } from "../data/calendar-rows.ts";
import type { CalendarStart } from "../data/release-data.ts";
import { dayOf, longDay, viewerZone } from "../data/when.ts";
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
/** Days of a month, less one, that the words of a bar need. */
const LABEL_DAYS = 3;
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
            Release freeze
          </span>
          <Bars bars={[freeze]} days={days} nowMs={nowMs} labelled />
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
      {!isHold && <Bars bars={freezes} days={days} nowMs={nowMs} />}
      <Bars bars={row.bars} days={days} nowMs={nowMs} labelled={isHold} />
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
  readonly nowMs: number;
  readonly labelled?: boolean;
}

/** Hatched stretches over the days that they touch. What they say is said in words in the row's name or in the bar. */
function Bars({ bars, days, nowMs, labelled = false }: BarsProps): ReactElement {
  return (
    <>
      {bars.map((bar) => {
        const touched = daysTouched(days, bar.fromMs, bar.untilMs);
        if (touched === undefined) return undefined;
        const [first, last] = touched;
        return (
          <span
            key={bar.id}
            className={`calendar-bar ${bar.kind}`}
            role={labelled ? "cell" : undefined}
            aria-hidden={labelled ? undefined : true}
            style={{ gridColumn: `${first + 2} / ${last + 3}` }}
          >
            {labelled && (days.length <= DAYS_OF_WEEK || last - first >= LABEL_DAYS) && (
              <small>{bar.kind === "freeze" ? `until ${dayOf(bar.untilMs, nowMs)}: nothing starts, deploys go on` : "nothing new"}</small>
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
