import type { WaitingRevertView } from "@sluice/contract";
import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { listOf } from "../data/release-sentences.ts";
import { whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface WaitingRevertRowProps {
  readonly waiting: WaitingRevertView;
  /** What people call its environment. */
  readonly where: string;
  readonly nowMs: number;
  readonly decided: () => void;
}

/** An earlier form that would give something to more people: served once somebody who may say so lets it through. */
export function WaitingRevertRow({ waiting, where, nowMs, decided }: WaitingRevertRowProps): ReactElement {
  const { revert, environment, flag, segment, enlarges, gain, of, askedAtMs, askedBy, reason } = waiting;
  const act = useAct(decided);
  const say = (isAccepted: boolean): void => void act.run(`/api/reverts/${encodeURIComponent(revert)}/decide`, { environment, isAccepted });
  const key = flag ?? segment ?? "";
  const more =
    enlarges.length === 0
      ? "Nobody gets more by it, as things are now."
      : `More people may get ${listOf(enlarges.map((one) => flagName(one.flag)))}${gain > 0 ? `: ${count(gain, "customer")} of ${of} at once` : ""}.`;
  return (
    <div className="row waiting">
      <div>
        <span className="state ask">
          <Icon name="undo" />
          Revert asked for {whenOf(askedAtMs, nowMs)}
          {askedBy === undefined ? "" : ` by ${askedBy}`}
        </span>
        <h3>
          <a href={flag === undefined ? to("segment", { segment: key }) : to("flag", { flag: key })}>{flagName(key)}</a> in {where}, as it was
        </h3>
        <p className="muted">
          {more} {reason === undefined ? "" : `“${reason}”`}
        </p>
        <ProblemNote problem={act.problem} />
      </div>
      <div className="buttons">
        <button type="button" className="button primary" disabled={act.isBusy} onClick={() => say(true)}>
          Let them have it
        </button>
        <button type="button" className="button" disabled={act.isBusy} onClick={() => say(false)}>
          Keep as it is
        </button>
      </div>
    </div>
  );
}
