import { type ReactElement, useEffect, useState } from "react";
import { type Act, useAct } from "../data/act.ts";
import { count } from "../data/counting.ts";
import type { CustomerListing, DryHold, HoldView } from "../data/release-data.ts";
import { Refused, send } from "../data/requests.ts";
import { useResource } from "../data/resource.ts";
import { fromField, toField, whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { MomentInput } from "./moment-input.tsx";

const DAY_MS = 86_400_000;
/** Typing goes on; what it would do is asked for when it pauses. */
const PAUSE_MS = 250;

interface HoldProps {
  readonly customer: CustomerListing;
  readonly own: readonly HoldView[];
  /** Changes when something was decided. */
  readonly version: number;
  readonly nowMs: number;
  readonly changed: () => void;
  /** The window that is being written, for the page to draw; `undefined` where there is none. */
  readonly onPreview: (window: { readonly fromMs: number; readonly untilMs: number } | undefined) => void;
}

/** Nothing new for one customer until a day: says what it would move before it is placed, and lifts those that are there. */
export function PlaceHold({ customer, own, version, nowMs, changed, onPreview }: HoldProps): ReactElement {
  const act = useAct(changed);
  const [until, setUntil] = useState(() => toField(nowMs + 7 * DAY_MS));
  const [reason, setReason] = useState("");
  const untilMs = fromField(until);
  const dry = useDryHold(customer.id, nowMs, untilMs);
  const show = (value: string): void => {
    setUntil(value);
    const toMs = fromField(value);
    onPreview(Number.isNaN(toMs) || toMs <= nowMs ? undefined : { fromMs: nowMs, untilMs: toMs });
  };
  return (
    <section className="card" aria-labelledby="hold">
      <h2 id="hold">Nothing new for {customer.name}</h2>
      <form
        className="pad stack"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run("/api/holds", { environment: "production", customers: [customer.id], fromMs: nowMs, untilMs, reason }).then((taken) => {
            if (!taken) return;
            setReason("");
            onPreview(undefined);
          });
        }}
      >
        <label className="field">
          Until
          <MomentInput required value={until} min={toField(nowMs)} onChange={(event) => show(event.target.value)} />
        </label>
        <label className="field">
          Why
          <input required maxLength={2_000} value={reason} placeholder="Payroll week" onChange={(event) => setReason(event.target.value)} />
        </label>
        {dry && <Moves title="What this moves" dry={dry} none={`Nothing that is planned for ${customer.name} lies in it.`} nowMs={nowMs} />}
        <p className="note">
          <Icon name="warn" />
          <span className="muted">
            A kill still works during the hold. Small changes by engineers to operations are not stopped: this is only about releases.
          </span>
        </p>
        <button type="submit" className="button primary" disabled={act.isBusy || Number.isNaN(untilMs)}>
          Hold until {Number.isNaN(untilMs) ? "…" : whenOf(untilMs, nowMs)}
        </button>
        {own.map((hold) => (
          <LiftHold key={hold.id} hold={hold} name={customer.name} nowMs={nowMs} version={version} act={act} />
        ))}
        <ProblemNote problem={act.problem} />
      </form>
    </section>
  );
}

interface LiftProps {
  readonly hold: HoldView;
  readonly name: string;
  readonly nowMs: number;
  readonly version: number;
  readonly act: Act;
}

/** Lifts one hold, and says before it what starts sooner then. */
function LiftHold({ hold, name, nowMs, version, act }: LiftProps): ReactElement {
  const path = `/api/holds/${encodeURIComponent(hold.id)}/lift`;
  const dry = useResource<DryHold>(`${path}/dry-run`, version);
  return (
    <>
      {dry.value && <Moves title="What lifting the hold moves" dry={dry.value} none={`It moves nothing that is planned for ${name}.`} nowMs={nowMs} />}
      <button type="button" className="button" disabled={act.isBusy || dry.value === undefined} onClick={() => void act.run(path, {})}>
        Lift the hold now (it would end {whenOf(hold.untilMs, nowMs)})
      </button>
      <ProblemNote problem={dry.problem} />
    </>
  );
}

interface MovesProps {
  readonly title: string;
  readonly dry: DryHold;
  /** What is said where it moves nothing. */
  readonly none: string;
  readonly nowMs: number;
}

function Moves({ title, dry, none, nowMs }: MovesProps): ReactElement {
  const keeps = dry.keeps === 0 ? "" : ` ${count(dry.keeps, "release stays", "releases stay")} on.`;
  return (
    <div className="effect" aria-live="polite">
      <h3>{title}</h3>
      {dry.moves.map((move) => (
        <p key={`${move.release} ${move.customer}`}>
          <b>{move.title}</b>: {whenOf(move.fromMs, nowMs)} →{" "}
          {move.toMs === undefined ? "waits for a decision" : move.toMs <= nowMs ? "starts at once" : whenOf(move.toMs, nowMs)}
        </p>
      ))}
      <p className="muted">
        {dry.moved === 0 ? none : "No other customer moves."}
        {keeps}
      </p>
    </div>
  );
}

/** What a hold would do, asked again when its end changes; nothing while it cannot be said. */
function useDryHold(customer: string, fromMs: number, untilMs: number): DryHold | undefined {
  const [dry, setDry] = useState<DryHold>();
  const minute = Math.floor(fromMs / 60_000);
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      if (Number.isNaN(untilMs) || untilMs <= fromMs) return setDry(undefined);
      send<DryHold>("POST", "/api/holds/dry-run", { environment: "production", customers: [customer], fromMs, untilMs }).then(
        (value) => !gone && setDry(value),
        (error: unknown) => {
          if (!(error instanceof Refused)) throw error;
          if (!gone) setDry(undefined);
        },
      );
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
    // The clock of the page goes on; once a minute is often enough.
  }, [customer, minute, untilMs]);
  return dry;
}
