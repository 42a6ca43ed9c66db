// Clients of @sluice/node in one process, driven over standard input (faults/sdk/driver.ts). Its argument: how many times faster than the machine's
// their clocks run, which is the SDK's own World with another pace.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceClient } from "@sluice/node";
import { sdkNodeWorld } from "../../../sdks/js-server/src/adapters/node-world.ts";
import type { SdkWorld } from "../../../sdks/js-server/src/options.ts";
import type { Hostile, Question, Setup, Sight } from "../driver.ts";
import { hostileContexts } from "./hostile-contexts.ts";

const speed = Number(process.argv[2] ?? "1");
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const clients = new Map<string, SluiceClient>();

function fastWorld(): SdkWorld {
  const { clock, timers, http, ...rest } = sdkNodeWorld({ log: silent });
  return {
    ...rest,
    clock: { nowMs: () => clock.nowMs(), monotonicMs: () => clock.monotonicMs() * speed },
    timers: { after: (delayMs, run) => timers.after(delayMs / speed, run) },
    http: {
      request: (request, limits) => http.request(request, { ...limits, timeoutMs: limits.timeoutMs / speed }),
      stream: (request, listener) => http.stream(request, listener),
    },
  };
}

function hostile(client: SluiceClient, flag: string): Hostile {
  const [threw, wrong]: [string[], string[]] = [[], []];
  const contexts = hostileContexts();
  for (const [name, context] of contexts) {
    try {
      if (!client.getBoolean(flag, false, context)) wrong.push(name);
      client.getString(flag, "", context);
      client.explain(flag, context);
    } catch (error) {
      threw.push(`${name}: ${String(error)}`);
    }
  }
  return { asked: contexts.length, threw, wrong };
}

/** Sockets and timers that the runtime knows of, with how many of each. */
function resources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) if (/TCP|TLS|Timeout|FSReq/.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const before = resources();

async function close(): Promise<readonly string[]> {
  await Promise.all([...clients.values()].map((client) => client.close()));
  clients.clear();
  // A socket that was destroyed is gone at the next turn of the loop.
  await sleep(100);
  return [...resources()].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name, count]) => `${count} ${name}`);
}

/** What lives: objects of the heap, and what they hold outside of it. What was freed is given back at the second turn of the loop only. */
async function heapBytes(): Promise<number> {
  for (let turn = 0; turn < 2; turn += 1) {
    globalThis.gc?.();
    await sleep(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

type Request =
  | ({ readonly do: "open" } & Setup)
  | { readonly do: "ask"; readonly questions: readonly Question[] }
  | { readonly do: "hostile"; readonly client: string; readonly flag: string }
  | { readonly do: "heap" }
  | { readonly do: "close" };

async function reply(request: Request): Promise<object> {
  switch (request.do) {
    case "open": {
      const { client, url, key, environment, signatureKeys } = request;
      clients.set(
        client,
        new SluiceClient({ url, key, environment, service: "drill", ...(signatureKeys === undefined ? {} : { signatureKeys }) }, fastWorld()),
      );
      return {};
    }
    case "ask": {
      const context = { targetingKey: "ada" };
      const sight = (client: SluiceClient): Sight => ({
        values: request.questions.map(([flag, fallback]) => client.getBoolean(flag, fallback, context)),
        state: client.state,
        version: client.version === undefined ? "" : `${client.version.epoch}:${client.version.seq}`,
        trouble: client.trouble?.kind ?? "",
      });
      return { sights: Object.fromEntries([...clients].map(([name, client]) => [name, sight(client)])) };
    }
    case "hostile": {
      const client = clients.get(request.client);
      return client === undefined ? {} : hostile(client, request.flag);
    }
    case "heap":
      return { bytes: await heapBytes() };
    case "close":
      return { left: await close() };
  }
}

for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${JSON.stringify(await reply(JSON.parse(line) as Request))}\n`);
process.exit(0);
