import { type ReactElement, useState } from "react";
import type { Act } from "../data/act.ts";
import { to } from "../data/address.ts";
import type { Me } from "../data/console-data.ts";
import { count } from "../data/counting.ts";
import { plannedSteps } from "../data/planned-steps.ts";
import type { ReleasePhase, ReleaseView } from "../data/release-data.ts";
import { editAction } from "../data/role-words.ts";
import { whenOf } from "../data/when.ts";
import { MoveWave, movableWave } from "./move-wave.tsx";

interface Step {
  readonly path: "plan" | "pause" | "resume" | "cancel" | "roll-back";
  readonly label: string;
  readonly may: string;
  readonly phases: readonly ReleasePhase[];
}

const ACTIVE: readonly ReleasePhase[] = ["planned", "inProgress", "needsDecision"];
/** The step that brings a release on; everything else stays behind it. */
const onward: readonly Step[] = [
  { path: "plan", label: "Plan it", may: "planRelease", phases: ["draft"] },
  { path: "resume", label: "Go on", may: "resumeRelease", phases: ["paused"] },
];
const others: readonly Step[] = [
  { path: "pause", label: "Pause", may: "pauseRelease", phases: ACTIVE },
  { path: "cancel", label: "Cancel …", may: "endRelease", phases: [...ACTIVE, "paused", "draft"] },
  { path: "roll-back", label: "Roll back …", may: "rollBackRelease", phases: ["inProgress", "paused", "needsDecision", "completed", "cancelled"] },
];

interface StepsProps {
  readonly release: ReleaseView;
  readonly me: Me;
  readonly act: Act;
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
}

const shownOf = (steps: readonly Step[], { phase }: ReleaseView, me: Me): readonly Step[] =>
  steps.filter(({ may, phases }) => me.can[may] === true && phases.includes(phase));
const pathOf = ({ release }: ReleaseView): string => `/api/releases/${encodeURIComponent(release)}`;

/** What brings the release on: meaning a draft, going on after a pause, a new start for what was missed. Nothing for whoever may not. */
export function Onward({ release, me, act, nameOf, nowMs }: StepsProps): ReactElement {
  const wave = release.phase === "needsDecision" && me.can["moveWave"] === true ? movableWave(release) : undefined;
  const [first] = plannedSteps(release, release.waves.length);
  const steps = shownOf(onward, release, me);
  const isKilled = release.killedBy.length > 0;
  const others = release.counts.offKilled ?? 0;
  return (
    <>
      {steps.map(({ path, label }) => (
        <button
          key={path}
          type="button"
          className={isKilled ? "button" : "button primary"}
          disabled={act.isBusy || isKilled}
          aria-describedby={isKilled || others > 0 ? "why-not-on" : undefined}
          onClick={() => void act.run(`${pathOf(release)}/${path}`, {})}
        >
          {path === "plan" && first !== undefined ? `Plan it: ${count(first.customers, "customer")} first, ${whenOf(first.atMs, nowMs)}` : label}
        </button>
      ))}
      {steps.length > 0 && isKilled && (
        <p className="small muted" id="why-not-on">
          Not while it is killed: nobody could get it. Once <a href={to("kill")}>the kill</a> is lifted, this button works again.
        </p>
      )}
      {steps.length > 0 && !isKilled && others > 0 && (
        <p className="small muted" id="why-not-on">
          It goes on for everybody else; {count(others, "customer", "customers")} for whom it is killed {others === 1 ? "stays" : "stay"} without it.
        </p>
      )}
      {wave !== undefined && <MoveWave key={wave} release={release} wave={wave} act={act} nameOf={nameOf} nowMs={nowMs} />}
    </>
  );
}

/** Everything else that may be decided about it; what cannot be taken back says first what it does. */
export function OtherSteps({ release, me, act, nameOf, nowMs }: StepsProps): ReactElement {
  const [asking, setAsking] = useState<"cancel" | "roll-back" | "move">();
  const { phase } = release;
  const shown = shownOf(others, release, me);
  const isOpen = !["completed", "cancelled", "rolledBack"].includes(phase);
  const wave = phase !== "needsDecision" && me.can["moveWave"] === true ? movableWave(release) : undefined;
  const mayEdit = isOpen && me.can[editAction(release)] === true;
  const mayFile = phase === "completed" && me.can["endRelease"] === true;
  if (shown.length === 0 && wave === undefined && !mayEdit && !mayFile) return <></>;
  const close = (): void => setAsking(undefined);
  return (
    <div className="pad foot stack">
      {mayFile && <p className="small muted">Everybody has it by this release. Once the files say so too, nothing depends on the release any more.</p>}
      <div className="buttons">
        {mayFile && (
          <a className="button primary" href={to("change", { edits: JSON.stringify([{ kind: "releaseToDefault", release: release.release }]) })}>
            Make it the default
          </a>
        )}
        {mayEdit && (
          <a className="button" href={to("plan", { id: release.release })}>
            Change the plan
          </a>
        )}
        {wave !== undefined && (
          <button type="button" className="button" aria-expanded={asking === "move"} onClick={() => setAsking(asking === "move" ? undefined : "move")}>
            Move the start …
          </button>
        )}
        {shown.map(({ path, label }) => (
          <button
            key={path}
            type="button"
            className="button"
            disabled={act.isBusy}
            onClick={() => (path === "cancel" || path === "roll-back" ? setAsking(path) : void act.run(`${pathOf(release)}/${path}`, {}))}
          >
            {label}
          </button>
        ))}
      </div>
      {asking === "move" && wave !== undefined && <MoveWave key={wave} release={release} wave={wave} act={act} nameOf={nameOf} nowMs={nowMs} close={close} />}
      {(asking === "cancel" || asking === "roll-back") && <Ending how={asking} release={release} act={act} close={close} />}
    </div>
  );
}

interface EndingProps {
  readonly how: "cancel" | "roll-back";
  readonly release: ReleaseView;
  readonly act: Act;
  readonly close: () => void;
}

/** What cannot be taken back says what it will do first. */
function Ending({ how, release, act, close }: EndingProps): ReactElement {
  const { counts } = release;
  const on = (counts.on ?? 0) + (counts.earlyAccess ?? 0) + (counts.offKilled ?? 0);
  const keeps = on === 0 ? "Nobody has it." : `${count(on, "customer keeps", "customers keep")} it.`;
  const takes = on === 0 ? "Nobody has it, so nobody loses it" : `It is taken from ${count(on, "customer")} at once`;
  return (
    <div className="confirm">
      <p>
        {how === "cancel"
          ? `Nothing more of it will start, for good. ${keeps}`
          : `${takes}, and nothing more of it starts. This cannot be undone; a new release can give it again.`}
      </p>
      <div className="buttons">
        <button type="button" className="button primary" disabled={act.isBusy} onClick={() => void act.run(`${pathOf(release)}/${how}`, {}).then(close)}>
          {how === "cancel" ? "Cancel the release" : on === 0 ? "Roll it back" : `Take it from ${count(on, "customer")}`}
        </button>
        <button type="button" className="button" onClick={close}>
          Leave it as it is
        </button>
      </div>
    </div>
  );
}
