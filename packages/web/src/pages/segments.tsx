import type { SegmentListing } from "@sluice/contract";
import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { flagName } from "../data/flag-name.ts";
import { useResource } from "../data/resource.ts";
import { Icon } from "../parts/icon.tsx";
import { Empty, Shown } from "../parts/shown.tsx";
import { usedBy } from "./lists.tsx";

interface SegmentsProps {
  readonly version: number;
  readonly environments: readonly EnvironmentListing[];
}

/** Every segment: what it is for, which features ask it where, and where an earlier form is served. */
export function Segments({ version, environments }: SegmentsProps): ReactElement {
  const segments = useResource<{ readonly segments: readonly SegmentListing[] }>("/api/segments", version);
  const nameOf = (key: string): string => environments.find((each) => each.key === key)?.name ?? key;
  return (
    <Shown resource={segments} what="the segments">
      {({ segments: all }) => (
        <>
          <h1>Segments</h1>
          <p className="muted intro">Named groups that rules ask. Each is a file in Git; an earlier form of one can be served again at once.</p>
          {all.length === 0 && (
            <Empty title="No segment yet">
              <p className="muted">A file below segments/ makes one; `sluice new segment` writes it.</p>
            </Empty>
          )}
          <ul className="lists">
            {all.map(({ key, description, isRuntimeList, environments: places }) => (
              <li key={key} className="card">
                <h2>
                  <a href={to("segment", { segment: key })}>{flagName(key)}</a> <code className="key">{key}</code>
                </h2>
                {description !== undefined && <p className="pad muted">{description}</p>}
                <ul className="rows foot">
                  {places.map(({ environment, flags, revert }) => (
                    <li key={environment} className="row list-place">
                      <span>{nameOf(environment)}</span>
                      <span>
                        {revert !== undefined && (
                          <b className="state ask">
                            <Icon name="undo" />
                            Served as it was
                          </b>
                        )}
                        <small>{usedBy(flags)}</small>
                        {isRuntimeList && (
                          <small>
                            Who is in it is decided on <a href={to("list", { list: key, environment })}>its list</a>.
                          </small>
                        )}
                      </span>
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        </>
      )}
    </Shown>
  );
}
