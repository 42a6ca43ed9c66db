import type { ReactElement, ReactNode } from "react";
import { to } from "../data/address.ts";
import type { ConsoleState } from "../data/live-console.ts";
import type { Me } from "../data/console-data.ts";
import { Icon } from "./icon.tsx";

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
  const current = (name: string): "page" | undefined => (page === name ? "page" : undefined);
  return (
    <div className="app">
      <nav className="rail" aria-label="Main">
        <a className="brand" href={to("home")}>
          <Icon name="mark" />
          Sluice
        </a>
        <div className="nav">
          <a href={to("home")} aria-current={current("home")}>
            <Icon name="home" />
            Home
          </a>
          <a href={to("releases")} aria-current={current("releases") ?? current("release") ?? current("plan")}>
            <Icon name="release" />
            Releases
          </a>
          <a href={to("customers")} aria-current={current("customers") ?? current("customer") ?? current("import")}>
            <Icon name="customer" />
            Customers
          </a>
          <hr />
          <a href={to("flags")} aria-current={current("flags") ?? current("flag")}>
            <Icon name="flag" />
            Flags
          </a>
          <a href={to("log")} aria-current={current("log")}>
            <Icon name="log" />
            Decisions
          </a>
          <hr />
          <a className="kill" href={to("kill")} aria-current={current("kill")}>
            <Icon name="kill" />
            Kill
            {shown.kills.length > 0 && (
              <span className="count">
                {shown.kills.length}
                <span className="hidden-label"> in force</span>
              </span>
            )}
          </a>
        </div>
        <div className="me">
          <span className="avatar" aria-hidden="true">
            {initials(me.account.name)}
          </span>
          <span>
            <b>{me.account.name}</b>
          </span>
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </nav>
      <div>
        <header className="bar">
          <b>{title}</b>
          <span className="space" />
          {shown.live === false && (
            <span className="state hold">
              <Icon name="warn" />
              Not live, asking again
            </span>
          )}
        </header>
        <main className="main">
          <Banners console={shown} />
          {children}
        </main>
      </div>
      <nav className="tabbar" aria-label="Main, phone">
        <a href={to("home")} aria-current={current("home")}>
          <Icon name="home" />
          Home
        </a>
        <a href={to("releases")} aria-current={current("releases") ?? current("release") ?? current("plan")}>
          <Icon name="release" />
          Releases
        </a>
        <a href={to("customers")} aria-current={current("customers") ?? current("customer") ?? current("import")}>
          <Icon name="customer" />
          Customers
        </a>
        <a href={to("flags")} aria-current={current("flags") ?? current("flag") ?? current("log")}>
          <Icon name="flag" />
          Flags
        </a>
        <a className="kill" href={to("kill")} aria-current={current("kill")}>
          <Icon name="kill" />
          Kill
        </a>
      </nav>
    </div>
  );
}

/** What is wrong right now, in one line each, and what still works. */
function Banners({ console: shown }: { readonly console: ConsoleState }): ReactElement {
  const { health } = shown;
  const problems = health?.source?.problems ?? [];
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
