import type { CodeAnswer, CodeQuestion } from "../code/code-question.ts";

/** Where the commits of changes that are not merged yet come from. Throws what `Source` throws. */
export interface ChangeSource {
  /** Fetches refs, such as `refs/pull/7/head`, and gives their commits; a ref that the remote does not have is left out. */
  bring(refs: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Where two commits parted; `undefined` where they have nothing in common. */
  parting(a: string, b: string): Promise<string | undefined>;
  /** The definition files of a commit, by their path in the project's folder. What must not be read has a text that says why, and is no YAML. */
  files(commit: string): Promise<ReadonlyMap<string, string>>;
  /** What the history up to a commit tells the style guide. */
  history(commit: string): Promise<ChangeHistory>;
  /** The CODEOWNERS file that the host reads at a commit, with its path from the repository's root. */
  codeOwners(commit: string): Promise<CodeOwnersFile | undefined>;
  /** For each folder, from the repository's root, an id of all that is in it at a commit; empty where there is none. */
  folderIds(commit: string, folders: readonly string[]): Promise<readonly string[]>;
  /** Looks at the code of a change; what cannot be looked at is told in the answer. */
  code(question: CodeQuestion): Promise<CodeAnswer>;
}

/** As Git prints it; `@sluice/definitions` reads it. */
export interface ChangeHistory {
  readonly removals: string;
  readonly committers: string;
}

/** From the repository's root. */
export interface CodeOwnersFile {
  readonly path: string;
  readonly text: string;
}
