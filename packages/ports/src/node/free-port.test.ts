import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";

/** A place in [0, 1) that stands for this port. */
const placeOf = (port: number): number => (port - 15_000 + 0.5) / 17_768;

test("a free port is one that nobody listens on, and none that an outgoing connection may be lent", async () => {
  const holder = createServer();
  const taken = await freePort();
  await new Promise<void>((resolve) => holder.listen(taken, "127.0.0.1", resolve));
  const other = taken === 15_000 ? 15_001 : taken - 1;
  const places = [taken, taken, other].map(placeOf);
  expect(await freePort(() => places.shift() ?? 0)).toBe(other);
  await expect(freePort(() => placeOf(taken))).rejects.toThrow("100 were tried");
  await new Promise((resolve) => holder.close(resolve));
  expect(await freePort(() => placeOf(taken))).toBe(taken);
});

test("every port that may be chosen is below those of outgoing connections", async () => {
  const from = (first: number): (() => number) => {
    const places = [first];
    return () => places.shift() ?? Math.random();
  };
  expect(await freePort(from(0))).toBeGreaterThanOrEqual(15_000);
  expect(await freePort(from(1 - Number.EPSILON))).toBeLessThan(32_768);
});
