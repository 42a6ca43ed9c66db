import type { WaitingRevertView } from "@sluice/contract";
import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { listOf } from "../data/list-words.ts";
import { whenOf } from "../data/when.ts";
import { RevertedFlags, RevertedLines } from "./reverted.tsx";
import { WaitsToBeLetThrough } from "./waits-to-be-let-through.tsx";

interface WaitingRevertRowProps {
  readonly waiting: WaitingRevertView;
  /** What people call its environment. */
  readonly where: string;
  readonly nowMs: number;
  readonly decided: () => void;
}

/** An earlier form that would give something to more people: served once somebody who may say so lets it through. */
export function WaitingRevertRow({ waiting, where, nowMs, decided }: WaitingRevertRowProps): ReactElement {
  const { revert, environment, flag, segment, enlarges, gain, of, askedAtMs, askedBy, reason, flags, files } = waiting;
  const act = useAct(decided);
  const key = flag ?? segment ?? "";
  const more =
    enlarges.length === 0
      ? "Nobody gets more by it, as things are now."
      : `More people may get ${listOf(enlarges.map((one) => flagName(one.flag)))}${gain > 0 ? `: ${count(gain, "customer")} of ${of} at once` : ""}.`;
  return (
    <WaitsToBeLetThrough
      icon="undo"
      what={`Revert asked for ${whenOf(askedAtMs, nowMs)}${askedBy === undefined ? "" : ` by ${askedBy}`}`}
      title={
        <>
          <a href={flag === undefined ? to("segment", { segment: key }) : to("flag", { flag: key })}>{flagName(key)}</a> in {where}, as it was
        </>
      }
      act={act}
      path={`/api/reverts/${encodeURIComponent(revert)}/decide`}
      body={{ environment }}
      drawn={
        <div className="revert-plan">
          <RevertedFlags flags={flags} />
          <RevertedLines files={files} />
        </div>
      }
    >
      {more} {reason === undefined ? "" : `“${reason}”`}
    </WaitsToBeLetThrough>
  );
}
