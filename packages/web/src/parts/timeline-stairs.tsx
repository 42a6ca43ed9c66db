import type { ReactElement } from "react";
import type { CourseStretch } from "../data/release-course.ts";

interface StairsProps {
  readonly stretches: readonly CourseStretch[];
  readonly x: (atMs: number) => number;
  readonly y: (customers: number) => number;
  readonly untilMs: number;
  /** What is ahead waits for a person. */
  readonly asks: boolean;
}

/** Layers of customers over time: who has it, above them whom a kill takes it from, above them who gets it by the plan. */
export function Stairs({ stretches, x, y, untilMs, asks }: StairsProps): ReactElement {
  const planned = asks ? "asks" : "planned";
  return (
    <>
      {stretches.map(({ fromMs, untilMs: endMs = untilMs, has, killed, ahead }, index) => {
        const [left, right] = [x(fromMs), x(endMs)];
        const before = stretches[index - 1] ?? { has: 0, killed: 0, ahead: 0 };
        const block = (look: string, from: number, to: number, fill?: string): ReactElement | undefined =>
          to > from ? <rect className={`step ${look}`} x={left} y={y(to)} width={Math.max(0, right - left)} height={y(from) - y(to)} fill={fill} /> : undefined;
        /** The upper edge of one layer; where nobody is in it, none. */
        const edge = (look: string, to: number, was: number): ReactElement => (
          <path d={`M${left} ${y(was)}V${y(to)}H${right}`} className={`edge ${look}`} data-customers={to} />
        );
        return (
          <g key={fromMs}>
            {block("has", 0, has)}
            {block("killed", has, has + killed)}
            {block(planned, has + killed, has + killed + ahead, `url(#${planned})`)}
            {ahead > 0 && edge(planned, has + killed + ahead, before.has + before.killed + before.ahead)}
            {killed > 0 && edge("killed", has + killed, before.has + before.killed)}
            {has > 0 && edge("has", has, before.has)}
            {has === 0 && before.has > 0 && <path d={`M${left} ${y(before.has)}V${y(0)}`} className="edge has" data-customers={0} />}
          </g>
        );
      })}
    </>
  );
}

/** About how wide a letter of a label is, and how high its two lines are. */
export const LETTER = 5.7;
const LINES = 30;

/** What is written at a step, in two lines. */
export interface StairLabel {
  readonly atMs: number;
  readonly title: string;
  readonly more: string;
}

/** Where a label is drawn: its first line's baseline, above the stairs that it stands over. */
export interface PlacedLabel extends StairLabel {
  readonly x: number;
  readonly y: number;
  readonly isEnd: boolean;
}

interface Place {
  readonly x: (atMs: number) => number;
  /** Of the highest edge at an instant. */
  readonly topAt: (atMs: number) => number;
  readonly width: number;
  /** Boxes that are taken already. */
  readonly taken: readonly Box[];
}

interface Box {
  readonly from: number;
  readonly to: number;
  readonly y: number;
}

const lengthOf = ({ title, more }: Pick<StairLabel, "title" | "more">): number => Math.max(title.length, more.length) * LETTER;

/** Puts each label above its step and those that it reaches over, higher where another one stands, to the left where the edge is near. */
export function placeLabels(labels: readonly StairLabel[], place: Place): readonly PlacedLabel[] {
  const steps = labels.map(({ atMs }) => ({ x: place.x(atMs), y: place.topAt(atMs) }));
  const taken: Box[] = [...place.taken];
  return labels.map((label) => {
    const at = place.x(label.atMs);
    const length = lengthOf(label);
    const isEnd = at + 6 + length > place.width && at - 6 - length >= 0;
    // Where it fits on neither side of its step, it ends with the drawing.
    const left = isEnd ? at - 6 : Math.max(2, Math.min(at + 6, place.width - length));
    const [from, to] = isEnd ? [left - length, left] : [left, left + length];
    let top =
      Math.min(place.topAt(label.atMs), ...steps.filter((step) => step.x > Math.min(at, from) - 1 && step.x < Math.max(at, to)).map((step) => step.y)) - 22;
    while (taken.some((one) => one.from < to + 8 && from < one.to + 8 && Math.abs(one.y - top) < LINES)) top -= 4;
    taken.push({ from, to, y: top });
    return { ...label, x: left, y: top, isEnd };
  });
}

/** The labels as text, on paper and with a rim of it, so that stripes and lines behind them do not cross them out. */
export function StairLabels({ labels }: { readonly labels: readonly PlacedLabel[] }): ReactElement {
  return (
    <>
      {labels.map(({ title, more, atMs, x: left, y: top, isEnd }) => (
        <g key={`${title} ${atMs}`}>
          <rect className="label-paper" x={isEnd ? left - lengthOf({ title, more }) : left} y={top - 11} width={lengthOf({ title, more })} height={LINES - 2} />
          <text x={left} y={top} textAnchor={isEnd ? "end" : "start"} className="label">
            <tspan className="strong">{title}</tspan>
            <tspan x={left} dy={13} className="dim">
              {more}
            </tspan>
          </text>
        </g>
      ))}
    </>
  );
}
