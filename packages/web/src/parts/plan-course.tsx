import type { ReactElement } from "react";
import { count } from "../data/counting.ts";
import { type PlanMoves, planMoves, type PlanStep } from "../data/plan-moves.ts";
import { listOf } from "../data/list-words.ts";
import { dayOf, whenOf } from "../data/when.ts";

/** In the drawing's own measure: about as wide as the column that it stands in, so that its words have their size. */
const WIDTH = 380;
const HEIGHT = 140;
const TOP = 22;
const BOTTOM = 24;
const HOUR_MS = 3_600_000;

interface PlanCourseProps {
  readonly now: readonly PlanStep[];
  readonly earlier: readonly PlanStep[];
  /** Customers that have it already, whichever plan goes on. */
  readonly have: number;
  readonly nowMs: number;
}

/** Two plans of one release as customers over time, one over the other, and whose start becomes another. */
export function PlanCourse({ now, earlier, have, nowMs }: PlanCourseProps): ReactElement {
  const instants = [nowMs, ...[...now, ...earlier].map(({ atMs }) => atMs)];
  const [first, last] = [Math.min(...instants), Math.max(...instants)];
  const margin = Math.max(HOUR_MS, (last - first) / 8);
  const [fromMs, untilMs] = [first - margin / 2, last + margin];
  const x = (atMs: number): number => ((atMs - fromMs) / (untilMs - fromMs)) * WIDTH;
  const most = Math.max(1, have + Math.max(sumOf(now), sumOf(earlier)));
  const y = (customers: number): number => TOP + (1 - customers / most) * (HEIGHT - TOP - BOTTOM);
  const stairs = (steps: readonly PlanStep[]): string => {
    let customers = have;
    const turns = steps.toSorted((a, b) => a.atMs - b.atMs).map((step) => `H${x(step.atMs)}V${y((customers += step.customers.length))}`);
    return `M0 ${y(have)}${turns.join("")}H${WIDTH}`;
  };
  const said = (steps: readonly PlanStep[]): string => steps.map(({ atMs, customers }) => `${customers.length} ${whenOf(atMs, nowMs)}`).join(", ") || "nobody";
  return (
    <>
      <figure className="timeline plan-course">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          role="img"
          aria-label={`Customers over time. As it is planned now: ${said(now)}. By this plan: ${said(earlier)}. ${have} have it already.`}
        >
          <path d={`${stairs(earlier)}V${y(0)}H0Z`} className="step then" />
          <line x1={0} x2={WIDTH} y1={y(0)} y2={y(0)} className="base" />
          <line x1={0} x2={WIDTH} y1={y(most)} y2={y(most)} className="base all" />
          <path d={stairs(now)} className="edge as-now" />
          <path d={stairs(earlier)} className="edge then" />
          <line x1={x(nowMs)} x2={x(nowMs)} y1={TOP - 6} y2={y(0)} className="now" />
          <text x={2} y={TOP - 8} className="dim">
            {most} customers
          </text>
          {[fromMs, untilMs].map((atMs, index) => (
            <text key={atMs} x={index === 0 ? 2 : WIDTH - 2} y={HEIGHT - 8} className="dim" textAnchor={index === 0 ? "start" : "end"}>
              {dayOf(atMs, nowMs)}
            </text>
          ))}
        </svg>
        <figcaption>
          <span>
            <i className="as-now" /> as it is planned now
          </span>
          <span>
            <i className="then" /> by this plan
          </span>
        </figcaption>
      </figure>
      <p>
        <b>{movesSentence(planMoves(now, earlier))}</b>
      </p>
    </>
  );
}

const sumOf = (steps: readonly PlanStep[]): number => steps.reduce((sum, { customers }) => sum + customers.length, 0);

/** Who gains and who loses by it, in one sentence. */
function movesSentence({ earlier, later, gain, lose, same }: PlanMoves): string {
  const parts = [
    ...(gain > 0 ? [`${count(gain, "customer gets", "customers get")} a start`] : []),
    ...(lose > 0 ? [count(lose, "customer loses its start", "customers lose their start")] : []),
    ...(earlier > 0 ? [`${count(earlier, "customer gets", "customers get")} it earlier`] : []),
    ...(later > 0 ? [`${count(later, "customer gets", "customers get")} it later`] : []),
  ];
  if (parts.length === 0) return same === 0 ? "Nobody has a start, now or by it." : "Everybody's start stays as it is.";
  return `${listOf(parts)}${same > 0 ? `; ${count(same, "start stays as it is", "starts stay as they are")}` : ""}.`;
}
