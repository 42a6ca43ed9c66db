import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FlagRepository, flagKeys } from "../faults/rig/flag-repository.ts";
import { makeFolder, type Running, startSluice, until } from "../faults/rig/running.ts";
import { relayKeyOf, type RunningRelay, startRelay, untilServes } from "../faults/rig/running-relay.ts";
import { CHROMIUM, launchChromium } from "./chromium.ts";

interface KillPath {
  readonly confirmed: number;
  readonly reachedMs?: number;
  readonly isEmergency?: boolean;
  readonly isLate: boolean;
}

const folder = makeFolder("probe");
let running: Running;

async function killPath(): Promise<KillPath> {
  const response = await fetch(`${running.url}/health`);
  return ((await response.json()) as { readonly killPath: KillPath }).killPath;
}

/** Goes on when this many more rounds have come through. */
async function rounds(count: number): Promise<KillPath> {
  const { confirmed } = await killPath();
  return until(`${count} rounds of the probe come through`, async () => {
    const now = await killPath();
    return now.confirmed >= confirmed + count ? now : undefined;
  });
}

interface Health {
  readonly status: string;
  readonly fanout: { readonly environments: object };
  readonly killPath?: KillPath & { readonly lateRelays?: readonly string[] };
}

const health = async ({ url }: { readonly url: string }): Promise<Health> => (await (await fetch(`${url}/health`)).json()) as Health;

/** Goes on when the server names these relays as late, and no others. */
function late(...relays: readonly string[]): Promise<true> {
  const look = async (): Promise<true | undefined> => {
    const { killPath: path, status } = await health(running);
    const isNamed = JSON.stringify(path?.lateRelays ?? []) === JSON.stringify(relays);
    return isNamed && status === (relays.length === 0 ? "ok" : "degraded") ? true : undefined;
  };
  return until(`late are: ${relays.join(" ")}`, look, 60_000);
}

/** Goes on when this relay is late, of which nothing but trial kills tells: its connections stay open. */
async function lateWhileStopped(one: RunningRelay, name: string): Promise<void> {
  const { fanout: pid } = one.supervised.pids;
  if (pid === undefined) throw new Error("the relay runs");
  process.kill(pid, "SIGSTOP");
  try {
    await late(name);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await late();
}

describe("kills are tried all the time", () => {
  beforeAll(async () => {
    const repository = new FlagRepository(`${folder.path}/flags`, flagKeys(3));
    running = await startSluice({ data: `${folder.path}/data`, source: repository.folder, run: "sources", probeEveryMs: 100 });
  });
  afterAll(async () => {
    await running?.supervised.stop();
    folder.remove();
  });

  test("over the public port to a real client, beside the project and its log", async () => {
    const path = await rounds(3);
    expect(path.isLate).toBe(false);
    expect(path.reachedMs).toBeGreaterThan(0);
    const { body } = await running.ask("GET", "/api/kills/history");
    expect((body as { readonly kills: readonly unknown[] }).kills).toEqual([]);
    expect(JSON.stringify((await running.ask("GET", "/api/flags")).body)).not.toContain("probe");
  });

  test("also while the API is stopped, and when the process that takes kills was ended", async () => {
    const { api, fanout } = running.supervised.pids;
    if (api === undefined || fanout === undefined) throw new Error("both processes run");
    process.kill(api, "SIGSTOP");
    await rounds(2);
    process.kill(fanout, "SIGKILL");
    await until("another process has the port", () => (running.supervised.pids.fanout === fanout ? undefined : running.supervised.pids.fanout));
    await until("it takes kills again", async () => ((await killPath().catch(() => undefined))?.confirmed ?? 0) >= 1 || undefined);
    expect((await killPath()).isLate).toBe(false);
    process.kill(api, "SIGCONT");
  });

  test("at relays too, by a client of each, and the server names a relay that they do not come through", { timeout: 240_000 }, async () => {
    const made: RunningRelay[] = [];
    const relay = async (name: string, upstream: string): Promise<RunningRelay> => {
      const key = relayKeyOf(`${folder.path}/data`);
      const started = await startRelay({ data: `${folder.path}/${name}`, upstream, key, name, run: "sources", probeEveryMs: 100 });
      made.push(started);
      return started;
    };
    try {
      const near = await relay("near", running.url);
      await untilServes(near);
      const far = await relay("far", near.url);
      for (const one of [near, far]) await until("its client has trial kills", async () => ((await health(one)).killPath?.confirmed ?? 0) >= 3 || undefined);
      const { killPath: path, fanout } = await health(far);
      expect(path).toMatchObject({ environment: "sluice-probe", isLate: false });
      expect(path?.reachedMs).toBeGreaterThan(0);
      expect(Object.keys(fanout.environments)).not.toContain("sluice-probe");
      expect(JSON.stringify((await far.ask("GET", "/api/environments")).body)).not.toContain("probe");
      await late();
      await lateWhileStopped(far, "near/far");
      await lateWhileStopped(near, "near");
    } finally {
      for (const one of made.toReversed()) await one.supervised.stop();
    }
  });

  test.skipIf(!existsSync(CHROMIUM))("the kill page says when one came through last; every page, that none does", async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ locale: "en-GB" });
      await page.goto(`${running.url}/#/first?once=${running.supervised.once ?? ""}`);
      await page.getByLabel("Your name").fill("Mara");
      await page.getByLabel("E-mail").fill("mara@example.com");
      await page.getByLabel(/^Password/).fill("a long enough password");
      await page.getByRole("button", { name: "Make the account and sign in" }).click();
      await page.getByRole("link", { name: "Kill", exact: true }).first().click();
      await page
        .getByText(/Tried every minute with a flag that nobody has\. The last such kill, less than a minute ago, had reached its service after \d+ m?s\./)
        .waitFor();
      expect(await page.getByText("No trial kill has come through").count()).toBe(0);
      // Two and a half minutes are what the process waits for; here its answer says that they are over.
      await page.route("**/health", async (route) => {
        const body = (await (await route.fetch()).json()) as { readonly killPath: object };
        await route.fulfill({ json: { ...body, status: "degraded", killPath: { ...body.killPath, ageMs: 240_000, isLate: true } } });
      });
      await page.reload();
      await page.getByText("No trial kill has come through for 4 minutes.").waitFor();
      expect(await page.getByText("Tried every minute").count()).toBe(0);
      await page.unroute("**/health");
      await page.route("**/health", async (route) => {
        const body = (await (await route.fetch()).json()) as { readonly killPath: object };
        await route.fulfill({
          json: { ...body, status: "degraded", killPath: { ...body.killPath, lateRelays: ["eu-west", "near/far"], relaysWithoutOwnKills: ["us-east"] } },
        });
      });
      await page.reload();
      await page.getByText("No trial kill comes through the relays eu-west, near/far.").waitFor();
      await page.getByText("Kills asked for at the relay us-east do not work.").waitFor();
      expect(await page.getByText("No trial kill has come through").count()).toBe(0);
    } finally {
      await browser.close();
    }
  });
});
