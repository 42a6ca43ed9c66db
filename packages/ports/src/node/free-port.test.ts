import { createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { freePort } from "./free-port.ts";

/** A range of this file's own, with which no other test meets. */
const [FIRST, COUNT] = [14_000, 1_000];
const before = process.env["SLUICE_FREE_PORTS"];
const useOwn = (): void => void (process.env["SLUICE_FREE_PORTS"] = `${FIRST}-${FIRST + COUNT - 1}`);
afterEach(() => {
  if (before === undefined) delete process.env["SLUICE_FREE_PORTS"];
  else process.env["SLUICE_FREE_PORTS"] = before;
});

/** A place in [0, 1) that stands for this port of the file's own range. */
const placeOf = (port: number): number => (port - FIRST + 0.5) / COUNT;
const held = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });

test("a free port is one that nobody listens on", async () => {
  useOwn();
  const holder = await held(FIRST + 10);
  const places = [FIRST + 10, FIRST + 10, FIRST + 11].map(placeOf);
  expect(await freePort(() => places.shift() ?? 0)).toBe(FIRST + 11);
  await expect(freePort(() => placeOf(FIRST + 10))).rejects.toThrow("100 were tried");
  await new Promise((resolve) => holder.close(resolve));
  expect(await freePort(() => placeOf(FIRST + 10))).toBe(FIRST + 10);
});

test("is not given twice to one process, which may not listen yet, nor to two that ask at once", async () => {
  useOwn();
  const port = FIRST + 20;
  const places = [port, port, port + 1].map(placeOf);
  const next = (): number => places.shift() ?? 0.999;
  const both = await Promise.all([freePort(next), freePort(next)]);
  expect(both.toSorted((a, b) => a - b)).toEqual([port, port + 1]);
  await expect(freePort(() => placeOf(port))).rejects.toThrow("100 were tried");
});

test("every port that may be chosen is below those of outgoing connections", async () => {
  delete process.env["SLUICE_FREE_PORTS"];
  const from = (first: number): (() => number) => {
    const places = [first];
    return () => places.shift() ?? Math.random();
  };
  expect(await freePort(from(0))).toBeGreaterThanOrEqual(15_000);
  expect(await freePort(from(1 - Number.EPSILON))).toBeLessThan(32_768);
});

test.each(["", "20000", "20000-", "a-b", "0-10", "30000-20000", "60000-70000"])("what is no range of ports is told, but for an empty one: %j", async (text) => {
  process.env["SLUICE_FREE_PORTS"] = text;
  if (text === "") expect(await freePort()).toBeGreaterThanOrEqual(15_000);
  else await expect(freePort()).rejects.toThrow(`SLUICE_FREE_PORTS is "${text}"; expected two ports`);
});
