import type { ReactElement } from "react";
import { decisionSentence, type PersonOf, type TitleOf } from "../data/decision-sentence.ts";
import type { AuditedDecision } from "../data/use-log.ts";
import { dayKey, longDayOfYear, secondOf, zoneName } from "../data/when.ts";

interface RowsProps {
  readonly events: readonly AuditedDecision[];
  readonly titleOf: TitleOf;
  /** Only where decisions about accounts are shown. */
  readonly personOf?: PersonOf | undefined;
  /** The address that shows one person's decisions alone. */
  readonly byAddress: (account: string) => string;
}

/** Who decides without being somebody's account. */
const machines: Readonly<Record<string, string>> = { scheduler: "Sluice, by the plan", git: "Git", server: "Sluice", customer: "The customer itself" };

/** Decisions by day, newest first; each opens into what is written, for whoever checks it. */
export function DecisionRows({ events, titleOf, personOf, byAddress }: RowsProps): ReactElement {
  const days = byDay(events);
  return (
    <section className="card rows" aria-label="Decisions">
      {days.map(([first, ...others]) => (
        <div key={first.seq}>
          <h2 className="day">
            {longDayOfYear(first.atMs)}, {zoneName}
          </h2>
          <ol>
            {[first, ...others].map((event) => (
              <Decision key={event.seq} event={event} titleOf={titleOf} personOf={personOf} byAddress={byAddress} />
            ))}
          </ol>
        </div>
      ))}
    </section>
  );
}

type Day = readonly [AuditedDecision, ...AuditedDecision[]];

/** In the order of the log, with a new day wherever it changes: what was written late stays where it was written. */
function byDay(events: readonly AuditedDecision[]): readonly Day[] {
  const days: [AuditedDecision, ...AuditedDecision[]][] = [];
  for (const event of events) {
    const last = days.at(-1);
    if (last !== undefined && dayKey(last[0].atMs) === dayKey(event.atMs)) last.push(event);
    else days.push([event]);
  }
  return days;
}

function Decision({ event, titleOf, personOf, byAddress }: Omit<RowsProps, "events"> & { readonly event: AuditedDecision }): ReactElement {
  const { seq, atMs, facts, personal, who, hash } = event;
  return (
    <li className="decision">
      <time className="dim" dateTime={new Date(atMs).toISOString()}>
        {secondOf(atMs)}
      </time>
      <div>
        <p>{decisionSentence(event, titleOf, personOf)}</p>
        {personal?.reason && <p className="muted">Because: {personal.reason}</p>}
        <details>
          <summary>
            Decision {seq}
            <span className="hidden-label">: what is written</span>
          </summary>
          <pre className="written">{JSON.stringify(facts, undefined, 2)}</pre>
          {hash && (
            <p className="dim small">
              Its fingerprint, which covers everything before it: <code>{hash}</code>
            </p>
          )}
        </details>
      </div>
      {personal === undefined ? (
        <span className="dim">a name that was erased</span>
      ) : (
        <a href={byAddress(personal.by)}>{machines[personal.by] ?? who ?? personal.by}</a>
      )}
    </li>
  );
}
