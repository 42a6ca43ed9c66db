/** How far a kill came among the processes that were connected when it was made; times in milliseconds from when it was asked for. */
export interface KillReachView {
  readonly of: number;
  readonly confirmed: number;
  readonly gone: number;
  readonly halfMs?: number;
  readonly p99Ms?: number;
  readonly allMs?: number;
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
