import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { RunningFanout, SDK_KEY } from "../testing/running-fanout.ts";
import { Receipts } from "../receipts.ts";
import { UnknownKeys } from "../unknown-keys.ts";
import { BatchBook } from "./batch-book.ts";
import { TelemetryIntake } from "./telemetry-intake.ts";

const RELAY_KEY = "slr_0123456789012345678901234567890123456789012";
const STAGING_KEY = "slr_of_staging_89012345678901234567890123456789";
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

const started = async (): Promise<RunningFanout> => {
  const relayKeys = [
    { hash: hash(RELAY_KEY), environments: [] },
    { hash: hash(STAGING_KEY), environments: ["staging"] },
  ];
  return (await new RunningFanout(undefined, { relayKeys }).prepare()).start();
};

const usageOf = async (fanout: RunningFanout, query = ""): Promise<Record<string, unknown>> =>
  (await fanout.json("GET", `/api/usage${query}`, { as: "ada" })).body;

const batchOf = (batch: number, more: object = {}, instance = "i1"): object => ({ instance, batch, ...more });
const tell = (fanout: RunningFanout, body: object): ReturnType<RunningFanout["json"]> => fanout.json("POST", "/sdk/v1/telemetry", { bearer: SDK_KEY, body });
const tellByRelay = (fanout: RunningFanout, batches: readonly object[], bearer = RELAY_KEY): ReturnType<RunningFanout["json"]> =>
  fanout.json("POST", "/relay/v1/telemetry", { bearer, body: { batches } });

const ON = { flag: "shop.checkout", variant: "on", reason: "TARGETING_MATCH" };
const UNKNOWN = { flag: "shop.chekout", reason: "ERROR", cause: "unknownFlag" };

test("answers of all processes are summed by flag, variant and reason, with who reported them and what they serve", async () => {
  const fanout = await started();
  await fanout.stream({ "sluice-instance": "i2", "sluice-service": "shop-web", "sluice-app-version": "2.1.0", "sluice-sdk": "go/0.1.0" });
  const applied = { epoch: fanout.epoch, seq: 1 };
  expect(await tell(fanout, batchOf(1, { answers: [{ ...ON, count: 40 }], applied }))).toMatchObject({ status: 204 });
  await tell(fanout, batchOf(2, { answers: [{ ...ON, count: 2 }], droppedAnswers: 5 }));
  await tell(
    fanout,
    batchOf(
      1,
      {
        answers: [
          { ...ON, count: 100 },
          { ...UNKNOWN, count: 7 },
        ],
      },
      "i2",
    ),
  );
  const usage = await usageOf(fanout);
  expect(usage["answers"]).toEqual([
    { environment: "production", ...ON, count: 142 },
    { environment: "production", ...UNKNOWN, count: 7 },
  ]);
  expect(usage["dropped"]).toBe(5);
  expect(usage["instances"]).toMatchObject([
    { environment: "production", instance: "i2", service: "shop-web", version: "2.1.0", sdk: "go/0.1.0", answers: 107, dropped: 0 },
    { environment: "production", instance: "i1", applied, answers: 47, dropped: 5 },
  ]);
  expect(await usageOf(fanout, "?environment=staging")).toMatchObject({ answers: [], instances: [] });
});

test("a batch counts once: sent twice, and over a relay what came already by itself", async () => {
  const fanout = await started();
  const body = batchOf(1, { answers: [{ ...ON, count: 3 }] });
  await tell(fanout, body);
  await tell(fanout, body);
  expect(await tellByRelay(fanout, [{ environment: "production", ...body }])).toMatchObject({ status: 204 });
  // Batch 3 overtook batch 2, which waited at a relay.
  await tell(fanout, batchOf(3, { answers: [{ ...ON, count: 10 }] }));
  await tellByRelay(fanout, [{ environment: "production", ...batchOf(2, { answers: [{ ...ON, count: 100 }] }) }]);
  expect(await usageOf(fanout)).toMatchObject({ answers: [{ count: 113 }] });
});

test("a process without a stream stands in a kill's receipt once what it tells has the kill, and is not waited for", async () => {
  const fanout = await started();
  await fanout.stream({ "sluice-instance": "live" });
  const wish = { command: "kill-for-receipt", environment: "production", flags: ["shop.gift"] };
  const { body } = await fanout.jsonIn(400, "POST", "/api/kills", { as: "ada", body: wish });
  const [kill, seq] = [String(body["kill"]), Number(body["seq"])];
  const receipt = async (): Promise<unknown> => (await fanout.json("GET", `/api/kills/${kill}/receipt`, { as: "ada" })).body;
  await tell(fanout, batchOf(1, { applied: { epoch: fanout.epoch, seq: seq - 1 } }, "frozen"));
  expect(await receipt()).toMatchObject({ of: 1, confirmed: 0 });
  await tell(fanout, batchOf(2, { applied: { epoch: fanout.epoch, seq } }, "frozen"));
  expect(await receipt()).toMatchObject({ of: 1, confirmed: 0, withoutStream: 1 });
  // Of a process with a stream, what it tells beside its confirms says nothing: it may have been put together before.
  await tell(fanout, batchOf(1, { applied: { epoch: fanout.epoch, seq } }, "live"));
  expect(await receipt()).toMatchObject({ of: 1, confirmed: 0, withoutStream: 1, done: false });
  await fanout.json("POST", "/sdk/v1/confirm", { bearer: SDK_KEY, body: { instance: "live", epoch: fanout.epoch, seq } });
  expect(await receipt()).toMatchObject({ of: 1, confirmed: 1, withoutStream: 1, done: true });
});

test("a relay's key speaks of its environments alone", async () => {
  const fanout = await started();
  const batch = { environment: "production", ...batchOf(1, { answers: [{ ...ON, count: 3 }] }) };
  expect(await tellByRelay(fanout, [batch], STAGING_KEY)).toMatchObject({ status: 204 });
  expect(await usageOf(fanout)).toMatchObject({ answers: [], instances: [] });
  expect(await tellByRelay(fanout, [batch], SDK_KEY)).toMatchObject({ status: 401 });
});

test("what a made-up reason or cause says is refused, and fields of a newer SDK are passed over", async () => {
  const fanout = await started();
  expect(await tell(fanout, batchOf(1, { answers: [{ ...ON, reason: "WHIM", count: 1 }] }))).toMatchObject({ status: 400 });
  expect(await tell(fanout, batchOf(1, { answers: [{ ...ON, mood: "good", count: 1 }], weather: "fair" }))).toMatchObject({ status: 204 });
  expect(await usageOf(fanout)).toMatchObject({ answers: [{ environment: "production", ...ON, count: 1 }] });
});

test("rows are bounded: what has no row of its own is counted as dropped", async () => {
  const fanout = await started();
  for (let batch = 1; batch <= 41; batch++)
    await tell(fanout, batchOf(batch, { answers: Array.from({ length: 1_000 }, (_, at) => ({ ...ON, flag: `made-up.${batch}-${at}`, count: 2 })) }));
  const usage = await usageOf(fanout);
  expect(usage["dropped"]).toBe(2_000);
  expect(usage["answers"]).toHaveLength(2_000);
});

test("of a process the last 32 batches are told apart, and older ones are old", () => {
  const book = new BatchBook();
  const first = (batch: number, instance = "i1"): boolean => book.isFirst("production", { instance, batch });
  expect([first(1), first(1), first(2, "i2"), first(1, "i2")]).toEqual([true, false, true, true]);
  expect([book.isFirst("staging", { instance: "i1", batch: 1 })]).toEqual([true]);
  for (let batch = 3; batch <= 40; batch++) expect(first(batch)).toBe(true);
  expect([first(2), first(20), first(41)]).toEqual([false, false, true]);
});

test("a relay counts nothing itself and hands on, once, what it is told", async () => {
  const { world } = await started();
  const handedOn: unknown[] = [];
  const put = (...batch: readonly unknown[]): void => void handedOn.push(batch);
  const looked: unknown[] = [];
  const guards = (): { note: () => void } => ({ note: () => void looked.push("a batch") });
  const unknown = new UnknownKeys(world.clock);
  const intake = new TelemetryIntake({ clock: world.clock, receipts: new Receipts(world.clock), unknown, guards, upstream: { put } });
  const body = { instance: "i1", batch: 1, outcomes: [], droppedOutcomes: 0, answers: [], droppedAnswers: 3 };
  intake.take("production", body);
  intake.take("production", body);
  expect({ handedOn, looked, usage: intake.usage.view(undefined) }).toMatchObject({ handedOn: [["production", body]], looked: [], usage: { instances: [] } });
});
