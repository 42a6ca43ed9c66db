import type { ReactElement, ReactNode } from "react";
import type { Refused } from "../data/requests.ts";
import type { Resource } from "../data/resource.ts";
import { Icon } from "./icon.tsx";

interface ShownProps<T> {
  readonly resource: Resource<T>;
  /** What it is, for the sentences: "the calendar". */
  readonly what: string;
  readonly children: (value: T) => ReactElement;
}

/** What was asked for, or its drawn state: loading, forbidden, in trouble. What was there stays while nobody answers; the bar says since when. */
export function Shown<T>({ resource, what, children }: ShownProps<T>): ReactElement {
  const { value, problem, again } = resource;
  if (value !== undefined) return children(value);
  if (problem === undefined) return <Loading what={what} />;
  return problem.status === 403 ? <Forbidden what={what} problem={problem} /> : <Trouble what={what} problem={problem} again={again} />;
}

/** Grey rows where the thing will be. */
export function Loading({ what }: { readonly what: string }): ReactElement {
  return (
    <section className="card loading" role="status">
      <span className="hidden-label">Loading {what} …</span>
      {[72, 48, 60, 40].map((width) => (
        <i key={width} style={{ width: `${width}%` }} />
      ))}
    </section>
  );
}

/** Nothing there yet, and what fills it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactElement {
  return (
    <section className="card empty">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** What this person's role does not show; who can is part of the server's answer. */
export function Forbidden({ what, problem }: { readonly what: string; readonly problem: Pick<Refused, "message" | "fix"> }): ReactElement {
  return (
    <section className="card empty" role="status">
      <h2>
        <Icon name="hold" /> Your role does not show {what}
      </h2>
      <p className="muted">
        {problem.message} {problem.fix}
      </p>
    </section>
  );
}

interface TroubleProps {
  readonly what: string;
  readonly problem: Refused;
  readonly again?: (() => void) | undefined;
}

function Trouble({ what, problem, again }: TroubleProps): ReactElement {
  return (
    <section className="card empty" role="alert">
      <h2>
        <Icon name="warn" /> {what.charAt(0).toUpperCase() + what.slice(1)} could not be shown
      </h2>
      <p className="muted">
        {problem.message} {problem.fix}
      </p>
      {again && (
        <button type="button" className="button" onClick={again}>
          Try again
        </button>
      )}
    </section>
  );
}
