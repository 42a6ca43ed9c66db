/** `GET /api/flags/:key/commits`: what changed a flag's file in Git, newest first, at most 20, up to the commit that is adopted. */
export interface FlagCommits {
  readonly file: string;
  readonly commits: readonly { readonly commit: string; readonly author: string; readonly subject: string; readonly atMs: number }[];
  /** Git has older ones. */
  readonly isMore: boolean;
  /** Why none is told: the source keeps no history (a folder on disk), or Git did not answer in time. */
  readonly unavailable?: "notKept" | "noAnswer";
}

/** A key that the flag had before: what it answers, this answers. */
export interface FormerKey {
  readonly key: string;
  /** When a program last asked for it, in any environment; absent where none ever did. */
  readonly lastAskedMs?: number;
}
