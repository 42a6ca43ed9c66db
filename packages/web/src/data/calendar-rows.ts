import { holdWords } from "./hold-words.ts";
import type { CalendarStart, CalendarView, Freeze, HoldView } from "./release-data.ts";

export type CalendarRows = "releases" | "customers";

/** A stretch in which nothing new starts, for one customer or for everybody. */
export interface CalendarBar {
  readonly id: string;
  readonly kind: "hold" | "freeze";
  readonly fromMs: number;
  readonly untilMs: number;
  /** Who placed it and why, as the end of a sentence. */
  readonly said: string;
}

export interface CalendarRow {
  readonly id: string;
  readonly kind: "release" | "customer" | "hold";
  readonly title: string;
  /** Of the release or the customer whose page tells more; absent for a hold of several. */
  readonly opens?: string;
  readonly starts: readonly CalendarStart[];
  readonly bars: readonly CalendarBar[];
}

/** The rows of a calendar in the order of their first start; in the view by release, holds come last. */
export function calendarRows(view: CalendarView, rows: CalendarRows, nameOf: (customer: string) => string): readonly CalendarRow[] {
  return rows === "releases" ? [...releaseRows(view), ...view.holds.map((hold) => holdRow(hold, nameOf))] : customerRows(view, nameOf);
}

function releaseRows({ starts }: CalendarView): readonly CalendarRow[] {
  const rows = new Map<string, CalendarStart[]>();
  for (const start of starts) rows.set(start.release, [...(rows.get(start.release) ?? []), start]);
  return [...rows].map(([id, own]) => ({ id, kind: "release", title: own[0]?.title ?? id, opens: id, starts: own, bars: [] }));
}

function holdRow(hold: HoldView, nameOf: (customer: string) => string): CalendarRow {
  const [first = "", ...others] = hold.customers;
  return {
    id: hold.id,
    kind: "hold",
    title: others.length === 0 ? nameOf(first) : `${nameOf(first)} and ${others.length} more`,
    ...(others.length === 0 ? { opens: first } : {}),
    starts: [],
    bars: [barOf(hold)],
  };
}

function customerRows({ starts, holds }: CalendarView, nameOf: (customer: string) => string): readonly CalendarRow[] {
  const rows = new Map<string, { readonly starts: CalendarStart[]; readonly bars: CalendarBar[] }>();
  const rowOf = (customer: string): { readonly starts: CalendarStart[]; readonly bars: CalendarBar[] } => {
    const row = rows.get(customer) ?? { starts: [], bars: [] };
    rows.set(customer, row);
    return row;
  };
  for (const start of starts)
    for (const customer of start.customers)
      rowOf(customer).starts.push({
        ...start,
        customers: [customer],
        held: start.held.filter((one) => one === customer),
        killed: start.killed.filter((one) => one === customer),
      });
  for (const hold of holds) for (const customer of hold.customers) rowOf(customer).bars.push(barOf(hold));
  return [...rows].map(([id, row]) => ({ id, kind: "customer", title: nameOf(id), opens: id, ...row }));
}

const barOf = (hold: HoldView): CalendarBar => ({ id: hold.id, kind: "hold", fromMs: hold.fromMs, untilMs: hold.untilMs, said: holdWords(hold) });

/** A freeze as a stretch across every row. */
export const freezeBar = ({ id, fromMs, untilMs }: Freeze): CalendarBar => ({ id, kind: "freeze", fromMs, untilMs, said: "" });

/** How many customers get something new in these starts: each counted once. */
export function customersReached(starts: readonly CalendarStart[]): number {
  return new Set(starts.flatMap(({ customers }) => customers)).size;
}
