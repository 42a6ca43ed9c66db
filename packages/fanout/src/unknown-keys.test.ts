import { expect, test } from "vitest";
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
