import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import { useAct } from "../data/act.ts";
import type { Me } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import type { Cell, CellState, CustomerCell, CustomerListing, Hold } from "../data/release-data.ts";
import { cellWhen, cellWhy, cellWord } from "../data/release-sentences.ts";
import { useCustomers } from "../data/use-customers.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { fromField, longDay, timeOf, toField, whenOf, zoneName } from "../data/when.ts";
import { State } from "../parts/state.tsx";
import { trackNames } from "./customers.tsx";

const DAY_MS = 86_400_000;
/** How far the slider looks ahead and back, in days. */
const REACH_DAYS = 60;

/** The instant that the page shows: the one that was asked about until the slider is moved, then so many days from now. */
function useInstant(asked: number | undefined, nowMs: number): { readonly dayFromNow: number; readonly setDay: (day: number) => void; readonly atMs: number } {
  const dayOfAsked = asked === undefined ? 0 : Math.min(REACH_DAYS, Math.max(0, Math.ceil((asked - nowMs) / DAY_MS)));
  const [dayFromNow, setDay] = useState(dayOfAsked);
  return { dayFromNow, setDay, atMs: asked !== undefined && dayFromNow === dayOfAsked ? asked : nowMs + dayFromNow * DAY_MS };
}

interface CustomerProps {
  readonly id: string;
  readonly me: Me;
  readonly version: number;
  /** The instant that is asked about, from now on; now where it is absent. */
  readonly at?: number | undefined;
}

/** One customer: what they see at a time, what they will get, and why; nothing new for them until a hold ends. */
export function Customer({ id, me, version, at: asked }: CustomerProps): ReactElement {
  const nowMs = useNow();
  const { dayFromNow, setDay, atMs } = useInstant(asked, nowMs);
  const [changes, setChanges] = useState(0);
  const customers = useCustomers(version);
  const customer = customers.value?.customers.find((one) => one.id === id);
  const at = dayFromNow > 0 ? `?atMs=${atMs}` : "";
  const shown = useResource<{ readonly cells: readonly CustomerCell[] }>(`/api/customers/${encodeURIComponent(id)}/releases${at}`, version + changes);
  const holds = useResource<{ readonly holds: readonly Hold[] }>("/api/holds", version + changes);
  if (shown.problem)
    return (
      <p className="banner kill" role="alert">
        {shown.problem.message} {shown.problem.fix}
      </p>
    );
  const cells = shown.value?.cells ?? [];
  const name = customer?.name ?? id;
  const own = (holds.value?.holds ?? []).filter((hold) => hold.customers.includes(id) && hold.untilMs > nowMs);
  const changed = (): void => setChanges((before) => before + 1);
  return (
    <>
      <p className="over">
        <a href={to("customers")}>Customers</a> / {customer?.key ?? id}
      </p>
      <h1 className="headline">{sentence(name, cells, dayFromNow === 0 ? "today" : `on ${longDay(atMs)}`)}</h1>
      <p className="facts-line muted">
        {customer && <About customer={customer} />}
        {own.map((hold) => (
          <span key={hold.id} className="state hold">
            On hold until {whenOf(hold.untilMs, nowMs)}
          </span>
        ))}
      </p>
      <label className="slider">
        <span>
          Show {name} on{" "}
          <b>
            {longDay(atMs)}, {timeOf(atMs)}
          </b>{" "}
          <span className="dim">({zoneName})</span>
        </span>
        <input type="range" min={0} max={REACH_DAYS} value={dayFromNow} onChange={(event) => setDay(Number(event.target.value))} />
        <span className="dim small">Now, and up to {REACH_DAYS} days ahead, if nobody decides otherwise.</span>
      </label>
      <div className="release">
        <div className="stack-wide">
          {groups.map(({ title, states }) => (
            <Group key={title} title={title} cells={cells.filter(({ state }) => states.includes(state.state))} nowMs={nowMs} />
          ))}
          {shown.value && cells.every(({ state }) => state.state === "notIncluded") && <p className="card empty dim">No release is planned for {name}.</p>}
        </div>
        <div className="stack-wide">
          {me.can["holdCustomers"] === true && customer && <PlaceHold customer={customer} own={own} nowMs={nowMs} changed={changed} />}
        </div>
      </div>
    </>
  );
}

const groups: readonly { readonly title: string; readonly states: readonly CellState["state"][] }[] = [
  { title: "Sees", states: ["on", "earlyAccess"] },
  { title: "Killed", states: ["offKilled"] },
  { title: "Waits for a decision", states: ["needsDecision"] },
  { title: "On hold", states: ["held"] },
  { title: "Will get", states: ["scheduled"] },
];

function sentence(name: string, cells: readonly Cell[], when: string): string {
  const has = cells.filter(({ state }) => state.state === "on" || state.state === "earlyAccess").length;
  const more = cells.filter(({ state }) => state.state === "scheduled" || state.state === "held").length;
  return `${name} has ${count(has, "release")} ${when}${more === 0 ? "." : ` and gets ${more} more.`}`;
}

function About({ customer }: { readonly customer: CustomerListing }): ReactElement {
  return (
    <>
      <span>
        Usually gets things with the <b>{trackNames[customer.track] ?? customer.track}</b> track
      </span>
      <span>{customer.zone === undefined ? "Time zone not said" : `${customer.zone.split("/").at(-1)?.replaceAll("_", " ") ?? ""} time`}</span>
      {customer.tags.length > 0 && <span>{customer.tags.join(", ")}</span>}
    </>
  );
}

function Group({ title, cells, nowMs }: { readonly title: string; readonly cells: readonly CustomerCell[]; readonly nowMs: number }): ReactElement {
  const [first] = cells;
  if (first === undefined) return <></>;
  return (
    <section aria-label={title}>
      <h2 className="section">
        {title} <span className="dim">{cells.length}</span>
      </h2>
      <div className="card rows">
        {cells.map((cell) => (
          <a key={cell.release} className="row cell" href={to("release", { id: cell.release })}>
            <b>{cell.title}</b>
            <span>
              <State state={cellWord[cell.state.state]} more={cellWhen(cell, nowMs)} />
              <span className="muted">{cellWhy(cell, cell.waves, nowMs)}</span>
            </span>
          </a>
        ))}
      </div>
    </section>
  );
}

interface HoldProps {
  readonly customer: CustomerListing;
  readonly own: readonly Hold[];
  readonly nowMs: number;
  readonly changed: () => void;
}

function PlaceHold({ customer, own, nowMs, changed }: HoldProps): ReactElement {
  const act = useAct(changed);
  const [until, setUntil] = useState(() => toField(nowMs + 7 * DAY_MS));
  const [reason, setReason] = useState("");
  const untilMs = fromField(until);
  return (
    <section className="card" aria-labelledby="hold">
      <h2 id="hold">Nothing new for {customer.name}</h2>
      <form
        className="pad stack"
        onSubmit={(event) => {
          event.preventDefault();
          void act
            .run("/api/holds", { environment: "production", customers: [customer.id], fromMs: nowMs, untilMs, reason })
            .then((taken) => taken && setReason(""));
        }}
      >
        <p className="muted small">
          They keep everything they have. Starts that were planned before the end happen then. Kills still work; changes by engineers to operations and
          permissions are not stopped.
        </p>
        <label className="field">
          Until
          <input type="datetime-local" required value={until} min={toField(nowMs)} onChange={(event) => setUntil(event.target.value)} />
        </label>
        <label className="field">
          Why
          <input
            required
            maxLength={2_000}
            value={reason}
            placeholder="Payroll week: nobody learns a new screen"
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <button type="submit" className="button primary" disabled={act.isBusy || Number.isNaN(untilMs)}>
          Hold until {Number.isNaN(untilMs) ? "…" : whenOf(untilMs, nowMs)}
        </button>
        {own.map((hold) => (
          <button
            key={hold.id}
            type="button"
            className="button"
            disabled={act.isBusy}
            onClick={() => void act.run(`/api/holds/${encodeURIComponent(hold.id)}/lift`, {})}
          >
            Lift the hold until {whenOf(hold.untilMs, nowMs)}
          </button>
        ))}
        {act.problem && (
          <p className="problem" role="alert">
            {act.problem.message} {act.problem.fix}
          </p>
        )}
      </form>
    </section>
  );
}
