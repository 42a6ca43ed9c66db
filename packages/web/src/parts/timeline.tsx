import type { ReactElement } from "react";
import { count } from "../data/counting.ts";
import { courseLabels, courseOf, type HeldRow } from "../data/release-course.ts";
import type { Freeze, ReleaseView } from "../data/release-data.ts";
import { holdWords } from "../data/hold-words.ts";
import { useNarrow } from "../data/use-narrow.ts";
import { dayOf, whenOf } from "../data/when.ts";
import { LETTER, placeLabels, type StairLabel, StairLabels, Stairs } from "./timeline-stairs.tsx";

/** In the drawing's own measure: on a phone it is as wide as there is room, so that nothing has to be pushed aside to be seen. */
const WIDTH = 720;
const WIDTH_NARROW = 380;
const LEFT = 8;
/** Room above the stairs for the labels of steps, at least; more where they need it. */
const TOP = 64;
/** Where the now line and the words of freezes end: no label stands there. */
const HEAD = 46;
const STAIRS = 150;
const ROW = 24;
const DAY_MS = 86_400_000;
/** As wide as what a freeze says. */
const FREEZE_WORDS = 150;
/** Rows of holds drawn; the others are counted, and are in the table below. */
const HOLDS_SHOWN = 5;

interface TimelineProps {
  readonly release: ReleaseView;
  readonly held: readonly HeldRow[];
  readonly freezes: readonly Freeze[];
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
}

/** A release as a staircase of customers over time: what they have, what is planned, who is on hold, what a kill takes, when nothing starts. */
export function Timeline({ release, held, freezes, nameOf, nowMs }: TimelineProps): ReactElement {
  const width = useNarrow() ? WIDTH_NARROW : WIDTH;
  const stretches = courseOf(release);
  const rows = held.slice(0, HOLDS_SHOWN);
  const more = held.length - rows.length;
  const { fromMs, untilMs } = windowOf(release, [...stretches.map((each) => each.fromMs), ...rows.map(({ hold }) => hold.untilMs)], nowMs);
  const x = (atMs: number): number => LEFT + ((Math.min(Math.max(atMs, fromMs), untilMs) - fromMs) / (untilMs - fromMs)) * (width - 2 * LEFT);
  const all = Object.values(release.counts).reduce((sum, n) => sum + n, 0);
  const risenBy = (n: number): number => (n / Math.max(1, all)) * STAIRS;
  const totalAt = (atMs: number): number => {
    const last = stretches.findLast((each) => each.fromMs <= atMs) ?? { has: 0, killed: 0, ahead: 0 };
    return last.has + last.killed + last.ahead;
  };
  // As if the stairs began at 0: how high the labels reach says how much room they need.
  const labels = placeLabels(labelsOf(release, nowMs), {
    x,
    topAt: (atMs) => STAIRS - risenBy(totalAt(atMs)),
    width,
    taken: [{ from: 0, to: 84, y: -13 }],
  });
  const top = Math.max(TOP, HEAD + 12 - Math.min(0, ...labels.map((label) => label.y)));
  const y = (n: number): number => top + STAIRS - risenBy(n);
  const rowsTop = top + STAIRS + 22;
  const height = rowsTop + (rows.length + (more > 0 ? 1 : 0)) * ROW + 22;
  return (
    <figure className="timeline">
      <div>
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={describe(release, held, nameOf, nowMs)}>
          <Patterns />
          <Freezes freezes={freezes} width={width} x={x} height={height - 62} nowMs={nowMs} />
          <line x1={0} x2={width} y1={y(all)} y2={y(all)} className="base all" />
          <line x1={0} x2={width} y1={y(0)} y2={y(0)} className="base" />
          <Stairs stretches={stretches} x={x} y={y} untilMs={untilMs} asks={release.phase === "needsDecision"} />
          {rows.map((row, index) => (
            <HoldRow key={`${row.hold.id}/${row.customer}`} row={row} width={width} x={x} y={rowsTop + index * ROW} nameOf={nameOf} nowMs={nowMs} />
          ))}
          {more > 0 && (
            <text x={LEFT} y={rowsTop + rows.length * ROW + 10} className="dim">
              {more} more on hold: in the table below
            </text>
          )}
          <Axis width={width} from={fromMs} until={untilMs} x={x} y={height - 22} nowMs={nowMs} />
          <line x1={x(nowMs)} x2={x(nowMs)} y1={20} y2={height - 22} className="now" />
          <rect x={Math.min(Math.max(x(nowMs) - 24, 0), width - 48)} y={2} width={48} height={20} rx={10} className="now-pill" />
          <text x={Math.min(Math.max(x(nowMs), 24), width - 24)} y={16} textAnchor="middle" className="now-word">
            Now
          </text>
          <StairLabels labels={labels.map((label) => ({ ...label, y: label.y + top }))} />
          <text x={2} y={y(all) - 5} className="label dim">
            All {all} customers
          </text>
        </svg>
      </div>
      <Legend release={release} hasHolds={rows.length > 0} hasFreezes={freezes.length > 0} />
    </figure>
  );
}

/** What stands at each step, in the words of the plan beside it. */
function labelsOf(release: ReleaseView, nowMs: number): readonly StairLabel[] {
  return courseLabels(release).map(({ title, customers, atMs, isFirstOf, kind }) => {
    // What was to start and did not is no promise.
    const isMissed = kind === "ahead" && release.phase === "needsDecision" && atMs <= nowMs;
    const before = kind === "killed" ? "since " : `${isMissed ? "was planned " : ""}${isFirstOf ? "from " : ""}`;
    return { title, atMs, more: `${count(customers, "customer")}, ${before}${whenOf(atMs, nowMs)}` };
  });
}

/** What is drawn: a day before the first thing that happens, and a day after the last. */
function windowOf({ waves, starts }: ReleaseView, instants: readonly number[], nowMs: number): { readonly fromMs: number; readonly untilMs: number } {
  const all = [nowMs, ...instants, ...starts.map(({ atMs }) => atMs), ...waves.map(({ startsAtMs }) => startsAtMs)];
  const ends = waves.map(({ startsAtMs, lastAtMs, bakeMs }) => (lastAtMs ?? startsAtMs) + bakeMs);
  return { fromMs: Math.min(...all) - DAY_MS, untilMs: Math.max(...all, ...ends) + DAY_MS };
}

interface FreezesProps {
  readonly width: number;
  readonly freezes: readonly Freeze[];
  readonly x: (atMs: number) => number;
  readonly height: number;
  readonly nowMs: number;
}

function Freezes({ freezes, width, x, height, nowMs }: FreezesProps): ReactElement {
  return (
    <>
      {freezes.map(({ id, fromMs, untilMs }) => (
        <g key={id}>
          <rect x={x(fromMs)} y={40} width={Math.max(2, x(untilMs) - x(fromMs))} height={height} fill="url(#frozen)" />
          <text x={Math.min(x(fromMs) + 4, width - 4)} y={34} className="dim" textAnchor={x(fromMs) > width - FREEZE_WORDS ? "end" : "start"}>
            Freeze to {whenOf(untilMs, nowMs)}
          </text>
        </g>
      ))}
    </>
  );
}

interface HoldRowProps extends Pick<TimelineProps, "nameOf" | "nowMs"> {
  readonly row: HeldRow;
  readonly width: number;
  readonly x: (atMs: number) => number;
  readonly y: number;
}

function HoldRow({ row: { hold, customer }, width, x, y, nameOf, nowMs }: HoldRowProps): ReactElement {
  const [left, right] = [x(hold.fromMs), x(hold.untilMs)];
  const until = `until ${dayOf(hold.untilMs, nowMs)}`;
  const length = (nameOf(customer).length + until.length + 3) * LETTER;
  // Beside its bar where there is room; else over the end of it.
  const at = right + length < width ? right + 6 : left - length > 0 ? left - 6 : width - 2;
  return (
    <g data-hold={hold.id}>
      <title>{`${nameOf(customer)}: on hold ${until}${holdWords(hold)}`}</title>
      <rect x={left} y={y} width={Math.max(4, right - left)} height={12} rx={2} fill="url(#held)" className="held" />
      <text x={at} y={y + 10} className="label" textAnchor={at === right + 6 ? "start" : "end"}>
        <tspan className="strong">{nameOf(customer)}</tspan> <tspan className="dim">{until}</tspan>
      </text>
    </g>
  );
}

interface LegendProps {
  readonly release: ReleaseView;
  readonly hasHolds: boolean;
  readonly hasFreezes: boolean;
}

function Legend({ release: { course, phase, starts }, hasHolds, hasFreezes }: LegendProps): ReactElement {
  const asks = phase === "needsDecision";
  const looks: readonly (readonly [look: string, words: string, isShown: boolean])[] = [
    ["flow", "has it", true],
    ["kill", "killed: had it, and does not have it now", (course?.killed ?? []).length > 0],
    [
      asks ? "asks" : "sched",
      asks ? "waits for a decision" : phase === "paused" ? "planned, and nothing starts before somebody goes on" : "planned",
      starts.length > 0,
    ],
    ["hold", "on hold: keeps what it has, gets nothing new", hasHolds],
    ["frozen", "freeze: no starts, deploys go on", hasFreezes],
  ];
  return (
    <figcaption>
      {looks.map(
        ([look, words, isShown]) =>
          isShown && (
            <span key={look}>
              <i className={look} /> {words}
            </span>
          ),
      )}
    </figcaption>
  );
}

interface AxisProps {
  readonly width: number;
  readonly from: number;
  readonly until: number;
  readonly x: (atMs: number) => number;
  readonly y: number;
  readonly nowMs: number;
}

function Axis({ width, from, until, x, y, nowMs }: AxisProps): ReactElement {
  const marks = (width < WIDTH ? [0.02, 0.5, 0.97] : [0.02, 0.26, 0.5, 0.74, 0.97]).map((part) => from + (until - from) * part);
  return (
    <>
      <line x1={0} x2={width} y1={y} y2={y} className="base" />
      {marks.map((atMs, index) => (
        <text key={atMs} x={x(atMs)} y={y + 16} className="dim" textAnchor={index === 0 ? "start" : index === marks.length - 1 ? "end" : "middle"}>
          {dayOf(atMs, nowMs)}
        </text>
      ))}
    </>
  );
}

function Patterns(): ReactElement {
  const hatch = (id: string, colour: string): ReactElement => (
    <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <line x1="0" y1="0" x2="0" y2="6" stroke={colour} strokeWidth="2" />
    </pattern>
  );
  return (
    <defs>
      {hatch("planned", "var(--sched-line)")}
      {hatch("asks", "var(--ask)")}
      {hatch("held", "var(--hold)")}
      {hatch("frozen", "var(--line-2)")}
    </defs>
  );
}

/** The drawing in words, for those who hear it. */
function describe(release: ReleaseView, held: readonly HeldRow[], nameOf: (customer: string) => string, nowMs: number): string {
  const steps = labelsOf(release, nowMs).map(({ title, more }) => `${title}, ${more}`);
  const holds = held.slice(0, HOLDS_SHOWN).map(({ hold, customer }) => `${nameOf(customer)} is on hold until ${whenOf(hold.untilMs, nowMs)}`);
  const others = held.length > HOLDS_SHOWN ? [`${held.length - HOLDS_SHOWN} more are on hold`] : [];
  return `${release.content.title}: ${[...steps, ...holds, ...others].join("; ")}`;
}
