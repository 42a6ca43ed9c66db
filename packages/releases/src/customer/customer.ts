/** How early a customer wants what is new; releases begin with `internal` and end with `late`. */
export type Track = "internal" | "early" | "standard" | "late";

/** All tracks, in the order in which releases usually reach them. */
export const TRACKS: readonly Track[] = ["internal", "early", "standard", "late"];

/**
 * What the log knows of a customer: nothing that a person may ask to have erased. The key, the name, the owner and the contacts stand
 * in the store's registry under the same id, and are deleted there without touching the log.
 */
export interface Customer {
  /** Opaque, made by the server when the customer is first seen; never the customer's own key. */
  readonly id: string;
  /** IANA time zone name; absent where nobody has said it: local starts then use the release's own zone. */
  readonly zone?: string;
  readonly track: Track;
  /** Lower-case words, sorted, at most `TAGS_MAX`. */
  readonly tags: readonly string[];
  /** True for the company's own and for test tenants: a pin is free for them. */
  readonly internal?: true;
  /** By environment: the customer hash that snapshots hold (`customerHash`, 16 hexadecimal digits). */
  readonly hashes: Readonly<Record<string, string>>;
}

/** Tag by which a customer is a test tenant. */
const TEST_TAG = "test";

/** One of the company's own, or a test tenant: what `Customer.internal` is set by. */
export function isInternal({ track, tags }: Pick<Customer, "track" | "tags">): boolean {
  return track === "internal" || tags.includes(TEST_TAG);
}

/**
 * What is left of a customer that was erased or merged into another: its hashes, so that what its key has stays what it is until a release is
 * rolled back, and what it waits for does not begin because somebody tidied up (semantics 14; invariant 2). Under the id that it had.
 */
export interface GoneCustomer {
  readonly hashes: Readonly<Record<string, string>>;
  /** The event that removed it. */
  readonly seq: number;
}

/** Customers that are gone and remembered; above this, those who left first are forgotten. */
export const GONE_CUSTOMERS_MAX = 100_000;

/** Tags of one customer. */
export const TAGS_MAX = 50;

/** Customers of one project; a CSV may hold 50,000 rows, and twice that is the limit. */
export const CUSTOMERS_MAX = 100_000;

/** Customers in one event: an import of 50,000 is fifty events in one append. */
export const CUSTOMERS_PER_EVENT_MAX = 1_000;

/**
 * Whom a wave reaches, over the registry. Parts that are there must all hold; values within a part are alternatives; no part means
 * every customer that is left, also those who are registered later.
 */
export interface Audience {
  readonly tracks?: readonly Track[];
  readonly tags?: readonly string[];
  /** Customer ids. */
  readonly customers?: readonly string[];
  /** Part of those whom the other parts name and who are left, in 1/100,000. */
  readonly share?: number;
}

/** Customer ids that one audience may list. */
export const AUDIENCE_CUSTOMERS_MAX = 10_000;

/** True where the audience takes everybody who is left, so that customers registered later belong to it too. */
export function isEverybody({ tracks, tags, customers, share }: Audience): boolean {
  return tracks === undefined && tags === undefined && customers === undefined && share === undefined;
}

/** Whether the customer is named by the audience, its share not considered. */
export function isNamed({ tracks, tags, customers }: Audience, customer: Customer): boolean {
  return (
    (tracks === undefined || tracks.includes(customer.track)) &&
    (tags === undefined || tags.some((tag) => customer.tags.includes(tag))) &&
    (customers === undefined || customers.includes(customer.id))
  );
}
