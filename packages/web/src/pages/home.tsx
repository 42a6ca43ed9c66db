import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import type { HomeView } from "../data/release-data.ts";
import { phaseWord, releaseSentence, roleNames, whySentence } from "../data/release-sentences.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { dayKey, longDay, timeOf, whenOf, zoneName } from "../data/when.ts";
import { Icon } from "../parts/icon.tsx";
import { State } from "../parts/state.tsx";
import { WaveBar } from "../parts/wave-bar.tsx";

/** What waits for whoever is signed in, what begins soon, what rolls out now. */
export function Home({ version, mayPlan }: { readonly version: number; readonly mayPlan: boolean }): ReactElement {
  const nowMs = useNow();
  const home = useResource<HomeView>("/api/home", version);
  if (home.problem)
    return (
      <p className="banner kill" role="alert">
        {home.problem.message} {home.problem.fix}
      </p>
    );
  if (!home.value) return <p className="dim">Loading …</p>;
  const { waiting, ahead, rolling, drafts, deploys, releases } = home.value;
  return (
    <>
      <p className="over">
        {longDay(nowMs)}, {timeOf(nowMs)}, {zoneName}
      </p>
      <h1 className="headline">{headline(home.value, nowMs)}</h1>
      <div className="home">
        <div className="stack-wide">
          <section aria-labelledby="waiting">
            <h2 id="waiting" className="section">
              Waiting for you <span className="dim">{waiting.length}</span>
            </h2>
            <div className="card rows">
              {waiting.length === 0 && <p className="row dim">Nothing. What needs you appears here, and nothing starts late without you.</p>}
              {waiting.map((one) => (
                <WaitingRow key={`${one.kind}/${one.kind === "approval" ? one.as : ""}/${one.release.release}`} waiting={one} nowMs={nowMs} />
              ))}
            </div>
          </section>
          <section aria-labelledby="ahead">
            <h2 id="ahead" className="section">
              The next two days
            </h2>
            <Ahead ahead={ahead} nowMs={nowMs} />
          </section>
        </div>
        <div className="stack-wide">
          <section aria-labelledby="rolling">
            <h2 id="rolling" className="section">
              Now rolling <span className="dim">{rolling.length}</span>
            </h2>
            <div className="card rows">
              {rolling.length === 0 && <p className="row dim">No release is rolling out.</p>}
              {rolling.map((release) => (
                <a key={release.release} className="row" href={to("release", { id: release.release })}>
                  <span className="row-head">
                    <b>{release.content.title}</b>
                    <State state={phaseWord[release.phase]} />
                  </span>
                  <WaveBar release={release} nowMs={nowMs} />
                </a>
              ))}
            </div>
          </section>
          {mayPlan && drafts.length > 0 && (
            <section aria-labelledby="drafts">
              <h2 id="drafts" className="section">
                Drafts <span className="dim">{drafts.length}</span>
              </h2>
              <div className="card rows">
                {drafts.map((release) => (
                  <a key={release.release} className="row" href={to("release", { id: release.release })}>
                    <b>{release.content.title}</b>
                  </a>
                ))}
              </div>
            </section>
          )}
          <section aria-labelledby="sofar">
            <h2 id="sofar" className="section">
              The last 24 hours
            </h2>
            <div className="card pair">
              <span>
                <b className="number">{deploys}</b>
                {deploys === 1 ? "service deployed" : "services deployed"}
              </span>
              <span>
                <b className="number">{releases}</b>
                {releases === 1 ? "release start" : "release starts"}
              </span>
              <p className="dim small">No deploy changed what a customer sees.</p>
            </div>
          </section>
        </div>
      </div>
    </>
  );
}

function headline({ waiting, ahead }: HomeView, nowMs: number): string {
  const words = ["Nothing waits", "One thing waits", "Two things wait", "Three things wait"];
  const first = `${words[waiting.length] ?? `${waiting.length} things wait`} for you.`;
  const [next] = ahead;
  if (next === undefined) return `${first} Nothing starts within two days.`;
  return `${first} The next start is planned for ${whenOf(next.atMs, nowMs)}.`;
}

function WaitingRow({ waiting, nowMs }: { readonly waiting: HomeView["waiting"][number]; readonly nowMs: number }): ReactElement {
  const { release, kind } = waiting;
  const title =
    waiting.kind === "approval"
      ? `Do you agree, for ${roleNames[waiting.as]}?`
      : kind === "decision"
        ? "It did not start: say how to go on"
        : release.pausedBy === "kill"
          ? "Paused by a kill"
          : "Paused";
  return (
    <div className="row waiting">
      <div>
        <span className="state ask">
          <Icon name="ask" />
          {title}
        </span>
        <h3>{release.content.title}</h3>
        <p className="muted">
          {kind === "decision" ? (release.undecided ?? []).map((why) => whySentence(why, nowMs)).join(" ") : releaseSentence(release, nowMs)}
        </p>
      </div>
      <a className="button primary" href={to("release", { id: release.release })}>
        {kind === "approval" ? "Look and agree" : "Choose"}
      </a>
    </div>
  );
}

function Ahead({ ahead, nowMs }: { readonly ahead: HomeView["ahead"]; readonly nowMs: number }): ReactElement {
  if (ahead.length === 0)
    return (
      <div className="card rows">
        <p className="row dim">Nothing starts within two days.</p>
      </div>
    );
  const days = [...new Set(ahead.map(({ atMs }) => dayKey(atMs)))];
  return (
    <div className="card rows">
      {days.map((day) => {
        const starts = ahead.filter(({ atMs }) => dayKey(atMs) === day);
        const [first] = starts;
        return (
          <div key={day}>
            <h3 className="day">
              {day === dayKey(nowMs) ? "Today, " : day === dayKey(nowMs + 86_400_000) ? "Tomorrow, " : ""}
              {longDay(first?.atMs ?? nowMs)}
            </h3>
            {starts.map((start) => (
              <a key={start.release + start.wave} className="row ahead" href={to("release", { id: start.release })}>
                <time dateTime={new Date(start.atMs).toISOString()}>{timeOf(start.atMs)}</time>
                <span className="state sched">
                  <Icon name="clock" />
                </span>
                <span>
                  <b>
                    {start.title}, {start.wave}
                  </b>
                </span>
                <span className="dim">{count(start.customers, "customer")}</span>
              </a>
            ))}
          </div>
        );
      })}
    </div>
  );
}
