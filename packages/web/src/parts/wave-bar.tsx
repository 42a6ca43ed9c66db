import type { ReactElement } from "react";
import { count } from "../data/counting.ts";
import type { ReleaseView } from "../data/release-data.ts";
import { whenOf } from "../data/when.ts";

/** How far a release is: who has it, who gets it next, who is killed. */
export function WaveBar({ release, nowMs }: { readonly release: ReleaseView; readonly nowMs: number }): ReactElement {
  const { counts, starts, nextAtMs } = release;
  const all = Math.max(
    1,
    Object.values(counts).reduce((sum, n) => sum + n, 0),
  );
  const on = (counts.on ?? 0) + (counts.earlyAccess ?? 0);
  const killed = counts.offKilled ?? 0;
  const next = starts.filter(({ atMs }) => atMs === nextAtMs).reduce((sum, { customers }) => sum + customers, 0);
  const part = (n: number): string => `${(n / all) * 100}%`;
  return (
    <div className="wave-bar">
      <div className="wave-bar-track" aria-hidden="true">
        <i className="flow" style={{ width: part(on) }} />
        <i className="kill" style={{ width: part(killed) }} />
        {next > 0 && <i className="sched" style={{ width: part(Math.min(next, all - on - killed)) }} />}
      </div>
      <span>
        {killed > 0 ? `Killed for ${killed} of ${all}` : `On for ${on} of ${all}`}
        <span>{next > 0 && nextAtMs !== undefined ? `${count(next, "more", "more")} ${whenOf(nextAtMs, nowMs)}` : ""}</span>
      </span>
    </div>
  );
}
