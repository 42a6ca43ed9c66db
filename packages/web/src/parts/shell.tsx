import { Fragment, type ReactElement, type ReactNode } from "react";
import { to } from "../data/address.ts";
import type { ConsoleState } from "../data/live-console.ts";
import type { Me } from "../data/console-data.ts";
import { places } from "../data/places.ts";
import type { HomeView } from "../data/release-data.ts";
import { useResource } from "../data/resource.ts";
import { roleWord } from "../data/role-words.ts";
import { HomeAnswer } from "../data/use-home.ts";
import { timeOf, zoneName } from "../data/when.ts";
import type { PlaceCounts } from "./count.tsx";
import { EnvironmentChip, EnvironmentScope } from "./environment-chip.tsx";
import { Icon } from "./icon.tsx";
import { KillPathBanner } from "./kill-path-note.tsx";
import { Palette } from "./palette.tsx";
import { PhoneBar } from "./phone-bar.tsx";
import { PlaceLink } from "./place-link.tsx";
import { WhoseTime } from "./whose-time.tsx";

interface ShellProps {
  readonly me: Me;
  readonly page: string;
  readonly title: string;
  readonly console: ConsoleState;
  readonly onSignOut: () => void;
  readonly children: ReactNode;
}

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join("")
    .toUpperCase();

export function Shell({ me, page, title, console: shown, onSignOut, children }: ShellProps): ReactElement {
  const home = useResource<HomeView>("/api/home", shown.decided);
  const counts: PlaceCounts = {
    kill: { n: shown.kills.length, what: "in force", look: "kill" },
    approvals: { n: (home.value?.waiting ?? []).filter(({ kind }) => kind === "approval").length, what: "wait for you", look: "ask" },
  };
  return (
    <div className="app">
      <nav className="rail" aria-label="Main">
        <a className="brand" href={to("home")}>
          <Icon name="mark" />
          Sluice
        </a>
        <div className="nav">
          {(["people", "engineers", "kill"] as const).map((group, index) => (
            <Fragment key={group}>
              {index > 0 && <hr />}
              {places
                .filter((place) => place.group === group)
                .map((place) => (
                  <PlaceLink key={place.page} place={place} page={page} counts={counts} />
                ))}
            </Fragment>
          ))}
        </div>
        <div className="me">
          <span className="avatar" aria-hidden="true">
            {initials(me.account.name)}
          </span>
          <span>
            <b>{me.account.name}</b>
            <small className="dim">{roleWord(me.account.role)}</small>
          </span>
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </nav>
      <div>
        <EnvironmentScope>
          <header className="bar">
            <b>{title}</b>
            {me.isDemo === true && (
              <span className="demo-mark">
                Demo<span className="demo-words">: everything here is invented</span>
              </span>
            )}
            <span className="space" />
            <Palette flags={shown.flags} me={me} />
            <WhoseTime isFixed={page === "plan"} />
            <EnvironmentChip environments={shown.environments} />
            {shown.live === false && shown.cutOffSinceMs === undefined && (
              <span className="state hold">
                <Icon name="warn" />
                Not live, asking again
              </span>
            )}
          </header>
          <main className="main">
            <Banners console={shown} />
            <HomeAnswer value={home}>{children}</HomeAnswer>
          </main>
        </EnvironmentScope>
      </div>
      <PhoneBar me={me} page={page} counts={counts} onSignOut={onSignOut} />
    </div>
  );
}

/** What is wrong right now, in one line each, and what still works. */
function Banners({ console: shown }: { readonly console: ConsoleState }): ReactElement {
  const { health } = shown;
  const { further = [], problems: own = [] } = health?.source ?? {};
  const problems = [...own, ...further.flatMap(({ name, problems: theirs }) => theirs.map((one) => ({ ...one, file: `${name}: ${one.file}` })))];
  if (shown.cutOffSinceMs !== undefined)
    return (
      <p className="banner cut-off" role="status">
        <b>
          Cut off since {timeOf(shown.cutOffSinceMs)}, {zoneName}.
        </b>{" "}
        Sluice does not answer. What you see is as it was then; it is asked for again by itself. Check your connection. A kill also works from the command line:{" "}
        <code>npx sluice kill</code>
      </p>
    );
  return (
    <>
      {health && !health.api.reachable && (
        <p className="banner kill" role="status">
          <b>The API process does not answer.</b> Running services keep their flags and kills work; edits and reverts wait until it is back.
        </p>
      )}
      {health && !health.store.ok && (
        <p className="banner kill" role="status">
          <b>The database does not answer.</b> A kill still works: it is journalled and sent at once. Lifts and reverts wait.
        </p>
      )}
      <KillPathBanner path={health?.killPath} />
      {problems.length > 0 && (
        <p className="banner" role="status">
          <b>{problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`} in the newest commit.</b> These flags stay at their last good form:{" "}
          <code>{problems[0]?.file}</code>
          {problems[0] && `:${problems[0].line}:${problems[0].column}`} {problems[0]?.message}
        </p>
      )}
    </>
  );
}
