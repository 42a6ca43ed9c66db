import type { DrillView } from "@sluice/contract";
import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf } from "../data/when.ts";
import { ProblemNote } from "./problem-note.tsx";
import { seconds } from "./receipt.tsx";

interface DrillRowsProps {
  readonly environments: readonly EnvironmentListing[];
  readonly version: number;
  readonly mayDrill: boolean;
}

/** Kills that are tried on purpose: what came of the last, and the button for one more. */
export function DrillRows({ environments, version, mayDrill }: DrillRowsProps): ReactElement {
  const nowMs = useNow();
  const listed = useResource<{ readonly drills: readonly DrillView[] }>("/api/drills", version);
  const act = useAct(() => listed.again?.());
  const drills = listed.value?.drills ?? [];
  if (drills.length === 0) return <></>;
  return (
    <section className="card past-kills" aria-labelledby="drills">
      <h2 id="drills">Drills</h2>
      <ul>
        {drills.map((drill) => {
          const where = environments.find(({ key }) => key === drill.environment)?.name ?? drill.environment;
          return (
            <li key={drill.environment} className="drill">
              <div>
                <p>
                  <b>
                    {flagName(drill.flag)} in {where}
                  </b>
                  <span className="muted">
                    {drill.customer === undefined ? "" : ` for ${drill.customer} alone`}, {dueWords(drill)}
                  </span>
                </p>
                <p className="small muted">{drillWords(drill, nowMs)}</p>
              </div>
              {mayDrill && (
                <button
                  type="button"
                  className="button"
                  disabled={act.isBusy || drill.running !== undefined}
                  onClick={() => void act.run("/api/drills", { environment: drill.environment })}
                >
                  {drill.running === undefined ? `Drill in ${where}` : "Goes on …"}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p className="pad foot small muted">
        A drill switches its flag off, waits until every connected process has confirmed, at most half a minute, and lifts it again.
      </p>
      <ProblemNote problem={act.problem} />
    </section>
  );
}

function dueWords({ every, everybodyWithinDays }: DrillView): string {
  const due = every === undefined ? "when somebody asks for it" : every === 1 ? "every day" : `every ${every} days`;
  return everybodyWithinDays === undefined ? due : `${due}; no release reaches everybody without a good one within ${count(everybodyWithinDays, "day")}`;
}

function drillWords({ running, last }: DrillView, nowMs: number): string {
  if (running !== undefined) return "One goes on now: it ends by itself within half a minute.";
  if (last === undefined) return "There was none yet.";
  const { of, confirmed, cutOff = 0, allMs, atMs } = last;
  if (of === 0) return `The last, ${whenOf(atMs, nowMs)}: no process was connected.`;
  if (cutOff > 0)
    return `The last, ${whenOf(atMs, nowMs)}: ${confirmed} of ${count(of, "process", "processes")} confirmed; ${count(cutOff, "relay was", "relays were")} cut off.`;
  if (allMs === undefined) return `The last, ${whenOf(atMs, nowMs)}: ${confirmed} of ${count(of, "process", "processes")} confirmed.`;
  return `The last, ${whenOf(atMs, nowMs)}: ${everyProcess(of)} confirmed, the last after ${seconds(allMs)}.`;
}

const everyProcess = (of: number): string => (of === 1 ? "the one process" : of === 2 ? "both processes" : `all ${of} processes`);
