import { type ReactElement, useState } from "react";
import { useAct } from "../data/act.ts";
import { flagName } from "../data/flag-name.ts";
import type { CustomerListing, PinnableView } from "../data/release-data.ts";
import { useResource } from "../data/resource.ts";
import { daysFrom, fromField, toField, whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { MomentInput } from "./moment-input.tsx";

/** How long a pin lasts unless somebody says otherwise. */
const USUAL_DAYS = 7;

interface PlacePinProps {
  readonly customer: CustomerListing;
  readonly nowMs: number;
  readonly version: number;
  readonly changed: () => void;
}

/** Fixes what one customer gets of one feature until a day: only what whoever looks may pin for this customer is offered. */
export function PlacePin({ customer, nowMs, version, changed }: PlacePinProps): ReactElement {
  const act = useAct(changed);
  const could = useResource<PinnableView>(`/api/customers/${encodeURIComponent(customer.id)}/pinnable`, version);
  const [chosen, setChosen] = useState(0);
  const [wanted, setWanted] = useState<string>();
  const [until, setUntil] = useState(() => toField(daysFrom(nowMs, USUAL_DAYS)));
  const [reason, setReason] = useState("");
  const flags = could.value?.flags ?? [];
  const feature = flags[chosen] ?? flags[0];
  if (feature === undefined) return <></>;
  const serve = wanted !== undefined && feature.variants.includes(wanted) ? wanted : (feature.variants.find((each) => each !== "off") ?? feature.variants[0]);
  const untilMs = fromField(until);
  const isOneEnvironment = flags.every(({ environment }) => environment === feature.environment);
  return (
    <section className="card" aria-labelledby="pin">
      <h2 id="pin">Pin a feature for {customer.name}</h2>
      <form
        className="pad stack"
        onSubmit={(event) => {
          event.preventDefault();
          const { environment, flag } = feature;
          void act.run("/api/pins", { environment, flag, customer: customer.id, serve, untilMs, reason }).then((taken) => taken && setReason(""));
        }}
      >
        <label className="field">
          Feature
          <select value={flags.indexOf(feature)} onChange={(event) => setChosen(Number(event.target.value))}>
            {flags.map(({ flag, environment }, index) => (
              <option key={`${environment} ${flag}`} value={index}>
                {flagName(flag)}
                {isOneEnvironment ? "" : ` in ${environment}`}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Gets
          <select value={serve} onChange={(event) => setWanted(event.target.value)}>
            {feature.variants.map((variant) => (
              <option key={variant}>{variant}</option>
            ))}
          </select>
        </label>
        <label className="field">
          Until
          <MomentInput required value={until} min={toField(nowMs)} onChange={(event) => setUntil(event.target.value)} />
        </label>
        <label className="field">
          Why
          <input
            required
            maxLength={2_000}
            value={reason}
            placeholder="Trying it before the demo on Thursday"
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <p className="note">
          <Icon name="warn" />
          <span className="muted">Nobody else gets anything by it, and it ends by itself. A kill still wins.</span>
        </p>
        <button type="submit" className="button primary" disabled={act.isBusy || Number.isNaN(untilMs)}>
          Pin until {Number.isNaN(untilMs) ? "…" : whenOf(untilMs, nowMs)}
        </button>
        <ProblemNote problem={act.problem} />
      </form>
    </section>
  );
}
