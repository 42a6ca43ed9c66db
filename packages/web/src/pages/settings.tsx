import type { ReactElement } from "react";
import type { Me } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import type { ConsoleState } from "../data/live-console.ts";

/** What this server is set to: its environments, and the repository it reads. */
export function Settings({ console: shown, me }: { readonly console: ConsoleState; readonly me: Me }): ReactElement {
  return (
    <>
      <h1 className="headline">Settings</h1>
      <div className="stack-wide narrow">
        <section className="card" aria-labelledby="you">
          <h2 id="you">You</h2>
          <p className="pad">
            {me.account.name}, {me.account.email}
          </p>
        </section>
        <section className="card" aria-labelledby="environments">
          <h2 id="environments">Environments</h2>
          <ul className="rows">
            {shown.environments.map(({ key, name, protected: isProtected, instances }) => (
              <li key={key} className="row">
                <b>{name}</b> <span className="muted">{count(instances, "running program")}</span>
                <p className="muted small">
                  {isProtected ? "Protected: people decide here; a merge turns nothing on for anybody." : "Open: what is merged is served as it stands in Git."}
                </p>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </>
  );
}
