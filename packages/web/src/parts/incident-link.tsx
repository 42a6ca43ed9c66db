import type { ReactElement } from "react";

/** The incident behind a kill: a link where it is an address of the web that nobody could read or change on the way, else its words. */
export function IncidentLink({ incident }: { readonly incident: string | undefined }): ReactElement {
  if (incident === undefined) return <></>;
  const url = URL.parse(incident);
  if (url?.protocol !== "https:") return <>{` · Incident: ${incident}`}</>;
  return (
    <>
      {" · "}
      <a className="link" href={url.href} rel="noreferrer" target="_blank">
        The incident at {url.hostname}
      </a>
    </>
  );
}
