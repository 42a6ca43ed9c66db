import type { KillPast, KillReachView } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import type { EnvironmentListing } from "../data/console-data.ts";
import { useKillHistory } from "../data/use-kill-history.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf } from "../data/when.ts";
import { theFlags } from "../data/flag-words.ts";
import { capital } from "../data/release-sentences.ts";
import { IncidentLink } from "./incident-link.tsx";
import { seconds } from "./receipt.tsx";
import { ProblemNote } from "./problem-note.tsx";

/** Rows before somebody asks for more. */
const ROWS_FIRST = 5;

interface PastKillsProps {
  readonly environments: readonly EnvironmentListing[];
  readonly version: number;
}

/** Kills that were lifted: when, by whom, why, and how soon each had reached everybody. Those in force stand above. */
export function PastKills({ environments, version }: PastKillsProps): ReactElement {
  const [isWhole, setWhole] = useState(false);
  const { kills: all, problem, older } = useKillHistory(version);
  const kills = all.filter(({ lifted }) => lifted !== undefined);
  const isAllShown = isWhole || kills.length <= ROWS_FIRST;
  if (kills.length === 0 && older === undefined) return problem === undefined ? <></> : <ProblemNote problem={problem} />;
  return (
    <section className="card past-kills" aria-labelledby="past-kills">
      <h2 id="past-kills">Killed before</h2>
      <ul>
        {kills.slice(0, isAllShown ? kills.length : ROWS_FIRST).map((kill) => (
          <PastRow key={kill.kill} kill={kill} environment={environments.find((one) => one.key === kill.environment)?.name ?? kill.environment} />
        ))}
      </ul>
      {!isAllShown && (
        <button type="button" className="pad foot block link" onClick={() => setWhole(true)}>
          Show {kills.length - ROWS_FIRST} more
        </button>
      )}
      {isAllShown && older !== undefined && (
        <button type="button" className="pad foot block link" onClick={() => void older().then(() => setWhole(true))}>
          Older kills
        </button>
      )}
      {kills.length > 0 && <ProblemNote problem={problem} />}
    </section>
  );
}

function PastRow({ kill, environment }: { readonly kill: KillPast; readonly environment: string }): ReactElement {
  const nowMs = useNow();
  const { flags, scope, atMs, by, reason, incident, lifted, reach, isDrill } = kill;
  return (
    <li>
      <p>
        <b>
          {capital(theFlags(flags))} in {environment}
        </b>
        {scope !== undefined && <span className="muted">, for some only</span>}
        {isDrill === true && <span className="muted">, a drill</span>}
      </p>
      <p className="small muted">
        {`Killed ${whenOf(atMs, nowMs)}${by === undefined ? "" : ` by ${by}`}${reason === undefined ? "; no reason was given" : `: ${reason}`}`}
        <IncidentLink incident={incident} />
      </p>
      {lifted && (
        <p className="small muted">
          {`${lifted.isUndo ? "Undone" : "Lifted"} ${whenOf(lifted.atMs, nowMs)}${lifted.by === undefined ? "" : ` by ${lifted.by}`}${lifted.reason === undefined ? "" : `: ${lifted.reason}`}`}
        </p>
      )}
      {reach && <p className="small muted">{reachSentence(reach)}</p>}
    </li>
  );
}

/** "It reached 40 of 41 processes: half of them after 30 ms, 99 % after 0.2 s. One never confirmed: shop 1.2.0 i7." */
function reachSentence({ of, confirmed, gone, halfMs, p99Ms, allMs, missing }: KillReachView): string {
  const times = [
    ["half of them", halfMs],
    ["99 %", p99Ms],
    ["all", allMs],
  ] as const;
  const said = times.flatMap(([part, ms]) => (ms === undefined ? [] : [`${part} after ${seconds(ms)}`]));
  const reached = `It reached ${confirmed} of ${of} ${of === 1 ? "process" : "processes"}${said.length === 0 ? "" : `: ${said.join(", ")}`}.`;
  const late = of - confirmed;
  const named = missing.length === 0 ? "" : `: ${missing.join(", ")}`;
  const never = late === 0 ? "" : ` ${late === 1 ? "One" : late} had not confirmed when it ended${named}.`;
  return `${reached}${never}${gone === 0 ? "" : ` ${gone} went without a word.`}`;
}
