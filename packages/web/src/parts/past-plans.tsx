import type { PastPlanView, PlanReverted } from "@sluice/contract";
import { type ReactElement, useEffect, useState } from "react";
import { useAct } from "../data/act.ts";
import { changeSentence } from "../data/change-sentences.ts";
import { count } from "../data/counting.ts";
import type { PlanStep } from "../data/plan-moves.ts";
import type { DryRun, ReleaseView } from "../data/release-data.ts";
import { listOf } from "../data/list-words.ts";
import { roleNames } from "../data/release-sentences.ts";
import { newCommand, Refused, send } from "../data/requests.ts";
import { useResource } from "../data/resource.ts";
import { whenOf } from "../data/when.ts";
import { PlanCourse } from "./plan-course.tsx";
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
  const place = `/api/releases/${encodeURIComponent(release.release)}/revert`;
  const body = { toSeq: plan.seq, expectedHash: release.contentHash };
  const both = useBothPlans(release, plan);
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
      {both.value === undefined && both.problem === undefined && <p className="dim">Looking whom it reaches …</p>}
      {both.value !== undefined && (
        <>
          <PlanCourse {...both.value} have={(release.counts.on ?? 0) + (release.counts.earlyAccess ?? 0)} nowMs={nowMs} />
          <ul className="revert-flags">
            {both.value.earlier.length === 0 && <li>Nobody gets anything by it as things are.</li>}
            {both.value.earlier.map(({ atMs, customers }) => (
              <li key={atMs}>
                <b>{count(customers.length, "customer gets", "customers get")}</b> it {whenOf(atMs, nowMs)}
              </li>
            ))}
          </ul>
        </>
      )}
      <ProblemNote problem={act.problem ?? both.problem} />
      <span className="buttons">
        <button type="button" className="button primary" disabled={act.isBusy} onClick={() => void act.run(place, body)}>
          Go back to this plan
        </button>
        <button type="button" className="button" onClick={leave}>
          Leave it
        </button>
      </span>
    </div>
  );
}

interface BothPlans {
  readonly value?: { readonly now: readonly PlanStep[]; readonly earlier: readonly PlanStep[] };
  readonly problem?: Refused;
}

/** Who gets it when by the plan of now and by an earlier one, both asked at the same time and once for what stands here. */
function useBothPlans({ release, content, contentHash }: ReleaseView, { seq }: PastPlanView): BothPlans {
  const [both, setBoth] = useState<BothPlans>({});
  useEffect(() => {
    let gone = false;
    setBoth({});
    const asked = { command: newCommand(), toSeq: seq, expectedHash: contentHash, dryRun: true };
    Promise.all([
      send<DryRun>("POST", "/api/releases/dry-run", { release, content }),
      send<PlanReverted>("POST", `/api/releases/${encodeURIComponent(release)}/revert`, asked),
    ]).then(
      ([now, back]) => !gone && setBoth({ value: { now: now.steps, earlier: back.dry?.steps ?? [] } }),
      (error: unknown) => !gone && setBoth({ problem: error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again.") }),
    );
    return () => {
      gone = true;
    };
    // The content is another where its hash is.
  }, [release, contentHash, seq]);
  return both;
}
