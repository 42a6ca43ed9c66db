import { decodeUrgentKill, type SampledAttributes, type SampledHow, samplingLimits, type UrgentKill, type Version } from "@sluice/evaluation";

/** First event of a stream. */
export interface Hello extends Version {
  readonly environment: string;
  /** Confirms are spread evenly over this many milliseconds, so that many instances do not answer at once. */
  readonly confirmJitterMs: number;
}

/** Longest spread of confirms that is believed. */
const CONFIRM_JITTER_MS_MAX = 60_000;
/** Urgent kills read from one list: more than any journal holds at once. */
export const URGENT_MAX = 10_000;

/** Reads the data of `hello`; `undefined` where it is none. */
export function readHello(data: string): Hello | undefined {
  const head = readHead(data);
  if (head === undefined) return undefined;
  const { environment, confirmJitterMs } = parseRecord(data);
  if (typeof environment !== "string") return undefined;
  const jitter = typeof confirmJitterMs === "number" && confirmJitterMs >= 0 ? Math.min(confirmJitterMs, CONFIRM_JITTER_MS_MAX) : 0;
  return { ...head, environment, confirmJitterMs: jitter };
}

/** Reads the version in `heartbeat`, `reset` and `hello`; `undefined` where there is none. */
export function readHead(data: string): Version | undefined {
  const { epoch, seq } = parseRecord(data);
  return typeof epoch === "string" && typeof seq === "number" && Number.isSafeInteger(seq) && seq >= 0 ? { epoch, seq } : undefined;
}

/** What may be sampled of contexts, as the server tells it. */
export interface SamplingTerms {
  readonly id: string;
  readonly attributes: SampledAttributes;
  /** Attribute path of the customer's key, which is never sampled plain. */
  readonly customer: string;
  readonly key: string;
  /** Between two reports. */
  readonly everyMs: number;
}

/** Reports come no closer than this, whatever a server says; and no rarer than once a day. */
const SAMPLES_EVERY_MS_MIN = 60_000;
const SAMPLES_EVERY_MS_MAX = 86_400_000;

/** Reads the answer of `/sdk/v1/sampling`; `undefined` where anything in it is not as it should be: then nothing is sampled. */
export function readTerms({ id, attributes, customer, key, everyMs }: Readonly<Record<string, unknown>>): SamplingTerms | undefined {
  if (typeof id !== "string" || typeof key !== "string" || key.length === 0 || typeof customer !== "string") return undefined;
  if (typeof attributes !== "object" || attributes === null || typeof everyMs !== "number" || !(everyMs >= 0)) return undefined;
  const named = Object.entries(attributes).filter((entry): entry is [string, SampledHow] => entry[1] === "plain" || entry[1] === "hashed");
  if (named.length > samplingLimits.attributes) return undefined;
  return { id, attributes: Object.fromEntries(named), customer, key, everyMs: Math.min(SAMPLES_EVERY_MS_MAX, Math.max(SAMPLES_EVERY_MS_MIN, everyMs)) };
}

/** Reads the id of the sampling terms in `hello` and `heartbeat`; `undefined` where nothing is sampled. */
export function readSamplingId(data: string): string | undefined {
  const { sampling } = parseRecord(data);
  return typeof sampling === "string" && sampling !== "" ? sampling : undefined;
}

/** Reads `{"urgent":[…]}`; `undefined` where anything in it is not a kill, because half a list would switch things on. */
export function readUrgentList(text: string): readonly UrgentKill[] | undefined {
  return readUrgentItems(parseRecord(text).urgent);
}

/** Reads a list of urgent kills that was JSON. */
export function readUrgentItems(list: unknown): readonly UrgentKill[] | undefined {
  if (!Array.isArray(list) || list.length > URGENT_MAX) return undefined;
  const kills: UrgentKill[] = [];
  for (const item of list) {
    const kill = decodeUrgentKill(item);
    if (!kill.ok) return undefined;
    kills.push(kill.value);
  }
  return kills;
}

/** The object that a JSON text holds; an empty one where it holds anything else. */
export function parseRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    // What is no JSON has no members; the caller says which one it missed.
    return {};
  }
}
