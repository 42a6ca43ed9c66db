import type { GuardView } from "@sluice/contract";
import type { KillPast } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { KillListing, Me } from "../data/console-data.ts";
import type { Cell, Freeze, HoldsReply, ReleaseView } from "../data/release-data.ts";
import { phaseMore, phaseWord, releaseSentence } from "../data/release-sentences.ts";
import { heldRows } from "../data/release-course.ts";
import { useCustomers } from "../data/use-customers.ts";
import { holdFinder } from "../data/hold-words.ts";
import { killFinder } from "../data/kill-finder.ts";
import { useLog } from "../data/use-log.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { DecisionRows } from "../parts/decision-rows.tsx";
import { useEnvironmentShown } from "../parts/environment-chip.tsx";
import { Icon } from "../parts/icon.tsx";
import { ReleaseCustomers } from "../parts/release-customers.tsx";
import { GuardRows } from "../parts/guard-rows.tsx";
import { PastPlans } from "../parts/past-plans.tsx";
import { PlanFacts } from "../parts/plan-facts.tsx";
import { Shown } from "../parts/shown.tsx";
import { State } from "../parts/state.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { TurnsOn } from "../parts/turns-on.tsx";
import { WhoDecides } from "../parts/who-decides.tsx";

interface ReleaseProps {
  readonly id: string;
  readonly me: Me;
  readonly version: number;
}

/** One release: the sentence, the staircase, who decides next, and every customer with why. */
export function Release({ id, me, version }: ReleaseProps): ReactElement {
  const [changes, setChanges] = useState(0);
  const release = useResource<ReleaseView>(`/api/releases/${encodeURIComponent(id)}`, version + changes);
  useEnvironmentShown(release.value?.content.environment);
  return (
    <Shown resource={release} what="the release">
      {(view) => <Known view={view} me={me} version={version + changes} changed={() => setChanges((before) => before + 1)} />}
    </Shown>
  );
}

interface KnownProps {
  readonly view: ReleaseView;
  readonly me: Me;
  readonly version: number;
  readonly changed: () => void;
}

function Known({ view, me, version, changed }: KnownProps): ReactElement {
  const nowMs = useNow();
  const id = view.release;
  const cells = useResource<{ readonly cells: readonly Cell[] }>(`/api/releases/${encodeURIComponent(id)}/customers`, version);
  const holds = useResource<HoldsReply>("/api/holds", version);
  const freezes = useResource<{ readonly freezes: readonly Freeze[] }>("/api/freezes", version);
  const isKilled = (view.counts.offKilled ?? 0) > 0;
  const kills = useResource<{ readonly kills: readonly KillListing[] }>(isKilled ? "/api/kills" : undefined, version);
  const customers = useCustomers(version);
  const environment = view.content.environment;
  return (
    <>
      <div className="top">
        <div>
          <p className="over">
            <a href={to("releases")}>Releases</a>
          </p>
          <span className="title-line">
            <h1>{view.content.title}</h1>
            <State state={phaseWord[view.phase]} more={phaseMore(view)} />
          </span>
          <TurnsOn content={view.content} />
        </div>
        <span className="space" />
        {me.can["killReleaseFlag"] === true && view.killedBy.length === 0 && (
          <a className="button kill-button" href={to("kill", { of: "release", name: id, title: view.content.title, environment })}>
            <Icon name="kill" />
            Kill
          </a>
        )}
      </div>
      <p className="sentence">{releaseSentence(view, nowMs)}</p>
      <div className="release decides">
        <div className="stack-wide">
          <section className="card" aria-label="Waves over time">
            <Timeline
              release={view}
              held={heldRows(cells.value?.cells ?? [], holds.value?.holds ?? [])}
              freezes={(freezes.value?.freezes ?? []).filter((freeze) => freeze.environment === environment && isNear(view, freeze))}
              nameOf={customers.nameOf}
              nowMs={nowMs}
            />
          </section>
          <Shown resource={cells} what="who has it">
            {({ cells: all }) => (
              <ReleaseCustomers
                cells={all}
                customers={customers}
                parts={{ waves: view.content.waves, holdOf: holdFinder(holds.value?.holds ?? []), killOf: killFinder(kills.value?.kills ?? []), nowMs }}
              />
            )}
          </Shown>
          <History release={view} version={version} />
        </div>
        <div className="stack-wide">
          <WhoDecides release={view} me={me} version={version} nameOf={customers.nameOf} nowMs={nowMs} changed={changed} />
          <PlanFacts release={view} nowMs={nowMs} />
          <PastPlans
            release={view}
            version={version}
            mayEdit={me.can[view.phase === "draft" ? "draftRelease" : "planRelease"] === true}
            nameOf={customers.nameOf}
            nowMs={nowMs}
            changed={changed}
          />
          <GuardRows environments={[]} version={version} shows={isOf(view)} />
        </div>
      </div>
    </>
  );
}

/** Guards of what a release gives. */
const isOf =
  ({ content }: ReleaseView) =>
  ({ flag, environment }: GuardView): boolean =>
    environment === content.environment && content.flags.some((one) => one.flag === flag);

/** Kills of the environment that are looked through for those of its flags, the newest first. */
const KILLS_LOOKED_AT = 100;

/** Every decision about it, newest first, and the kills of its flags since it was first saved, with their lifts. */
function History({ release: { release, content, createdAtMs }, version }: { readonly release: ReleaseView; readonly version: number }): ReactElement {
  const asked = new URLSearchParams({ environment: content.environment, limit: String(KILLS_LOOKED_AT) });
  const kills = useResource<{ readonly kills: readonly KillPast[] }>(`/api/kills/history?${asked.toString()}`, version);
  const own = (kills.value?.kills ?? []).filter(({ flags, atMs }) => atMs >= createdAtMs && content.flags.some(({ flag }) => flags.includes(flag)));
  const about = [release, ...own.slice(0, KILLS_LOOKED_AT - 1).map(({ kill }) => kill)];
  const log = useLog(new URLSearchParams(about.map((id) => ["about", id])).toString(), version);
  return (
    <section aria-labelledby="history">
      <h2 id="history" className="section">
        History <span className="dim">{log.events.length}</span>
      </h2>
      <DecisionRows events={log.events} titleOf={() => content.title} byAddress={(by) => to("audit", { by })} />
      {log.lookedBackTo !== undefined && log.lookedBackTo > 0 && (
        <p className="small">
          <a href={to("audit", { about: release })}>All of it, in the audit</a>
        </p>
      )}
    </section>
  );
}

/** A freeze that waves of this release could meet, or at whose end one starts that it moved: others would only be noise. */
function isNear({ waves }: ReleaseView, { fromMs, untilMs }: Freeze): boolean {
  const last = waves.reduce((latest, wave) => Math.max(latest, (wave.lastAtMs ?? wave.startsAtMs) + wave.bakeMs), 0);
  return fromMs < last && untilMs >= (waves[0]?.startsAtMs ?? 0);
}
