import { jsonReply, problemReply } from "@sluice/contract";
import type { HttpReply } from "@sluice/ports";
import type { Store } from "@sluice/store";

const LIMIT_MAX = 1_000;
const LIMIT_USUAL = 100;

/** `GET /api/events`: events after a place, or the newest, oldest first, with the names of those who decided. */
export async function eventsReply(store: Store, query: URLSearchParams): Promise<HttpReply> {
  const limit = Number(query.get("limit") ?? LIMIT_USUAL);
  const after = query.get("after");
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX || (after !== null && !/^\d{1,15}$/.test(after))) {
    return problemReply({
      code: "badRequest",
      message: "`limit` or `after` is not a whole number in its range.",
      fix: `limit: 1 to ${LIMIT_MAX}; after: the sequence of an event.`,
    });
  }
  const from = after === null ? Math.max(0, (await store.head()).seq - limit) : Number(after);
  const names = new Map((await store.accounts()).map((account) => [account.id, account.name]));
  const named = (by: string | undefined): string | undefined =>
    by === undefined ? undefined : (names.get(by) ?? (by === "operator" ? "the operator of this machine" : by));
  const events = (await store.read(from, limit)).map(({ salt: _salt, ...event }) => {
    const who = named(event.personal?.by);
    // A first adoption names every file: people get counts, and the command line exports the rest.
    const facts =
      event.facts.kind === "commitAdopted" && event.facts.changed.length > 200
        ? { ...event.facts, changed: event.facts.changed.slice(0, 200), changedInAll: event.facts.changed.length }
        : event.facts;
    return { ...event, facts, ...(who === undefined ? {} : { who }) };
  });
  return jsonReply(200, { events });
}
