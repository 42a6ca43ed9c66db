import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FlagRepository, flagKeys } from "../faults/rig/flag-repository.ts";
import { makeFolder, type Running, startSluice, until } from "../faults/rig/running.ts";
import { relayKeyOf, type RunningRelay, startRelay, untilServes } from "../faults/rig/running-relay.ts";

const PRLIMIT = "/usr/bin/prlimit";

interface Health {
  readonly status: string;
  readonly fanout: { readonly emergencyKillsWaiting: number };
  readonly killPath?: { readonly relaysWithoutOwnKills?: readonly string[] };
  readonly ownKills?: { readonly tried: number; readonly confirmed: number; readonly reachedMs?: number; readonly isLate: boolean };
}

const folder = makeFolder("own-kill");
let server: Running;
let relay: RunningRelay;

const health = async ({ url }: { readonly url: string }): Promise<Health> => (await (await fetch(`${url}/health`)).json()) as Health;

/** Goes on when the server names these relays, and no others. */
const named = (...relays: readonly string[]): Promise<true> =>
  until(
    `without kills of their own are: ${relays.join(" ")}`,
    async () => (JSON.stringify((await health(server)).killPath?.relaysWithoutOwnKills ?? []) === JSON.stringify(relays) ? true : undefined),
    60_000,
  );

/** What the relay's running process may do, from now on. */
function limit(what: string): void {
  execFileSync(PRLIMIT, ["--pid", String(relay.supervised.pids.fanout), what]);
}

beforeAll(async () => {
  const { folder: source } = new FlagRepository(`${folder.path}/flags`, flagKeys(3));
  const data = `${folder.path}/data`;
  server = await startSluice({ data, source, run: "sources", probeEveryMs: 100 });
  relay = await startRelay({ data: `${folder.path}/relay`, upstream: server.url, key: relayKeyOf(data), name: "eu-west", run: "sources", probeEveryMs: 200 });
  await untilServes(relay);
}, 120_000);
afterAll(async () => {
  await relay?.supervised.stop();
  await server?.supervised.stop();
  folder.remove();
});

test("a relay's own kill is tried over its port, with no trace at the server or in any list", { timeout: 120_000 }, async () => {
  const { ownKills } = await until("trials come through", async () => {
    const now = await health(relay);
    return (now.ownKills?.confirmed ?? 0) >= 3 ? now : undefined;
  });
  expect(ownKills).toMatchObject({ isLate: false });
  expect(ownKills?.reachedMs).toBeGreaterThan(0);
  await named();
  expect((await health(relay)).fanout.emergencyKillsWaiting).toBe(0);
  expect((await relay.ask("GET", "/api/kills")).body).toMatchObject({ kills: [] });
  expect((await server.ask("GET", "/api/kills/history")).body).toMatchObject({ kills: [] });
});

test.skipIf(!existsSync(PRLIMIT))("the server names a relay whose disk takes no kill, until it does again", { timeout: 240_000 }, async () => {
  limit("--fsize=0:");
  await named("eu-west");
  const now = await health(relay);
  expect([now.status, now.ownKills?.isLate]).toEqual(["degraded", true]);
  limit("--fsize=unlimited:");
  await named();
});

test.skipIf(!existsSync(PRLIMIT))("the server names a relay whose port takes no connection any more, until it does again", { timeout: 240_000 }, async () => {
  limit("--nofile=8:");
  await named("eu-west");
  limit("--nofile=1024:");
  await named();
});
