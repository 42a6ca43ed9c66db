import { type ReactElement, useMemo, useState } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing, FlagListing } from "../data/console-data.ts";
import { flagName, foundAt, matches } from "../data/flag-name.ts";
import { aimIn, type KillAim } from "../data/kill-aim.ts";
import { useKillSession, type KillSession } from "../data/kill-session.ts";
import type { ConsoleState } from "../data/live-console.ts";
import { killAction, whoMay } from "../data/role-words.ts";
import { useEnvironmentShown } from "../parts/environment-chip.tsx";
import { Icon } from "../parts/icon.tsx";
import { DrillRows } from "../parts/drill-rows.tsx";
import { GuardRows } from "../parts/guard-rows.tsx";
import { KillAsk } from "../parts/kill-ask.tsx";
import { KillPathNote } from "../parts/kill-path-note.tsx";
import { KillsInForce } from "../parts/kills-in-force.tsx";
import { PastKills } from "../parts/past-kills.tsx";
import { Receipt } from "../parts/receipt.tsx";
import { Forbidden } from "../parts/shown.tsx";
import { State } from "../parts/state.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";

/** Rows of the search: enough to find, few enough for a thumb. */
const HITS_MAX = 8;

interface KillPageProps {
  readonly console: ConsoleState;
  readonly values: URLSearchParams;
  readonly reload: () => Promise<void>;
  /** Whether this person's role allows an action. */
  readonly can: (action: string) => boolean;
}

export function Kill({ console: shown, values, reload, can }: KillPageProps): ReactElement {
  const session = useKillSession(reload);
  const aim = aimIn(values, shown.flags);
  const action = killAction(aim?.flag?.kind ?? "release");
  const mayKill = can("killReleaseFlag");
  const mayAim = can(action);
  const environment = environmentIn(values, shown);
  useEnvironmentShown(values.get("environment") ?? environment?.key);
  return (
    <>
      <h1>Kill</h1>
      <p className="muted intro">Switches a feature off at once, for everyone who has it. You can undo it for a minute.</p>
      <KillsInForce
        kills={shown.kills}
        environments={shown.environments}
        version={shown.decided}
        reload={reload}
        mayLift={can("lift")}
        mayMakePermanent={can("makePermanent")}
      />
      {shown.kills.length === 0 && <p className="small dim in-force-none">Nothing is killed right now.</p>}
      {!mayKill && <Forbidden what="the way to kill" problem={{ message: "Your role looks on.", fix: `Everybody else may: ${whoMay("killReleaseFlag")}.` }} />}
      {mayKill && (
        <div className="steps">
          <Find shown={shown} environment={environment} selected={aim?.key} />
          {/* What has just been killed makes way for its receipt: on a phone that is all there is room for. */}
          {aim && !mayAim && <NotTheirs aim={aim} action={action} />}
          {aim && mayAim && environment && !isJustKilled(session, aim, environment) && (
            <KillAsk key={`${aim.key}/${environment.key}`} aim={aim} environment={environment} shown={shown} session={session} address={values} />
          )}
          {aim === undefined && !session.killed && (
            <section className="card step step-next" aria-label="What comes next">
              <p className="over">Then</p>
              <p className="lead">Choose a feature: you see who loses it and what else it stops, before anything happens.</p>
              <p className="muted">Nothing is killed until you keep the red button pressed.</p>
            </section>
          )}
          {session.killed && (
            <section className="card step" aria-label="Receipt">
              <Done session={session} shown={shown} />
            </section>
          )}
        </div>
      )}
      <PastKills environments={shown.environments} version={shown.decided} />
      <GuardRows environments={shown.environments} version={shown.decided} shows={() => true} />
      <DrillRows environments={shown.environments} version={shown.decided} mayDrill={can("kill")} />
      <KillPathNote path={shown.health?.killPath} />
    </>
  );
}

/** The one that the address names, else the one that people decide in. */
function environmentIn(values: URLSearchParams, { environments }: ConsoleState): EnvironmentListing | undefined {
  const named = values.get("environment");
  return named === null ? (environments.find((one) => one.protected) ?? environments[0]) : environments.find(({ key }) => key === named);
}

/** A flag that this role may not kill. */
function NotTheirs({ aim, action }: { readonly aim: KillAim; readonly action: ReturnType<typeof killAction> }): ReactElement {
  return (
    <Forbidden
      what={`the way to kill ${aim.name}`}
      problem={{ message: "It is not a release flag: it runs the service, or says who may use it.", fix: `${whoMay(action)} may kill it.` }}
    />
  );
}

const isJustKilled = ({ killed, undone }: KillSession, aim: KillAim, environment: EnvironmentListing): boolean =>
  killed !== undefined && !undone && killed.aim.key === aim.key && killed.environment === environment.key;

function Find({
  shown,
  environment,
  selected,
}: {
  readonly shown: ConsoleState;
  readonly environment: EnvironmentListing | undefined;
  readonly selected: string | undefined;
}): ReactElement {
  const [query, setQuery] = useState("");
  const hits = useMemo(() => shown.flags.filter((flag) => matches(query, flag.key, flagName(flag.key), flag.description, flag.owner)), [shown.flags, query]);
  // What is called so comes before what is only described so, and then what is on: it is what can be taken away.
  const isOn = (flag: FlagListing): boolean => environment !== undefined && ["on", "partlyOn"].includes(flag.environments[environment.key]?.state ?? "");
  const rank = (flag: FlagListing): number => (matches(query, flag.key, flagName(flag.key)) ? 0 : 2) + (isOn(flag) ? 0 : 1);
  const rows = [...hits].sort((a, b) => rank(a) - rank(b)).slice(0, HITS_MAX);
  return (
    // On a phone the list makes way once a feature is chosen: what it takes away comes first.
    <section className={`card step${selected !== undefined && query === "" ? " chosen" : ""}`} aria-label="Find it">
      <p className="over">Find it</p>
      <label className="search tall">
        <Icon name="find" />
        <span className="hidden-label">Find the feature to kill</span>
        <input
          type="search"
          placeholder="Name, key or words"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          autoFocus={selected === undefined}
        />
      </label>
      <ul className="hits">
        {rows.map((flag) => (
          <li key={flag.key}>
            <button
              type="button"
              aria-pressed={flag.key === selected}
              onClick={() => (location.hash = to("kill", { flag: flag.key, environment: environment?.key }).slice(1))}
            >
              <b>
                <Marked text={flagName(flag.key)} query={query} />
              </b>
              <State state={(environment && flag.environments[environment.key]?.state) ?? "absent"} more={environment && `in ${environment.name}`} />
              <span className="go">
                <Icon name="down" />
              </span>
            </button>
          </li>
        ))}
        {rows.length === 0 && <li className="empty dim">{`Nothing is called “${query}”.`}</li>}
      </ul>
      <p className="small dim more-hits">These are flags, by name. Everything of one release is killed from the page of that release.</p>
      {hits.length > HITS_MAX && <p className="small dim more-hits">{hits.length - HITS_MAX} more: type a few letters.</p>}
    </section>
  );
}

function Marked({ text, query }: { readonly text: string; readonly query: string }): ReactElement {
  const at = foundAt(text, query);
  if (!at) return <>{text}</>;
  return (
    <>
      {text.slice(0, at[0])}
      <mark>{text.slice(...at)}</mark>
      {text.slice(at[1])}
    </>
  );
}

function Done({ session, shown }: { readonly session: KillSession; readonly shown: ConsoleState }): ReactElement {
  const killed = session.killed;
  if (!killed) return <></>;
  const name = killed.aim.name.charAt(0).toUpperCase() + killed.aim.name.slice(1);
  const place = shown.environments.find((one) => one.key === killed.environment)?.name ?? killed.environment;
  const environment = killed.aim.scope === undefined ? place : `${place} for some`;
  if (session.undone)
    return (
      <p className="note">
        <Icon name="undo" />
        <span>
          Undone. {name} is in {place} what it was before. The decision and its undo both stand in the log.
        </span>
      </p>
    );
  return (
    <>
      <p className="over">
        <span className="state kill">
          <Icon name="kill" />
          {name} {session.receipt?.done ? "is killed" : "is being killed"} in {environment}
        </span>
      </p>
      {session.receipt ? <Receipt receipt={session.receipt} /> : <ProblemNote problem={session.receiptProblem} />}
      {killed.emergency && (
        <p className="note warn">
          <Icon name="warn" />
          The database did not answer in time, so this went the emergency way: journalled and sent at once. It enters the log by itself.
        </p>
      )}
      <div className="buttons">
        {session.secondsToUndo > 0 && (
          <button type="button" className="button" onClick={() => void session.undo()}>
            <Icon name="undo" />
            Undo, {session.secondsToUndo} s left
          </button>
        )}
        <a className="button" href={to("flags")}>
          Back to the flags
        </a>
      </div>
      <ProblemNote problem={session.problem} />
    </>
  );
}
