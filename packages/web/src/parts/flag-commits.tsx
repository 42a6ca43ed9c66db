import type { FlagCommits as Commits } from "@sluice/contract";
import type { ReactElement } from "react";
import { useResource } from "../data/resource.ts";
import { whenOf, zoneName } from "../data/when.ts";
import { Shown } from "./shown.tsx";

interface FlagCommitsProps {
  readonly flagKey: string;
  readonly version: number;
  readonly of: "Its file" | "Its files";
}

/** Who changed the files of a flag in Git, when, and why as the commit says it. */
export function FlagCommits({ flagKey, version, of }: FlagCommitsProps): ReactElement {
  const commits = useResource<Commits>(`/api/flags/${encodeURIComponent(flagKey)}/commits`, version);
  return (
    <section className="card" aria-labelledby="in-git">
      <h2 id="in-git">{of} in Git</h2>
      <Shown resource={commits} what="the history in Git">
        {(known) => <List {...known} />}
      </Shown>
    </section>
  );
}

const why: Readonly<Record<NonNullable<Commits["unavailable"]>, string>> = {
  notKept: "This server serves a folder as it is on disk, and a folder keeps no history.",
  noAnswer: "Git did not tell it in time. Everything else on this page is as it is; open the page again to ask once more.",
};

function List({ commits, isMore, unavailable, file }: Commits): ReactElement {
  if (unavailable !== undefined) return <p className="pad dim">{why[unavailable]}</p>;
  if (commits.length === 0) return <p className="pad dim">No commit is known that changed {file}.</p>;
  return (
    <>
      <ul className="history">
        {commits.map(({ commit, subject, author, atMs }) => (
          <li key={commit}>
            <code title={commit}>{commit.slice(0, 7)}</code>
            <span>
              {subject}
              <br />
              <span className="small dim">
                {author}, {whenOf(atMs, Date.now())}
              </span>
            </span>
          </li>
        ))}
      </ul>
      <p className="pad foot dim small">
        {isMore ? `The last ${commits.length}; git log has the older ones. ` : ""}Times in {zoneName}.
      </p>
    </>
  );
}
