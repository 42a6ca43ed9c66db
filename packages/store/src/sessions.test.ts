import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeWorld } from "@sluice/ports/node";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "./open-store.ts";
import { Sessions } from "./sessions.ts";

test("a store that is away is told once a minute, however often somebody knocks", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-sessions-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const said: unknown[] = [];
  const log = { info: () => {}, warn: (event: string, details?: object) => said.push([event, details]), error: () => {} };
  const world = nodeWorld({ folder, log, keepsAlive: false });
  let nowMs = 0;
  const store = await openStore(`sqlite:${join(folder, "store.db")}`);
  await store.close();
  const sessions = new Sessions(store, { ...world, clock: { ...world.clock, monotonicMs: () => nowMs } });
  const knock = (index: number) => sessions.person({ method: "GET", url: "/api/me", headers: { authorization: `Bearer nobody-knows-${index}-0123` } });
  for (let index = 0; index < 50; index += 1) expect(await knock(index)).toBeUndefined();
  nowMs = 60_000;
  await knock(50);
  await knock(51);
  expect(said).toEqual([
    ["session.lookup", { why: expect.stringMatching(/./) }],
    ["session.lookup", { why: expect.stringMatching(/./), failedSince: 49 }],
  ]);
});
