import type { ReactElement } from "react";
import { plannedSteps } from "../data/planned-steps.ts";
import type { ReleaseView } from "../data/release-data.ts";
import { whenOf } from "../data/when.ts";

/** Who gets it at each start that is ahead, one line each, those whom a hold moves apart; and that nobody loses anything by it. */
export function PlannedLines({ release, nowMs }: { readonly release: ReleaseView; readonly nowMs: number }): ReactElement {
  return (
    <>
      {plannedSteps(release, release.waves.length).map(({ wave, customers, atMs, isHeld, isFirstOf }) => (
        <li key={`${wave} ${isHeld}`}>
          <b>{customers}</b>
          <span>
            {customers === 1 ? "customer gets" : "customers get"} it{" "}
            {isHeld ? `after ${customers === 1 ? "its" : "their"} hold` : `with ${release.waves[wave]?.name ?? "a wave"}`}, {isFirstOf ? "from " : ""}
            {whenOf(atMs, nowMs)}
          </span>
        </li>
      ))}
      <li>
        <b>0</b>
        <span>lose anything</span>
      </li>
    </>
  );
}
