import type { Author, GitDesk } from "./adapters/git-desk.ts";
import type { PullRequests } from "./pull-requests.ts";

/** What writing to Git takes. */
export interface Editing {
  readonly desk: GitDesk;
  readonly pullRequests: PullRequests;
  /** Who commits what people wrote; they are the authors. */
  readonly committer: Author;
}

/** By name of the source; the main one's is empty. Sources that are folders on disk are not there. */
export type EditingBySource = ReadonlyMap<string, Editing>;

/** `.invalid` is nobody's (RFC 2606): no mail is ever sent there. */
export const SLUICE_AUTHOR: Author = { name: "Sluice", email: "sluice@sluice.invalid" };

/** `Name <mail>` as an operator gives it; without one, Sluice. */
export function committerOf(given: string | undefined): Author {
  const found = /^\s*([^<>]+?)\s*<([^<>\s]+)>\s*$/.exec(given ?? "");
  return found === null ? SLUICE_AUTHOR : { name: found[1] ?? "", email: found[2] ?? "" };
}
