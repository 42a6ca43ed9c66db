import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "@sluice/ports/node";
import type { GuardView } from "@sluice/contract";
import { afterEach, describe, expect, test } from "vitest";
import { FlagRepository } from "../faults/rig/flag-repository.ts";
import { lift, makeFolder, type Running, startSluice, until, untilHealthy } from "../faults/rig/running.ts";
import { guardedFlag } from "./guards/guarded-flag.ts";
import { guardFindsHarm } from "./guards/live-shop.ts";

const FLAG = "billing.export";
const OTHER = "billing.import";
const LIMIT = { timeout: 240_000 };
const PROMETHEUS = ["/usr/bin/prometheus", "/usr/local/bin/prometheus"].find(existsSync);
if (PROMETHEUS === undefined) console.log("skipped: guards of real queries, because there is no prometheus on this machine.");

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const PROJECT = `project: guarded
environments: { production: { name: Production, decidedByPeople: false } }
teams: { team-billing: {} }
customer: customer
guards: { perDay: 20, quietHours: 1 }
`;
const ERRORS = "errors: { outcome: export, reaction: kill }";

interface Guarded {
  readonly repository: FlagRepository;
  readonly data: string;
  readonly serve: () => Promise<Running>;
  readonly path: string;
}

async function guarded(guards: string, having: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Guarded> {
  const folder = makeFolder("guards");
  ends.push(() => folder.remove());
  const repository = new FlagRepository(join(folder.path, "flags"), []);
  repository.write("sluice.yaml", PROJECT);
  repository.write("flags/billing/export.yaml", guardedFlag(FLAG, having, guards));
  repository.write("flags/billing/import.yaml", guardedFlag(OTHER, having, "slow: { outcome: import, reaction: announce }"));
  repository.commit("A guarded flag");
  const [data, port] = [join(folder.path, "data"), await freePort()];
  const serve = async (): Promise<Running> => {
    // A window of a second and a half, so that the minutes of a guard pass in seconds.
    const options = {
      data,
      source: repository.folder,
      run: "sources",
      pollMs: 200,
      port,
      environment: { SLUICE_GUARD_WINDOW_MS: "1500", ...environment },
    } as const;
    const running = await startSluice(options);
    ends.push(() => running.supervised.stop());
    await untilHealthy(running, 60_000);
    return running;
  };
  return { repository, data, serve, path: folder.path };
}

/** What a process of the application says who has the feature. */
function shop({ url, sdkKey }: Running): { readonly having: () => readonly string[] | undefined } {
  const child = spawn(process.execPath, [join(import.meta.dirname, "guards/shop-process.ts"), FLAG], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, SLUICE_URL: url, SLUICE_SDK_KEY: sdkKey },
  });
  ends.push(() => ended(child));
  let said: readonly string[] | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => ({ having: said } = JSON.parse(line)));
  return { having: () => said };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => void child.once("exit", resolve));
  child.stdin?.end();
  child.kill("SIGTERM");
  await gone;
}

const guardIn = async (running: Running, name: string): Promise<GuardView | undefined> => {
  const { guards } = (await running.ask("GET", "/api/guards")).body as { readonly guards: readonly GuardView[] };
  return guards.find((guard) => guard.name === name);
};

interface Listed {
  readonly kill: string;
  readonly flags: readonly string[];
  readonly by?: string;
  readonly reason?: string;
}
const killsIn = async (running: Running): Promise<readonly Listed[]> =>
  ((await running.ask("GET", "/api/kills")).body as { readonly kills: readonly Listed[] }).kills;

describe("a guard of a real server and real processes", () => {
  test("switches the feature off for the one customer that it harms, over a restart in between, and a lift stays lifted", LIMIT, async () => {
    const { repository, serve } = await guarded(ERRORS, []);
    let running = await serve();
    const shops = [shop(running), shop(running)];
    const all = (having: readonly string[]): Promise<true> =>
      until(`everybody sees ${having.join(", ")}`, () => (shops.every((one) => one.having()?.join() === having.join()) ? true : undefined), 60_000);
    await all([]);
    await until("the past is known", async () => (((await guardIn(running, "errors"))?.seen?.baseline ?? 0) > 3_000 ? true : undefined), 90_000);
    // Neither what was learnt nor the guard is lost with its process; a second look comes after it was written down.
    await running.supervised.stop();
    running = await serve();
    expect(await killsIn(running)).toEqual([]);
    await until("what was learnt is there again", async () => (((await guardIn(running, "errors"))?.seen?.baseline ?? 0) > 0 ? true : undefined), 60_000);
    repository.write("flags/billing/export.yaml", guardedFlag(FLAG, ["acme", "bolt", "cara"], ERRORS));
    repository.commit("Three customers get it");
    await all(["acme", "bolt", "cara"]);
    await all(["bolt", "cara"]);
    const [placed, ...more] = await killsIn(running);
    expect(more).toEqual([]);
    expect(placed).toMatchObject({ flags: [FLAG], by: "the guard errors", scope: { customers: [expect.stringMatching(/^[0-9a-f]{16}$/)] } });
    expect(placed?.reason).toMatch(/^Failures of export rose from [\d.]+ % to (?:2\d|3\d|4\d) % for 1 of 3 customers that have it\.$/);
    await until("it is written down", async () => ((await guardIn(running, "errors"))?.last?.did === "killed" ? true : undefined));
    await lift(running, placed?.kill ?? "");
    await all(["acme", "bolt", "cara"]);
    await until("it says why it keeps still", async () => ((await guardIn(running, "errors"))?.last?.heldBack === "quiet" ? true : undefined), 90_000);
    expect(await killsIn(running)).toEqual([]);
    expect(shops.map((one) => one.having())).toEqual([
      ["acme", "bolt", "cara"],
      ["acme", "bolt", "cara"],
    ]);
  });
});

test("a guard finds harm in what a process behind a relay reports", LIMIT, () =>
  guardFindsHarm(process.execPath, [join(import.meta.dirname, "guards/shop-process.ts")], { at: "relay", sdk: "node" }),
);

describe.skipIf(PROMETHEUS === undefined)("a guard of a real Prometheus", () => {
  test("sees nothing while it is away, kills for whom it names, and sees nothing again when it is gone", LIMIT, async () => {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const query = "slow: { query: latency_seconds, customer: tenant, above: 2, windows: 2 of 3, reaction: kill }";
    const { serve, path } = await guarded(query, ["acme", "bolt"], { SLUICE_PROMETHEUS: `http://127.0.0.1:${port}` });
    const values = { acme: 1, bolt: 1, cara: 1 };
    const metrics = createServer((_request, response) => {
      const lines = Object.entries(values).map(([tenant, value]) => `latency_seconds{tenant="${tenant}"} ${value}\n`);
      response.setHeader("content-type", "text/plain; version=0.0.4").end(`# TYPE latency_seconds gauge\n${lines.join("")}`);
    });
    await new Promise<void>((resolve) => void metrics.listen(metricsPort, "127.0.0.1", resolve));
    ends.push(() => new Promise((resolve) => void metrics.close(resolve)));
    const running = await serve();
    await until("it says that Prometheus is away", async () =>
      (await guardIn(running, "slow"))?.noData?.includes("did not answer") === true ? true : undefined,
    );
    writeFileSync(
      join(path, "prometheus.yml"),
      `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: shop, static_configs: [{ targets: ["127.0.0.1:${metricsPort}"] }] }]\n`,
    );
    const options = [
      `--config.file=${join(path, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(path, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ];
    const prometheus = spawn(PROMETHEUS ?? "", options, { stdio: "ignore" });
    ends.push(() => ended(prometheus));
    await until("it has data", async () => ((await guardIn(running, "slow"))?.noData === undefined ? true : undefined), 60_000);
    expect(await killsIn(running)).toEqual([]);
    values.acme = 7.5;
    const [placed] = await until("the kill", async () => ((await killsIn(running)).length > 0 ? killsIn(running) : undefined), 60_000);
    expect(placed).toMatchObject({
      flags: [FLAG],
      by: "the guard slow",
      reason: "Its query was above 2 for 1 customer, up to 7.5.",
      scope: { customers: [expect.any(String)] },
    });
    await ended(prometheus);
    await until("it says that Prometheus is away", async () =>
      (await guardIn(running, "slow"))?.noData?.includes("did not answer") === true ? true : undefined,
    );
    expect(await killsIn(running)).toHaveLength(1);
  });
});
