import { APPROVAL_MS, APPROVAL_MS_MAX } from "@sluice/contract";
import { type ReactElement, useState } from "react";
import { type Act, useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import { changeSentence } from "../data/change-sentences.ts";
import { count } from "../data/counting.ts";
import type { ApprovalHistory, ApprovingRole, ReleaseView } from "../data/release-data.ts";
import { agreedSentence, releaseSentence, roleNames } from "../data/release-sentences.ts";
import { whoMay } from "../data/role-words.ts";
import { useResource } from "../data/resource.ts";
import { dayKey, dayOf, fromField, whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { PlannedLines } from "./planned-lines.tsx";
import { TurnsOn } from "./turns-on.tsx";
import { Shown } from "./shown.tsx";
import { DayInput } from "./moment-input.tsx";
import { ProblemNote } from "./problem-note.tsx";

interface CardProps {
  readonly release: ReleaseView;
  readonly as: ApprovingRole;
  /** Whether this person has asked for a change of it: then it waits for whoever edits it. */
  readonly isAsked: boolean;
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
  readonly done: () => void;
}

/** One plan that waits for this person: what it does, what is new in it, and the two answers. */
export function ApprovalCard({ release, as, isAsked, nameOf, nowMs, done }: CardProps): ReactElement {
  const [answers, setAnswers] = useState(0);
  const act = useAct(() => {
    setAnswers((before) => before + 1);
    done();
  });
  const [isAsking, setAsking] = useState(false);
  const [untilMs, setUntilMs] = useState(nowMs + APPROVAL_MS);
  const path = `/api/releases/${encodeURIComponent(release.release)}`;
  const history = useResource<ApprovalHistory>(`${path}/approvals`, release.changedAtMs + answers);
  const { nextAtMs, content, contentHash } = release;
  const asked = isAsked ? history.value?.asked.findLast((each) => each.role === as) : undefined;
  return (
    <li className="card approval">
      <div className="pad">
        <span className="state ask">
          <Icon name="ask" />
          {isAsked
            ? "You asked for a change"
            : nextAtMs === undefined
              ? `Asked for ${roleNames[as]}`
              : `Decide before ${whenOf(nextAtMs, nowMs)}, for ${roleNames[as]}`}
        </span>
        <h2>
          <a href={to("release", { id: release.release })}>{content.title}</a>
        </h2>
        <TurnsOn content={content} />
        {asked && (
          <p className="lead">
            You asked for a change {whenOf(asked.atMs, nowMs)}
            {asked.reason === undefined ? "" : `: “${asked.reason}”`}. Waiting for {history.value?.editor ?? "whoever edits the plan"}.
          </p>
        )}
        <p className="lead">{releaseSentence(release, nowMs)}</p>
      </div>
      <ul className="pad approval-effect">
        <PlannedLines release={release} nowMs={nowMs} />
      </ul>
      <div className="pad foot stack">
        <Shown resource={history} what="what was agreed before">
          {(known) => <Difference history={known} as={as} nameOf={nameOf} nowMs={nowMs} />}
        </Shown>
      </div>
      <div className="pad foot stack">
        {isAsking ? (
          <AskChange
            act={act}
            ask={(reason) => void act.run(`${path}/ask-change`, { as, contentHash, reason }).then((isDone) => isDone && setAsking(false))}
            close={() => setAsking(false)}
          />
        ) : (
          <div className="buttons">
            <CountsUntil untilMs={untilMs} nowMs={nowMs} change={setUntilMs} />
            <button
              type="button"
              className={isAsked ? "button" : "button primary"}
              disabled={act.isBusy}
              onClick={() => void act.run(`${path}/approve`, { as, contentHash, untilMs })}
            >
              {nextAtMs === undefined ? "Agree to this plan" : `Agree to start ${whenOf(nextAtMs, nowMs)}`}
            </button>
            <button type="button" className="button" onClick={() => setAsking(true)}>
              Ask for a change …
            </button>
            <a className="button quiet" href={to("release", { id: release.release })}>
              See who changes
            </a>
          </div>
        )}
        {nextAtMs !== undefined && (
          <p className="dim small">
            If nobody agrees for {roleNames[as]} by {whenOf(nextAtMs, nowMs)}, nothing starts then, and {whoMay("moveWave")} has to give it a new start.
          </p>
        )}
        <p className="dim small">
          Your word counts for this very plan until {dayOf(untilMs, nowMs)}. If somebody edits the plan, or one of its starts comes later than that, you are
          asked again.
        </p>
        <ProblemNote problem={act.problem} />
      </div>
    </li>
  );
}

/** How long this word counts: a month, unless somebody looks further ahead or less far. */
function CountsUntil({ untilMs, nowMs, change }: { readonly untilMs: number; readonly nowMs: number; readonly change: (ms: number) => void }): ReactElement {
  return (
    <label className="field">
      Counts until
      <DayInput
        value={dayKey(untilMs)}
        min={dayKey(nowMs + 86_400_000)}
        max={dayKey(nowMs + APPROVAL_MS_MAX - 86_400_000)}
        onChange={(event) => {
          const atMs = fromField(`${event.target.value}T00:00`);
          if (atMs > nowMs && atMs < nowMs + APPROVAL_MS_MAX) change(atMs);
        }}
      />
    </label>
  );
}

interface DifferenceProps extends Pick<CardProps, "as" | "nameOf" | "nowMs"> {
  readonly history: ApprovalHistory;
}

function Difference({ history: { agreed, asked }, as, nameOf, nowMs }: DifferenceProps): ReactElement {
  const own = agreed.find(({ role }) => role === as);
  const others = agreed.filter(({ role, changes }) => role !== as && changes === undefined);
  return (
    <>
      {own?.changes === undefined ? (
        <p className="note">
          <Icon name="clock" />
          {own === undefined
            ? `Nobody has agreed for ${roleNames[as]} yet, to this plan or an earlier one.`
            : `${own.who ?? roleNames[as]} ${agreedSentence(own, own.untilMs > nowMs, nowMs)}.`}
        </p>
      ) : (
        <div className="moves">
          <h3>
            {count(own.changes.length, "change")} since {own.who ?? roleNames[as]} agreed on {dayOf(own.atMs, nowMs)}
          </h3>
          <ul>
            {own.changes.map((change) => (
              <li key={JSON.stringify(change)}>{changeSentence(change, nameOf, nowMs)}</li>
            ))}
          </ul>
        </div>
      )}
      {others.map(({ role, who, atMs, untilMs }) => (
        <p key={role} className={untilMs > nowMs ? "note ok" : "note warn"}>
          <Icon name={untilMs > nowMs ? "check" : "clock"} />
          {who === undefined ? roleNames[role] : `${who}, ${roleNames[role]},`} agreed to this very plan on {dayOf(atMs, nowMs)}; it{" "}
          {untilMs > nowMs ? "counts" : "counted"} until {dayOf(untilMs, nowMs)}.
        </p>
      ))}
      {asked.map(({ role, who, atMs, reason }) => (
        <p key={`${role} ${atMs}`} className="note warn">
          <Icon name="ask" />
          {who ?? roleNames[role]} asked for a change on {dayOf(atMs, nowMs)}: {reason ?? "the words were erased"}
        </p>
      ))}
    </>
  );
}

function AskChange({ act, ask, close }: { readonly act: Act; readonly ask: (reason: string) => void; readonly close: () => void }): ReactElement {
  const [reason, setReason] = useState("");
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        ask(reason.trim());
      }}
    >
      <label className="field">
        What should change? <small>Whoever owns the release reads it; the plan stays as it is until they edit it.</small>
        <textarea value={reason} maxLength={2_000} rows={3} required onChange={(event) => setReason(event.target.value)} />
      </label>
      <div className="buttons">
        <button type="submit" className="button primary" disabled={act.isBusy || reason.trim() === ""}>
          Ask for this change
        </button>
        <button type="button" className="button" onClick={close}>
          Back
        </button>
      </div>
    </form>
  );
}
