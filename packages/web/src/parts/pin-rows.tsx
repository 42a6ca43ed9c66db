import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import { flagName } from "../data/flag-name.ts";
import type { PinsView, PinView } from "../data/release-data.ts";
import { pinWhy } from "../data/release-sentences.ts";
import { whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface PinRowsProps {
  readonly title: string;
  readonly pins: PinsView;
  /** What the page is about is not said in each row. */
  readonly about: "customer" | "flag";
  readonly nowMs: number;
  readonly changed: () => void;
}

/** Who has a fixed answer of what: since whose decision, until when and why; whoever may takes it off. */
export function PinRows({ title, pins: { pins, of }, about, nowMs, changed }: PinRowsProps): ReactElement {
  const act = useAct(changed);
  if (pins.length === 0) return <></>;
  return (
    <section aria-label={title}>
      <h2 className="section">
        <span className="state plain">
          <Icon name="pin" /> {title}
        </span>{" "}
        <span className="dim">{of}</span>
      </h2>
      <div className="card rows">
        {pins.map((pin) => (
          <div key={pin.pin} className="row cell">
            {about === "customer" ? (
              <b>
                <a href={to("flag", { flag: pin.flag })}>{flagName(pin.flag)}</a>
              </b>
            ) : (
              <b>
                <a href={to("customer", { id: pin.customer })}>{pin.name ?? pin.customer}</a>
              </b>
            )}
            <span>
              <b>
                {pin.serve} until {whenOf(pin.untilMs, nowMs)}
              </b>{" "}
              <span className="muted">
                in {pin.environment}. {pinWhy(pin)}
              </span>
              {pin.mayEnd && (
                <button
                  type="button"
                  className="button"
                  disabled={act.isBusy}
                  aria-label={`Take the pin off: ${whatOf(pin)}`}
                  onClick={() => void act.run(`/api/pins/${encodeURIComponent(pin.pin)}/end`, {})}
                >
                  Take the pin off
                </button>
              )}
            </span>
          </div>
        ))}
        {of > pins.length && <p className="pad dim">and {of - pins.length} that end later</p>}
      </div>
      <ProblemNote problem={act.problem} />
    </section>
  );
}

const whatOf = ({ flag, name, customer }: PinView): string => `${flagName(flag)} for ${name ?? customer}`;
