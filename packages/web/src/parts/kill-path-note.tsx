import type { KillPathView } from "@sluice/contract";
import type { ReactElement } from "react";
import { lengthOf } from "../data/when.ts";
import { seconds } from "./receipt.tsx";

/** How the way of kills was tried last: what is never used is not known to work. */
export function KillPathNote({ path }: { readonly path: KillPathView | undefined }): ReactElement {
  if (path === undefined || path.isLate || path.ageMs === undefined) return <></>;
  const ago = path.ageMs < 60_000 ? "less than a minute ago" : `${lengthOf(path.ageMs)} ago`;
  return (
    <p className="muted small kill-path">
      Tried every minute with a flag that nobody has. The last such kill, {ago}, had reached its service after {seconds(path.reachedMs ?? 0)}
      {path.isEmergency === true ? ", without the database" : ""}.
    </p>
  );
}

/** For the top of every page, where no kill has come through lately, here or at a relay. */
export function KillPathBanner({ path }: { readonly path: KillPathView | undefined }): ReactElement {
  if (path?.isLate !== true)
    return (
      <>
        <LateRelays relays={path?.lateRelays ?? []} />
        <RelaysWithoutOwnKills relays={path?.relaysWithoutOwnKills ?? []} />
      </>
    );
  if (path.isEmergencyLate === true)
    return (
      <p className="banner kill" role="status">
        <b>No trial kill comes through without the database.</b> Every tenth one is made so. A real one may not come through in an outage: somebody should look
        at the server now.
      </p>
    );
  return (
    <p className="banner kill" role="status">
      <b>No trial kill has come through {path.ageMs === undefined ? "since the server began" : `for ${lengthOf(path.ageMs)}`}.</b> One is made every minute,
      with a flag that nobody has. A real one may not come through either: somebody should look at the server now.
    </p>
  );
}

function LateRelays({ relays }: { readonly relays: readonly string[] }): ReactElement {
  if (relays.length === 0) return <></>;
  return (
    <p className="banner kill" role="status">
      <b>
        No trial kill comes through the {relays.length === 1 ? "relay" : "relays"} {relays.join(", ")}.
      </b>{" "}
      One is made every minute. A real one may not reach whoever is behind {relays.length === 1 ? "it" : "them"}: somebody should look there now.
    </p>
  );
}

function RelaysWithoutOwnKills({ relays }: { readonly relays: readonly string[] }): ReactElement {
  if (relays.length === 0) return <></>;
  return (
    <p className="banner kill" role="status">
      <b>
        Kills asked for at the {relays.length === 1 ? "relay" : "relays"} {relays.join(", ")} do not work.
      </b>{" "}
      One is tried every minute. <code>sluice kill --relay</code> may not help there in an outage: somebody should look now.
    </p>
  );
}
