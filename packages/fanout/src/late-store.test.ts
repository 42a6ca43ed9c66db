import { StoreUnavailable } from "@sluice/store";
import { expect, test } from "vitest";
import { openSoonerOrLater } from "./late-store.ts";
import { RunningFanout } from "./testing/running-fanout.ts";
import { settle } from "./testing/test-world.ts";

test("a store that opens at once is given as it is", async () => {
  const { store, world } = new RunningFanout();
  expect(await openSoonerOrLater(async () => store, world)).toBe(store);
});

test("a store that opens later refuses at once until then, and hints to those who watch when it has", async () => {
  const { store, world, database } = await new RunningFanout().prepare();
  let tries = 0;
  const late = await openSoonerOrLater(async () => {
    if (++tries < 4) throw new Error("connection refused");
    return store;
  }, world);
  let hints = 0;
  const stop = late.watch(() => hints++);
  await expect(late.head()).rejects.toBeInstanceOf(StoreUnavailable);
  await expect(late.append([], 0)).rejects.toThrow("connection refused");
  await world.advance(2_900);
  expect([tries, hints]).toEqual([3, 0]);
  await world.advance(200);
  expect([tries, hints]).toEqual([4, 1]);
  expect(await late.head()).toEqual(database.head());
  await store.append([{ command: "held-1", atMs: 0, facts: { kind: "commitHeld", commit: "c", removed: 1, of: 2 }, personal: { by: "git" } }], 1);
  expect([hints, (await late.read(0, 10)).length]).toEqual([2, 2]);
  stop();
  await store.append([{ command: "held-2", atMs: 0, facts: { kind: "commitHeld", commit: "d", removed: 1, of: 2 }, personal: { by: "git" } }], 2);
  expect(hints).toBe(2);
});

test("a store that was given up is not opened any more, and one that opens too late is closed", async () => {
  const { store, world } = new RunningFanout();
  let tries = 0;
  let open = (): void => {};
  const late = await openSoonerOrLater(async () => {
    if (++tries === 1) throw new Error("refused");
    await new Promise<void>((resolve) => {
      open = resolve;
    });
    return store;
  }, world);
  await world.advance(1_000);
  await late.close();
  open();
  await settle();
  await expect(store.head()).rejects.toBeInstanceOf(StoreUnavailable);
  await world.advance(10_000);
  expect(tries).toBe(2);
});
