import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import { count } from "../data/counting.ts";
import type { ChangesView, DraftView, SentChange } from "../data/edit-data.ts";
import { editWords, sentSentence } from "../data/edit-sentences.ts";
import { flagName } from "../data/flag-name.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf, zoneName } from "../data/when.ts";
import { Icon } from "../parts/icon.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { Empty, Shown } from "../parts/shown.tsx";
import type { IconName } from "../state-words.ts";

/** One's own drafts, and what anybody sent to Git from here, with what became of it. */
export function Changes({ version }: { readonly version: number }): ReactElement {
  const nowMs = useNow();
  const view = useResource<ChangesView>("/api/changes", version);
  return (
    <Shown resource={view} what="the changes">
      {({ drafts, sent }) => {
        const open = sent.filter(({ state }) => state === "open").length;
        return (
          <>
            <h1 className="headline">{open === 0 ? "No change waits for its review." : `${count(open, "change waits", "changes wait")} for a review.`}</h1>
            <p className="muted intro">What was changed from here became a change in Git, under the name of whoever made it.</p>
            {drafts.length > 0 && (
              <section className="card" aria-label="Your drafts">
                <h2>Your drafts</h2>
                <ul className="rows">
                  {drafts.map((draft) => (
                    <Draft key={draft.draft} draft={draft} nowMs={nowMs} done={view.again ?? (() => {})} />
                  ))}
                </ul>
              </section>
            )}
            {sent.length === 0 ? (
              <Empty title="Nothing was sent yet">
                <p className="muted">On the page of a flag, “Change” begins one.</p>
              </Empty>
            ) : (
              <section className="card drift" aria-label="Sent">
                <ul>
                  {sent.map((change) => (
                    <Sent key={change.change} change={change} nowMs={nowMs} />
                  ))}
                </ul>
              </section>
            )}
          </>
        );
      }}
    </Shown>
  );
}

function Draft({
  draft: { draft, title, edits, atMs, untilMs },
  nowMs,
  done,
}: {
  readonly draft: DraftView;
  readonly nowMs: number;
  readonly done: () => void;
}): ReactElement {
  const act = useAct(done);
  return (
    <li className="row draft">
      <span>
        <b>{title ?? "Without a title"}</b>
        <small>{edits.map(editWords).join("; ")}</small>
        <small className="dim">
          Kept {whenOf(atMs, nowMs)} {zoneName}; it is gone after {whenOf(untilMs, nowMs)}
        </small>
      </span>
      <span className="buttons">
        <a className="button primary" href={to("change", { draft })}>
          Look and send
        </a>
        <button type="button" className="button" disabled={act.isBusy} onClick={() => void act.run(`/api/drafts/${encodeURIComponent(draft)}/discard`, {})}>
          Discard
        </button>
      </span>
      <ProblemNote problem={act.problem} />
    </li>
  );
}

const looks: Readonly<Record<SentChange["state"], { readonly word: string; readonly icon: IconName; readonly colour: string }>> = {
  open: { word: "Waits for its review", icon: "clock", colour: "sched" },
  merged: { word: "Merged", icon: "check", colour: "flow" },
  closed: { word: "Closed", icon: "none", colour: "plain" },
};

function Sent({ change, nowMs }: { readonly change: SentChange; readonly nowMs: number }): ReactElement {
  const { title, flags, who, atMs, state, instead, link, pullRequest, commit, source } = change;
  const { word, icon, colour } = looks[state];
  return (
    <li className="pad">
      <span className={`state ${colour}`}>
        <Icon name={icon} />
        {word}
      </span>
      <div>
        <p>
          <b>{title}</b>
        </p>
        <p className="muted">
          {sentSentence(change)} {instead}
        </p>
        <p>
          {flags.map((flag) => (
            <span key={flag}>
              <a href={to("flag", { flag })}>{flagName(flag)}</a>{" "}
            </span>
          ))}
          {link !== undefined && (
            <a href={link} target="_blank" rel="noreferrer">
              {pullRequest === undefined ? "Open the pull request" : `Pull request ${pullRequest}`}
            </a>
          )}
        </p>
        <small className="dim">
          {who}, {whenOf(atMs, nowMs)} {zoneName}, <code>{commit.slice(0, 7)}</code>
          {source !== undefined && ` in ${source}`}
        </small>
      </div>
    </li>
  );
}
