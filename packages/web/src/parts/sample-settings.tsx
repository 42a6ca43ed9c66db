import type { ReactElement } from "react";
import type { SamplingView } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { useResource } from "../data/resource.ts";
import { Shown } from "./shown.tsx";

/** What this server knows of the people that applications ask for: what is declared, how it is kept, and how much there is. */
export function SampleSettings({ version, nameOf }: { readonly version: number; readonly nameOf: (environment: string) => string }): ReactElement {
  const sampling = useResource<SamplingView>("/api/sampling", version);
  return (
    <section className="card" aria-labelledby="samples-set">
      <h2 id="samples-set">What is known of your users</h2>
      <Shown resource={sampling} what="what is sampled">
        {({ attributes, environments, days }) =>
          attributes.length === 0 ? (
            <p className="pad muted small">
              Nothing: what applications know of their users stays with them. For counts in plans, <code>sluice.yaml</code> can name what they may show.
            </p>
          ) : (
            <div className="pad stack small">
              <p>
                Applications show a sample of{" "}
                {attributes.map(({ path, how }, at) => (
                  <span key={path}>
                    {at > 0 && ", "}
                    <code>{path}</code>
                    {how === "hashed" ? " (as a hash)" : ""}
                  </span>
                ))}
                , and nothing else. It is counted in plans, and forgotten after {count(days, "day")}.
              </p>
              <ul className="rows">
                {environments.map(({ environment, contexts }) => (
                  <li key={environment} className="row">
                    <span>{nameOf(environment)}</span>
                    <span className="dim">{contexts === 0 ? "none yet" : `${count(contexts, "different one")} kept`}</span>
                  </li>
                ))}
              </ul>
            </div>
          )
        }
      </Shown>
    </section>
  );
}
