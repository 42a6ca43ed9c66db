import { type ReactElement, useEffect, useRef, useState } from "react";
import { type Act, useAct } from "../data/act.ts";
import { to } from "../data/address.ts";
import { type AskedMove, useDryMove } from "../data/dry-move.ts";
import type { CalendarStart } from "../data/release-data.ts";
import { listOf } from "../data/list-words.ts";
import { conflictSentence } from "../data/release-sentences.ts";
import { fromField, toField, whenOf, zoneName } from "../data/when.ts";
import { isMovable, startWord } from "./calendar-start.tsx";
import { Icon } from "./icon.tsx";
import { State } from "./state.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { MomentInput } from "./moment-input.tsx";

interface MovePanelProps {
  readonly start: CalendarStart;
  /** Where it was dragged to; its own time where it was only opened. */
  readonly proposedMs: number;
  readonly mayMove: boolean;
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
  readonly close: () => void;
  readonly moved: () => void;
}

/** Names listed; the rest is counted. */
const NAMES_SHOWN = 8;

/** What one start is, and what moving it would do; it moves only when the button says so. */
export function MovePanel({ start, proposedMs, mayMove, nameOf, nowMs, close, moved }: MovePanelProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const act = useAct(moved);
  const movable = mayMove && isMovable(start);
  const names = start.customers.slice(0, NAMES_SHOWN).map(nameOf);
  const more = start.customers.length - names.length;
  return (
    <dialog ref={dialog} className="panel" aria-labelledby="panel-title" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <div className="panel-body stack">
        <div className="panel-head">
          <h2 id="panel-title">
            {start.title}, {start.waveName}
          </h2>
          <button type="button" className="panel-close" onClick={close} aria-label="Close">
            <Icon name="close" />
          </button>
        </div>
        <p className="panel-facts">
          <State state={startWord(start)} />
          <span>
            {whenOf(start.atMs, nowMs)} {zoneName}
          </span>
        </p>
        <p className="muted">
          {start.kind === "started" ? "Has reached " : "For "}
          {listOf(more > 0 ? [...names, `${more} more`] : names)}.{" "}
          {start.held.length > 0 &&
            `${listOf(start.held.slice(0, NAMES_SHOWN).map(nameOf))} ${start.held.length === 1 ? "was" : "were"} moved here by a hold. `}
          <a className="link" href={to("release", { id: start.release })}>
            Open the release
          </a>
        </p>
        {movable ? (
          <Move start={start} proposedMs={proposedMs} act={act} nameOf={nameOf} nowMs={nowMs} close={close} />
        ) : (
          <p className="note">
            <Icon name="clock" />
            {start.kind === "started" ? "It has started and cannot be moved. The release can be paused, killed or rolled back." : ""}
            {start.kind !== "started" && !mayMove ? "Your role does not move starts; whoever decides this release is named on its page." : ""}
            {start.kind !== "started" && mayMove ? "It is paused. Go on with the release first, then choose a time." : ""}
          </p>
        )}
      </div>
    </dialog>
  );
}

interface MoveProps extends Pick<MovePanelProps, "start" | "proposedMs" | "nameOf" | "nowMs" | "close"> {
  readonly act: Act;
}

function Move({ start, proposedMs, act, nameOf, nowMs, close }: MoveProps): ReactElement {
  const [field, setField] = useState(() => toField(proposedMs));
  const typed = fromField(field);
  const isNew = !Number.isNaN(typed) && typed !== start.atMs - (start.atMs % 60_000);
  const dry = useDryMove(start.release, start.wave, isNew ? typed : undefined);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void act
          .run(`/api/releases/${encodeURIComponent(start.release)}/move-wave`, { wave: start.wave, startAtMs: typed })
          .then((isDone) => isDone && close());
      }}
    >
      <label className="field">
        Move {start.waveName} to
        <MomentInput value={field} min={toField(nowMs)} onChange={(event) => setField(event.target.value)} required />
      </label>
      <WhatItMoves dry={dry} isNew={isNew} nameOf={nameOf} nowMs={nowMs} />
      <ProblemNote problem={act.problem} />
      <div className="panel-foot">
        <button type="button" className="button" onClick={close}>
          Leave it
        </button>
        <button type="submit" className="button primary" disabled={act.isBusy || dry.value === undefined}>
          {isNew ? `Move it to ${whenOf(typed, nowMs)}` : "Choose another time"}
        </button>
      </div>
    </form>
  );
}

interface WhatProps extends Pick<MovePanelProps, "nameOf" | "nowMs"> {
  readonly dry: AskedMove;
  readonly isNew: boolean;
}

/** What another start would do, before it is meant. */
export function WhatItMoves({ dry: { value, problem }, isNew, nameOf, nowMs }: WhatProps): ReactElement {
  if (!isNew) return <p className="muted">Choose another time to see what it changes. Nothing is saved before you press the button.</p>;
  if (problem) return <ProblemNote problem={problem} />;
  if (!value) return <p className="dim">Working out what it changes …</p>;
  const { waves, earlier, later, same, again, conflicts } = value;
  const moved = waves.filter(({ fromMs, toMs }) => fromMs !== toMs);
  return (
    <div className="stack" aria-live="polite">
      <div className="moves">
        <h3>What this moves</h3>
        <ul>
          {moved.map(({ name, fromMs, toMs }) => (
            <li key={name + String(fromMs)}>
              <b>{name}</b>: {whenOf(fromMs, nowMs)} → {whenOf(toMs, nowMs)}
            </li>
          ))}
          {moved.length === 0 && <li>No start changes: holds and freezes keep it where it is.</li>}
        </ul>
      </div>
      <div>
        {later > 0 && (
          <p className="fact">
            <b>{later}</b> {later === 1 ? "customer gets" : "customers get"} it later
          </p>
        )}
        {earlier > 0 && (
          <p className="fact">
            <b>{earlier}</b> {earlier === 1 ? "customer gets" : "customers get"} it earlier
          </p>
        )}
        {again > 0 && (
          <p className="fact">
            <b>{again}</b> {again === 1 ? "customer who waits is" : "customers who wait are"} due then
            {conflicts.some(({ kind }) => kind === "asks") ? ", and as things stand it would wait for a decision again" : ""}
          </p>
        )}
        {same > 0 && (
          <p className="fact">
            <b>{same}</b> {same === 1 ? "keeps its time" : "keep their time"}
          </p>
        )}
        <p className="fact">
          <b>0</b> lose anything
        </p>
      </div>
      {conflicts.map((conflict) => (
        <p key={JSON.stringify(conflict)} className="note warn">
          <Icon name="warn" />
          {conflictSentence(conflict, (wave) => waves[wave]?.name ?? "A wave", nameOf, nowMs)}
        </p>
      ))}
      <p className="note ok">
        <Icon name="undo" />
        Until it starts you can move it back the same way.
      </p>
    </div>
  );
}
