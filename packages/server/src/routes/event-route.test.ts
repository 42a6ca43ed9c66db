import { nodeRandom } from "@sluice/ports/node";
import type { Facts, Proposal } from "@sluice/releases";
import { MemoryDatabase, MemoryStore } from "@sluice/store";
import { beforeAll, describe, expect, test } from "vitest";
import { eventsReply } from "./event-route.ts";

const store = new MemoryStore(new MemoryDatabase(nodeRandom), nodeRandom);
const event = (n: number, by: string, facts: Facts): Proposal => ({ command: `command-${n}`, atMs: n, facts, personal: { by } });

/** Seqs of the answer, and how far back it looked. */
async function ask(query: string): Promise<{ readonly seqs: readonly number[]; readonly lookedBackTo: number | undefined; readonly status: number }> {
  const reply = await eventsReply(store, new URLSearchParams(query));
  const body = JSON.parse(String(reply.body)) as { readonly events?: readonly { readonly seq: number }[]; readonly lookedBackTo?: number };
  return { status: reply.status, seqs: (body.events ?? []).map(({ seq }) => seq), lookedBackTo: body.lookedBackTo };
}

describe("events for people", () => {
  beforeAll(async () => {
    // 1 and 2 in a log of 25,000: the two that a filter finds only when it is asked again. 2 is Priya's.
    await store.append([event(1, "ada", { kind: "releasePlanned", release: "r1" }), event(2, "priya", { kind: "holdLifted", hold: "h1" })], undefined);
    for (let from = 3; from <= 25_000; from += 1_000)
      await store.append(
        Array.from({ length: Math.min(1_000, 25_001 - from) }, (_, index) => event(from + index, "ada", { kind: "releasePaused", release: "r2" })),
        undefined,
      );
    await store.saveAccount({ id: "ada", email: "ada@example.com", name: "Ada", role: "admin", passwordHash: "", failures: 0, lockedUntilMs: 0 });
  });

  test("are the newest, or those before or after a place", async () => {
    expect(await ask("limit=3")).toEqual({ status: 200, seqs: [24_998, 24_999, 25_000], lookedBackTo: 24_997 });
    expect(await ask("limit=3&before=24998")).toMatchObject({ seqs: [24_995, 24_996, 24_997], lookedBackTo: 24_994 });
    expect(await ask("limit=2&after=0")).toMatchObject({ seqs: [1, 2], lookedBackTo: undefined });
    expect(await ask("limit=5&before=3")).toMatchObject({ seqs: [1, 2], lookedBackTo: 0 });
    expect(await ask("limit=5&before=1")).toMatchObject({ seqs: [], lookedBackTo: 0 });
    expect((await ask("limit=1000&before=900000")).seqs.at(-1)).toBe(25_000);
  });

  test("that a filter narrows are looked for up to a stated depth, and further when asked again", async () => {
    const first = await ask("kinds=holdLifted,releasePlanned");
    expect(first).toEqual({ status: 200, seqs: [], lookedBackTo: 25_000 - 20_000 });
    expect(await ask(`kinds=holdLifted,releasePlanned&before=${(first.lookedBackTo ?? 0) + 1}`)).toMatchObject({ seqs: [1, 2], lookedBackTo: 0 });
    expect(await ask("by=priya&before=100")).toMatchObject({ seqs: [2] });
    expect(await ask("about=r1&before=100")).toMatchObject({ seqs: [1] });
    // Half an id is not the id.
    expect(await ask("about=r&before=100")).toMatchObject({ seqs: [] });
    expect(await ask("about=r1&about=h1&before=100")).toMatchObject({ seqs: [1, 2] });
    expect((await ask(Array.from({ length: 101 }, (_, n) => `about=r${n}`).join("&"))).status).toBe(400);
    expect(await ask("about=r2&limit=2")).toMatchObject({ seqs: [24_999, 25_000], lookedBackTo: 24_998 });
    expect(await ask("about=r2&limit=2&before=24999")).toMatchObject({ seqs: [24_997, 24_998] });
    expect(await ask("by=ada&kinds=holdLifted&before=100")).toMatchObject({ seqs: [] });
  });

  test("name those who decided", async () => {
    const reply = await eventsReply(store, new URLSearchParams("before=3"));
    expect(JSON.parse(String(reply.body))).toMatchObject({ events: [{ who: "Ada" }, { who: "priya" }] });
    expect(String(reply.body)).not.toContain("salt");
  });

  test("are refused for what is no place, and for a filter beside `after`", async () => {
    for (const bad of ["limit=0", "limit=1001", "limit=x", "before=x", "before=-1", "after=1.5", "after=1&kinds=a", "after=1&before=3"])
      expect((await ask(bad)).status, bad).toBe(400);
  });
});
