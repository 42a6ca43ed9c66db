// What the SDK and OpenFeature add to the bare evaluator, each against its own floor in the same process, round by round in turn.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileSnapshot, type Context, encodeSnapshot, evaluate } from "@sluice/evaluation";
import { createClient, type SluiceClient } from "@sluice/node";
import { SluiceProvider } from "@sluice/node/openfeature";
import { type Client, OpenFeature, type Provider } from "@openfeature/server-sdk";
import { snapshotOfFlags } from "./sluice.ts";
import { cases, flags, users } from "./workload.ts";

/** Rounds of about two milliseconds, the two in turn: on a busy machine only short ones run undisturbed. */
const ROUNDS = 400;
const CALLS = { native: 40_000, openFeature: 250 };

/** What a provider must do at least: a promise of an answer made before. */
const floor: Provider = {
  metadata: { name: "floor" },
  runsOn: "server",
  resolveBooleanEvaluation: () => Promise.resolve({ value: true, variant: "on", reason: "STATIC" }),
  resolveStringEvaluation: () => Promise.resolve({ value: "" }),
  resolveNumberEvaluation: () => Promise.resolve({ value: 0 }),
  resolveObjectEvaluation: <T>(_: string, value: T) => Promise.resolve({ value }),
};

/** Nanoseconds that the SDK's own bookkeeping adds, and how many times its floor a call through OpenFeature takes. */
export async function measureThroughSdk(): Promise<{ readonly extraNs: number; readonly overFloor: number }> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    const snapshot = snapshotOfFlags(flags);
    const snapshotFile = join(folder, "snapshot.json");
    writeFileSync(snapshotFile, encodeSnapshot(snapshot));
    const client = createClient({ snapshotFile, service: "bench" });
    await client.ready();
    const compiled = compileSnapshot(snapshot, { asker: { service: "bench" } });
    const extraNs = measureNative(client, (key, context) => evaluate(compiled, key, context).value === true);
    await OpenFeature.setProviderAndWait("floor", floor);
    await OpenFeature.setProviderAndWait("sluice", new SluiceProvider(client));
    const overFloor = await measureOpenFeature(OpenFeature.getClient("floor"), OpenFeature.getClient("sluice"));
    await OpenFeature.close();
    return { extraNs, overFloor };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const contexts: readonly Context[] = users.map((user) => ({ ...user }));
const keyAt = (at: number): string => cases.mix96.keys[at % cases.mix96.keys.length] ?? "";
const contextAt = (at: number): Context => contexts[at % contexts.length] ?? {};

function measureNative(client: SluiceClient, bare: (key: string, context: Context) => boolean): number {
  const best = { sdk: Number.POSITIVE_INFINITY, bare: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round += 1) {
    const [bareNs, bareYes] = time(CALLS.native, bare);
    const [sdkNs, sdkYes] = time(CALLS.native, (key, context) => client.getBoolean(key, false, context));
    if (bareYes !== sdkYes) throw new Error(`the SDK says yes ${sdkYes} times, the evaluator ${bareYes} times`);
    best.bare = Math.min(best.bare, bareNs);
    best.sdk = Math.min(best.sdk, sdkNs);
  }
  return best.sdk - best.bare;
}

function time(calls: number, ask: (key: string, context: Context) => boolean): readonly [ns: number, yes: number] {
  let yes = 0;
  const start = process.hrtime.bigint();
  for (let at = 0; at < calls; at += 1) if (ask(keyAt(at), contextAt(at))) yes += 1;
  return [Number(process.hrtime.bigint() - start) / calls, yes];
}

async function measureOpenFeature(least: Client, ours: Client): Promise<number> {
  const best = { floor: Number.POSITIVE_INFINITY, ours: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round += 1) {
    best.floor = Math.min(best.floor, await timeAsync(least));
    best.ours = Math.min(best.ours, await timeAsync(ours));
  }
  return best.ours / best.floor;
}

async function timeAsync(client: Client): Promise<number> {
  let yes = 0;
  const start = process.hrtime.bigint();
  for (let at = 0; at < CALLS.openFeature; at += 1)
    if (await client.getBooleanValue(keyAt(at), false, { ...contextAt(at) } as Record<string, string>)) yes += 1;
  const ns = Number(process.hrtime.bigint() - start) / CALLS.openFeature;
  if (yes === 0) throw new Error("nothing was answered true");
  return ns;
}
