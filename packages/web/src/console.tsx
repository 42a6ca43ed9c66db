import { type ReactElement, useCallback, useEffect, useState } from "react";
import { useAddress } from "./data/address.ts";
import type { Me } from "./data/console-data.ts";
import { useConsole } from "./data/live-console.ts";
import { Refused, send } from "./data/requests.ts";
import { Decisions } from "./pages/decisions.tsx";
import { Flag } from "./pages/flag.tsx";
import { Flags } from "./pages/flags.tsx";
import { Kill } from "./pages/kill.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Shell } from "./parts/shell.tsx";

const titles: Readonly<Record<string, string>> = { flags: "Flags", flag: "Flag", kill: "Kill", log: "Decisions" };

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

  const signedIn = me !== undefined && me !== "nobody";
  const { state, reload } = useConsole(signedIn);
  useEffect(() => {
    document.title = `${titles[address.page] ?? "Sluice"} · Sluice`;
  }, [address.page]);

  if (me === undefined)
    return (
      <main className="door">
        <p className="dim">{unreachable ? `${unreachable.message} ${unreachable.fix}` : "One moment …"}</p>
      </main>
    );
  if (me === "nobody")
    return <SignIn once={address.page === "first" ? (address.values.get("once") ?? "") : undefined} onSignedIn={() => void signedInNow(ask)} />;

  const signOut = async (): Promise<void> => {
    await send("POST", "/api/sign-out", {});
    setMe("nobody");
  };
  return (
    <Shell me={me} page={address.page} title={titles[address.page] ?? "Sluice"} console={state} onSignOut={() => void signOut()}>
      {address.page === "kill" && <Kill console={state} values={address.values} reload={reload} mayLift={me.can["lift"] ?? false} />}
      {address.page === "flag" && <Flag console={state} flagKey={address.values.get("flag") ?? ""} reload={reload} mayRevert={me.can["revert"] ?? false} />}
      {address.page === "log" && <Decisions version={state.kills.length} />}
      {!["kill", "flag", "log"].includes(address.page) && <Flags console={state} />}
    </Shell>
  );
}

async function signedInNow(ask: () => Promise<void>): Promise<void> {
  // The one-time link must not stay in the address bar or the history.
  if (location.hash.startsWith("#/first")) history.replaceState(undefined, "", "#/flags");
  await ask();
  dispatchEvent(new HashChangeEvent("hashchange"));
}
