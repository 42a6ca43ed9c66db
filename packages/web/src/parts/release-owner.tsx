import type { ReactElement } from "react";
import { type Act, useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import type { Me } from "../data/console-data.ts";
import type { ReleaseView } from "../data/release-data.ts";
import { dayOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface OwnerProps {
  readonly release: ReleaseView;
  readonly nowMs: number;
  readonly changed: () => void;
}

const takeOver = (act: Act, { release }: ReleaseView): void => void act.run(`/api/releases/${encodeURIComponent(release)}/take-over`, {});

function goneSentence(name: string | undefined, goneAtMs: number, nowMs: number): string {
  return `The account of ${name ?? "whoever owned it"} was removed ${dayOf(goneAtMs, nowMs)}. Nothing stops by that: what is planned starts at its time.`;
}

/** Who answers for a release, on its page; where nobody does any more, with the way to change that. */
export function ReleaseOwner({ release, me, nowMs, changed }: OwnerProps & { readonly me: Me }): ReactElement {
  const act = useAct(changed);
  const { ownerGoneAtMs, owner, people = {} } = release;
  const name = people[owner];
  if (ownerGoneAtMs === undefined) return name === undefined ? <></> : <p className="muted">{name} answers for it.</p>;
  const may = me.can["takeOverRelease"] === true;
  return (
    <>
      <p className="note warn">
        <Icon name="warn" />
        <span>
          Nobody answers for it any more. {goneSentence(name, ownerGoneAtMs, nowMs)} {may ? "" : "Product or an admin can take it over."}
        </span>
      </p>
      {may && (
        <button type="button" className="button" disabled={act.isBusy} onClick={() => takeOver(act, release)}>
          Answer for it from now on
        </button>
      )}
      <ProblemNote problem={act.problem} />
    </>
  );
}

/** A release without an owner, on the home of those who may take it over. */
export function NoOwnerRow({ release, owner, nowMs, changed }: OwnerProps & { readonly owner: string | undefined }): ReactElement {
  const act = useAct(changed);
  return (
    <div className="row waiting">
      <div>
        <span className="state ask">
          <Icon name="ask" />
          Nobody answers for it any more
        </span>
        <h3>
          <a href={to("release", { id: release.release })}>{release.content.title}</a>
        </h3>
        <p className="muted">{goneSentence(owner, release.ownerGoneAtMs ?? nowMs, nowMs)}</p>
        <ProblemNote problem={act.problem} />
      </div>
      <button type="button" className="button primary" disabled={act.isBusy} onClick={() => takeOver(act, release)}>
        Answer for it
      </button>
    </div>
  );
}
