import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import type { SentChange } from "../data/edit-data.ts";
import { sentSentence } from "../data/edit-sentences.ts";
import { flagName } from "../data/flag-name.ts";
import { Icon } from "./icon.tsx";
import { Empty } from "./shown.tsx";

/** What became of a change that was just sent. */
export function SentNote({ sent }: { readonly sent: SentChange | "nothing" }): ReactElement {
  if (sent === "nothing")
    return (
      <Empty title="The files say it already">
        <p className="muted">
          Nothing was sent. <a href={to("flags")}>Flags</a>
        </p>
      </Empty>
    );
  const { state, commit, branch, link, pullRequest, instead, flags, source } = sent;
  return (
    <section className="card empty" role="status">
      <h2>
        <Icon name={state === "merged" ? "check" : "clock"} /> {state === "merged" ? "It is in Git" : "Sent for review"}
      </h2>
      {instead !== undefined && <p>{instead}</p>}
      <p>{sentSentence(sent)}</p>
      <p className="muted">
        Commit <code>{commit.slice(0, 7)}</code>
        {source === undefined ? "" : ` in the repository ${source}`}, under your name.
      </p>
      <div className="buttons">
        {link !== undefined && (
          <a className="button primary" href={link} target="_blank" rel="noreferrer">
            {pullRequest === undefined ? "Open the pull request" : `Pull request ${pullRequest}`}
          </a>
        )}
        {flags.map((flag) => (
          <a key={flag} className="button" href={to("flag", { flag })}>
            {flagName(flag)}
          </a>
        ))}
        <a className="button" href={to("changes")}>
          All changes
        </a>
      </div>
      {branch !== undefined && link === undefined && <p className="small muted">Whoever reviews it opens a pull request from {branch} at your Git host.</p>}
    </section>
  );
}
