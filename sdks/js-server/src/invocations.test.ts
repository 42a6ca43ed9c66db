import type { Timers } from "@sluice/ports";
import { expect, test } from "vitest";
import { SluiceClient } from "./client.ts";
import type { SluiceOptions } from "./options.ts";
import { snapshotAt } from "./testing/snapshots.ts";
import { json, VirtualWorld } from "./testing/virtual-world.ts";

const flag = "site.photos";
/** Whoever is frozen between invocations plans nothing. */
const noTimers: Timers = {
  after: () => {
    throw new Error("a timer in a process that is frozen between invocations");
  },
};

function start(options: SluiceOptions = {}): { readonly world: VirtualWorld; readonly client: SluiceClient; readonly asked: (path: string) => number } {
  const world = new VirtualWorld();
  world.answer = (request) => {
    const path = new URL(request.url).pathname;
    return path === "/sdk/v1/snapshot" ? json(200, snapshotAt(3)) : { status: 204, headers: {}, body: "" };
  };
  const { clock, random, disk, http, log } = world;
  const client = new SluiceClient(
    { url: "http://flags.example", key: "k", refreshEveryMs: 30_000, ...options },
    { clock, random, disk, http, log, timers: noTimers },
  );
  return { world, client, asked: (path) => world.requests.filter(({ url }) => new URL(url).pathname === path).length };
}

/** An invocation's part while the network answers. */
async function within(world: VirtualWorld, part: Promise<void>): Promise<void> {
  await world.settle();
  await part;
}

test("between invocations nothing is asked, and within them once in the time that is said", async () => {
  const { world, client, asked } = start();
  await world.pass(3_600_000);
  expect([world.requests.length, client.state, client.getBoolean(flag, false)]).toEqual([0, "starting", false]);
  await within(world, client.ready());
  expect([client.getBoolean(flag, false), client.state, asked("/sdk/v1/snapshot")]).toEqual([true, "ready", 1]);
  await within(world, client.refresh());
  await world.pass(29_000);
  await within(world, client.refresh());
  expect(asked("/sdk/v1/snapshot")).toBe(1);
  await world.pass(1_000);
  await Promise.all([within(world, client.refresh()), client.refresh()]);
  expect([asked("/sdk/v1/snapshot"), world.streams.length]).toEqual([2, 0]);
  await client.close();
});

test("a server that is away costs one request in that time and leaves the last good flags; a first one is asked for sooner", async () => {
  const { world, client, asked } = start();
  const answer = world.answer;
  world.answer = () => "refused";
  await within(world, client.refresh());
  expect([client.getBoolean(flag, false), client.trouble?.kind]).toEqual([false, "unreachable"]);
  await world.pass(1_000);
  world.answer = answer;
  await within(world, client.refresh());
  expect([client.getBoolean(flag, false), client.trouble, client.state]).toEqual([true, undefined, "ready"]);
  world.answer = () => "refused";
  await world.pass(30_000);
  await within(world, client.refresh());
  await within(world, client.refresh());
  expect([client.getBoolean(flag, false), client.state, asked("/sdk/v1/snapshot")]).toEqual([true, "stale", 3]);
  await client.close();
});

test("what was counted is sent at the end of an invocation, and again where it did not come through", async () => {
  const { world, client, asked } = start();
  await within(world, client.refresh());
  await within(world, client.flush());
  expect(asked("/sdk/v1/telemetry")).toBe(0);
  client.track("export", { customer: "acme" }, { flag });
  const answer = world.answer;
  world.answer = () => "refused";
  await within(world, client.flush());
  world.answer = answer;
  await within(world, client.flush());
  const batches = world.requests.filter(({ url }) => url.endsWith("/telemetry")).map(({ body }) => JSON.parse(new TextDecoder().decode(body)) as object);
  expect(batches).toHaveLength(2);
  expect(batches[1]).toEqual(batches[0]);
  client.track("export", { customer: "acme" }, { flag });
  await within(world, client.close());
  expect(asked("/sdk/v1/telemetry")).toBe(3);
});

test("urgent kills that are in force are there when the first flags are, and what came is on the disk before the next invocation", async () => {
  const { world, client } = start({ cacheDir: "anywhere" });
  world.answer = (request) =>
    new URL(request.url).pathname === "/sdk/v1/urgent"
      ? json(200, { urgent: [{ id: "k1", epoch: "e1", flags: [flag], journal: "j", counter: 1 }] })
      : { ...json(200, snapshotAt(3)), headers: { "content-type": "application/json", "sluice-urgent": "1" } };
  await within(world, client.refresh());
  expect(client.getBooleanDetails(flag, true)).toMatchObject({ value: false, cause: "kill", by: "k1" });
  await world.settle();
  expect(world.files.size).toBe(1);
  await client.close();
});
