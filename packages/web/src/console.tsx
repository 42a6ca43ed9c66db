import { type ReactElement, useCallback, useEffect, useState } from "react";
import { type Address, useAddress } from "./data/address.ts";
import type { Me } from "./data/console-data.ts";
import { type ConsoleState, useConsole } from "./data/live-console.ts";
import { titleOf } from "./data/places.ts";
import { Refused, send } from "./data/requests.ts";
import type { Resource } from "./data/resource.ts";
import { whoMay } from "./data/role-words.ts";
import { Approvals } from "./pages/approvals.tsx";
import { Audit } from "./pages/audit.tsx";
import { Calendar } from "./pages/calendar.tsx";
import { Change } from "./pages/change.tsx";
import { Changes } from "./pages/changes.tsx";
import { Customer } from "./pages/customer.tsx";
import { CustomersPage } from "./pages/customers.tsx";
import { Drift } from "./pages/drift.tsx";
import { Flag } from "./pages/flag.tsx";
import { Flags } from "./pages/flags.tsx";
import { Home } from "./pages/home.tsx";
import { Import } from "./pages/import.tsx";
import { Kill } from "./pages/kill.tsx";
import { List } from "./pages/list.tsx";
import { Lists } from "./pages/lists.tsx";
import { Plan } from "./pages/plan.tsx";
import { Release } from "./pages/release.tsx";
import { Releases } from "./pages/releases.tsx";
import { Segment } from "./pages/segment.tsx";
import { Segments } from "./pages/segments.tsx";
import { Settings } from "./pages/settings.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Shell } from "./parts/shell.tsx";
import { Forbidden, Shown } from "./parts/shown.tsx";

/** How soon somebody who could not be recognised is asked for again, in milliseconds. */
const ASK_AGAIN_MS = 2_000;

/** The whole console: who is there, where they are, and that page. */
export function Console(): ReactElement {
  const address = useAddress();
  const [me, setMe] = useState<Me | "nobody">();
  const [unreachable, setUnreachable] = useState<Refused>();

  const ask = useCallback(async () => {
    try {
      setMe(await send<Me>("GET", "/api/me"));
      setUnreachable(undefined);
    } catch (error) {
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) setMe("nobody");
      else setUnreachable(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Reload the page."));
    }
  }, []);
  useEffect(() => void ask(), [ask]);
  // A server that is starting, or a database that is slow for a moment, must not leave a dead page behind.
  useEffect(() => {
    if (unreachable === undefined) return;
    const timer = setTimeout(() => void ask(), ASK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [unreachable, ask]);

  const signedIn = me !== undefined && me !== "nobody";
  const { state, reload } = useConsole(signedIn);
  // The session has ended while the page was open: what is on it is nobody's to see any more.
  const isOver = state.problem?.status === 401;
  useEffect(() => {
    if (isOver) setMe("nobody");
  }, [isOver]);
  useEffect(() => {
    document.title = `${titleOf(address.page)} · Sluice`;
  }, [address.page]);

  if (me === undefined)
    return (
      <main className="door">
        <p className="dim">{unreachable ? `${unreachable.message} ${unreachable.fix}` : "One moment …"}</p>
      </main>
    );
  // A one-time link is opened for another account than the one that is signed in.
  if (me === "nobody" || address.page === "first") {
    const { page, values } = address;
    const link = page === "first" ? { once: values.get("once") ?? "", email: values.get("email") ?? "", name: values.get("name") ?? "" } : undefined;
    return (
      <SignIn
        link={link}
        signedInAs={me === "nobody" ? undefined : me.account.name}
        onSignedIn={() => (me === "nobody" ? void signedInNow(ask) : startAnew())}
      />
    );
  }

  const signOut = async (): Promise<void> => {
    await send("POST", "/api/sign-out", {});
    setMe("nobody");
  };
  return (
    <Shell me={me} page={address.page} title={titleOf(address.page)} console={state} onSignOut={() => void signOut()}>
      <Page address={address} me={me} console={state} reload={reload} />
    </Shell>
  );
}

interface PageProps {
  readonly address: Address;
  readonly me: Me;
  readonly console: ConsoleState;
  readonly reload: () => Promise<void>;
}

function Page({ address: { page, values }, me, console: shown, reload }: PageProps): ReactElement {
  const can = (action: string): boolean => me.can[action] ?? false;
  const id = values.get("id") ?? "";
  // What pages ask for themselves is asked again when the log has grown.
  const version = shown.decided;
  switch (page) {
    case "home":
      return <Home console={shown} me={me} reload={reload} />;
    case "releases":
      return <Releases version={version} environments={shown.environments} mayDraft={can("draftRelease")} />;
    case "release":
      return <Release key={id} id={id} me={me} version={version} />;
    case "plan":
      if (!can("draftRelease"))
        return (
          <Forbidden what="how a release is planned" problem={{ message: "Your role looks at plans.", fix: `${whoMay("draftRelease")} may draft one.` }} />
        );
      return (
        <Shown resource={loaded(shown, reload)} what="the plan">
          {({ flags, environments }) => <Plan key={id} id={id === "" ? undefined : id} me={me} flags={flags} environments={environments} />}
        </Shown>
      );
    case "customers":
      return <CustomersPage version={version} mayChange={can("changeCustomers")} />;
    case "customer":
      return <Customer key={id + (values.get("at") ?? "")} id={id} me={me} version={version} at={instantIn(values.get("at"))} />;
    case "import":
      return <Import mayChange={can("changeCustomers")} />;
    case "kill":
      return (
        <Shown resource={loaded(shown, reload)} what="what can be killed">
          {(known) => <Kill console={known} values={values} reload={reload} can={can} />}
        </Shown>
      );
    case "flag":
      return <Flag console={shown} flagKey={values.get("flag") ?? ""} reload={reload} can={can} />;
    case "calendar":
      return <Calendar values={values} version={version} mayMove={can("moveWave")} />;
    case "approvals":
      return <Approvals version={version} />;
    case "audit":
    case "log":
      return <Audit version={version} mayExport={can("exportLog")} values={values} />;
    case "settings":
      return <Settings console={shown} me={me} />;
    default:
      return <ListsOrFlags page={page} values={values} can={can} console={shown} reload={reload} />;
  }
}

interface ListsOrFlagsProps extends Address {
  readonly can: (action: string) => boolean;
  readonly console: ConsoleState;
  readonly reload: () => Promise<void>;
}

/** Lists, segments, one of either, what differs from Git, and for every address that is no page: the flags. */
function ListsOrFlags({ page, values, can, console: shown, reload }: ListsOrFlagsProps): ReactElement {
  const version = shown.decided;
  switch (page) {
    case "lists":
      return <Lists version={version} environments={shown.environments} mayAccept={can("acceptEnlargement")} />;
    case "drift":
      return (
        <Drift
          version={version}
          environments={shown.environments}
          mistakes={shown.health?.source?.problems ?? []}
          mayChange={can("makePermanent")}
          mayKeep={can("liftKill")}
        />
      );
    case "changes":
      return <Changes version={version} />;
    case "change":
      if (!can("editFacts"))
        return <Forbidden what="how a flag is changed" problem={{ message: "Your role looks at flags.", fix: `${whoMay("editFacts")} may change them.` }} />;
      return <Change key={values.toString()} values={values} environments={shown.environments} mayServe={can("editServing")} />;
    case "segments":
      return <Segments version={version} environments={shown.environments} />;
    case "segment":
      return (
        <Segment key={values.toString()} segment={values.get("segment") ?? ""} version={version} environments={shown.environments} mayRevert={can("revert")} />
      );
    case "list":
      return <List key={values.toString()} values={values} version={version} environments={shown.environments} mayChange={can("changeLists")} />;
    default:
      return (
        <Shown resource={loaded(shown, reload)} what="the flags">
          {(known) => <Flags console={known} values={values} can={can} />}
        </Shown>
      );
  }
}

/** The lists of flags, environments and kills, once they are there. */
function loaded(shown: ConsoleState, reload: () => Promise<void>): Resource<ConsoleState> {
  const again = (): void => void reload();
  if (shown.isLoaded) return { value: shown, again };
  return shown.problem === undefined ? { again } : { problem: shown.problem, again };
}

function instantIn(value: string | null): number | undefined {
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** What stands on the pages was the other account's: nothing of it is kept. */
function startAnew(): void {
  history.replaceState(undefined, "", "#/home");
  location.reload();
}

async function signedInNow(ask: () => Promise<void>): Promise<void> {
  // The one-time link must not stay in the address bar or the history.
  if (location.hash.startsWith("#/first")) history.replaceState(undefined, "", "#/home");
  await ask();
  dispatchEvent(new HashChangeEvent("hashchange"));
}
