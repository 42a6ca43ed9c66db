import type { TelemetryBody } from "@sluice/contract";
import { describe, expect, test } from "vitest";
import { TestApi, TestDisk, TestWorld } from "../testing/test-world.ts";
import { TelemetryQueue } from "./telemetry-queue.ts";

interface Sent {
  readonly batches: readonly (Partial<TelemetryBody> & { readonly environment: string })[];
}

function queued(statusOf: () => number | undefined): { readonly world: TestWorld; readonly queue: TelemetryQueue; readonly sent: Sent[] } {
  const world = new TestWorld({ disk: new TestDisk(), api: new TestApi() });
  const sent: Sent[] = [];
  const queue = new TelemetryQueue({
    world,
    instance: "relay eu 1",
    send: async (text) => {
      sent.push(JSON.parse(text) as Sent);
      return statusOf();
    },
  });
  return { world, queue, sent };
}

const batchOf = (batch: number, more: Partial<TelemetryBody> = {}): TelemetryBody => ({
  instance: "i1",
  batch,
  outcomes: [{ flag: "shop.gift", variant: "on", outcome: "redeem", customer: "0123456789abcdef", ok: 3, failed: 1 }],
  droppedOutcomes: 0,
  answers: [{ flag: "shop.gift", variant: "on", reason: "STATIC", count: 10 }],
  droppedAnswers: 0,
  ...more,
});

const numbers = (sent: Sent[]): readonly (readonly (number | undefined)[])[] => sent.map(({ batches }) => batches.map(({ batch }) => batch));

describe("what processes behind a relay have seen", () => {
  test("goes up as it came, with its environment, within a second, and several batches together", async () => {
    const { world, queue, sent } = queued(() => 204);
    queue.put("production", batchOf(1));
    queue.put("staging", batchOf(2));
    expect(sent).toEqual([]);
    await world.advance(1_000);
    expect(sent).toEqual([
      {
        batches: [
          { environment: "production", ...batchOf(1) },
          { environment: "staging", ...batchOf(2) },
        ],
      },
    ]);
    await world.advance(60_000);
    expect(sent).toHaveLength(1);
  });

  test("waits while the server is away, in its order, and is not lost", async () => {
    let status: number | undefined = undefined;
    const { world, queue, sent } = queued(() => status);
    queue.put("production", batchOf(1));
    await world.advance(10_000);
    queue.put("production", batchOf(2));
    status = 503;
    await world.advance(10_000);
    status = 204;
    queue.reachable();
    await world.advance(10_000);
    expect(numbers(sent).at(-1)).toEqual([1, 2]);
    expect(
      numbers(sent)
        .slice(0, -1)
        .every(([first]) => first === 1),
    ).toBe(true);
    sent.length = 0;
    await world.advance(60_000);
    expect(sent).toEqual([]);
  });

  test("takes 8 MiB and no more; what has no room is told once, as counts, under a name of the relay's own", async () => {
    let status: number | undefined = undefined;
    const { world, queue, sent } = queued(() => status);
    const large = Array.from({ length: 1_000 }, (_, at) => ({
      flag: `shop.flag-${at}-${"x".repeat(100)}`,
      variant: "on",
      reason: "STATIC" as const,
      count: 1,
    }));
    // Each is about 170 kB, so 49 fit.
    for (let batch = 1; batch <= 60; batch++) queue.put("production", batchOf(batch, { answers: large }));
    await world.advance(5_000);
    status = 204;
    await world.advance(60_000);
    const taken = sent.filter((_, at) => at > 0).flatMap(({ batches }) => batches);
    const own = taken.filter(({ instance }) => instance === "relay eu 1");
    const others = taken.filter(({ instance }) => instance === "i1").map(({ batch }) => batch);
    expect(others).toEqual(Array.from({ length: others.length }, (_, at) => at + 1));
    expect(others.length).toBeGreaterThan(40);
    expect(own).toEqual([
      { environment: "production", instance: "relay eu 1", batch: 1, droppedOutcomes: (60 - others.length) * 4, droppedAnswers: (60 - others.length) * 1_000 },
    ]);
    for (const { batches } of sent) expect(JSON.stringify({ batches }).length).toBeLessThan(4 * 2 ** 20);
  });

  test("that the server refuses is not sent again, and is counted as dropped", async () => {
    let status = 400;
    const { world, queue, sent } = queued(() => status);
    queue.put("production", batchOf(1));
    await world.advance(1_000);
    status = 204;
    queue.put("production", batchOf(2));
    await world.advance(10_000);
    expect(sent.map(({ batches }) => batches.map(({ instance, batch, droppedOutcomes }) => [instance, batch, droppedOutcomes]))).toEqual([
      [["i1", 1, 0]],
      [["i1", 2, 0]],
      [["relay eu 1", 1, 4]],
    ]);
  });

  test("stops with the relay", async () => {
    const { world, queue, sent } = queued(() => 204);
    queue.put("production", batchOf(1));
    queue.stop();
    await world.advance(60_000);
    expect(sent).toEqual([]);
  });
});
