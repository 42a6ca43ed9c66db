import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { Me } from "../data/console-data.ts";
import type { Cell, Freeze, HoldsReply, HoldView, ReleaseView } from "../data/release-data.ts";
import { cellLook, cellWhen, cellWhy, phaseWord, releaseSentence } from "../data/release-sentences.ts";
import { heldRows } from "../data/release-course.ts";
import { type Customers, useCustomers } from "../data/use-customers.ts";
import { holdFinder } from "../data/hold-words.ts";
import { useLog } from "../data/use-log.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { DecisionRows } from "../parts/decision-rows.tsx";
import { useEnvironmentShown } from "../parts/environment-chip.tsx";
import { Icon } from "../parts/icon.tsx";
import { PlanFacts } from "../parts/plan-facts.tsx";
import { Shown } from "../parts/shown.tsx";
import { State } from "../parts/state.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { WhoDecides } from "../parts/who-decides.tsx";

interface ReleaseProps {
  readonly id: string;
  readonly me: Me;
  readonly version: number;
}

/** Rows drawn at once; a search finds the others. */
const ROWS_SHOWN = 100;

/** One release: the sentence, the staircase, who decides next, and every customer with why. */
export function Release({ id, me, version }: ReleaseProps): ReactElement {
  const [changes, setChanges] = useState(0);
  const release = useResource<ReleaseView>(`/api/releases/${encodeURIComponent(id)}`, version + changes);
  useEnvironmentShown(release.value?.content.environment);
  return (
    <Shown resource={release} what="the release">
      {(view) => <Known view={view} me={me} version={version + changes} changed={() => setChanges((before) => before + 1)} />}
    </Shown>
  );
}

interface KnownProps {
  readonly view: ReleaseView;
  readonly me: Me;
  readonly version: number;
  readonly changed: () => void;
}

function Known({ view, me, version, changed }: KnownProps): ReactElement {
  const nowMs = useNow();
  const id = view.release;
  const cells = useResource<{ readonly cells: readonly Cell[] }>(`/api/releases/${encodeURIComponent(id)}/customers`, version);
  const holds = useResource<HoldsReply>("/api/holds", version);
  const freezes = useResource<{ readonly freezes: readonly Freeze[] }>("/api/freezes", version);
  const customers = useCustomers(version);
  const environment = view.content.environment;
  return (
    <>
      <div className="top">
        <div>
          <p className="over">
            <a href={to("releases")}>Releases</a>
          </p>
          <span className="title-line">
            <h1>{view.content.title}</h1>
            <State state={phaseWord[view.phase]} />
          </span>
        </div>
        <span className="space" />
        <a className="button kill-button" href={to("kill", { of: "release", name: id, title: view.content.title, environment })}>
          <Icon name="kill" />
          Kill
        </a>
      </div>
      <p className="sentence">{releaseSentence(view, nowMs)}</p>
      <div className="release decides">
        <div className="stack-wide">
          <section className="card" aria-label="Waves over time">
            <Timeline
              release={view}
              held={heldRows(cells.value?.cells ?? [], holds.value?.holds ?? [])}
              freezes={(freezes.value?.freezes ?? []).filter((freeze) => freeze.environment === environment && isNear(view, freeze))}
              nameOf={customers.nameOf}
              nowMs={nowMs}
            />
          </section>
          <Shown resource={cells} what="who has it">
            {({ cells: all }) => (
              <CustomersTable cells={all} release={view} customers={customers} holdOf={holdFinder(holds.value?.holds ?? [])} nowMs={nowMs} />
            )}
          </Shown>
          <History release={view} version={version} />
        </div>
        <div className="stack-wide">
          <WhoDecides release={view} me={me} version={version} nameOf={customers.nameOf} nowMs={nowMs} changed={changed} />
          <PlanFacts release={view} nowMs={nowMs} />
        </div>
      </div>
    </>
  );
}

/** Every decision about it, newest first. */
function History({ release: { release, content }, version }: { readonly release: ReleaseView; readonly version: number }): ReactElement {
  const log = useLog(new URLSearchParams({ about: release }).toString(), version);
  return (
    <section aria-labelledby="history">
      <h2 id="history" className="section">
        History <span className="dim">{log.events.length}</span>
      </h2>
      <DecisionRows events={log.events} titleOf={() => content.title} byAddress={(by) => to("audit", { by })} />
      {log.lookedBackTo !== undefined && log.lookedBackTo > 0 && (
        <p className="small">
          <a href={to("audit", { about: release })}>All of it, in the audit</a>
        </p>
      )}
    </section>
  );
}

/** A freeze that waves of this release could meet: others would only be noise. */
function isNear({ waves }: ReleaseView, { fromMs, untilMs }: Freeze): boolean {
  const last = waves.reduce((latest, wave) => Math.max(latest, (wave.lastAtMs ?? wave.startsAtMs) + wave.bakeMs), 0);
  return fromMs < last && untilMs > (waves[0]?.startsAtMs ?? 0);
}

interface TableProps {
  readonly cells: readonly Cell[];
  readonly release: ReleaseView;
  readonly customers: Customers;
  readonly holdOf: (id: string) => HoldView | undefined;
  readonly nowMs: number;
}

function CustomersTable({ cells, release, customers, holdOf, nowMs }: TableProps): ReactElement {
  const [wanted, setWanted] = useState("");
  const named = cells.map((cell) => ({ cell, name: customers.nameOf(cell.customer) }));
  const found = named.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()));
  return (
    <section className="card table" aria-labelledby="customers">
      <div className="table-head">
        <h2 id="customers">Customers {cells.length}</h2>
        <label className="search small-search">
          <span className="hidden-label">Find a customer</span>
          <input type="search" placeholder="Find a customer" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        </label>
      </div>
      <table className="cells">
        <thead>
          <tr>
            <th>Customer</th>
            <th>State</th>
            <th>Since or next</th>
            <th>Why</th>
            <th>Looked after by</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, ROWS_SHOWN).map(({ cell, name }) => (
            <tr key={cell.customer}>
              <td>
                <a className="name" href={to("customer", { id: cell.customer })}>
                  {name}
                </a>
              </td>
              <td>
                <State state={cellLook(cell)} />
              </td>
              <td>{cellWhen(cell, nowMs)}</td>
              <td className="muted">{cellWhy(cell, { waves: release.content.waves, holdOf, nowMs })}</td>
              <td className="muted">{customers.ownerOf(cell.customer)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > ROWS_SHOWN && <p className="pad dim small">{found.length - ROWS_SHOWN} more; type a name to find one.</p>}
      {found.length === 0 && <p className="empty dim">{cells.length === 0 ? "No customer is registered yet." : `No customer is called "${wanted}".`}</p>}
    </section>
  );
}
