import type { PastPlanView, PlanReverted } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { useAct } from "../data/act.ts";
import { useAskFor, withCommand } from "../data/ask-for.ts";
import { changeSentence } from "../data/change-sentences.ts";
import { count } from "../data/counting.ts";
import type { ReleaseView } from "../data/release-data.ts";
import { listOf, roleNames } from "../data/release-sentences.ts";
import { useResource } from "../data/resource.ts";
import { whenOf } from "../data/when.ts";
import { ProblemNote } from "./problem-note.tsx";

interface PastPlansProps {
  readonly release: ReleaseView;
  readonly version: number;
  /** Whether this person may edit the plan as it stands now. */
  readonly mayEdit: boolean;
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
  readonly changed: () => void;
}

/** Plans that the release had before, newest first, and the way back to one; nothing where it has had one only. */
export function PastPlans({ release, version, mayEdit, nameOf, nowMs, changed }: PastPlansProps): ReactElement {
  const listed = useResource<{ readonly plans: readonly PastPlanView[] }>(`/api/releases/${encodeURIComponent(release.release)}/plans`, version);
  const [chosen, setChosen] = useState<number>();
  const plans = (listed.value?.plans ?? []).filter(({ isNow }) => !isNow);
  const isOver = ["completed", "cancelled", "rolledBack"].includes(release.phase);
  if (plans.length === 0) return <></>;
  return (
    <section className="card" aria-labelledby="past-plans">
      <h2 id="past-plans">Earlier plans</h2>
      <ul className="rows">
        {plans.map((plan) => (
          <li key={plan.seq} className="row">
            <b>{whenOf(plan.atMs, nowMs)}</b>
            <span className="muted">
              {plan.who === undefined ? "" : ` by ${plan.who}`}: {count(plan.changes.length, "difference")}
            </span>
            {mayEdit && !isOver && chosen !== plan.seq && (
              <p>
                <button type="button" className="button" onClick={() => setChosen(plan.seq)}>
                  Go back to this …
                </button>
              </p>
            )}
            {chosen === plan.seq && (
              <WayBack
                release={release}
                plan={plan}
                nameOf={nameOf}
                nowMs={nowMs}
                leave={() => setChosen(undefined)}
                done={() => {
                  setChosen(undefined);
                  changed();
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface WayBackProps extends Pick<PastPlansProps, "release" | "nameOf" | "nowMs"> {
  readonly plan: PastPlanView;
  readonly leave: () => void;
  readonly done: () => void;
}

/** What going back would change, for whom and when, and whose word counts again; and the button that does it. */
function WayBack({ release, plan, nameOf, nowMs, leave, done }: WayBackProps): ReactElement {
  const act = useAct(done);
  const dry = useAskFor<PlanReverted>(() => undefined);
  const place = `/api/releases/${encodeURIComponent(release.release)}/revert`;
  const body = { toSeq: plan.seq, expectedHash: release.contentHash };
  const steps = dry.answer?.dry?.steps;
  return (
    <div className="revert-plan" role="group" aria-label="Go back to this plan">
      <ul className="revert-flags">
        {plan.changes.map((change, index) => (
          <li key={index}>{changeSentence(change, nameOf, nowMs)}</li>
        ))}
      </ul>
      <p>
        {plan.agreed.length === 0
          ? "Nobody's agreement to it counts any more: whoever is to agree is asked again."
          : `The agreement of ${listOf(plan.agreed.map(({ role }) => roleNames[role]))} to exactly this plan counts again.`}
      </p>
      {steps !== undefined && (
        <ul className="revert-flags">
          {steps.length === 0 && <li>Nobody gets anything by it as things are.</li>}
          {steps.map(({ atMs, customers }) => (
            <li key={atMs}>
              <b>{count(customers.length, "customer gets", "customers get")}</b> it {whenOf(atMs, nowMs)}
            </li>
          ))}
        </ul>
      )}
      <ProblemNote problem={act.problem ?? dry.problem} />
      <span className="buttons">
        <button type="button" className="button primary" disabled={act.isBusy} onClick={() => void act.run(place, body)}>
          Go back to this plan
        </button>
        {steps === undefined && (
          <button type="button" className="button" disabled={dry.isBusy} onClick={() => void dry.ask(place, withCommand({ ...body, dryRun: true }))}>
            Who gets it when?
          </button>
        )}
        <button type="button" className="button" onClick={leave}>
          Leave it
        </button>
      </span>
    </div>
  );
}
