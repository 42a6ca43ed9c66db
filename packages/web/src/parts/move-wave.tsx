import { type ReactElement, useState } from "react";
import type { Act } from "../data/act.ts";
import { useDryMove } from "../data/dry-move.ts";
import type { ReleaseView } from "../data/release-data.ts";
import { listOf } from "../data/list-words.ts";
import { roleNames } from "../data/release-sentences.ts";
import { fromField, toField, whenOf } from "../data/when.ts";
import { Icon } from "./icon.tsx";
import { WhatItMoves } from "./move-panel.tsx";
import { MomentInput } from "./moment-input.tsx";

interface MoveWaveProps {
  readonly release: ReleaseView;
  readonly wave: number;
  readonly act: Act;
  readonly nameOf: (customer: string) => string;
  readonly nowMs: number;
  /** Absent where there is nothing to go back to: a person has to choose. */
  readonly close?: () => void;
}

/** The soonest start that is offered: whoever presses needs a moment to read what it does. */
const SOONEST_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
/** Behind every date: the wave before has not begun. */
const NEVER_MS = 8e15;

/** The first whole minute at which it can start: not while the wave before is watched. */
function proposedMs({ undecided = [] }: ReleaseView, plannedMs: number, nowMs: number): number {
  const watched = undecided.flatMap((why) => (why.why === "bakeNotOver" && why.overAtMs < NEVER_MS ? [why.overAtMs] : []));
  return Math.ceil(Math.max(plannedMs, nowMs + SOONEST_MS, ...watched) / MINUTE_MS) * MINUTE_MS;
}

/** The wave that may be given another start: the one that waits for a person, or the next. */
export function movableWave({ phase, waves, undecidedWave }: ReleaseView): number | undefined {
  const wave = undecidedWave ?? waves.findIndex((each) => each.phase === "pending");
  return waves[wave]?.phase === "pending" && ["planned", "inProgress", "needsDecision"].includes(phase) ? wave : undefined;
}

/** A new start for one wave, which says first what it does; the waves behind it move by as much. */
export function MoveWave({ release, wave, act, nameOf, nowMs, close }: MoveWaveProps): ReactElement {
  const known = release.waves[wave];
  const [start, setStart] = useState(() => toField(proposedMs(release, known?.startsAtMs ?? nowMs, nowMs)));
  const atMs = fromField(start);
  const isNew = !Number.isNaN(atMs) && known !== undefined && atMs !== known.startsAtMs - (known.startsAtMs % 60_000);
  const dry = useDryMove(release.release, wave, isNew ? atMs : undefined);
  const verb = release.phase === "needsDecision" ? "Plan" : "Move";
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void act.run(`/api/releases/${encodeURIComponent(release.release)}/move-wave`, { wave, startAtMs: atMs }).then((isDone) => isDone && close?.());
      }}
    >
      <label className="field">
        Start {known?.name ?? "it"} at
        <MomentInput value={start} min={toField(nowMs)} onChange={(event) => setStart(event.target.value)} required />
      </label>
      {release.phase === "needsDecision" && release.missingApprovals.length > 0 && (
        <p className="note">
          <Icon name="ask" />
          It starts then only if {listOf(release.missingApprovals.map((role) => roleNames[role]))} {release.missingApprovals.length === 1 ? "has" : "have"}{" "}
          agreed; else it waits here again.
        </p>
      )}
      <WhatItMoves dry={dry} isNew={isNew} nameOf={nameOf} nowMs={nowMs} />
      <div className="buttons">
        <button type="submit" className="button primary" disabled={act.isBusy || dry.value === undefined}>
          {isNew ? `${verb} it ${whenOf(atMs, nowMs)}` : "Choose another time"}
        </button>
        {close && (
          <button type="button" className="button" onClick={close}>
            Leave it
          </button>
        )}
      </div>
    </form>
  );
}
