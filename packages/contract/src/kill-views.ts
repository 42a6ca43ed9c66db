/** How far a kill has come among the processes that were connected when it was made; times in milliseconds from when it was asked for. */
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
}
