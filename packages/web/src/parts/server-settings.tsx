import type { ReactElement } from "react";
import type { EnvironmentListing } from "../data/console-data.ts";
import { count } from "../data/counting.ts";

/** Environments as the repository sets them, and what each lets happen by itself. */
export function EnvironmentSettings({ environments }: { readonly environments: readonly EnvironmentListing[] }): ReactElement {
  return (
    <section className="card" aria-labelledby="environments">
      <h2 id="environments">Environments</h2>
      <ul className="rows">
        {environments.map(({ key, name, protected: isProtected, instances }) => (
          <li key={key} className="row environment">
            <span>
              <b>{name}</b>
              <span className="muted block">
                {isProtected
                  ? "People decide here: what a merge would turn on for more customers waits for a person. Kills and reverts work at once."
                  : "Follows the repository: what is merged is served."}
              </span>
            </span>
            <span className="dim">{instances === 0 ? "no program connected" : `${count(instances, "program")} connected`}</span>
          </li>
        ))}
        {environments.length === 0 && <li className="row dim">No environment is set yet; they stand in sluice.yaml of the repository.</li>}
      </ul>
      <p className="pad dim small foot">
        Environments and their rules are set in <code>sluice.yaml</code>, reviewed like the flags.
      </p>
    </section>
  );
}

/** What people look for here and is not there yet. */
export function LaterSettings(): ReactElement {
  return (
    <section className="card" aria-labelledby="later">
      <h2 id="later">Not here yet</h2>
      <ul className="pad stack muted small">
        <li>Signing in with your company's accounts: it will be above, under People.</li>
        <li>Slack and Jira: each will have a card of its own here.</li>
        <li>Rules that narrow what a role may do: under People.</li>
      </ul>
    </section>
  );
}
