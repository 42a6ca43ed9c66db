import type { PastForm, RevertOutcome } from "@sluice/contract";
import { type ReactElement, useEffect, useState } from "react";
import { useAct } from "../data/act.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { flagName } from "../data/flag-name.ts";
import { listOf } from "../data/list-words.ts";
import { newCommand, Refused, send } from "../data/requests.ts";
import { Icon } from "./icon.tsx";
import type { Reverted } from "./past-forms.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { RevertedFlags, RevertedLines } from "./reverted.tsx";

interface RevertPlanProps {
  readonly of: Reverted;
  readonly name: string;
  readonly form: PastForm;
  readonly where: EnvironmentListing;
  readonly leave: () => void;
  /** Told once it was decided, with what became of it in a sentence. */
  readonly done: (sentence: string) => void;
}

/** What serving an earlier form would do, for whom, and in which lines; and the button that does it. */
export function RevertPlan({ of, name, form, where, leave, done }: RevertPlanProps): ReactElement {
  const body = { environment: where.key, ...of, toSeq: form.seq };
  const plan = usePlan(body);
  const [reason, setReason] = useState("");
  const [outcome, setOutcome] = useState<"asked" | "reverted">();
  const act = useAct(() => undefined);
  const shown = plan.value;
  useEffect(() => {
    if (outcome === "asked") done(`Asked for: ${name} is served as before in ${where.name} until somebody lets it through on Home.`);
    if (outcome === "reverted") done(`${name} is served in ${where.name} as it was in ${form.commit.slice(0, 7)}.`);
    // Told once for each outcome; the sentence is of that moment.
  }, [outcome]);
  const serve = async (): Promise<void> => {
    const why = reason.trim() === "" ? {} : { reason: reason.trim() };
    if (await act.run("/api/reverts", { ...body, ...why })) setOutcome(shown?.waits === true ? "asked" : "reverted");
  };
  return (
    <div className="revert-plan" role="group" aria-label={`Serve ${name} as it was in ${form.commit.slice(0, 7)}`}>
      <p>
        <b>
          {name} in {where.name} as it was in {form.commit.slice(0, 7)}
        </b>
        , at once, until Git says the same or somebody ends it.
      </p>
      {plan.problem === undefined && shown === undefined && <p className="dim">Looking whom it reaches …</p>}
      <ProblemNote problem={plan.problem} />
      {shown !== undefined && (
        <>
          <RevertedFlags flags={shown.flags} />
          {shown.waits && (
            <p className="note">
              <Icon name="ask" />
              <span>
                It may give {listOf(shown.enlarges.map(({ flag }) => flagName(flag)))} to more people, so it waits until Product or an admin lets it through.
              </span>
            </p>
          )}
          <RevertedLines files={shown.files} />
          <label className="field">
            <span>Why (for the log)</span>
            <input value={reason} maxLength={2000} onChange={(event) => setReason(event.target.value)} />
          </label>
          <ProblemNote problem={act.problem} />
        </>
      )}
      <span className="buttons">
        <button type="button" className="button primary" disabled={shown === undefined || act.isBusy} onClick={() => void serve()}>
          {shown?.waits === true ? `Ask for it in ${where.name}` : `Revert in ${where.name}`}
        </button>
        <button type="button" className="button" onClick={leave}>
          Leave it
        </button>
      </span>
    </div>
  );
}

/** The dry run of a revert, asked once for what stands here. */
function usePlan(body: object): { readonly value?: RevertOutcome; readonly problem?: Refused } {
  const [plan, setPlan] = useState<{ readonly value?: RevertOutcome; readonly problem?: Refused }>({});
  const asked = JSON.stringify(body);
  useEffect(() => {
    let gone = false;
    setPlan({});
    send<RevertOutcome>("POST", "/api/reverts", { command: newCommand(), ...JSON.parse(asked), dryRun: true }).then(
      (value) => !gone && setPlan({ value }),
      (error: unknown) => !gone && setPlan({ problem: error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again.") }),
    );
    return () => {
      gone = true;
    };
  }, [asked]);
  return plan;
}
