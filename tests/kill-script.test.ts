import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FlagRepository, flagKeys } from "../faults/rig/flag-repository.ts";
import { crash, makeFolder, type Running, startSluice } from "../faults/rig/running.ts";
import { Witness } from "../faults/rig/witness.ts";

const SCRIPT = join(import.meta.dirname, "../examples/operator/kill.sh");
const [FLAG = "", LATE = ""] = flagKeys(2);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The script as an operator runs it; `env` beside PATH is all that it has. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile("sh", [SCRIPT, ...args], { env: { PATH: process.env["PATH"] ?? "", ...env } }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

interface ListedKill {
  readonly kill: string;
  readonly flags: readonly string[];
  readonly reason?: string;
}

const folder = makeFolder("kill-script");
let repository: FlagRepository;
let running: Running;
let port = 0;
const serve = (): Promise<Running> => startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000, run: "sources", port });
const listed = async (): Promise<readonly ListedKill[]> => ((await running.ask("GET", "/api/kills")).body as { readonly kills: readonly ListedKill[] }).kills;

describe.skipIf(spawnSync("curl", ["--version"]).error !== undefined)("the operator's script", () => {
  beforeAll(async () => {
    repository = new FlagRepository(join(folder.path, "flags"), flagKeys(5));
    port = await freePort();
    running = await serve();
  });
  afterAll(async () => {
    await running.supervised.stop();
    folder.remove();
  });

  test("kills with the operator key alone, and says which kill it was", async () => {
    const witness = await Witness.start(running.url, running.sdkKey);
    const reason = 'photos "vanish"\n\\ again';
    const ran = await run([`${running.url}/`, "production", FLAG, reason], { SLUICE_TOKEN: running.supervised.operatorKey });
    expect([ran.code, ran.err]).toEqual([0, ""]);
    const { kill } = JSON.parse(ran.out) as { readonly kill: string };
    await witness.untilReads(FLAG, false);
    expect(await listed()).toMatchObject([{ kill, flags: [FLAG], reason: 'photos "vanish" \\ again' }]);
    await witness.close();
  });

  test("says what it was refused for, and how it is called", async () => {
    const key = { SLUICE_TOKEN: running.supervised.operatorKey };
    const unknown = await run([running.url, "production", "area-0.nobody"], key);
    expect([unknown.code, unknown.out]).toEqual([1, ""]);
    expect(JSON.parse(unknown.err)).toMatchObject({ error: { code: "unknownFlag" } });
    // An SDK key kills nothing.
    const sdk = await run([running.url, "production", FLAG], { SLUICE_TOKEN: running.sdkKey });
    expect([sdk.code, sdk.err.includes("error")]).toEqual([1, true]);
    expect((await run([running.url, "production"], key)).code).toBe(2);
    expect(await run([running.url, "production", FLAG])).toMatchObject({ code: 2, err: expect.stringContaining("SLUICE_TOKEN is empty") });
  });

  test("asks again with the same command until the server is back: one kill", async () => {
    const key = running.supervised.operatorKey;
    await crash(running);
    const gone = await run([running.url, "production", LATE], { SLUICE_TOKEN: key, SECONDS_MAX: "0", COMMAND: "runbook-step-7" });
    expect([gone.code, gone.err]).toEqual([3, expect.stringContaining("COMMAND=runbook-step-7 makes the next call the same one")]);
    const waiting = run([running.url, "production", LATE], { SLUICE_TOKEN: key, SECONDS_MAX: "170", COMMAND: "runbook-step-7" });
    running = await serve();
    const ran = await waiting;
    expect([ran.code, ran.err]).toEqual([0, expect.stringContaining("asking again")]);
    const again = await run([running.url, "production", LATE], { SLUICE_TOKEN: key, COMMAND: "runbook-step-7" });
    expect((JSON.parse(again.out) as { readonly kill: string }).kill).toBe((JSON.parse(ran.out) as { readonly kill: string }).kill);
    expect((await listed()).filter(({ flags }) => flags.includes(LATE))).toHaveLength(1);
  });
});
