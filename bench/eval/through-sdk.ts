// What the SDK and OpenFeature add to the bare evaluator, each against its own floor in the same process, round by round in turn.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileSnapshot, type Context, encodeSnapshot, evaluate } from "@sluice/evaluation";
import { createClient, type SluiceClient } from "@sluice/node";
import { SluiceProvider } from "@sluice/node/openfeature";
import { type Client, OpenFeature, type Provider } from "@openfeature/server-sdk";
import { createOptimum } from "./optimum.ts";
import { snapshotOfFlags } from "./sluice.ts";
import { cases, flags, users, type User } from "./workload.ts";

/** Rounds of some 200 microseconds, the contestants in turn: on a busy machine only short ones run undisturbed. */
const ROUNDS = 2_000;
const CALLS = { native: 4_000, openFeature: 32 };

type ResolveBoolean = Provider["resolveBooleanEvaluation"];

/** A provider that answers booleans alone. */
function providerOf(name: string, resolveBooleanEvaluation: ResolveBoolean): Provider {
  return {
    metadata: { name },
    runsOn: "server",
    resolveBooleanEvaluation,
    resolveStringEvaluation: () => Promise.resolve({ value: "" }),
    resolveNumberEvaluation: () => Promise.resolve({ value: 0 }),
    resolveObjectEvaluation: <T>(_: string, value: T) => Promise.resolve({ value }),
  };
}

const optimum = createOptimum();
/** OpenFeature's own floor (the client over the optimum): each question answered as the machine allows, and a promise of it. */
const floor = providerOf("floor", (key, _, context) =>
  Promise.resolve({ value: optimum.ask(key, context as unknown as User), variant: "on", reason: "TARGETING_MATCH" }),
);
/** A promise of one answer made before, whatever the question: no provider can be below this, and none that answers can reach it. */
const constant = providerOf("constant", () => Promise.resolve({ value: true, variant: "on", reason: "STATIC" }));

/** Least nanoseconds of one question: to the bare evaluator and the SDK, and through OpenFeature's client over each provider. */
export type ThroughSdkNs = Readonly<Record<"bare" | "sdk" | "floor" | "constant" | "sluice", number>>;

/** What a call costs on each way, in this process. How well a process is compiled is luck: compare the least of several. */
export async function measureThroughSdk(): Promise<ThroughSdkNs> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    const snapshot = snapshotOfFlags(flags);
    const snapshotFile = join(folder, "snapshot.json");
    writeFileSync(snapshotFile, encodeSnapshot(snapshot));
    const client = createClient({ snapshotFile, service: "bench" });
    await client.ready();
    const compiled = compileSnapshot(snapshot, { asker: { service: "bench" } });
    const native = measureNative(client, (key, context) => evaluate(compiled, key, context).value === true);
    await OpenFeature.setProviderAndWait("floor", floor);
    await OpenFeature.setProviderAndWait("constant", constant);
    await OpenFeature.setProviderAndWait("sluice", new SluiceProvider(client));
    await checkOpenFeature();
    const least = await measureOpenFeature(["floor", "constant", "sluice"] as const);
    await OpenFeature.close();
    return { ...native, ...least };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const contexts: readonly Context[] = users.map((user) => ({ ...user }));
const keyAt = (at: number): string => cases.mix96.keys[at % cases.mix96.keys.length] ?? "";
const contextAt = (at: number): Context => contexts[at % contexts.length] ?? {};

function measureNative(client: SluiceClient, bare: (key: string, context: Context) => boolean): Pick<ThroughSdkNs, "bare" | "sdk"> {
  const best = { sdk: Number.POSITIVE_INFINITY, bare: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round += 1) {
    const [bareNs, bareYes] = time(CALLS.native, bare);
    const [sdkNs, sdkYes] = time(CALLS.native, (key, context) => client.getBoolean(key, false, context));
    if (bareYes !== sdkYes) throw new Error(`the SDK says yes ${sdkYes} times, the evaluator ${bareYes} times`);
    best.bare = Math.min(best.bare, bareNs);
    best.sdk = Math.min(best.sdk, sdkNs);
  }
  return best;
}

function time(calls: number, ask: (key: string, context: Context) => boolean): readonly [ns: number, yes: number] {
  let yes = 0;
  const start = process.hrtime.bigint();
  for (let at = 0; at < calls; at += 1) if (ask(keyAt(at), contextAt(at))) yes += 1;
  return [Number(process.hrtime.bigint() - start) / calls, yes];
}

/** Throws unless our provider answers as the floor does, question by question; where a share decides they need not agree, because they hash otherwise. */
async function checkOpenFeature(): Promise<void> {
  const shared = new Set(flags.filter(({ rules }) => rules.some(({ percent }) => percent !== undefined)).map(({ key }) => key));
  const [ours, limit] = [OpenFeature.getClient("sluice"), OpenFeature.getClient("floor")];
  let yes = 0;
  for (let at = 0; at < contexts.length; at += 1) {
    const key = keyAt(at);
    const [one, other] = [await ask(ours, at), await ask(limit, at)];
    if (one) yes += 1;
    if (one !== other && !shared.has(key)) throw new Error(`${key}: our provider answers ${one}, the floor ${other}`);
  }
  if (yes === 0 || yes === contexts.length) throw new Error(`${yes} of ${contexts.length} questions are answered true`);
}

function ask(client: Client, at: number): Promise<boolean> {
  return client.getBooleanValue(keyAt(at), false, { ...contextAt(at) } as Record<string, string>);
}

/** Least nanoseconds of a call through each client, round by round in turn. */
async function measureOpenFeature<Name extends string>(names: readonly Name[]): Promise<Readonly<Record<Name, number>>> {
  const least = Object.fromEntries(names.map((name) => [name, Number.POSITIVE_INFINITY])) as Record<Name, number>;
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each begins as often as the others: whoever comes behind a collection finds the caches cold.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      if (name !== undefined) least[name] = Math.min(least[name], await timeAsync(OpenFeature.getClient(name)));
    }
  }
  return least;
}

async function timeAsync(client: Client): Promise<number> {
  let yes = 0;
  const start = process.hrtime.bigint();
  for (let at = 0; at < CALLS.openFeature; at += 1) if (await ask(client, at)) yes += 1;
  const ns = Number(process.hrtime.bigint() - start) / CALLS.openFeature;
  if (yes === 0) throw new Error("nothing was answered true");
  return ns;
}
