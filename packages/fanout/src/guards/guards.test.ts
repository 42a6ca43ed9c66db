import { customerHash } from "@sluice/evaluation";
import type { FeedGuardLimits, FeedMessage, GuardView } from "@sluice/contract";
import type { Facts, ReleaseContent } from "@sluice/releases";
import { describe, expect, test } from "vitest";
import { FLAGS, OPERATOR_KEY, RunningFanout, SDK_KEY } from "../testing/running-fanout.ts";
import { settle, TestWorld } from "../testing/test-world.ts";
import type { FlagGuard } from "./guarded-flags.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const hash = (customer: string): string => customerHash("salt-p", customer);
const CONTENT: ReleaseContent = {
  title: "Gift cards",
  owner: "pia",
  environment: "production",
  flags: [{ flag: "shop.gift", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [{ name: "First", audience: {}, start: { atMs: 0 }, bakeMs: 0 }],
};

const errors: FlagGuard = {
  name: "errors",
  environment: "production",
  watches: { kind: "outcome", outcome: "redeem", margin: 1.5, minimum: 20 },
  bad: 2,
  of: 5,
  reaction: "kill",
  perDay: 3,
};

interface Asked {
  readonly guard?: Partial<FlagGuard>;
  readonly limits?: FeedGuardLimits;
  readonly flag?: string;
}

function catalogue({ guard = {}, limits, flag = "shop.gift" }: Asked): FeedMessage {
  const flags = FLAGS.map((one) => (one.key === flag ? { ...one, guards: [{ ...errors, ...guard }] } : one));
  return {
    kind: "catalogue",
    flags,
    environments: [{ key: "production", name: "Production", protected: true }],
    ...(limits === undefined ? {} : { guards: limits }),
  };
}

/** A process whose guard has seen four customers without the feature for a while: 1 of 100 outcomes failed. */
async function guarded(asked: Asked = {}): Promise<Guarded> {
  const fanout = await new RunningFanout().prepare();
  const { everything } = fanout.api;
  fanout.api.everything = () => everything().map((message) => (message.kind === "catalogue" ? catalogue(asked) : message));
  await fanout.start();
  const running = new Guarded(fanout, asked.flag ?? "shop.gift");
  for (let at = 0; at < 5; at++) {
    await running.report(["acme", "bolt", "cara", "dune"].map((customer) => ({ customer, variant: "off", ok: 396, failed: 4 })));
    await fanout.world.advance(MINUTE);
  }
  return running;
}

interface Reported {
  readonly customer: string;
  readonly variant?: string;
  readonly ok: number;
  readonly failed: number;
}

class Guarded {
  readonly fanout: RunningFanout;
  readonly #flag: string;
  #batch = 0;

  constructor(fanout: RunningFanout, flag: string) {
    this.fanout = fanout;
    this.#flag = flag;
  }

  async report(counts: readonly Reported[], batch?: number, instance = "i1"): Promise<number> {
    this.#batch += 1;
    const outcomes = counts.map(({ customer, variant = "on", ok, failed }) => ({
      flag: this.#flag,
      variant,
      outcome: "redeem",
      customer: hash(customer),
      ok,
      failed,
    }));
    const reply = await this.fanout.ask("POST", "/sdk/v1/telemetry", { bearer: SDK_KEY, body: { instance, batch: batch ?? this.#batch, outcomes } });
    return reply.status;
  }

  /** So many minutes in which each of these customers fails so often of 100. */
  async minutes(count: number, failing: Readonly<Record<string, number>>): Promise<void> {
    for (let at = 0; at < count; at++) {
      await this.report(Object.entries(failing).map(([customer, failed]) => ({ customer, ok: 100 - failed, failed })));
      await this.fanout.world.advance(MINUTE);
      await settle();
    }
  }

  /** Facts that the log got after the project's first. */
  get facts(): readonly Record<string, unknown>[] {
    return this.fanout.database.events.slice(1).map((event) => ({ ...event.facts }));
  }

  get killed(): readonly unknown[] {
    return this.facts.flatMap((facts) => (facts["kind"] === "flagsKilled" ? [(facts["scope"] as { readonly customers?: unknown }).customers] : []));
  }

  get found(): readonly Record<string, unknown>[] {
    return this.facts.filter(({ kind }) => kind === "harmFound");
  }

  async lift(): Promise<void> {
    const last = this.facts.findLast(({ kind }) => kind === "flagsKilled");
    const kill = String(last?.["kill"]);
    const reply = await this.fanout.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { as: "pia", body: { command: `lift-${kill}` } });
    expect(reply.status).toBe(200);
  }

  async views(): Promise<readonly GuardView[]> {
    return (await this.fanout.json("GET", "/api/guards", { as: "aud" })).body["guards"] as readonly GuardView[];
  }
}

const BAD = { acme: 20, bolt: 1, cara: 1 } as const;

describe("what one process alone says", () => {
  const many = Array.from({ length: 120 }, (_, at) => `customer-${at}`);
  const failing = many.map((customer) => ({ customer, ok: 40, failed: 60 }));
  const well = [{ customer: "bolt", variant: "off", ok: 99, failed: 1 }];
  async function killedWhere(isAlone: boolean): Promise<number> {
    const guard = await guarded();
    for (let minute = 0; minute < 4 && guard.killed.length === 0; minute++) {
      await guard.report(failing, undefined, "one");
      await guard.report(isAlone ? well : [...well, ...failing], undefined, "other");
      await guard.fanout.world.advance(MINUTE);
      await settle();
    }
    const [first] = guard.killed;
    return Array.isArray(first) ? first.length : 0;
  }

  test("of very many customers is acted upon for a few of them, where others report too", async () => {
    expect(await killedWhere(true)).toBe(50);
  });

  test("is acted upon for all where another says the same", async () => {
    expect(await killedWhere(false)).toBe(120);
  });
});

describe("a guard", () => {
  test("kills for the one customer that is harmed, by the way of any kill, pauses the release, and says so in words with numbers", async () => {
    const running = await guarded();
    const { fanout } = running;
    await fanout.store.append(
      [
        { command: "release-of-gifts", atMs: 0, facts: { kind: "releaseSaved", release: "r1", content: CONTENT, contentHash: "h" }, personal: { by: "pia" } },
        { command: "plan-of-gifts", atMs: 0, facts: { kind: "releasePlanned", release: "r1" }, personal: { by: "pia" } },
      ],
      1,
    );
    await fanout.world.advance(5_000);
    const sdk = await fanout.stream({ "sluice-instance": "i1" });
    await running.minutes(6, BAD);
    expect(running.facts.slice(2)).toEqual([
      expect.objectContaining({ kind: "flagsKilled", environment: "production", flags: ["shop.gift"], scope: { customers: [hash("acme")] } }),
      {
        kind: "harmFound",
        guard: "errors",
        environment: "production",
        flag: "shop.gift",
        did: "killed",
        words: "Failures of redeem rose from 1.0 % to 20 % for 1 of 3 customers that have it.",
        harmed: 1,
        of: 3,
        kills: [running.facts[2]?.["kill"]],
      },
    ]);
    const [kill, found] = fanout.database.events.slice(3);
    expect([kill?.personal, found?.personal?.by]).toEqual(
      [{ by: "guard:errors", reason: "Failures of redeem rose from 1.0 % to 20 % for 1 of 3 customers that have it.", wish: undefined }, "guard:errors"].map(
        (each) => (typeof each === "object" ? expect.objectContaining({ by: each.by, reason: each.reason }) : each),
      ),
    );
    expect(sdk.named("patch")).toMatchObject([{ set: { kills: { [String(running.facts[2]?.["kill"])]: { scope: { customers: [hash("acme")] } } } } }]);
    const listed = await fanout.json("GET", "/api/guards", { as: "aud" });
    expect(listed.body).toMatchObject({ dropped: 0, guards: [{ name: "errors", flag: "shop.gift", reaction: "kill", last: { did: "killed", harmed: 1 } }] });
  });

  test("does nothing where all fail alike, with the feature and without", async () => {
    const running = await guarded();
    for (let at = 0; at < 20; at++) {
      await running.report([
        ...["acme", "bolt"].map((customer) => ({ customer, ok: 90, failed: 10 })),
        ...["cara", "dune"].map((customer) => ({ customer, variant: "off", ok: 90, failed: 10 })),
      ]);
      await running.fanout.world.advance(MINUTE);
    }
    expect(running.facts).toEqual([]);
  });

  test("counts a batch once, however often it comes, and takes nothing from a key that is none", async () => {
    const running = await guarded();
    // Four times the same batch: 2 of 10, where 20 are needed.
    for (let at = 0; at < 4; at++) expect(await running.report([{ customer: "acme", ok: 8, failed: 2 }], 1_000)).toBe(204);
    await running.fanout.world.advance(MINUTE);
    expect((await running.views())[0]?.seen).toEqual({ customers: 1, baseline: expect.closeTo(8_000, -2) });
    await running.minutes(6, { acme: 20 });
    // Batches 7 and on are older than 1,000.
    expect(running.facts).toEqual([]);
    const stranger = await running.fanout.ask("POST", "/sdk/v1/telemetry", { bearer: OPERATOR_KEY, body: { instance: "i1", batch: 2_000, outcomes: [] } });
    expect(stranger.status).toBe(401);
    const wrong = await running.fanout.json("POST", "/sdk/v1/telemetry", {
      bearer: SDK_KEY,
      body: { instance: "i1", batch: 2_000, outcomes: [{ flag: "x" }] },
    });
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: "badRequest" } } });
  });

  test("keeps still for the quiet time after a person has lifted its kill, and says why; then it acts again", async () => {
    const running = await guarded();
    await running.minutes(5, BAD);
    expect(running.killed).toEqual([[hash("acme")]]);
    await running.lift();
    await running.minutes(30, BAD);
    expect(running.killed).toHaveLength(1);
    expect(running.found.slice(1)).toEqual([expect.objectContaining({ did: "announced", heldBack: "quiet", harmed: 1 })]);
    running.fanout.world.monotonicMs += 24 * HOUR;
    await running.minutes(6, BAD);
    expect(running.killed).toEqual([[hash("acme")], [hash("acme")]]);
  });

  test("leaves the kill of a person, and customers that are switched off already, as they are", async () => {
    const running = await guarded();
    const body = { command: "kill-of-acme", environment: "production", flags: ["shop.gift"], customers: ["acme"] };
    expect((await running.fanout.jsonIn(50, "POST", "/api/kills", { as: "ada", body })).status).toBe(201);
    await running.minutes(20, BAD);
    expect(running.facts).toHaveLength(1);
    await running.minutes(6, { ...BAD, bolt: 20, dune: 1, ember: 1 });
    expect(running.killed).toEqual([[hash("acme")], [hash("bolt")]]);
  });

  test("does so much in a day and no more, of its own and of all together, and only announces the rest, once", async () => {
    const customers = ["acme", "bolt", "cara", "dune"];
    for (const [asked, allowed] of [
      [{ guard: { perDay: 2 } }, 2],
      [{ limits: { perDay: 1, quietHours: 1 } }, 1],
    ] as const) {
      const running = await guarded(asked);
      for (const customer of customers)
        await running.minutes(8, { [customer]: 20, ...Object.fromEntries(customers.filter((other) => other !== customer).map((other) => [other, 1])) });
      expect(running.killed).toHaveLength(allowed);
      expect(running.found.slice(allowed)).toEqual([expect.objectContaining({ did: "announced", heldBack: "perDay" })]);
      running.fanout.world.monotonicMs += 24 * HOUR;
      await running.minutes(8, { ...Object.fromEntries(customers.map((one) => [one, 1])), dune: 20 });
      expect(running.killed).toHaveLength(allowed + 1);
    }
  });

  test("pauses where that is what it does, once, and not again soon after somebody has resumed", async () => {
    const running = await guarded({ guard: { reaction: "pause" } });
    const { fanout } = running;
    const facts: readonly Facts[] = [
      { kind: "releaseSaved", release: "r1", content: CONTENT, contentHash: "h" },
      { kind: "releasePlanned", release: "r1" },
    ];
    await fanout.store.append(
      facts.map((each, at) => ({ command: `release-${at}-of-gifts`, atMs: 0, facts: each, personal: { by: "pia" } })),
      1,
    );
    await fanout.world.advance(5_000);
    await running.minutes(5, BAD);
    expect(running.facts.slice(2)).toMatchObject([
      { kind: "releasePaused", release: "r1" },
      { kind: "harmFound", did: "paused" },
    ]);
    expect(fanout.database.events.at(-2)?.personal).toMatchObject({ by: "guard:errors", reason: expect.stringContaining("20 %") });
    const head = (await fanout.store.head()).seq;
    await fanout.store.append(
      [{ command: "resume-of-gifts", atMs: fanout.world.clock.nowMs(), facts: { kind: "releaseResumed", release: "r1" }, personal: { by: "pia" } }],
      head,
    );
    await fanout.world.advance(5_000);
    await running.minutes(20, BAD);
    expect(running.facts.filter(({ kind }) => kind === "releasePaused")).toHaveLength(1);
    expect(running.found.slice(1)).toEqual([expect.objectContaining({ did: "announced", heldBack: "quiet" })]);
    expect(running.killed).toEqual([]);
  });

  test("never switches off an ops flag, whatever its guard says", async () => {
    const running = await guarded({ flag: "shop.limits" });
    await running.minutes(20, BAD);
    expect(running.killed).toEqual([]);
    expect(running.found).toEqual([expect.objectContaining({ did: "announced", heldBack: "refused" })]);
  });

  test("goes on after a restart: what is normal was kept, what it did is in the log", async () => {
    const running = await guarded({ guard: { perDay: 1 } });
    // What was seen in the first minute is written in the sixth.
    await running.minutes(2, { acme: 1, bolt: 1 });
    await running.fanout.restart();
    await running.minutes(6, BAD);
    expect(running.killed).toEqual([[hash("acme")]]);
    await running.fanout.restart();
    await running.minutes(12, { acme: 1, bolt: 20, cara: 1 });
    expect(running.killed).toHaveLength(1);
    expect(running.found.at(-1)).toMatchObject({ did: "announced", heldBack: "perDay" });
  });

  test("learns anew where its memory is gone or broken, and does nothing meanwhile", async () => {
    const running = await guarded();
    running.fanout.disk.files.set("guards.json", new TextEncoder().encode('[["production'));
    await running.fanout.restart();
    await running.minutes(20, BAD);
    expect(running.facts).toEqual([]);
    expect((await running.views())[0]?.noData).toBe("Nobody has reported it without the feature, so there is nothing to hold it against.");
  });

  test("counts a kill that neither the database nor the journal could write down: it is in force, and one of so many in a day", async () => {
    const running = await guarded({ guard: { perDay: 1 } });
    const { fanout } = running;
    const sdk = await fanout.stream({ "sluice-instance": "i1" });
    fanout.store.trouble = "refuses";
    fanout.disk.isJournalBroken = true;
    await running.minutes(5, BAD);
    const [sent] = sdk.named("urgent") as readonly { readonly id: string }[];
    await running.minutes(8, { acme: 1, bolt: 20, cara: 1 });
    expect(sdk.named("urgent")).toMatchObject([{ flags: ["shop.gift"], scope: { customers: [hash("acme")] } }]);
    fanout.store.trouble = "none";
    await fanout.world.advance(5 * MINUTE);
    expect(running.found.map(({ did, kills, heldBack }) => ({ did, kills, heldBack }))).toEqual([
      { did: "killed", kills: [sent?.id], heldBack: undefined },
      { did: "announced", kills: undefined, heldBack: "perDay" },
    ]);
    expect(running.killed).toEqual([[hash("acme")]]);
  });

  test("kills while the database is gone, and writes it down when it is back", async () => {
    const running = await guarded();
    const sdk = await running.fanout.stream({ "sluice-instance": "i1" });
    running.fanout.store.trouble = "hangs";
    await running.minutes(5, BAD);
    expect(sdk.named("urgent")).toMatchObject([{ flags: ["shop.gift"], scope: { customers: [hash("acme")] } }]);
    expect(running.facts).toEqual([]);
    running.fanout.store.trouble = "none";
    await running.fanout.world.advance(30_000);
    expect(running.facts).toMatchObject([{ kind: "flagsKilled" }, { kind: "harmFound", did: "killed" }]);
  });

  test("writes it down however long the database was gone, so that a person who lifts it then is not undone", async () => {
    const running = await guarded();
    running.fanout.store.trouble = "refuses";
    await running.minutes(5, BAD);
    await running.fanout.world.advance(10 * MINUTE);
    running.fanout.store.trouble = "none";
    await running.fanout.world.advance(2 * MINUTE);
    expect(running.facts).toMatchObject([{ kind: "flagsKilled" }, { kind: "harmFound", did: "killed" }]);
    await running.lift();
    await running.minutes(30, BAD);
    expect(running.killed).toHaveLength(1);
    expect(running.found.at(-1)).toMatchObject({ did: "announced", heldBack: "quiet" });
  });

  test("does not act on a clock: one that jumps makes no harm and lifts no bound", async () => {
    const running = await guarded({ guard: { perDay: 1 } });
    await running.minutes(5, BAD);
    expect(running.killed).toHaveLength(1);
    const wall = running.fanout.world.clock.nowMs;
    for (const jumpMs of [-30 * 24 * HOUR, -HOUR]) {
      running.fanout.world.clock.nowMs = (): number => wall() + jumpMs;
      await running.minutes(12, { ...BAD, bolt: 20 });
      expect(running.killed).toHaveLength(1);
    }
    expect(TestWorld.WALL_MS).toBeGreaterThan(0);
  });
});
