import type { HttpRequest } from "@sluice/ports";
import { describe, expect, test } from "vitest";
import { AnswerCounts } from "./answer-counts.ts";
import { SluiceClient } from "./client.ts";
import type { SluiceOptions } from "./options.ts";
import { OutcomeCounts } from "./outcome-counts.ts";
import { snapshotAt } from "./testing/snapshots.ts";
import { json, VirtualWorld } from "./testing/virtual-world.ts";

const HELLO = { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 };
const NOTHING = { status: 204, headers: {}, body: "" } as const;
const isPath = (request: HttpRequest, path: string): boolean => new URL(request.url).pathname === path;
const flag = "site.photos";
/** Those of the salt "pepper", by conformance/hashing. */
const [ACME_HASH, BOLT_HASH] = ["63895c04068c7c14", "8b3dcfd72fdc8fe6"];

async function connected(
  statusOf: () => number = () => 204,
  options: Partial<SluiceOptions> = {},
): Promise<{ readonly world: VirtualWorld; readonly client: SluiceClient }> {
  const world = new VirtualWorld();
  world.answer = (request) => {
    if (isPath(request, "/sdk/v1/snapshot")) return json(200, snapshotAt(3));
    const status = isPath(request, "/sdk/v1/telemetry") ? statusOf() : 204;
    return status === 0 ? "refused" : { ...NOTHING, status };
  };
  const client = new SluiceClient({ url: "http://flags.example", key: "k", ...options }, world);
  await world.pass(10);
  world.send("hello", HELLO);
  await world.settle();
  return { world, client };
}

/** Lets time pass on a stream that lives. */
async function pass(world: VirtualWorld, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5_000) {
    world.send("heartbeat", { epoch: "e1", seq: 3 });
    await world.pass(5_000);
  }
}

const sent = (
  world: VirtualWorld,
): readonly {
  readonly batch: number;
  readonly outcomes: readonly Record<string, unknown>[];
  readonly droppedOutcomes: number;
  readonly answers: readonly Record<string, unknown>[];
  readonly droppedAnswers: number;
}[] => world.requests.filter((request) => isPath(request, "/sdk/v1/telemetry")).map((request) => JSON.parse(new TextDecoder().decode(request.body)));

describe("outcomes that a client tracks", () => {
  test("are sent as counts by flag, variant, outcome and customer, within ten seconds, and no name with them", async () => {
    const { world, client } = await connected();
    for (let at = 0; at < 3; at++) client.track("export", { customer: "acme", email: "ada@acme.example" }, { flag });
    client.track("export", { customer: "acme" }, { flag, failed: true });
    client.track("export", { customer: "bolt" }, { flag, failed: true });
    expect(sent(world)).toEqual([]);
    await pass(world, 10_000);
    const [batch, ...more] = sent(world);
    expect(more).toEqual([]);
    const [acme, bolt] = batch?.outcomes.map(({ customer }) => customer) ?? [];
    expect(batch).toEqual({
      instance: "0707070707070707",
      batch: 1,
      outcomes: [
        { flag, variant: "on", outcome: "export", customer: acme, ok: 3, failed: 1 },
        { flag, variant: "on", outcome: "export", customer: bolt, ok: 0, failed: 1 },
      ],
      droppedOutcomes: 0,
      answers: [],
      droppedAnswers: 0,
      applied: { epoch: "e1", seq: 3 },
    });
    expect([acme, bolt]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(acme).not.toBe(bolt);
    await pass(world, 60_000);
    expect(sent(world)).toHaveLength(1);
  });

  test("are not counted without a customer, of an unknown flag, under a name that is none, or before the first flags", async () => {
    const { world, client } = await connected();
    client.track("export", {}, { flag });
    client.track("export", { customer: "acme" }, { flag: "site.fotos" });
    client.track("two words", { customer: "acme" }, { flag });
    client.track("two words", { customer: "acme" }, { flag });
    new SluiceClient({ url: "http://flags.example", key: "k" }, new VirtualWorld()).track("export", { customer: "acme" }, { flag });
    await pass(world, 60_000);
    expect(sent(world)).toEqual([]);
    expect(world.lines.map(({ event }) => event)).toEqual(["sluice.outcome"]);
  });

  test("that did not come through go again as the same batch, and those of meanwhile behind them", async () => {
    let status = 0;
    const { world, client } = await connected(() => status);
    client.track("export", { customer: "acme" }, { flag });
    await pass(world, 20_000);
    client.track("export", { customer: "acme" }, { flag });
    status = 503;
    await pass(world, 20_000);
    status = 204;
    await pass(world, 120_000);
    const batches = sent(world).map(({ batch, outcomes }) => [batch, outcomes[0]?.["ok"]]);
    expect(batches.length).toBeGreaterThan(3);
    expect(batches.filter(([batch]) => batch === 2)).toEqual([[2, 1]]);
    expect(batches.slice(0, -1).every(([batch, ok]) => batch === 1 && ok === 1)).toBe(true);
  });

  test("that a server does not take are not sent again: it refuses them for good, or is of an earlier version", async () => {
    for (const status of [400, 404, 413]) {
      const { world, client } = await connected(() => status);
      client.track("export", { customer: "acme" }, { flag });
      await pass(world, 120_000);
      expect(sent(world)).toHaveLength(1);
    }
  });

  test("of a process that ends are sent before it has ended", async () => {
    const { world, client } = await connected();
    client.track("export", { customer: "acme" }, { flag });
    await client.close();
    expect(sent(world)).toMatchObject([{ outcomes: [{ ok: 1 }] }]);
    client.track("export", { customer: "acme" }, { flag });
    await world.pass(60_000);
    expect(sent(world)).toHaveLength(1);
  });

  test("take so much memory and no more; what has no room is counted", () => {
    const counts = new OutcomeCounts();
    for (let at = 0; at < 5_000; at++) expect(counts.note({ flag, variant: "on", outcome: "export", customer: `c${at}` }, false)).toBe(true);
    const sizes: number[] = [];
    let dropped = 0;
    while (!counts.isEmpty) {
      const batch = counts.take();
      sizes.push(batch.outcomes.length);
      dropped += batch.dropped;
    }
    expect({ sizes, dropped }).toEqual({ sizes: [500, 500, 500, 500], dropped: 3_000 });
  });
});

describe("answers that a client gives", () => {
  const photos = { flag, variant: "on", reason: "STATIC" };
  const greeting = { flag: "greeting", variant: "warm", reason: "STATIC" };
  const inOrder = (answers: readonly object[] = []): readonly string[] => answers.map((answer) => JSON.stringify(answer)).sort();

  test("are told within a minute by what they have grown, the code's defaults with their cause", async () => {
    const { world, client } = await connected();
    for (let at = 0; at < 7; at++) client.getBoolean(flag, false, { targetingKey: `u${at}` });
    client.forRequest().getBooleanDetails(flag, false);
    client.getBoolean("site.fotos", false);
    client.getStringDetails("site.fotos", "?");
    client.getBoolean("greeting", false);
    client.getBooleanDetails("greeting", false);
    client.getString("greeting", "?");
    await pass(world, 25_000);
    expect(sent(world)).toEqual([]);
    await pass(world, 35_000);
    client.getBoolean(flag, false);
    await pass(world, 120_000);
    expect(sent(world).map(({ answers }) => inOrder(answers))).toEqual([
      inOrder([
        { ...photos, count: 8 },
        { ...greeting, count: 3 },
        { flag: "site.fotos", reason: "ERROR", cause: "unknownFlag", count: 2 },
        { flag: "greeting", reason: "ERROR", cause: "wrongType", count: 2 },
      ]),
      inOrder([{ ...photos, count: 1 }]),
    ]);
    expect(client.counts.answers.find(({ cause, ...of }) => cause === undefined && of.flag === flag)?.count).toBe(9);
  });

  test("are told by customer, as a hash, of the flags that are asked for so, and nothing twice", async () => {
    const { world, client } = await connected(() => 204, { countCustomersOf: [flag] });
    for (let at = 0; at < 3; at++) client.getBoolean(flag, false, { customer: "acme", email: "ada@acme.example" });
    client.forRequest().getBooleanDetails(flag, false, { customer: "bolt" });
    client.getBoolean(flag, false);
    client.getString("greeting", "?", { customer: "acme" });
    client.getString(flag, "?", { customer: "acme" });
    await pass(world, 120_000);
    expect(sent(world).map(({ answers }) => inOrder(answers))).toEqual([
      inOrder([
        { ...photos, customer: ACME_HASH, count: 4 },
        { ...photos, customer: BOLT_HASH, count: 1 },
        { ...photos, count: 1 },
        { ...greeting, count: 1 },
        { flag, reason: "ERROR", cause: "wrongType", count: 1 },
      ]),
    ]);
    expect(client.counts.answers.find(({ cause, ...of }) => cause === undefined && of.flag === flag)?.count).toBe(6);
  });

  test("of more customers than there is room for are told without one, in batches, and all of them", async () => {
    const { world, client } = await connected(() => 204, { countCustomersOf: [flag] });
    for (let at = 0; at < 3_000; at++) for (let times = 0; times < 2; times++) client.getBoolean(flag, false, { customer: `c${at}` });
    await pass(world, 600_000);
    const batches = sent(world).map(({ answers }) => answers);
    const named = batches.map((answers) => answers.filter(({ customer }) => customer !== undefined).length);
    expect(named).toEqual([500, 500, 500, 500]);
    const sum = (answers: readonly Record<string, unknown>[]): number => answers.reduce((total, { count }) => total + Number(count), 0);
    expect([sum(batches.flat()), sum(batches.flat().filter(({ customer }) => customer === undefined))]).toEqual([6_000, 2_000]);
  });

  test("are counted on over patches of their flag, which bring other answers", async () => {
    const { world, client } = await connected();
    for (let seq = 3; seq < 103; seq++) {
      client.getBoolean("site.diary", false);
      const on = seq % 2 === 0;
      world.send("patch", {
        format: 1,
        environment: "production",
        epoch: "e1",
        base: seq,
        to: seq + 1,
        set: { flags: { "site.diary": on ? { default: "on" } : {} } },
      });
      await world.settle();
    }
    const of = client.counts.answers.filter((answer) => answer.flag === "site.diary");
    expect(of.map(({ variant, count }) => `${variant} ${count}`).sort()).toEqual(["off 50", "on 50"]);
  });

  test("before the first flags are counted as such", () => {
    const client = new SluiceClient({ url: "http://flags.example", key: "k" }, new VirtualWorld());
    client.getBoolean(flag, false);
    client.getStringDetails("greeting", "?");
    expect(client.counts.answers.map((answer) => [answer.flag, answer.cause, answer.count])).toEqual([
      [flag, "noSnapshot", 1],
      ["greeting", "noSnapshot", 1],
    ]);
  });

  test("of a process that ends are told before it has ended, once", async () => {
    const { world, client } = await connected();
    client.getBoolean(flag, false);
    await client.close();
    expect(sent(world)).toMatchObject([{ outcomes: [], answers: [{ ...photos, count: 1 }] }]);
  });

  test("take so much memory and no more; what has no room is counted, and keys of any kind are answered", async () => {
    const { world, client } = await connected();
    // While there is still room: it has none because it is no key.
    client.getBoolean("x".repeat(201), false);
    for (let at = 0; at < 5_000; at++) client.getBoolean(`made-up.${at}`, false);
    await pass(world, 120_000);
    const told = sent(world);
    expect(told.flatMap(({ answers }) => answers.filter((answer) => String(answer["flag"]).startsWith("x")))).toEqual([]);
    expect(told.flatMap(({ answers }) => answers)).toHaveLength(1_000);
    expect(told.reduce((sum, { droppedAnswers }) => sum + droppedAnswers, 0)).toBe(4_001);
    const counts = new AnswerCounts();
    for (let at = 0; at < 30_000; at++) counts.add(`flag.${at}`, { reason: "STATIC", cause: "default", variant: "on", value: true });
    expect([counts.given().answers.length, counts.given().dropped]).toEqual([20_000, 10_000]);
    const sizes = Array.from({ length: 25 }, () => counts.take().answers.length);
    expect([Math.max(...sizes), sizes.reduce((sum, size) => sum + size, 0), counts.isTold]).toEqual([1_000, 20_000, true]);
  });
});
