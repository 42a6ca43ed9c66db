import { expect, test } from "vitest";
import { UnknownKeys } from "./unknown-keys.ts";
import { RunningFanout } from "./testing/running-fanout.ts";

const keysOf = async (fanout: RunningFanout): Promise<unknown> => (await fanout.json("GET", "/api/unknown-keys", { as: "ada" })).body["keys"];

test("a flag that an application asks for and nobody defined is listed with who asked and the nearest names, until it is defined", async () => {
  const fanout = await (await new RunningFanout().prepare()).start();
  await fanout.stream({ "sluice-instance": "i1", "sluice-service": "shop-web", "sluice-app-version": "2.1.0" });
  const body = { epoch: fanout.epoch, instance: "i1", seq: 1, unknown: ["shop.chekout", "shop.new"] };
  expect((await fanout.ask("POST", "/sdk/v1/confirm", { bearer: "slk_key_of_production_0123456789", body })).status).toBe(204);
  const asked = { environment: "production", service: "shop-web", version: "2.1.0" };
  expect(await keysOf(fanout)).toMatchObject([
    { ...asked, key: "shop.new" },
    { ...asked, key: "shop.chekout", nearest: ["shop.checkout"] },
  ]);
  const set = { flags: { "shop.new": { rules: [{ serve: "on" }] } } };
  fanout.api.tell({ kind: "patch", environment: "production", patch: { epoch: fanout.epoch, base: 1, to: 2, set }, folded: 2 });
  await fanout.world.advance(10);
  expect(await keysOf(fanout)).toMatchObject([{ key: "shop.chekout" }]);
});

test("no more than two hundred keys are remembered, the newest", async () => {
  const fanout = await (await new RunningFanout().prepare()).start();
  const unknown = Array.from({ length: 250 }, (_, index) => `wrong.key-${index}`);
  await fanout.ask("POST", "/sdk/v1/confirm", { bearer: "slk_key_of_production_0123456789", body: { epoch: fanout.epoch, instance: "i1", seq: 1, unknown } });
  const keys = (await keysOf(fanout)) as readonly { readonly key: string }[];
  expect([keys.length, keys[0]?.key, keys.at(-1)?.key]).toEqual([200, "wrong.key-249", "wrong.key-50"]);
});

test("how often a key was asked for is what processes tell, a removed flag's too", async () => {
  const fanout = await (await new RunningFanout().prepare()).start();
  await fanout.stream({ "sluice-instance": "i1", "sluice-service": "shop-web" });
  const tell = async (batch: number, ...answers: readonly object[]): Promise<void> => {
    const body = { instance: "i1", batch, answers };
    expect((await fanout.ask("POST", "/sdk/v1/telemetry", { bearer: "slk_key_of_production_0123456789", body })).status).toBe(204);
  };
  const missing = { flag: "shop.chekout", reason: "ERROR", cause: "unknownFlag" };
  await tell(1, { ...missing, count: 40 }, { flag: "shop.checkout", variant: "on", reason: "STATIC", count: 7 });
  await tell(2, { ...missing, count: 2 }, { flag: "shop.checkout", reason: "ERROR", cause: "wrongType", count: 3 });
  await tell(2, { ...missing, count: 2 });
  expect(await keysOf(fanout)).toMatchObject([{ key: "shop.chekout", service: "shop-web", count: 42, nearest: ["shop.checkout"] }]);
  await fanout.ask("POST", "/sdk/v1/confirm", {
    bearer: "slk_key_of_production_0123456789",
    body: { epoch: fanout.epoch, instance: "i1", seq: 1, unknown: ["shop.chekout"] },
  });
  expect(await keysOf(fanout)).toMatchObject([{ count: 42 }]);
  // It is removed while a process still asks for it.
  fanout.api.tell({ kind: "patch", environment: "production", patch: { epoch: fanout.epoch, base: 1, to: 2, drop: { flags: ["shop.checkout"] } }, folded: 2 });
  await fanout.world.advance(10);
  await tell(3, { flag: "shop.checkout", reason: "ERROR", cause: "unknownFlag", count: 5 });
  expect(await keysOf(fanout)).toMatchObject([
    { key: "shop.checkout", count: 5 },
    { key: "shop.chekout", count: 42 },
  ]);
});

test("a key that nobody asked for within a day is gone, and counted anew when somebody does", () => {
  let nowMs = 1_000;
  const keys = new UnknownKeys({ nowMs: () => nowMs, monotonicMs: () => nowMs });
  const counts = (): readonly number[] => keys.list(() => []).map(({ count }) => count);
  keys.note("production", "shop.chekout", { by: {}, count: 40 });
  nowMs += 24 * 3_600_000;
  expect(counts()).toEqual([40]);
  nowMs += 1;
  expect(counts()).toEqual([]);
  keys.note("production", "shop.chekout", { by: {}, count: 2 });
  expect(counts()).toEqual([2]);
});
