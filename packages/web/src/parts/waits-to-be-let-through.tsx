import type { ReactElement, ReactNode } from "react";
import type { Act } from "../data/act.ts";
import type { IconName } from "../state-words.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface WaitsProps {
  readonly icon: IconName;
  /** What came, and what it waits for. */
  readonly what: ReactNode;
  readonly title: ReactNode;
  /** Whom it would reach, and who wanted it. */
  readonly children: ReactNode;
  /** What it does, drawn. */
  readonly drawn?: ReactNode;
  readonly act: Act;
  /** What is posted: the decision is added to it. */
  readonly path: string;
  readonly body: object;
}

/** Something that gives more people something, until somebody who may say so lets it through or not. */
export function WaitsToBeLetThrough({ icon, what, title, children, drawn, act, path, body }: WaitsProps): ReactElement {
  return (
    <div className="row waiting">
      <div>
        <span className="state ask">
          <Icon name={icon} />
          {what}
        </span>
        <h3>{title}</h3>
        <p className="muted">{children}</p>
        {drawn}
        <ProblemNote problem={act.problem} />
      </div>
      <div className="buttons">
        <button type="button" className="button primary" disabled={act.isBusy} onClick={() => void act.run(path, { ...body, isAccepted: true })}>
          Let them have it
        </button>
        <button type="button" className="button" disabled={act.isBusy} onClick={() => void act.run(path, { ...body, isAccepted: false })}>
          Keep as it is
        </button>
      </div>
    </div>
  );
}
