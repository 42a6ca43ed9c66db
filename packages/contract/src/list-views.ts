/** One runtime list of one environment, as `GET /api/lists` tells. */
export interface ListListing {
  readonly list: string;
  readonly environment: string;
  readonly description?: string;
  /** Attribute path that its ids are compared with. */
  readonly by: string;
  readonly members: number;
  readonly membersMax: number;
  /** The last change; absent where nobody was ever put in. */
  readonly changedAtMs?: number;
  readonly changedBy?: string;
  /** Flags that ask it there, through segments too. */
  readonly flags: readonly string[];
}

/** A change that waits for somebody with the role, since it gives a release to more people. */
export interface WaitingListView {
  readonly change: string;
  readonly list: string;
  readonly environment: string;
  readonly add: number;
  readonly remove: number;
  /** Some of the ids that join, for people to look at. */
  readonly named: readonly string[];
  readonly askedAtMs: number;
  readonly askedBy?: string;
  readonly enlarges: readonly { readonly flag: string; readonly why: readonly string[] }[];
}

/** `GET /api/lists`. */
export interface ListsReply {
  readonly lists: readonly ListListing[];
  readonly waiting: readonly WaitingListView[];
}

/** A member: the id that was put in, or the hash alone where nothing else is left of it. */
export interface ListMember {
  readonly hash: string;
  readonly id?: string;
  /** Of a registered customer. */
  readonly name?: string;
}

/** `GET /api/lists/:key?environment=…`: by id; `after` asks for the next page, `id` whether somebody is in it. */
export interface ListView extends ListListing {
  readonly shown: readonly ListMember[];
  /** The hash behind which the next page begins; absent on the last. */
  readonly after?: string;
  readonly asked?: { readonly id: string; readonly isMember: boolean };
}

/** `POST /api/lists/:key`. */
export interface ListChanged {
  /** `waits` for somebody with the role; `nothing` where all was so already; `dryRun`: only told. */
  readonly outcome: "changed" | "waits" | "nothing" | "dryRun";
  readonly added: number;
  readonly removed: number;
  readonly members: number;
  /** Release flags that more people get, or would get. */
  readonly enlarges: readonly { readonly flag: string; readonly why: readonly string[] }[];
  /** True where it would wait, or does. */
  readonly waits: boolean;
  readonly seq?: number;
  readonly change?: string;
}
