import { decodeUrgentKill, type UrgentKill, type Version } from "@sluice/evaluation";

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
