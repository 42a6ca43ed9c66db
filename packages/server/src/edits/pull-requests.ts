import type { SentState } from "@sluice/contract";

/** A branch that waits for its review. */
export interface ReviewWanted {
  readonly branch: string;
  readonly title: string;
  /** Markdown; counts and never a name of a customer. */
  readonly body: string;
  /** Where the host said, at the push, that a pull request can be opened. */
  readonly link?: string;
}

/** What was opened. Without a number the host has no API that we speak: `link`, where there is one, opens it. */
export interface ReviewOpened {
  readonly link?: string;
  readonly pullRequest?: number;
}

/** Where a change waits for its review. One suite (pull-requests-suite.ts) runs over every adapter. Throws `SourceUnreachable`. */
export interface PullRequests {
  /** Opens one, or finds the one that is open for the branch. */
  open(wanted: ReviewWanted): Promise<ReviewOpened>;
  /** What the host says of it; `undefined` where it does not tell, and then Git itself does. */
  stateOf(pullRequest: number): Promise<SentState | undefined>;
}

/** Any Git host: the branch is pushed, and a person opens the pull request where the host says. */
export const plainGit: PullRequests = {
  open: async ({ link }) => (link === undefined ? {} : { link }),
  stateOf: async () => undefined,
};
