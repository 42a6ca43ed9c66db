import type { ReactElement } from "react";
import { type CalendarDay, dayOfInstant } from "../data/calendar-days.ts";
import { count } from "../data/counting.ts";
import { fateInside } from "../data/freeze-words.ts";
import type { CalendarStart, CalendarView } from "../data/release-data.ts";
import { dayKey, dayOf, longDay, timeOf, whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { startWord } from "./calendar-start.tsx";
import { State } from "./state.tsx";

interface AgendaProps {
  readonly days: readonly CalendarDay[];
  readonly starts: readonly CalendarStart[];
  readonly view: CalendarView;
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
  readonly open: (start: CalendarStart, byDays: number) => void;
}

/** The same calendar on a phone: the days on which something starts, one under the other, then holds and freezes. */
export function CalendarAgenda({ days, starts, view, nameOf, nowMs, open }: AgendaProps): ReactElement {
  const full = days
    .map((day, index) => ({ day, starts: starts.filter(({ atMs }) => dayOfInstant(days, atMs) === index) }))
    .filter((each) => each.starts.length > 0);
  return (
    <div className="card rows">
      {full.map(({ day, starts: own }) => (
        <div key={day.startMs}>
          <h2 className="day">
            {dayKey(day.startMs) === dayKey(nowMs) ? "Today, " : ""}
            {longDay(day.startMs)}
          </h2>
          {own.map((start) => (
            <button key={`${start.release} ${start.wave} ${start.atMs}`} type="button" className="row agenda" onClick={() => open(start, 0)}>
              <time dateTime={new Date(start.atMs).toISOString()}>{timeOf(start.atMs)}</time>
              <span>
                <b>
                  {start.title}, {start.waveName}
                </b>
                <span className="agenda-facts">
                  <State state={startWord(start)} />
                  <span className="dim">{count(start.customers.length, "customer")}</span>
                </span>
              </span>
              <Icon name="right" />
            </button>
          ))}
        </div>
      ))}
      {[...view.freezes.map((freeze) => ({ ...freeze, customers: [], fate: fateInside(freeze) })), ...view.holds.map((hold) => ({ ...hold, fate: "" }))].map(
        ({ id, customers, fromMs, untilMs, fate }) => (
          <p key={id} className="row note warn">
            <Icon name="hold" />
            {customers.length === 0
              ? `Release freeze from ${whenOf(fromMs, nowMs)} until ${whenOf(untilMs, nowMs)}: nothing starts, deploys go on, and a kill works. ${fate}`
              : `Nothing new for ${nameOf(customers[0] ?? "")}${customers.length > 1 ? ` and ${customers.length - 1} more` : ""} until ${dayOf(untilMs, nowMs)}.`}
          </p>
        ),
      )}
    </div>
  );
}
