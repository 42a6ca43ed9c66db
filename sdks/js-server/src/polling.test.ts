import type { HttpReply, HttpRequest } from "@sluice/ports";
import { expect, test } from "vitest";
import { SluiceClient } from "./client.ts";
import { snapshotAt } from "./testing/snapshots.ts";
import { json, VirtualWorld } from "./testing/virtual-world.ts";

const HELLO = { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 };

/** A server that answers with this snapshot, and takes whatever else it is told. */
const answering =
  (snapshot: object) =>
  ({ url }: HttpRequest): HttpReply =>
    new URL(url).pathname === "/sdk/v1/snapshot" ? json(200, snapshot) : { status: 204, headers: {}, body: "" };

/** A client whose streams open and say nothing. */
function started(): { readonly world: VirtualWorld; readonly client: SluiceClient } {
  const world = new VirtualWorld();
  world.answer = answering(snapshotAt(3));
  return { world, client: new SluiceClient({ url: "http://flags.example/", key: "secret" }, world) };
}

test("where streams are held back on the way, kills are heard of by polling, and a stream that gets through is used again", async () => {
  const { world, client } = started();
  // Two streams that say nothing, for 5 s each.
  await world.pass(15_000);
  world.answer = answering({ ...snapshotAt(4), kills: { k1: { flags: ["site.diary"] } } });
  await world.pass(55_000);
  expect({ state: client.state, value: client.getBoolean("site.diary", true), trouble: client.trouble?.kind }).toEqual({
    state: "ready",
    value: false,
    trouble: "unreachable",
  });
  world.hello = { ...HELLO, seq: 4 };
  await world.pass(240_000);
  expect(world.said("sluice.connected").length).toBeGreaterThan(0);
  await client.close();
  expect(world.plannedCount).toBe(0);
});

test("a server that was away is no proxy: its stream is used at once when it is back", async () => {
  const { world, client } = started();
  world.hello = HELLO;
  await world.pass(100);
  const { answer } = world;
  [world.streamStatus, world.answer] = [0, (): "refused" => "refused"];
  world.drop("gone");
  await world.pass(8_000);
  [world.streamStatus, world.answer] = [200, answer];
  await world.pass(5_000);
  expect([client.state, world.said("sluice.connected").length]).toEqual(["ready", 1]);
});

test("a stream that drips bytes and never says hello is left, and the snapshot polled", async () => {
  const { world, client } = started();
  const drip = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      if (world.streams.some(({ isClosed }) => !isClosed)) world.sendBytes(new TextEncoder().encode(":\n"));
      await world.pass(1_000);
    }
  };
  await world.pass(100);
  await drip(20);
  expect(world.streams[0]?.isClosed).toBe(true);
  world.answer = answering({ ...snapshotAt(4), kills: { k1: { flags: ["site.diary"] } } });
  await drip(120);
  expect(client.getBoolean("site.diary", true)).toBe(false);
  await client.close();
});
