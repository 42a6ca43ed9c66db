import type { KeyboardEvent, ReactElement } from "react";
import type { CalendarSpan } from "../data/calendar-days.ts";
import { count } from "../data/counting.ts";
import type { CalendarStart } from "../data/release-data.ts";
import { timeOf, whenOf } from "../data/when.ts";
import { type StateWord, stateLooks } from "../state-words.ts";
import { Icon } from "./icon.tsx";

/** What a start looks like: from the one table of states. */
export function startWord({ kind, phase, customers, held, killed }: CalendarStart): StateWord {
  if (kind === "started") return killed.length === customers.length ? "killed" : "on";
  if (phase === "paused") return "paused";
  if (kind === "asks") return "asks";
  return held.length === customers.length ? "held" : "scheduled";
}

/** Whether somebody with the right may still move it. */
export const isMovable = ({ kind, phase }: CalendarStart): boolean => kind !== "started" && ["planned", "inProgress", "needsDecision"].includes(phase);

interface StartProps {
  readonly start: CalendarStart;
  readonly span: CalendarSpan;
  readonly nowMs: number;
  /** What the row does not say already. */
  readonly title: string;
  /** In a row of one customer, who needs no counting. */
  readonly isAlone: boolean;
  readonly mayMove: boolean;
  readonly open: (start: CalendarStart, byDays: number) => void;
  readonly drag: (start: CalendarStart | undefined) => void;
}

/** One start: opens what is known of it; is dragged, or moved by Alt and an arrow, to another day, which asks first. */
export function CalendarStartButton({ start, span, nowMs, title, isAlone, mayMove, open, drag }: StartProps): ReactElement {
  const look = stateLooks[startWord(start)];
  const movable = mayMove && isMovable(start);
  const pressed = (event: KeyboardEvent): void => {
    const byDays = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!event.altKey || byDays === undefined || !movable) return;
    event.preventDefault();
    open(start, byDays);
  };
  const held = start.held.length === 0 ? "" : start.held.length === start.customers.length ? ", after a hold" : `, ${start.held.length} after a hold`;
  const taken = start.killed.length === 0 || start.killed.length === start.customers.length ? "" : `, ${start.killed.length} of them killed`;
  return (
    <button
      type="button"
      className={`start ${look.colour} ${span}${isAlone ? " alone" : ""}`}
      draggable={movable}
      aria-keyshortcuts={movable ? "Alt+ArrowLeft Alt+ArrowRight" : undefined}
      title={`${start.title}, ${start.waveName}, ${whenOf(start.atMs, nowMs)}`}
      onClick={() => open(start, 0)}
      onKeyDown={pressed}
      onDragStart={() => drag(start)}
      onDragEnd={() => drag(undefined)}
    >
      <Icon name={look.icon} />
      {/* Before what is seen, not instead of it: whoever speaks to the machine says what stands there. */}
      <span className="hidden-label">{`${start.title}, ${start.waveName}: ${look.word.toLowerCase()}, ${whenOf(start.atMs, nowMs)}, ${count(start.customers.length, "customer")}${held}${taken}. `}</span>
      {span === "month" ? (
        <span>{start.customers.length}</span>
      ) : (
        <span>
          <b>{timeOf(start.atMs)}</b> {title}
          {!isAlone && (
            <small>
              {count(start.customers.length, "customer")}
              {held}
              {taken}
            </small>
          )}
        </span>
      )}
    </button>
  );
}
