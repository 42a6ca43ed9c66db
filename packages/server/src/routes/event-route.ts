import { jsonReply, problemReply } from "@sluice/contract";
import type { HttpReply } from "@sluice/ports";
import { actorWords, type LoggedEvent } from "@sluice/releases";
import type { Store } from "@sluice/store";
import { accountNames } from "../account-names.ts";

const LIMIT_MAX = 1_000;
const LIMIT_USUAL = 100;
/** Events looked at for one answer: a filter that fits few goes on from where it stopped when it is asked again. */
const LOOKED_AT_MAX = 20_000;
/** Ids that one question may be about. */
const ABOUT_MAX = 100;
const SEQ = /^\d{1,15}$/;

interface Asked {
  readonly limit: number;
  readonly after?: number;
  readonly before?: number;
  readonly kinds?: ReadonlySet<string>;
  readonly by?: string;
  /** Ids as JSON has them, any of which the facts name: of a release, customer, flag, kill, hold. */
  readonly about?: readonly string[];
}

/**
 * `GET /api/events`: events after a place; or the newest, or those before a place, which `kinds`, `by` and `about` narrow. Oldest first,
 * with the names of those who decided. `lookedBackTo`: nothing above it was left out; 0 where the whole log was looked at.
 */
export async function eventsReply(store: Store, query: URLSearchParams): Promise<HttpReply> {
  const asked = askedIn(query);
  if (asked === undefined)
    return problemReply({
      code: "badRequest",
      message: `\`limit\`, \`after\` or \`before\` is not a whole number in its range, or \`after\` stands beside a filter, or there are more than ${ABOUT_MAX} \`about\`.`,
      fix: `limit: 1 to ${LIMIT_MAX}; after or before: the sequence of an event; about: an id, up to ${ABOUT_MAX} times.`,
    });
  const found = asked.after === undefined ? await backwards(store, asked) : { events: await store.read(asked.after, asked.limit) };
  const names = await accountNames(store);
  const events = found.events.map(({ salt: _salt, ...event }) => {
    const by = event.personal?.by;
    const who = by === undefined ? undefined : (names.get(by) ?? actorWords(by));
    return { ...event, facts: shortened(event), ...(who === undefined ? {} : { who }) };
  });
  return jsonReply(200, { ...found, events });
}

function askedIn(query: URLSearchParams): Asked | undefined {
  const limit = Number(query.get("limit") ?? LIMIT_USUAL);
  const [after, before] = [query.get("after"), query.get("before")];
  const isRange = Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX && [after, before].every((seq) => seq === null || SEQ.test(seq));
  const [kinds, by, about] = [query.get("kinds"), query.get("by"), query.getAll("about")];
  const isNarrowed = about.length > 0 || [before, kinds, by].some((given) => given !== null);
  if (!isRange || about.length > ABOUT_MAX || (after !== null && isNarrowed)) return undefined;
  return {
    limit,
    ...(after === null ? {} : { after: Number(after) }),
    ...(before === null ? {} : { before: Number(before) }),
    ...(kinds === null ? {} : { kinds: new Set(kinds.split(",")) }),
    ...(by === null ? {} : { by }),
    ...(about.length === 0 ? {} : { about: about.map((id) => JSON.stringify(id)) }),
  };
}

/** The newest that fit, looking back from `before` or the end. */
async function backwards(store: Store, asked: Asked): Promise<{ readonly events: readonly LoggedEvent[]; readonly lookedBackTo: number }> {
  const end = Math.min(asked.before ?? Number.MAX_SAFE_INTEGER, (await store.head()).seq + 1);
  const floor = Math.max(1, end - LOOKED_AT_MAX);
  const isFiltered = asked.kinds !== undefined || asked.by !== undefined || asked.about !== undefined;
  const step = isFiltered ? LIMIT_MAX : asked.limit;
  let events: LoggedEvent[] = [];
  let lowest = end;
  while (lowest > floor && events.length < asked.limit) {
    const from = Math.max(floor, lowest - step);
    const read = await store.read(from - 1, lowest - from);
    events = [...read.filter((event) => fits(event, asked)), ...events];
    lowest = from;
  }
  if (events.length <= asked.limit) return { events, lookedBackTo: lowest - 1 };
  const kept = events.slice(-asked.limit);
  return { events: kept, lookedBackTo: (kept[0]?.seq ?? 1) - 1 };
}

function fits({ facts, personal }: LoggedEvent, { kinds, by, about }: Asked): boolean {
  if (kinds !== undefined && !kinds.has(facts.kind)) return false;
  if (by !== undefined && personal?.by !== by) return false;
  if (about === undefined) return true;
  const written = JSON.stringify(facts);
  return about.some((id) => written.includes(id));
}

/** A first adoption names every file: people get counts, and the export has the rest. */
function shortened({ facts }: LoggedEvent): object {
  return facts.kind === "commitAdopted" && facts.changed.length > 200
    ? { ...facts, changed: facts.changed.slice(0, 200), changedInAll: facts.changed.length }
    : facts;
}
