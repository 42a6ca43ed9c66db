import { type ReactElement, useState } from "react";
import type { EnvironmentListing, KillListing } from "../data/console-data.ts";
import { flagName } from "../data/flag-name.ts";
import { newCommand, Refused, send } from "../data/requests.ts";
import { whenOf, zoneName } from "../data/when.ts";
import { Icon } from "./icon.tsx";

interface KillsInForceProps {
  readonly kills: readonly KillListing[];
  readonly environments: readonly EnvironmentListing[];
  readonly reload: () => Promise<void>;
  readonly mayLift: boolean;
}

/** What is killed right now, and the way back, which says what it will do before it does it. */
export function KillsInForce({ kills, environments, reload, mayLift }: KillsInForceProps): ReactElement {
  const [asking, setAsking] = useState<string>();
  const [problem, setProblem] = useState<Refused>();
  const lift = async (kill: string): Promise<void> => {
    setProblem(undefined);
    try {
      await send("POST", `/api/kills/${encodeURIComponent(kill)}/lift`, { command: newCommand() });
      setAsking(undefined);
      await reload();
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));
    }
  };
  if (kills.length === 0) return <p className="small dim in-force-none">Nothing is killed right now.</p>;
  return (
    <section className="card in-force" aria-label="Killed right now">
      <h2>Killed right now</h2>
      <ul>
        {kills.map((kill) => {
          const environment = environments.find((one) => one.key === kill.environment)?.name ?? kill.environment;
          const names = kill.flags.map(flagName).join(", ");
          return (
            <li key={kill.kill}>
              <span className="state kill">
                <Icon name="kill" />
              </span>
              <span className="what">
                <b>
                  {names} in {environment}
                </b>
                {kill.scope !== undefined && <span className="muted">, for some only</span>}
                <br />
                <span className="small dim">
                  {kill.atMs !== undefined && `Since ${whenOf(kill.atMs, Date.now())}, ${zoneName}`}
                  {kill.by && `, by ${kill.by}`}
                  {kill.reason && `: ${kill.reason}`}
                  {kill.emergency && ". Sent as an emergency; waits to enter the log."}
                </span>
                {asking === kill.kill && (
                  <>
                    <br />
                    <span className="small">
                      Lifting gives {names} back in {environment} to whoever the rules give it to, at once.
                    </span>
                    {problem && (
                      <span className="problem" role="alert">
                        {problem.message} {problem.fix}
                      </span>
                    )}
                  </>
                )}
              </span>
              {mayLift &&
                (asking === kill.kill ? (
                  <span className="buttons">
                    <button type="button" className="button primary" onClick={() => void lift(kill.kill)}>
                      Lift it now
                    </button>
                    <button type="button" className="button" onClick={() => setAsking(undefined)}>
                      Leave it killed
                    </button>
                  </span>
                ) : (
                  <button type="button" className="button" onClick={() => setAsking(kill.kill)}>
                    Lift …
                  </button>
                ))}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
