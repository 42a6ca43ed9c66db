import { type ReactElement, useState } from "react";
import type { Me } from "../data/console-data.ts";
import { type Act, useAct } from "../data/act.ts";
import { count } from "../data/counting.ts";
import type { ApprovalHistory, ReleasePhase, ReleaseView, ApprovingRole } from "../data/release-data.ts";
import { agreedSentence, roleNames, whySentence } from "../data/release-sentences.ts";
import { useResource } from "../data/resource.ts";
import { dayOf, fromField, toField, whenOf } from "../data/when.ts";
import { ChangesAsked } from "./changes-asked.tsx";
import { Icon } from "./icon.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface WhoDecidesProps {
  readonly release: ReleaseView;
  readonly me: Me;
  readonly nowMs: number;
  readonly changed: () => void;
}

const approves: Readonly<Partial<Record<ApprovingRole, string>>> = {
  engineer: "approveAsEngineer",
  product: "approveAsProduct",
  marketing: "approveAsMarketing",
  customerSuccess: "approveAsCustomerSuccess",
};

/** Who agreed, who is asked, and the next decisions that this person may make. */
export function WhoDecides({ release, me, nowMs, changed }: WhoDecidesProps): ReactElement {
  const act = useAct(changed);
  const { content, missingApprovals, approvals, changesAsked, contentHash } = release;
  const path = `/api/releases/${encodeURIComponent(release.release)}`;
  const mine = missingApprovals.filter((role) => me.can[approves[role] ?? ""] === true && release.editedBy !== me.account.id);
  const history = useResource<ApprovalHistory>(changesAsked.length === 0 ? undefined : `${path}/approvals`, release.changedAtMs + changesAsked.length);
  return (
    <section className="card" aria-labelledby="decides">
      <h2 id="decides">Who decides next</h2>
      <ul className="deciders">
        {(content.approvals ?? []).map((role) => {
          const given = approvals.find((each) => each.role === role && each.contentHash === contentHash);
          const asked = changesAsked.find((each) => each.role === role);
          const isAsked = missingApprovals.includes(role);
          // Where somebody else of the role has spoken, it is their word that stands here.
          const isYours = mine.includes(role) && (asked === undefined || asked.by === me.account.id);
          const who = isYours ? undefined : history.value?.asked.find((each) => each.role === role && each.atMs === asked?.atMs)?.who;
          return (
            <li key={role} className={mine.includes(role) ? "mine" : undefined}>
              <span>
                <b>{isYours ? "You" : (who ?? roleNames[role])}</b>
                {isYours || who !== undefined ? `, for ${roleNames[role]}` : ""}
                <small>
                  {given ? agreedSentence(given, isAsked, nowMs) : asked ? `asked for a change ${dayOf(asked.atMs, nowMs)}` : "asked to agree to this plan"}
                </small>
              </span>
              {given && !isAsked ? (
                <span className="state flow">
                  <Icon name="on" /> Agreed
                </span>
              ) : (
                <span className="state ask">
                  <Icon name="ask" /> {asked ? "Wants a change" : given ? "Asked again" : "Waits"}
                </span>
              )}
            </li>
          );
        })}
        {(content.approvals ?? []).length === 0 && <li className="dim">This plan asks nobody to agree.</li>}
      </ul>
      <div className="pad stack">
        <ChangesAsked release={release} nowMs={nowMs} />
        {release.phase === "needsDecision" &&
          (release.undecided ?? []).map((why) => (
            <p key={why.why} className="note warn">
              <Icon name="warn" />
              {whySentence(why, nowMs)}
            </p>
          ))}
        {release.phase === "paused" && (
          <p className="note warn">
            <Icon name="warn" />
            {release.pausedBy === "kill"
              ? "A kill paused it. After the kill is lifted, resume it here."
              : "Paused: whoever has it keeps it, nothing new starts."}
          </p>
        )}
        {mine.map((role) => (
          <button
            key={role}
            type="button"
            className={changesAsked.some((each) => each.role === role && each.by === me.account.id) ? "button" : "button primary"}
            disabled={act.isBusy}
            onClick={() => void act.run(`${path}/approve`, { as: role, contentHash })}
          >
            Agree for {roleNames[role]}
          </button>
        ))}
        <Steps release={release} me={me} act={act} path={path} />
        {me.can["moveWave"] === true && <MoveWave key={release.undecidedWave} release={release} act={act} path={path} nowMs={nowMs} />}
        <ProblemNote problem={act.problem} />
      </div>
    </section>
  );
}

interface Step {
  readonly path: "plan" | "pause" | "resume" | "cancel" | "roll-back";
  readonly label: string;
  readonly may: string;
  readonly phases: readonly ReleasePhase[];
  readonly isPrimary?: true;
}

const ACTIVE: readonly ReleasePhase[] = ["planned", "inProgress", "needsDecision"];
const steps: readonly Step[] = [
  { path: "plan", label: "Plan it", may: "planRelease", phases: ["draft"], isPrimary: true },
  { path: "pause", label: "Pause", may: "pauseRelease", phases: ACTIVE },
  { path: "resume", label: "Go on", may: "resumeRelease", phases: ["paused"], isPrimary: true },
  { path: "cancel", label: "Cancel it …", may: "endRelease", phases: [...ACTIVE, "paused", "draft"] },
  { path: "roll-back", label: "Roll back …", may: "rollBackRelease", phases: ["inProgress", "paused", "needsDecision", "completed", "cancelled"] },
];

function Steps({ release, me, act, path }: { readonly release: ReleaseView; readonly me: Me; readonly act: Act; readonly path: string }): ReactElement {
  const [asking, setAsking] = useState<"cancel" | "roll-back">();
  const { phase, counts } = release;
  const on = (counts.on ?? 0) + (counts.earlyAccess ?? 0) + (counts.offKilled ?? 0);
  const first = release.waves.find((wave) => wave.phase === "pending")?.customers ?? 0;
  const shown = steps.filter(({ may, phases }) => me.can[may] === true && phases.includes(phase));
  const press = (step: Step): void =>
    /* What cannot be taken back asks first. */ step.path === "cancel" || step.path === "roll-back"
      ? setAsking(step.path)
      : void act.run(`${path}/${step.path}`, {});
  return (
    <div className="buttons">
      {shown.map((step) => (
        <button key={step.path} type="button" className={step.isPrimary ? "button primary" : "button"} disabled={act.isBusy} onClick={() => press(step)}>
          {step.path === "plan" ? `Plan it: ${count(first, "customer")} first` : step.label}
        </button>
      ))}
      {asking !== undefined && <Ending how={asking} on={on} act={act} path={path} close={() => setAsking(undefined)} />}
    </div>
  );
}

interface EndingProps {
  readonly how: "cancel" | "roll-back";
  readonly on: number;
  readonly act: Act;
  readonly path: string;
  readonly close: () => void;
}

/** What cannot be taken back says what it will do first. */
function Ending({ how, on, act, path, close }: EndingProps): ReactElement {
  return (
    <div className="confirm">
      <p>
        {how === "cancel"
          ? `Nothing more of it will start, for good. ${count(on, "customer keeps", "customers keep")} it.`
          : `It is taken from ${count(on, "customer")} at once, and nothing more of it starts. This cannot be undone; a new release can give it again.`}
      </p>
      <div className="buttons">
        <button type="button" className="button primary" disabled={act.isBusy} onClick={() => void act.run(`${path}/${how}`, {}).then(close)}>
          {how === "cancel" ? "Cancel the release" : `Take it from ${count(on, "customer")}`}
        </button>
        <button type="button" className="button" onClick={close}>
          Leave it as it is
        </button>
      </div>
    </div>
  );
}

/** A new start for the wave that waits, or for the next one; the waves behind it move by as much. */
function MoveWave({
  release,
  act,
  path,
  nowMs,
}: {
  readonly release: ReleaseView;
  readonly act: Act;
  readonly path: string;
  readonly nowMs: number;
}): ReactElement {
  const pending = release.waves.findIndex((wave) => wave.phase === "pending");
  const wave = release.undecidedWave ?? pending;
  const known = release.waves[wave];
  const [start, setStart] = useState(() => toField(Math.max(known?.startsAtMs ?? nowMs, nowMs + 5 * 60_000)));
  if (known === undefined || known.phase !== "pending" || !["planned", "inProgress", "needsDecision"].includes(release.phase)) return <></>;
  const atMs = fromField(start);
  return (
    <form
      className="move"
      onSubmit={(event) => {
        event.preventDefault();
        void act.run(`${path}/move-wave`, { wave, startAtMs: atMs });
      }}
    >
      <label className="field">
        Start {known.name} at
        <input type="datetime-local" value={start} min={toField(nowMs)} onChange={(event) => setStart(event.target.value)} required />
      </label>
      <button type="submit" className="button" disabled={act.isBusy || Number.isNaN(atMs)}>
        {release.phase === "needsDecision" ? "Start" : "Move"} it {Number.isNaN(atMs) ? "" : whenOf(atMs, nowMs)}
      </button>
    </form>
  );
}
