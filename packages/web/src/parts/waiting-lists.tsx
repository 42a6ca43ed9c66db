import type { WaitingListView } from "@sluice/contract";
import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import { count } from "../data/counting.ts";
import { flagName } from "../data/flag-name.ts";
import { whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface WaitingProps {
  readonly waiting: readonly WaitingListView[];
  readonly mayAccept: boolean;
  readonly nowMs: number;
  readonly done: () => void;
}

/** Changes of lists that give a release to more people: each with what it does, let through or refused by whoever may. */
export function WaitingLists({ waiting, mayAccept, nowMs, done }: WaitingProps): ReactElement {
  const act = useAct(done);
  if (waiting.length === 0) return <></>;
  return (
    <ul className="approvals">
      {waiting.map((change) => (
        <li key={change.change} className="card approval">
          <div className="pad stack">
            <span className="state ask">
              <Icon name="ask" />
              Asked {whenOf(change.askedAtMs, nowMs)}
              {change.askedBy === undefined ? "" : ` by ${change.askedBy}`}
            </span>
            <h2>{whatOf(change)}</h2>
            <p className="lead">More people get {change.enlarges.map(({ flag }) => flagName(flag)).join(", ") || "nothing new, as things are now"}.</p>
            {change.named.length > 0 && (
              <p className="muted">
                {change.named.join(", ")}
                {change.add > change.named.length ? ` and ${change.add - change.named.length} more` : ""}
              </p>
            )}
            {mayAccept ? (
              <div className="buttons">
                {([true, false] as const).map((isAccepted) => (
                  <button
                    key={String(isAccepted)}
                    type="button"
                    className={isAccepted ? "button primary" : "button"}
                    disabled={act.isBusy}
                    onClick={() => void act.run(`/api/list-changes/${encodeURIComponent(change.change)}`, { environment: change.environment, isAccepted })}
                  >
                    {isAccepted ? "Let it through" : "Say no"}
                  </button>
                ))}
              </div>
            ) : (
              <p className="dim small">Product or an admin decides.</p>
            )}
            <ProblemNote problem={act.problem} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function whatOf({ list, environment, add, remove }: WaitingListView): string {
  const parts = [...(add > 0 ? [`${count(add, "more", "more")} into ${flagName(list)}`] : []), ...(remove > 0 ? [`${remove} out of ${flagName(list)}`] : [])];
  return `${parts.join(", ")} in ${environment}`;
}
