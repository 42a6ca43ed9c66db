import type { ReactElement } from "react";
import { decisionSentence, type LoggedDecision } from "../data/decision-sentence.ts";
import { useResource } from "../data/resource.ts";

/** As many as a person reads at once; older ones are exported by the command line. */
const SHOWN = 100;

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What was decided, by whom, newest first. */
export function Audit({ version }: { readonly version: number }): ReactElement {
  const log = useResource<{ readonly events: readonly LoggedDecision[] }>(`/api/events?limit=${SHOWN}`, version);
  const events = [...(log.value?.events ?? [])].sort((a, b) => b.seq - a.seq);
  return (
    <>
      <div className="top">
        <h1>Audit</h1>
        <span className="dim small">
          the newest {events.length}, times in {zone}
        </span>
      </div>
      <section className="card">
        {log.problem && (
          <p className="problem pad" role="alert">
            {log.problem.message} {log.problem.fix}
          </p>
        )}
        {!log.value && !log.problem && <p className="empty dim">Loading …</p>}
        <ol className="decisions">
          {events.map((event) => (
            <li key={event.seq}>
              <code className="dim">{event.seq}</code>
              <span>
                {decisionSentence(event)}
                {event.personal?.reason && <span className="muted">: {event.personal.reason}</span>}
                <br />
                <span className="small dim">
                  {event.personal?.by ?? "erased"}, <time dateTime={new Date(event.atMs).toISOString()}>{when.format(event.atMs)}</time>
                </span>
              </span>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}
