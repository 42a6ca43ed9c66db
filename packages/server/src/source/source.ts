import { FILES_MAX, tooManyFiles } from "@sluice/definitions";
import type { FileChange } from "@sluice/releases";

/** A commit's files as far as Sluice reads them. */
export interface SourceTree {
  /** Path below the source's folder, and blob id; each path once. */
  readonly files: readonly FileChange[];
}

/** Who made a commit and why, for people. */
export interface CommitStory {
  readonly author: string;
  readonly subject: string;
  readonly atMs: number;
}

/** One of the commits that changed a file. */
export interface PastCommit extends CommitStory {
  readonly commit: string;
}

/**
 * Where definitions come from. Throws `SourceUnreachable` when the remote does not answer and `SourceRefused` when what it holds
 * must not be taken. One suite (source-suite.ts) runs over every adapter.
 */
export interface Source {
  /** The newest commit of the branch, fetched; `undefined` where the branch is not there or empty. */
  fetch(): Promise<string | undefined>;
  /** What is not read where a definition may be meant (a link, a submodule, a file over the limit, a folder called Flags) has an id of its own (`refused-…`), whose content says why: it is broken, not gone. */
  tree(commit: string): Promise<SourceTree>;
  /** Content by blob id; an id that is not known is left out. */
  blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  story(commit: string): Promise<CommitStory | undefined>;
  /**
   * The commits up to `commit` that changed one of these files, newest first, at most `max`; of one file also under the names that it had
   * before. `undefined` where the source keeps no history. Throws `SourceUnreachable` where it does not answer in time or lacks the commit.
   */
  past(commit: string, paths: readonly string[], max: number): Promise<readonly PastCommit[] | undefined>;
  /** Keeps the commit from being forgotten, whatever happens to its branch. */
  pin(commit: string): Promise<void>;
}

/** The remote cannot be reached or does not answer in time; what was adopted goes on being served. */
export class SourceUnreachable extends Error {
  override readonly name = "SourceUnreachable";
}

/** The remote answered with something that must not be taken, e.g. too many files. */
export class SourceRefused extends Error {
  override readonly name = "SourceRefused";
}

/** A folder of a repository as paths begin with it: without slashes around it, empty for the root. */
export function folderOf({ folder }: { readonly folder: string }): string {
  return folder.replace(/^\/+|\/+$/g, "");
}

/** Throws `SourceRefused` for more files than a project may have: what is served then stays as it is. */
export function mustNotBeTooMany(files: number): void {
  if (files > FILES_MAX) throw new SourceRefused(`${tooManyFiles(files)} Split it into several projects.`);
}
