import type { PastForm } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { useAct } from "../data/act.ts";
import type { EnvironmentListing } from "../data/console-data.ts";
import { whenOf, zoneName } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { RevertPlan } from "./revert-plan.tsx";

/** What is reverted: a flag, or a segment. */
export type Reverted = { readonly flag: string } | { readonly segment: string };

interface PastFormsProps {
  readonly of: Reverted;
  /** What people call it. */
  readonly name: string;
  readonly history: readonly PastForm[];
  readonly environments: readonly EnvironmentListing[];
  /** Id of the revert in force, by environment. */
  readonly reverts: Readonly<Record<string, string | undefined>>;
  readonly mayRevert: boolean;
  readonly changed: () => void;
}

/** A form that somebody thinks of serving again, and where. */
interface Choice {
  readonly form: PastForm;
  readonly where?: EnvironmentListing;
}

/** Every form that it had, newest first; an earlier one can be served again, once it is seen what that would do. */
export function PastForms({ of, name, history, environments, reverts, mayRevert, changed }: PastFormsProps): ReactElement {
  const [choice, setChoice] = useState<Choice>();
  const [done, setDone] = useState<string>();
  const act = useAct(changed);
  const finish = (sentence: string): void => {
    setChoice(undefined);
    setDone(sentence);
    changed();
  };
  return (
    <section className="card" aria-label="History">
      <h2>What was served here</h2>
      {environments
        .filter(({ key }) => reverts[key] !== undefined)
        .map((environment) => (
          <p className="pad note warn" key={environment.key}>
            <Icon name="undo" />
            <span>
              Reverted in {environment.name}: what is served there is not what Git says.{" "}
              {mayRevert && (
                <button
                  type="button"
                  className="button"
                  disabled={act.isBusy}
                  onClick={() => void act.run(`/api/reverts/${encodeURIComponent(reverts[environment.key] ?? "")}/end`, {})}
                >
                  Follow Git again
                </button>
              )}
            </span>
          </p>
        ))}
      <div aria-live="polite">
        {done !== undefined && (
          <p className="pad note">
            <Icon name="check" />
            <span>{done}</span>
          </p>
        )}
      </div>
      <ul className="history">
        {history.map((form, index) => (
          <li key={form.seq}>
            <code>{form.commit.slice(0, 7)}</code>
            <span>
              {form.subject}
              <br />
              <span className="small dim">
                {form.author}, {whenOf(form.atMs, Date.now())}; served since {whenOf(form.adoptedAtMs, Date.now())}, {zoneName}
              </span>
            </span>
            {index === 0 && <span className="small dim">newest</span>}
            {index > 0 && mayRevert && choice?.form.seq !== form.seq && (
              <span className="buttons">
                <button type="button" className="button" onClick={() => setChoice({ form, ...(environments.length === 1 ? { where: environments[0] } : {}) })}>
                  Serve this …
                </button>
              </span>
            )}
            {choice?.form.seq === form.seq && choice.where === undefined && (
              <span className="buttons confirm">
                <span className="small">
                  Where is {name} to be as it was in {form.commit.slice(0, 7)}?
                </span>
                {environments.map((where) => (
                  <button key={where.key} type="button" className="button" onClick={() => setChoice({ form, where })}>
                    {where.name}
                  </button>
                ))}
                <button type="button" className="button" onClick={() => setChoice(undefined)}>
                  Leave it
                </button>
              </span>
            )}
            {choice?.form.seq === form.seq && choice.where !== undefined && (
              <RevertPlan of={of} name={name} form={form} where={choice.where} leave={() => setChoice(undefined)} done={finish} />
            )}
          </li>
        ))}
      </ul>
      <ProblemNote problem={act.problem} />
    </section>
  );
}
