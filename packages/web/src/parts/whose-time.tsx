import type { ReactElement } from "react";
import { knownZones, ownZone, showTimesIn, viewerZone, zoneTitle } from "../data/when.ts";
import { Icon } from "./icon.tsx";

/** Whose clock every time of the page is by. A page that is being written keeps the clock that it was begun with. */
export function WhoseTime({ isFixed }: { readonly isFixed: boolean }): ReactElement {
  return (
    <label className="whose-time" title={isFixed ? "Save or leave the plan to see times by another clock." : "Every time of the page is by this clock"}>
      <Icon name="clock" />
      <span className="hidden-label">Times are shown in</span>
      <select value={viewerZone} disabled={isFixed} onChange={(event) => showTimesIn(event.target.value)}>
        <optgroup label="Yours">
          <option value={ownZone}>{zoneTitle(ownZone)}</option>
        </optgroup>
        <optgroup label="Everybody's">{ownZone !== "UTC" && <option value="UTC">UTC</option>}</optgroup>
        <optgroup label="Somebody else's">
          {[...new Set([viewerZone, ...knownZones])]
            .filter((zone) => zone !== ownZone && zone !== "UTC")
            .map((zone) => (
              <option key={zone} value={zone}>
                {zoneTitle(zone)} ({zone})
              </option>
            ))}
        </optgroup>
      </select>
    </label>
  );
}
