import { describe, expect, test } from "vitest";
import { SluiceClient } from "./client.ts";
import type { SluiceOptions } from "./options.ts";
import { snapshotAt } from "./testing/snapshots.ts";
import { json, VirtualWorld } from "./testing/virtual-world.ts";

const HELLO = { environment: "production", epoch: "e1", seq: 3, heartbeatMs: 5000, confirmJitterMs: 0 };
const kill = (base: number): object => ({ epoch: "e1", base, to: base + 1, set: { kills: { [`k${base}`]: { flags: ["site.diary"] } } } });
const pathOf = (url: string): string => new URL(url).pathname;

async function connected(options: Partial<SluiceOptions> = {}): Promise<{ readonly world: VirtualWorld; readonly client: SluiceClient }> {
  const world = new VirtualWorld();
  world.answer = (request) => (pathOf(request.url) === "/sdk/v1/snapshot" ? json(200, snapshotAt(3)) : { status: 204, headers: {}, body: "" });
  const client = new SluiceClient({ url: "http://flags.example/", key: "secret", ...options }, world);
  await world.pass(10);
  world.send("hello", HELLO);
  await world.settle();
  return { world, client };
}

/** A log whose every call throws. */
const fail = (): never => {
  throw new Error("the log's own");
};
const FAILING = { info: fail, warn: fail, error: fail };

describe("the host's own code", () => {
  test("may throw in its log: a server that goes and comes back is followed, and no call throws", async () => {
    const { world, client } = await connected({ log: FAILING });
    expect(client.getBoolean("site.dairy", true)).toBe(true);
    expect(client.getString("site.diary", "?")).toBe("?");
    client.track("no name of an outcome", { customer: "acme" }, { flag: "site.diary" });
    client.contextToken({});
    world.hello = HELLO;
    world.drop("the connection was closed");
    await world.settle();
    expect(client.state).toBe("stale");
    await world.pass(5_000);
    world.send("patch", kill(3));
    await world.settle();
    expect([client.state, client.getBoolean("site.diary", true)]).toEqual(["ready", false]);
    await client.close();
  });

  test("may reject what a listener promised", async () => {
    const { world, client } = await connected();
    client.onChange(async () => {
      throw new Error("the listener's own");
    });
    world.send("patch", kill(3));
    await world.settle();
    expect(world.said("sluice.fault")).toEqual([expect.stringContaining("the listener's own")]);
    await client.close();
  });

  test("may close the client in a listener, whichever it is, and the last counts are sent once", async () => {
    for (const which of ["change", "offline"] as const) {
      const { world, client } = await connected();
      if (which === "change") client.onChange(() => void client.close());
      else client.onState((state) => void (state === "offline" && client.close()));
      client.getBoolean("site.photos", false);
      if (which === "change") world.send("patch", kill(3));
      else void client.close();
      await world.settle();
      await client.close();
      expect(world.requests.filter(({ url }) => pathOf(url) === "/sdk/v1/telemetry").length, which).toBe(1);
      expect([client.state, client.getBoolean("site.photos", false)], which).toEqual(["offline", true]);
    }
  });
});
