import type { SegmentDetail } from "@sluice/contract";
import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { flagName } from "../data/flag-name.ts";
import { useResource } from "../data/resource.ts";
import { PastForms } from "../parts/past-forms.tsx";
import { Shown } from "../parts/shown.tsx";

interface SegmentProps {
  readonly segment: string;
  readonly version: number;
  readonly environments: readonly EnvironmentListing[];
  readonly mayRevert: boolean;
}

/** One segment: its file, the features that ask it, and every form it had, of which an earlier one can be served again. */
export function Segment({ segment, version, environments, mayRevert }: SegmentProps): ReactElement {
  const detail = useResource<SegmentDetail>(`/api/segments/${encodeURIComponent(segment)}`, version);
  const name = flagName(segment);
  return (
    <>
      <p className="over">
        <a href={to("segments")}>Segments</a> / {name}
      </p>
      <div className="top flag-top">
        <div>
          <h1>{name}</h1>
          <code className="dim">{segment}</code>
        </div>
      </div>
      <Shown resource={detail} what={`the segment ${name}`}>
        {(known) => (
          <div className="stack">
            {known.description !== undefined && <p className="lead muted">{known.description}</p>}
            <ul className="where">
              {known.environments.map(({ environment, flags }) => (
                <li className="card" key={environment}>
                  <span className="small dim">{environments.find(({ key }) => key === environment)?.name ?? environment}</span>
                  {flags.length === 0 && <span className="small">No feature asks it.</span>}
                  {flags.map((flag) => (
                    <a key={flag} className="link small" href={to("flag", { flag })}>
                      {flagName(flag)}
                    </a>
                  ))}
                </li>
              ))}
            </ul>
            <div className="two">
              <section className="card" aria-label="Definition">
                <h2>{known.file}</h2>
                <pre className="source">{known.definition}</pre>
              </section>
              <PastForms
                of={{ segment }}
                name={name}
                history={known.history}
                environments={environments}
                reverts={Object.fromEntries(known.environments.map(({ environment, revert }) => [environment, revert]))}
                mayRevert={mayRevert}
                changed={() => detail.again?.()}
              />
            </div>
          </div>
        )}
      </Shown>
    </>
  );
}
