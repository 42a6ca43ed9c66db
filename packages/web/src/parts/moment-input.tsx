import type { ComponentProps, ReactElement } from "react";
import { dayOf, fromField, momentOf, zoneName } from "../data/when.ts";

type Given = Pick<ComponentProps<"input">, "required" | "min" | "max" | "onChange">;

interface MomentInputProps extends Given {
  /** As a `datetime-local` field has it; empty where there is none. */
  readonly value: string;
  /** By whose clock it is. */
  readonly clock?: string;
}

/**
 * A date and time that reads as in every sentence, with its clock; while it is edited, the browser's own field, which writes it as the browser's
 * language does and knows keys, screen readers and the picker of a phone.
 */
export function MomentInput({ value, clock = zoneName, ...given }: MomentInputProps): ReactElement {
  const atMs = fromField(value);
  return (
    <span className="moment">
      <input type="datetime-local" value={value} {...given} />
      <span className="moment-words" aria-hidden="true">
        {Number.isNaN(atMs) ? <span className="muted">No date yet</span> : momentOf(atMs, Date.now())} <span className="dim">{clock}</span>
      </span>
    </span>
  );
}

/** The same for a day without a time, which begins at midnight by the shown clock. */
export function DayInput({ value, ...given }: Omit<MomentInputProps, "clock">): ReactElement {
  const atMs = fromField(`${value}T00:00`);
  return (
    <span className="moment">
      <input type="date" value={value} {...given} />
      <span className="moment-words" aria-hidden="true">
        {Number.isNaN(atMs) ? <span className="muted">No date yet</span> : dayOf(atMs, Date.now())}
      </span>
    </span>
  );
}
