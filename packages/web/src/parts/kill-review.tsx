import type { EditBody } from "@sluice/contract";
import type { ReactElement } from "react";
import { useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import { useNow } from "../data/use-now.ts";
import { whenOf } from "../data/when.ts";
import { ProblemNote } from "./problem-note.tsx";

interface KillReviewProps {
  readonly kill: string;
  readonly reviewAtMs: number | undefined;
  /** Who placed it, where that is known. */
  readonly by: string | undefined;
  /** Whether this person may say that it stays. */
  readonly mayKeep: boolean;
  /** The change that puts it into the file, where it may go there and this person may send it. */
  readonly permanent?: readonly EditBody[] | undefined;
  readonly done: () => void;
}

const KEPT_FOR: readonly (readonly [words: string, hours: number])[] = [
  ["a day", 24],
  ["a week", 168],
];

/** A kill that is a day old, or whose own time has come, asks whether it is to stay. It never lifts by itself. */
export function KillReview({ kill, reviewAtMs, by, mayKeep, permanent, done }: KillReviewProps): ReactElement {
  const nowMs = useNow();
  const act = useAct(done);
  if (reviewAtMs === undefined || nowMs < reviewAtMs) return <></>;
  const keep = (hours: number): void => void act.run(`/api/kills/${encodeURIComponent(kill)}/keep`, { hours });
  return (
    <div className="kill-review">
      <p className="small">
        Is it to stay? {by ?? "Whoever placed it"} was to look at it {whenOf(reviewAtMs, nowMs)}. It stays killed until somebody says otherwise.
      </p>
      {(mayKeep || permanent !== undefined) && (
        <span className="buttons">
          {mayKeep &&
            KEPT_FOR.map(([words, hours]) => (
              <button key={hours} type="button" className="button" disabled={act.isBusy} onClick={() => keep(hours)}>
                Keep it for {words}
              </button>
            ))}
          {permanent !== undefined && (
            <a className="button" href={to("change", { edits: JSON.stringify(permanent) })}>
              Make it permanent
            </a>
          )}
        </span>
      )}
      <ProblemNote problem={act.problem} />
    </div>
  );
}
