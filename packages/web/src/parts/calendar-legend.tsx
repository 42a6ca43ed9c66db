import type { ReactElement } from "react";
import { fatesInside } from "../data/freeze-words.ts";
import type { Freeze } from "../data/release-data.ts";
import { zoneName } from "../data/when.ts";
import type { StateWord } from "../state-words.ts";
import { State } from "./state.tsx";

const shown: readonly StateWord[] = ["on", "scheduled", "asks", "held", "killed"];

interface LegendProps {
  readonly mayMove: boolean;
  readonly freezes: readonly Freeze[];
  readonly nowMs: number;
}

/** What the shapes mean, how a start is moved, and what is not here yet. */
export function CalendarLegend({ mayMove, freezes, nowMs }: LegendProps): ReactElement {
  return (
    <footer className="calendar-legend">
      <p className="calendar-looks">
        {shown.map((state) => (
          <State key={state} state={state} />
        ))}
        <span className="state">
          <i className="hatch hold" aria-hidden="true" /> nothing new for this customer
        </span>
        <span className="state">
          <i className="hatch freeze" aria-hidden="true" /> release freeze: deploys go on, and a kill works. {fatesInside(freezes, nowMs)}
        </span>
      </p>
      <p className="dim small">
        Times are in {zoneName}.{" "}
        {mayMove ? "Drag a start to another day, or press Alt and an arrow key on it: you are shown what it changes before anything is saved. " : ""}
        An address for your own calendar program will be given here later.
      </p>
    </footer>
  );
}
