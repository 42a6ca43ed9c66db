import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { GuardView } from "@sluice/contract";
import { expect } from "vitest";
import { FlagRepository } from "../../faults/rig/flag-repository.ts";
import { makeFolder, startSluice, until, untilHealthy } from "../../faults/rig/running.ts";
import { relayKeyOf, startRelay } from "../../faults/rig/running-relay.ts";
import { guardedFlag } from "./guarded-flag.ts";

const FLAG = "billing.export";
const WAIT_MS = 120_000;

const PROJECT = `project: guarded
environments: { production: { name: Production, decidedByPeople: false } }
teams: { team-billing: {} }
customer: customer
`;

interface Usage {
  readonly answers: readonly { readonly flag: string; readonly variant?: string; readonly reason: string; readonly count: number }[];
  readonly instances: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A process of a language that serves four customers of a real server, or of a relay in front of it: the guard finds the one whom the feature harms,
 * and what the process answered stands in the server's listing. The process is given the flag's key as its last argument and SLUICE_URL and
 * SLUICE_SDK_KEY, tracks `export` for acme, bolt, cara and dune (with the feature, acme fails every third time; all else fails once in fifty), prints
 * a line of JSON with `having` whenever that changes, and ends when its standard input does.
 */
export async function guardFindsHarm(
  program: string,
  argv: readonly string[],
  { at, sdk }: { readonly at: "server" | "relay"; readonly sdk: string },
): Promise<void> {
  const folder = makeFolder("live-shop");
  const repository = new FlagRepository(join(folder.path, "flags"), []);
  const have = (having: readonly string[], why: string): void => {
    repository.write("flags/billing/export.yaml", guardedFlag(FLAG, having, "errors: { outcome: export, reaction: kill }"));
    repository.commit(why);
  };
  repository.write("sluice.yaml", PROJECT);
  have([], "A guarded flag");
  const data = join(folder.path, "data");
  // A window of a second and a half, so that the minutes of a guard pass in seconds.
  const environment = { SLUICE_GUARD_WINDOW_MS: "1500" };
  const running = await startSluice({ data, source: repository.folder, run: "sources", pollMs: 200, environment });
  const relay =
    at === "relay" ? await startRelay({ data: join(folder.path, "relay"), upstream: running.url, key: relayKeyOf(data), run: "sources" }) : undefined;
  await untilHealthy(running, WAIT_MS);
  const child = spawn(program, [...argv, FLAG], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, SLUICE_URL: relay?.url ?? running.url, SLUICE_SDK_KEY: running.sdkKey },
  });
  try {
    let said = "nothing";
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { having } = JSON.parse(line) as { readonly having: readonly string[] };
      said = having.join();
    });
    const sees = (...having: readonly string[]): Promise<true> =>
      until(`the process sees "${having.join()}"`, () => (said === having.join() ? true : undefined), WAIT_MS);
    const ask = async <T>(path: string): Promise<T> => (await running.ask("GET", path)).body as T;
    await sees();
    await until(
      "the past is known",
      async () => {
        const { guards } = await ask<{ readonly guards: readonly GuardView[] }>("/api/guards");
        return (guards[0]?.seen?.baseline ?? 0) > 2_000 ? true : undefined;
      },
      WAIT_MS,
    );
    have(["acme", "bolt", "cara"], "Three customers get it");
    await sees("acme", "bolt", "cara");
    await sees("bolt", "cara");
    const { kills } = await ask<{ readonly kills: readonly Readonly<Record<string, unknown>>[] }>("/api/kills");
    expect(kills).toMatchObject([{ flags: [FLAG], by: "the guard errors", scope: { customers: [expect.stringMatching(/^[0-9a-f]{16}$/)] } }]);
    if (sdk === "node") return;
    const { answers, instances } = await until(
      "the server lists what was answered",
      async () => {
        const usage = await ask<Usage>("/api/usage?environment=production");
        return usage.answers.some(({ reason }) => reason === "TARGETING_MATCH") && usage.answers.some(({ reason }) => reason === "DISABLED")
          ? usage
          : undefined;
      },
      WAIT_MS,
    );
    const of = (variant: string, reason: string): number =>
      answers.find((row) => row.flag === FLAG && row.variant === variant && row.reason === reason)?.count ?? 0;
    // Before the rule there was nothing to look at, then some have it and one of them lost it.
    expect(of("off", "STATIC")).toBeGreaterThan(1_000);
    expect(of("on", "TARGETING_MATCH")).toBeGreaterThan(0);
    expect(of("off", "DISABLED")).toBeGreaterThan(0);
    expect(instances).toMatchObject([{ service: "shop", sdk: expect.stringMatching(`^${sdk}/`), dropped: 0, applied: { seq: expect.any(Number) } }]);
    expect(instances[0]?.["relay"] !== undefined).toBe(at === "relay");
  } finally {
    child.stdin.end();
    child.kill("SIGTERM");
    await relay?.supervised.stop();
    await running.supervised.stop();
    folder.remove();
  }
}
