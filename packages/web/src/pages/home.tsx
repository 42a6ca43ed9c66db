import type { WaitingRevertView } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { Me } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import type { ConsoleState } from "../data/live-console.ts";
import type { HomeView } from "../data/release-data.ts";
import { phaseMore, phaseWord, releaseSentence, roleNames, whySentence } from "../data/release-sentences.ts";
import { useResource } from "../data/resource.ts";
import { useEnlargements } from "../data/use-enlargements.ts";
import { useHome } from "../data/use-home.ts";
import { useNow } from "../data/use-now.ts";
import { dayKey, longDay, timeOf, whenOf, zoneName } from "../data/when.ts";
import { ChangesAsked } from "../parts/changes-asked.tsx";
import { EnlargementRow } from "../parts/enlargement-row.tsx";
import { GuardRows, hasJustFound } from "../parts/guard-rows.tsx";
import { Icon } from "../parts/icon.tsx";
import { NoOwnerRow } from "../parts/release-owner.tsx";
import { KillsInForce } from "../parts/kills-in-force.tsx";
import { Shown } from "../parts/shown.tsx";
import { State } from "../parts/state.tsx";
import { TurnsOn } from "../parts/turns-on.tsx";
import { WaitingRevertRow } from "../parts/waiting-revert-row.tsx";
import { WaveBar } from "../parts/wave-bar.tsx";

/** Kills drawn here; the Kill page has the others. */
const KILLS_SHOWN = 3;

interface HomeProps {
  readonly console: ConsoleState;
  readonly me: Me;
  readonly reload: () => Promise<void>;
}

/** What is killed now, what waits for whoever is signed in, what begins soon, what rolls out now. */
export function Home({ console: shown, me, reload }: HomeProps): ReactElement {
  const home = useHome();
  return (
    <>
      {/* Before everything else, and whatever else cannot be shown. */}
      <KillsInForce
        kills={shown.kills}
        environments={shown.environments}
        version={shown.decided}
        reload={reload}
        mayLift={me.can["lift"] === true}
        mayMakePermanent={me.can["makePermanent"] === true}
        most={KILLS_SHOWN}
      />
      <GuardRows environments={shown.environments} version={shown.decided} shows={hasJustFound} />
      <Shown resource={home} what="what waits for you">
        {(view) => <Today view={view} me={me} console={shown} changed={() => home.again?.()} />}
      </Shown>
    </>
  );
}

interface TodayProps extends Omit<HomeProps, "reload"> {
  readonly view: HomeView;
  /** Asks anew what waits, after something was decided here. */
  readonly changed: () => void;
}

function Today({ view, me, console: shown, changed }: TodayProps): ReactElement {
  const nameOf = (key: string): string => shown.environments.find((one) => one.key === key)?.name ?? key;
  const nowMs = useNow();
  const [decided, setDecided] = useState(0);
  const merged = useEnlargements(me, shown.decided + decided);
  const { waiting, ahead, rolling, drafts, deploys, deployed, releases } = view;
  const reverts = useResource<{ readonly waiting: readonly WaitingRevertView[] }>(
    me.can["acceptEnlargement"] === true ? "/api/reverts" : undefined,
    shown.decided + decided,
  );
  const waits = waiting.length + (merged.value?.length ?? 0) + (reverts.value?.waiting.length ?? 0);
  return (
    <>
      <p className="over">
        {longDay(nowMs)}, {timeOf(nowMs)}, {zoneName}
      </p>
      <div className="top headline-top">
        <h1 className="headline">{headline(view, waits, nowMs)}</h1>
        {me.can["draftRelease"] === true && (
          <a className={waits === 0 ? "button primary" : "button"} href={to("plan")}>
            <Icon name="plus" />
            Plan a release
          </a>
        )}
      </div>
      {view.customers === 0 && <NobodyYet mayImport={me.can["changeCustomers"] === true} />}
      <div className="home">
        <div className="stack-wide">
          <section aria-labelledby="waiting">
            <h2 id="waiting" className="section">
              Waiting for you <span className="dim">{waits}</span>
            </h2>
            <div className="card rows">
              {waits === 0 && <p className="row dim">Nothing. What needs you appears here, and nothing starts late without you.</p>}
              {waiting.map((one) =>
                one.kind === "noOwner" ? (
                  <NoOwnerRow key={`noOwner/${one.release.release}`} release={one.release} owner={one.owner} nowMs={nowMs} changed={changed} />
                ) : (
                  <WaitingRow key={`${one.kind}/${"as" in one ? one.as : ""}/${one.release.release}`} waiting={one} nowMs={nowMs} />
                ),
              )}
              {(merged.value ?? []).map((one) => (
                <EnlargementRow
                  key={`${one.environment}/${one.flag}`}
                  enlargement={one}
                  where={nameOf(one.environment)}
                  decided={() => setDecided((before) => before + 1)}
                />
              ))}
              {(reverts.value?.waiting ?? []).map((one) => (
                <WaitingRevertRow
                  key={one.revert}
                  waiting={one}
                  where={nameOf(one.environment)}
                  nowMs={nowMs}
                  decided={() => setDecided((before) => before + 1)}
                />
              ))}
              {merged.problem && <p className="row dim">Merged changes that may wait for you could not be asked for. {merged.problem.message}</p>}
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
                    <State state={phaseWord[release.phase]} more={phaseMore(release)} />
                  </span>
                  <TurnsOn content={release.content} />
                  <WaveBar release={release} nowMs={nowMs} />
                </a>
              ))}
            </div>
          </section>
          {me.can["planRelease"] === true && drafts.length > 0 && (
            <section aria-labelledby="drafts">
              <h2 id="drafts" className="section">
                Drafts <span className="dim">{drafts.length}</span>
              </h2>
              <div className="card rows">
                {drafts.map((release) => (
                  <a key={release.release} className="row" href={to("release", { id: release.release })}>
                    <b>{release.content.title}</b>
                    <TurnsOn content={release.content} />
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
                {deploys === 1 ? "deployment" : "deployments"}
              </span>
              <span>
                <b className="number">{releases}</b>
                {releases === 1 ? "release began a wave" : "releases began a wave"}
              </span>
              <p className="dim small">No deploy changed what a customer sees.</p>
              {deployed.length > 0 && (
                <ul className="deployed">
                  {deployed.map(({ service, environment, version: what, atMs }) => (
                    <li key={service + environment}>
                      <time dateTime={new Date(atMs).toISOString()}>{timeOf(atMs)}</time>
                      <span>
                        <b>
                          {service} {what}
                        </b>{" "}
                        in {nameOf(environment)}
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </div>
          </section>
        </div>
      </div>
    </>
  );
}

function headline({ ahead }: HomeView, waits: number, nowMs: number): string {
  const words = ["Nothing waits", "One thing waits", "Two things wait", "Three things wait"];
  const first = `${words[waits] ?? `${waits} things wait`} for you.`;
  const [next] = ahead;
  if (next === undefined) return `${first} Nothing starts within two days.`;
  return `${first} The next start is planned for ${whenOf(next.atMs, nowMs)}.`;
}

function WaitingRow({ waiting, nowMs }: { readonly waiting: Waiting; readonly nowMs: number }): ReactElement {
  const { release, kind } = waiting;
  return (
    <div className="row waiting">
      <div>
        <span className="state ask">
          <Icon name="ask" />
          {titleOf(waiting)}
        </span>
        <h3>{release.content.title}</h3>
        <TurnsOn content={release.content} />
        <p className="muted">
          {[releaseSentence(release, nowMs), ...(kind === "decision" ? (release.undecided ?? []).map((why) => whySentence(why, nowMs)) : [])].join(" ")}
        </p>
        {kind === "change" && <ChangesAsked release={release} nowMs={nowMs} />}
      </div>
      <a className="button primary" href={to(kind === "change" ? "plan" : "release", { id: release.release })}>
        {buttons[kind]}
      </a>
    </div>
  );
}

/** The first step of a company that has just begun. */
function NobodyYet({ mayImport }: { readonly mayImport: boolean }): ReactElement {
  return (
    <section className="card empty nobody-yet">
      <h2>No customer is registered yet</h2>
      <p className="muted">
        Releases reach customers by name, in waves. {mayImport ? "A list as a CSV file is enough to begin." : "Customer Success or an admin imports the list."}
      </p>
      {mayImport && (
        <a className="button primary" href={to("import")}>
          Import a list
        </a>
      )}
    </section>
  );
}

/** What is answered on the page of the release or its plan. */
type Waiting = Exclude<HomeView["waiting"][number], { readonly kind: "noOwner" }>;

const buttons: Readonly<Record<Waiting["kind"], string>> = { approval: "Look and agree", change: "Change the plan", decision: "Choose", paused: "Choose" };

function titleOf(waiting: Waiting): string {
  switch (waiting.kind) {
    case "approval":
      return `Do you agree, for ${roleNames[waiting.as]}?`;
    case "change":
      return "Asked for a change before it is agreed to";
    case "decision":
      return "It did not start: say how to go on";
    case "paused":
      return waiting.release.pausedBy === "kill" ? "Paused by a kill" : "Paused";
  }
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
              <a key={`${start.release} ${start.wave} ${start.atMs}`} className="row ahead" href={to("release", { id: start.release })}>
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
