import type { ReactElement } from "react";
import { to } from "../data/address.ts";
import { useAct } from "../data/act.ts";
import { count } from "../data/counting.ts";
import type { HomeView } from "../data/release-data.ts";
import { releaseSentence, roleNames } from "../data/release-sentences.ts";
import { useResource } from "../data/resource.ts";
import { useNow } from "../data/use-now.ts";
import { Empty, Shown } from "../parts/shown.tsx";
import { State } from "../parts/state.tsx";

type Asked = Extract<HomeView["waiting"][number], { readonly kind: "approval" }>;

/** What this person is asked to agree to, one card each. */
export function Approvals({ version }: { readonly version: number }): ReactElement {
  const home = useResource<HomeView>("/api/home", version);
  return (
    <Shown resource={home} what="the approvals">
      {({ waiting }) => {
        const asked = waiting.filter((each): each is Asked => each.kind === "approval");
        return (
          <>
            <h1 className="headline">
              {asked.length === 0 ? "Nobody waits for your word." : `${count(asked.length, "plan waits", "plans wait")} for your word.`}
            </h1>
            {asked.length === 0 ? (
              <Empty title="Nothing to agree to">
                <p className="muted">Plans that ask your role appear here, with what they would do and to whom.</p>
              </Empty>
            ) : (
              <ul className="stack narrow">
                {asked.map((each) => (
                  <Card key={each.release.release + each.as} {...each} again={home.again ?? (() => {})} />
                ))}
              </ul>
            )}
          </>
        );
      }}
    </Shown>
  );
}

function Card({ release, as, again }: Asked & { readonly again: () => void }): ReactElement {
  const nowMs = useNow();
  const act = useAct(again);
  return (
    <li className="card pad stack">
      <State state="asks" />
      <h2>
        <a href={to("release", { id: release.release })}>{release.content.title}</a>
      </h2>
      <p>{releaseSentence(release, nowMs)}</p>
      {act.problem && (
        <p className="problem" role="alert">
          {act.problem.message} {act.problem.fix}
        </p>
      )}
      <button
        type="button"
        className="button primary"
        disabled={act.isBusy}
        onClick={() => void act.run(`/api/releases/${encodeURIComponent(release.release)}/approve`, { as, contentHash: release.contentHash })}
      >
        Agree for {roleNames[as]}
      </button>
    </li>
  );
}
