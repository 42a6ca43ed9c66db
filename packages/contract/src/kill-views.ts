import type { FoundHarm } from "@sluice/releases";

/** How far a kill has come among the processes that were connected when it was made, or until moments before; times in milliseconds from when it was asked for. */
export interface KillReachView {
  /** Connected then, and either confirmed or still there. */
  readonly of: number;
  readonly confirmed: number;
  /** Connected then, and away since without a word: they may have ended, or be cut off. */
  readonly gone: number;
  /** Until half, 99 % and all of `of` had confirmed; absent where that many have not. */
  readonly halfMs?: number;
  readonly p99Ms?: number;
  readonly allMs?: number;
  /** Names of those that are there and have not confirmed, at most 20. */
  readonly missing: readonly string[];
}

/** One row of `GET /api/kills/history`. */
export interface KillPast {
  readonly kill: string;
  readonly environment: string;
  readonly flags: readonly string[];
  readonly of?: { readonly kind: string; readonly name: string };
  readonly scope?: object;
  readonly seq: number;
  readonly atMs: number;
  readonly by?: string;
  readonly reason?: string;
  readonly incident?: string;
  readonly lifted?: { readonly atMs: number; readonly isUndo: boolean; readonly by?: string; readonly reason?: string };
  readonly reach?: KillReachView;
  /** It was a drill. */
  readonly isDrill?: boolean;
}

/** How the way of kills was tried last, with a flag that no customer has; in `GET /health`. */
export interface KillPathView {
  /** Environment of the reserved project that is tried. */
  readonly environment: string;
  /** Since the last kill that reached its client and was lifted, ms; absent while there is none since the start. */
  readonly ageMs?: number;
  /** From that kill's request until its client had it, ms. */
  readonly reachedMs?: number;
  /** Kills tried and confirmed since the start. */
  readonly tried: number;
  readonly confirmed: number;
  /** That kill went the emergency way, since the store did not answer. */
  readonly isEmergency?: boolean;
  /** None of those that go the emergency way, without the store, has come through for longer than it may take. */
  readonly isEmergencyLate?: boolean;
  /** No kill has come through for longer than it may take, or none the emergency way: somebody should look before one is needed. */
  readonly isLate: boolean;
  /** Relays that are connected, and whose own client no trial kill has reached for as long; one behind a relay as `<that relay>/<its name>`. Absent where none is. */
  readonly lateRelays?: readonly string[];
  /** Relays that are connected, and of whose own kill no trial has come through for as long: `sluice kill --relay` may not work there. Absent where none is. */
  readonly relaysWithoutOwnKills?: readonly string[];
}

/** One row of `GET /api/guards`: what is watched of one flag, how far it sees, and what it found last. */
export interface GuardView {
  readonly name: string;
  readonly flag: string;
  readonly environment: string;
  readonly reaction: "announce" | "pause" | "kill";
  readonly watches: { readonly kind: "outcome"; readonly outcome: string } | { readonly kind: "query"; readonly query: string };
  /** Customers that have reported with the feature, and outcomes without it that they are held against. */
  readonly seen?: { readonly customers: number; readonly baseline: number; readonly forgotten?: number; readonly unwatched?: number };
  /** Why it sees nothing, in words: then it does nothing. */
  readonly noData?: string;
  readonly last?: FoundHarm;
}

/** One row of `GET /api/drills`: a kill that is tried on purpose in one environment. */
export interface DrillView {
  readonly environment: string;
  readonly flag: string;
  /** Days between two; absent: only when somebody asks. */
  readonly every?: number;
  /** Key of the only customer that it is for; absent: for everybody. */
  readonly customer?: string;
  /** Days within which one must have gone well before a release reaches everybody there; absent: none is asked for. */
  readonly everybodyWithinDays?: number;
  /** Id of the kill of one that goes on now. */
  readonly running?: string;
  /** The last that ended: of so many connected processes so many had confirmed, the last of them after `allMs`; `cutOff` relays could not be asked. */
  readonly last?: {
    readonly kill: string;
    readonly atMs: number;
    readonly of: number;
    readonly confirmed: number;
    readonly cutOff?: number;
    readonly allMs?: number;
  };
}
