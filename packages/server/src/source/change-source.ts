/** Where the commits of changes that are not merged yet come from. Throws what `Source` throws. */
export interface ChangeSource {
  /** Fetches a ref, such as `refs/pull/7/head`, and gives its commit; `undefined` where the remote has no such ref. */
  bring(ref: string): Promise<string | undefined>;
  /** Where two commits parted; `undefined` where they have nothing in common. */
  parting(a: string, b: string): Promise<string | undefined>;
  /** The definition files of a commit, by their path in the project's folder. What must not be read has a text that says why, and is no YAML. */
  files(commit: string): Promise<ReadonlyMap<string, string>>;
  /** What the history up to a commit and the repository's own files tell the style guide. */
  history(commit: string): Promise<ChangeHistory>;
}

/** As Git prints it; `@sluice/definitions` reads it. */
export interface ChangeHistory {
  readonly removals: string;
  readonly committers: string;
  /** The CODEOWNERS file that the host reads, with its path from the repository's root. */
  readonly codeOwners: { readonly path: string; readonly text: string } | undefined;
}
