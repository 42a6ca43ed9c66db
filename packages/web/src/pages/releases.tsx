import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { theFlags } from "../data/flag-words.ts";
import type { ReleaseView } from "../data/release-data.ts";
import { phaseMore, phaseWord } from "../data/release-sentences.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { clockThere, whenOf, zoneName } from "../data/when.ts";
import { Icon } from "../parts/icon.tsx";
import { Empty, Shown } from "../parts/shown.tsx";
import { State } from "../parts/state.tsx";
import { WaveBar } from "../parts/wave-bar.tsx";

interface ReleasesProps {
  readonly version: number;
  readonly environments: readonly EnvironmentListing[];
  readonly mayDraft: boolean;
}

/** Every release, those that need somebody or start next first. */
export function Releases({ version, environments, mayDraft }: ReleasesProps): ReactElement {
  const nowMs = useNow();
  const [wanted, setWanted] = useState("");
  const all = useResource<{ readonly releases: readonly ReleaseView[] }>("/api/releases", version);
  const shown = (all.value?.releases ?? []).filter(({ content }) =>
    `${content.title} ${content.flags.map(({ flag }) => flag).join(" ")}`.toLowerCase().includes(wanted.trim().toLowerCase()),
  );
  return (
    <>
      <div className="top">
        <h1>Releases</h1>
        <span className="dim small">{all.value?.releases.length ?? ""}</span>
        <span className="space" />
        {mayDraft && (
          <a className="button primary" href={to("plan")}>
            <Icon name="plus" />
            Plan a release
          </a>
        )}
      </div>
      <label className="search">
        <Icon name="find" />
        <span className="hidden-label">Find a release</span>
        <input type="search" placeholder="Find a release or a flag" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      </label>
      <Shown resource={all} what="the releases">
        {({ releases }) =>
          releases.length === 0 ? <NoRelease mayDraft={mayDraft} /> : <List shown={shown} wanted={wanted} nowMs={nowMs} environments={environments} />
        }
      </Shown>
    </>
  );
}

function NoRelease({ mayDraft }: { readonly mayDraft: boolean }): ReactElement {
  return (
    <Empty title="No release yet">
      <p className="muted">A release decides which customer gets a feature, and when. Deploying and merging change nothing for customers.</p>
      {mayDraft && (
        <a className="button" href={to("plan")}>
          Plan the first one
        </a>
      )}
    </Empty>
  );
}

/** The customers' own clock at the next start, where that is what it goes by. */
function nextClock({ starts, nextAtMs }: ReleaseView): string {
  const zone = starts.find((start) => start.atMs === nextAtMs && start.zone !== undefined)?.zone;
  return nextAtMs === undefined || zone === undefined ? "" : clockThere(nextAtMs, zone);
}

interface ListProps extends Pick<ReleasesProps, "environments"> {
  readonly shown: readonly ReleaseView[];
  readonly wanted: string;
  readonly nowMs: number;
}

function List({ shown, wanted, nowMs, environments }: ListProps): ReactElement {
  const nameOf = (key: string): string => environments.find((one) => one.key === key)?.name ?? key;
  if (shown.length === 0)
    return (
      <Empty title={`Nothing is called "${wanted}"`}>
        <p className="muted">Titles of releases and the keys of their flags are searched.</p>
      </Empty>
    );
  return (
    <section className="card table">
      <table className="releases">
        <thead>
          <tr>
            <th>Release</th>
            <th>State</th>
            <th>Next start, {zoneName}</th>
            <th className="bar-cell">Customers</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((release) => (
            <tr key={release.release}>
              <td>
                <a className="name" href={to("release", { id: release.release })}>
                  {release.content.title}
                </a>
                <span className="key">
                  turns on {theFlags(release.content.flags.map(({ flag }) => flag))} in {nameOf(release.content.environment)}
                </span>
              </td>
              <td>
                <State state={phaseWord[release.phase]} more={phaseMore(release)} />
              </td>
              <td className="next">
                {release.nextAtMs === undefined ? <span className="dim">nothing planned</span> : whenOf(release.nextAtMs, nowMs)}
                {nextClock(release) !== "" && <span className="dim small line">{nextClock(release)}</span>}
              </td>
              <td className="bar-cell">
                <WaveBar release={release} nowMs={nowMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
