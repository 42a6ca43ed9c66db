/** A comment as the test reads it. */
export interface StoredComment {
  readonly id: number;
  body: string;
  /** Of somebody whose comments the App may not change. */
  readonly isForeign?: true;
}

/** A check run as the test reads it: everything that was sent for it, the newest of each field, and all annotations. */
export interface StoredRun {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  status: string;
  conclusion: string | null;
  externalId: string;
  title: string;
  summary: string;
  readonly annotations: Readonly<Record<string, unknown>>[];
  /** How many requests brought annotations. */
  pages: number;
}

/** A comment beside a line of a pull request. */
export interface StoredReviewComment {
  readonly id: number;
  readonly path: string;
  readonly line: number;
  readonly startLine: number;
  readonly body: string;
}

export interface StoredReview {
  readonly by: string;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly commit: string;
  readonly association: "OWNER" | "MEMBER" | "COLLABORATOR" | "CONTRIBUTOR" | "NONE";
}

export interface StoredPull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly headRef: string;
  headSha: string;
  readonly baseRef: string;
  baseSha: string;
  /** `owner/name` of where its branch is. */
  readonly headRepository: string;
  state: "open" | "closed";
  isMerged?: boolean;
}

/** What a request is answered with instead; each entry once. */
export interface Trouble {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests whose `METHOD /path` it is for; absent: the next one, whatever it is. */
  readonly of?: RegExp;
  /** The request is carried out all the same: only its answer is lost, as with a 502 of GitHub's. */
  readonly isDone?: true;
}

/** What GitHub holds of one repository. */
export class StandInState {
  /** `owner/name`. */
  readonly repository: string;
  /** By number of the pull request. */
  readonly comments: Map<number, StoredComment[]> = new Map();
  readonly checkRuns: StoredRun[] = [];
  readonly pulls: Map<number, StoredPull> = new Map();
  readonly reviewComments: Map<number, StoredReviewComment[]> = new Map();
  readonly reviews: Map<number, StoredReview[]> = new Map();
  /** Logins by `organisation/team`. */
  readonly teams: Map<string, ReadonlySet<string>> = new Map();
  installation: "there" | "suspended" | "removed" = "there";
  #lastId = 1_000;

  constructor(repository: string) {
    this.repository = repository;
  }

  nextId(): number {
    return (this.#lastId += 1);
  }
}
