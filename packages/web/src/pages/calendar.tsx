import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { type CalendarDay, type CalendarSpan, daysOf, sameTimeOn, stepFrom } from "../data/calendar-days.ts";
import { type CalendarRow, calendarRows, type CalendarRows, customersReached, freezeBar } from "../data/calendar-rows.ts";
import { count } from "../data/counting.ts";
import type { CalendarStart, CalendarView } from "../data/release-data.ts";
import { useResource } from "../data/resource.ts";
import { useCustomers } from "../data/use-customers.ts";
import { useNarrow } from "../data/use-narrow.ts";
import { useNow } from "../data/use-now.ts";
import { dayKey, daysFrom, fromField, viewerZone } from "../data/when.ts";
import { CalendarAgenda } from "../parts/calendar-agenda.tsx";
import { CalendarGrid } from "../parts/calendar-grid.tsx";
import { CalendarLegend } from "../parts/calendar-legend.tsx";
import { MovePanel } from "../parts/move-panel.tsx";
import { Choice } from "../parts/choice.tsx";
import { Icon } from "../parts/icon.tsx";
import { Empty, Shown } from "../parts/shown.tsx";

interface CalendarProps {
  readonly values: URLSearchParams;
  readonly version: number;
  readonly mayMove: boolean;
}

/** Rows drawn at once; a search finds the others. */
const ROWS_SHOWN = 60;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const month = new Intl.DateTimeFormat("en-GB", { timeZone: viewerZone, month: "long", year: "numeric" });
const day = new Intl.DateTimeFormat("en-GB", { timeZone: viewerZone, day: "numeric", month: "long" });

/** Who gets what on which day, by release or by customer; a start is moved here, and says first what that does. */
export function Calendar({ values, version, mayMove }: CalendarProps): ReactElement {
  const nowMs = useNow();
  const [changes, setChanges] = useState(0);
  const span: CalendarSpan = values.get("span") === "month" ? "month" : "week";
  const rows: CalendarRows = values.get("rows") === "customers" ? "customers" : "releases";
  const at = values.get("day") ?? "";
  const days = daysOf(span, DAY.test(at) ? fromField(`${at}T12:00`) : nowMs, viewerZone);
  const [fromMs, untilMs] = [days[0]?.startMs ?? 0, days.at(-1)?.endMs ?? 0];
  const customers = useCustomers(version);
  const view = useResource<CalendarView>(`/api/calendar?fromMs=${fromMs}&untilMs=${untilMs}`, version + changes);
  const address = (change: Readonly<Record<string, string>>): string => to("calendar", { span, rows, ...(DAY.test(at) ? { day: at } : {}), ...change });
  const step = (by: -1 | 1): string => address({ day: dayKey(stepFrom(span, fromMs, { by, zone: viewerZone })) });
  return (
    <>
      <div className="calendar-top">
        <div className="buttons">
          <a className="button square" href={step(-1)} aria-label={`The ${span} before`}>
            <Icon name="left" />
          </a>
          <a className="button" href={to("calendar", { span, rows })}>
            Today
          </a>
          <a className="button square" href={step(1)} aria-label={`The ${span} after`}>
            <Icon name="right" />
          </a>
        </div>
        <b>{span === "month" ? month.format(fromMs) : `${day.format(fromMs)} to ${day.format(days.at(-1)?.startMs ?? fromMs)}`}</b>
        <span className="space" />
        <Choice
          label="Show"
          chosen={span}
          choices={[
            { value: "week", title: "Week", href: address({ span: "week" }) },
            { value: "month", title: "Month", href: address({ span: "month" }) },
          ]}
        />
        <Choice
          label="Rows"
          chosen={rows}
          choices={[
            { value: "releases", title: "By release", href: address({ rows: "releases" }) },
            { value: "customers", title: "By customer", href: address({ rows: "customers" }) },
          ]}
        />
      </div>
      <Shown resource={view} what="the calendar">
        {(shown) => (
          <Days
            view={shown}
            days={days}
            span={span}
            rows={rows}
            nameOf={customers.nameOf}
            mayMove={mayMove}
            moved={() => setChanges((before) => before + 1)}
            nowMs={nowMs}
          />
        )}
      </Shown>
    </>
  );
}

interface DaysProps {
  readonly view: CalendarView;
  readonly days: readonly CalendarDay[];
  readonly span: CalendarSpan;
  readonly rows: CalendarRows;
  readonly nameOf: (customer: string) => string;
  readonly mayMove: boolean;
  readonly moved: () => void;
  readonly nowMs: number;
}

function Days({ view, days, span, rows, nameOf, mayMove, moved, nowMs }: DaysProps): ReactElement {
  const isNarrow = useNarrow();
  const [wanted, setWanted] = useState("");
  const [opened, setOpened] = useState<{ readonly start: CalendarStart; readonly proposedMs: number }>();
  const words = wanted.trim().toLowerCase();
  const all = calendarRows(view, rows, nameOf);
  const found = all.filter(({ title, starts }) => words === "" || `${title} ${starts.map((start) => start.title).join(" ")}`.toLowerCase().includes(words));
  const open = (start: CalendarStart, byDays: number): void => setOpened({ start: whole(view, start), proposedMs: daysFrom(start.atMs, byDays) });
  return (
    <>
      <h1 className="headline">{headline(view, span, days)}</h1>
      <label className="search">
        <Icon name="find" />
        <span className="hidden-label">Find a row</span>
        <input
          type="search"
          placeholder={`Find a ${rows === "releases" ? "release" : "customer or release"}`}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </label>
      {found.length === 0 && <Nothing isEmpty={all.length === 0} wanted={wanted} span={span} />}
      {found.length > 0 && isNarrow && (
        <CalendarAgenda days={days} starts={found.flatMap(startsOf(rows, view))} view={view} nameOf={nameOf} nowMs={nowMs} open={open} />
      )}
      {found.length > 0 && !isNarrow && (
        <section className="card calendar-card">
          <CalendarGrid
            days={days}
            span={span}
            rows={found.slice(0, ROWS_SHOWN)}
            freezes={view.freezes.map(freezeBar)}
            nowMs={nowMs}
            mayMove={mayMove}
            open={open}
            drop={(start, on) => setOpened({ start: whole(view, start), proposedMs: sameTimeOn(on.startMs, start.atMs, viewerZone) })}
          />
          {found.length > ROWS_SHOWN && <p className="pad dim small">{found.length - ROWS_SHOWN} more rows; type a name to find one.</p>}
        </section>
      )}
      {rows === "customers" && view.later > 0 && (
        <p className="dim small">
          {count(view.later, "customer has nothing", "customers have nothing")} in this {span} and {view.later === 1 ? "a start" : "starts"} after it:{" "}
          {view.later === 1 ? "it is" : "they are"} not listed.
        </p>
      )}
      <CalendarLegend mayMove={mayMove} freezes={view.freezes} nowMs={nowMs} />
      {opened && (
        <MovePanel
          key={`${opened.start.release} ${opened.start.wave} ${opened.proposedMs}`}
          {...opened}
          mayMove={mayMove}
          nameOf={nameOf}
          nowMs={nowMs}
          close={() => setOpened(undefined)}
          moved={moved}
        />
      )}
    </>
  );
}

/** The start with all its customers: a row by customer holds a part of it. */
function whole({ starts }: CalendarView, { release, wave, atMs, kind }: CalendarStart): CalendarStart {
  const same = starts.find((each) => each.release === release && each.wave === wave && each.atMs === atMs && each.kind === kind);
  if (same === undefined) throw new Error("a start of the calendar is not in it");
  return same;
}

/** On a phone a start is listed once, whatever the rows are. */
const startsOf =
  (rows: CalendarRows, view: CalendarView) =>
  (row: CalendarRow, index: number, found: readonly CalendarRow[]): readonly CalendarStart[] => {
    if (rows === "releases") return row.starts;
    return row.starts
      .filter(
        (start) =>
          !found
            .slice(0, index)
            .some((before) => before.starts.some(({ release, wave, atMs }) => release === start.release && wave === start.wave && atMs === start.atMs)),
      )
      .map((start) => whole(view, start));
  };

function headline({ starts, freezes, nowMs }: CalendarView, span: CalendarSpan, days: readonly CalendarDay[]): string {
  const [fromMs, untilMs] = [days[0]?.startMs ?? 0, days.at(-1)?.endMs ?? 0];
  const when = nowMs >= fromMs && nowMs < untilMs ? `this ${span}` : span === "month" ? `in ${month.format(fromMs)}` : `in the week of ${day.format(fromMs)}`;
  const planned = starts.filter(({ kind }) => kind === "planned");
  const asks = starts.filter(({ kind, phase }) => kind === "asks" && phase !== "paused");
  const started = starts.filter(({ kind }) => kind === "started");
  const ahead =
    planned.length === 0
      ? `Nothing ${started.length > 0 ? "more " : ""}starts ${when}.`
      : `${count(planned.length, "start is", "starts are")} planned ${when}, for ${count(customersReached(planned), "customer")}.`;
  const before = planned.length === 0 && started.length > 0 ? ` ${count(customersReached(started), "customer")} got something new.` : "";
  const waits =
    asks.length === 0
      ? ""
      : ` ${count(asks.length, "start", "starts")} for ${count(customersReached(asks), "customer")} ${asks.length === 1 ? "waits" : "wait"} for a decision.`;
  const frozen = freezes.length === 0 ? "" : freezes.length === 1 ? " There is a release freeze." : ` There are ${freezes.length} release freezes.`;
  return `${ahead}${before}${waits}${frozen}`;
}

function Nothing({ isEmpty, wanted, span }: { readonly isEmpty: boolean; readonly wanted: string; readonly span: CalendarSpan }): ReactElement {
  return isEmpty ? (
    <Empty title={`Nothing in this ${span}`}>
      <p className="muted">Starts of planned releases appear here, and holds and freezes over them. Drafts start nothing and are not shown.</p>
      <a className="button" href={to("plan")}>
        Plan a release
      </a>
    </Empty>
  ) : (
    <Empty title={`No row is called "${wanted.trim()}"`} />
  );
}
