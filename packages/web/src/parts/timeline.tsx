import type { ReactElement } from "react";
import { count } from "../data/counting.ts";
import type { Freeze, HoldView, ReleaseView } from "../data/release-data.ts";
import { holdWords } from "../data/hold-words.ts";
import { dayOf, whenOf } from "../data/when.ts";

const WIDTH = 720;
const LEFT = 8;
/** Room for the labels of steps at the top of the stairs. */
const TOP = 92;
const STAIRS = 150;
const ROW = 24;
const DAY_MS = 86_400_000;
/** Rows of holds drawn; the rest is in the table below. */
const HOLDS_SHOWN = 5;

interface TimelineProps {
  readonly release: ReleaseView;
  readonly holds: readonly HoldView[];
  readonly freezes: readonly Freeze[];
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
}

/** A release as a staircase of customers over time: what they have, what is planned, who is on hold, when nothing starts. */
export function Timeline({ release, holds, freezes, nameOf, nowMs }: TimelineProps): ReactElement {
  const { waves } = release;
  const starts = waves.map(({ startsAtMs }) => startsAtMs);
  const rows = holds.flatMap((hold) => hold.customers.map((customer) => ({ customer, ...hold }))).slice(0, HOLDS_SHOWN);
  const from = Math.min(nowMs, ...starts) - DAY_MS;
  const until =
    Math.max(nowMs, ...waves.map(({ startsAtMs, lastAtMs, bakeMs }) => (lastAtMs ?? startsAtMs) + bakeMs), ...rows.map(({ untilMs }) => untilMs)) + DAY_MS;
  const x = (atMs: number): number => LEFT + ((Math.min(Math.max(atMs, from), until) - from) / (until - from)) * (WIDTH - 2 * LEFT);
  const all = Math.max(
    1,
    Object.values(release.counts).reduce((sum, n) => sum + n, 0),
  );
  const y = (n: number): number => TOP + STAIRS - (n / all) * STAIRS;
  const isKilled = (release.counts.offKilled ?? 0) > 0 && (release.counts.on ?? 0) === 0;
  const height = TOP + STAIRS + 16 + rows.length * ROW + 28;
  return (
    <figure className={isKilled ? "timeline killed" : "timeline"}>
      <div className="timeline-scroll" role="region" aria-label="Waves over time, which may be wider than the screen" tabIndex={0}>
        <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={describe(release, nowMs)}>
          <Patterns />
          {freezes.map(({ id, fromMs, untilMs }) => (
            <g key={id}>
              <rect x={x(fromMs)} y={40} width={Math.max(2, x(untilMs) - x(fromMs))} height={height - 62} fill="url(#frozen)" />
              <text x={Math.min(x(fromMs) + 4, WIDTH - 4)} y={34} className="dim" textAnchor={x(fromMs) > WIDTH - 110 ? "end" : "start"}>
                Freeze to {dayOf(untilMs, nowMs)}
              </text>
            </g>
          ))}
          <Stairs release={release} x={x} y={y} until={until} nowMs={nowMs} />
          {rows.map(({ customer, id, fromMs, untilMs, ...hold }, index) => (
            <g key={`${id}/${customer}`}>
              <title>{`${nameOf(customer)}: on hold until ${dayOf(untilMs, nowMs)}${holdWords(hold)}`}</title>
              <rect
                x={x(fromMs)}
                y={TOP + STAIRS + 22 + index * ROW}
                width={Math.max(4, x(untilMs) - x(fromMs))}
                height={12}
                rx={2}
                fill="url(#held)"
                className="held"
              />
              <text
                x={x(untilMs) + 6}
                y={TOP + STAIRS + 32 + index * ROW}
                {...(x(untilMs) > WIDTH - 180 ? { textAnchor: "end", dx: x(fromMs) - x(untilMs) - 12 } : {})}
              >
                <tspan className="strong">{nameOf(customer)}</tspan> <tspan className="dim">until {dayOf(untilMs, nowMs)}</tspan>
              </text>
            </g>
          ))}
          <Axis from={from} until={until} x={x} y={height - 22} nowMs={nowMs} />
          <line x1={x(nowMs)} x2={x(nowMs)} y1={20} y2={height - 22} className="now" />
          <rect x={Math.min(Math.max(x(nowMs) - 24, 0), WIDTH - 48)} y={2} width={48} height={20} rx={10} className="now-pill" />
          <text x={Math.min(Math.max(x(nowMs), 24), WIDTH - 24)} y={16} textAnchor="middle" className="now-word">
            Now
          </text>
        </svg>
      </div>
      <figcaption>
        <span>
          <i className="flow" /> {isKilled ? "killed: nobody has it" : "has it"}
        </span>
        <span>
          <i className="sched" /> planned
        </span>
        {rows.length > 0 && (
          <span>
            <i className="hold" /> on hold: keeps what it has, gets nothing new
          </span>
        )}
        {freezes.length > 0 && (
          <span>
            <i className="frozen" /> freeze: no starts, deploys go on
          </span>
        )}
      </figcaption>
    </figure>
  );
}

interface StairsProps {
  readonly release: ReleaseView;
  readonly x: (atMs: number) => number;
  readonly y: (n: number) => number;
  readonly until: number;
  readonly nowMs: number;
}

function Stairs({ release, x, y, until, nowMs }: StairsProps): ReactElement {
  let reached = 0;
  const steps = release.waves.map((wave, index) => {
    const ahead = release.starts.find((start) => start.wave === index && start.atMs === wave.startsAtMs);
    reached += wave.phase === "pending" ? wave.customers : Math.max(wave.exposed, wave.customers - wave.held);
    return { ...wave, reached, label: ahead === undefined || wave.local ? wave.customers : ahead.customers };
  });
  const labels = placeLabels(
    steps.map((step) => ({
      x: x(step.startsAtMs),
      y: y(step.reached),
      title: step.name,
      more: `${count(step.label, "customer")}, ${whenOf(step.startsAtMs, nowMs)}`,
    })),
  );
  return (
    <>
      <line x1={0} x2={WIDTH} y1={y(0)} y2={y(0)} className="base" />
      {steps.map((step, index) => {
        const end = steps[index + 1]?.startsAtMs ?? until;
        const isLive = step.phase !== "pending";
        const look = isLive ? "has" : "planned";
        const width = Math.max(0, x(end) - x(step.startsAtMs));
        return (
          <g key={step.name + String(index)}>
            <rect
              x={x(step.startsAtMs)}
              y={y(step.reached)}
              width={width}
              height={y(0) - y(step.reached)}
              className={`step ${look}`}
              fill={isLive ? undefined : "url(#planned)"}
            />
            <path d={`M${x(step.startsAtMs)} ${y(steps[index - 1]?.reached ?? 0)}V${y(step.reached)}H${x(end)}`} className={`edge ${look}`} />
          </g>
        );
      })}
      {labels.map(({ title, more, x: left, y: top, isEnd }) => (
        <text key={title + more} x={left} y={top} textAnchor={isEnd ? "end" : "start"} className="label">
          <tspan className="strong">{title}</tspan>
          <tspan x={left} dy={13} className="dim">
            {more}
          </tspan>
        </text>
      ))}
    </>
  );
}

interface Label {
  readonly title: string;
  readonly more: string;
  readonly x: number;
  readonly y: number;
}

/** About how wide a letter of a label is, and how high its two lines are. */
const LETTER = 5.7;
const LABEL = 30;

/** Puts each label above its step and those that it reaches over, higher where another one stands, to the left where the edge is near. */
function placeLabels(wanted: readonly Label[]): readonly (Label & { readonly isEnd: boolean })[] {
  const taken: { readonly from: number; readonly to: number; readonly y: number }[] = [];
  return wanted.map((label) => {
    const width = Math.max(label.title.length, label.more.length) * LETTER;
    const isEnd = label.x + 6 + width > WIDTH;
    const left = isEnd ? label.x - 6 : label.x + 6;
    const [from, to] = isEnd ? [left - width, left] : [left, left + width];
    let top = Math.min(label.y, ...wanted.filter((step) => step.x > from && step.x < to).map((step) => step.y)) - 22;
    while (taken.some((one) => one.from < to + 8 && from < one.to + 8 && Math.abs(one.y - top) < LABEL)) top -= 4;
    taken.push({ from, to, y: top });
    return { ...label, x: left, y: top, isEnd };
  });
}

function Axis({
  from,
  until,
  x,
  y,
  nowMs,
}: {
  readonly from: number;
  readonly until: number;
  readonly x: (atMs: number) => number;
  readonly y: number;
  readonly nowMs: number;
}): ReactElement {
  const marks = [0.02, 0.26, 0.5, 0.74, 0.97].map((part) => from + (until - from) * part);
  return (
    <>
      <line x1={0} x2={WIDTH} y1={y} y2={y} className="base" />
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
      {hatch("held", "var(--hold)")}
      {hatch("frozen", "var(--line-2)")}
    </defs>
  );
}

/** The drawing in words, for those who hear it. */
function describe({ content, waves }: ReleaseView, nowMs: number): string {
  return `${content.title}: ${waves.map(({ name, customers, startsAtMs, phase }) => `${name}, ${count(customers, "customer")}, ${phase === "pending" ? "planned for" : "begun"} ${whenOf(startsAtMs, nowMs)}`).join("; ")}`;
}
