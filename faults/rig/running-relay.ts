import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, nodeLog } from "@sluice/ports/node";
import { superviseRelay, type SupervisedRelay } from "@sluice/server";
import { processBundles } from "../../tools/process-bundles.ts";
import { askerOf, type Reply, until } from "./running.ts";

const REQUEST_MS_MAX = 20_000;

export interface RelayStart {
  readonly data: string;
  /** Address of the server, or of what stands between. */
  readonly upstream: string;
  readonly key: string;
  readonly name?: string;
  readonly port?: number;
  readonly run?: "bundle" | "sources";
  readonly snapshot?: string;
  readonly signatureKeys?: readonly string[];
  readonly probeEveryMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A relay as a real process of this machine. */
export interface RunningRelay {
  readonly supervised: SupervisedRelay;
  readonly url: string;
  /** One request as the relay's own operator, or with other headers. Throws when there is no answer. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
}

/** The first relay key of a server's data folder. */
export function relayKeyOf(data: string): string {
  return readFileSync(join(data, "relay.key"), "utf8").split(/\s/)[0] ?? "";
}

/** Resolves when the relay has flags to serve. */
export async function untilServes(relay: RunningRelay): Promise<void> {
  await until("the relay serves", async () => ((await relay.ask("GET", "/health")).status === 200 ? true : undefined));
}

/** A kill by the relay's own operator; its id. Throws where the relay does not take it. */
export async function killAtRelay(relay: RunningRelay, flag: string, command: string): Promise<string> {
  const reply = await relay.ask("POST", "/api/kills", { command, environment: "production", flags: [flag], reason: "drill" });
  if (reply.status !== 201) throw new Error(`a kill at the relay was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  return (reply.body as { readonly kill: string }).kill;
}

export async function startRelay(options: RelayStart): Promise<RunningRelay> {
  const bundle = new URL("../../dist/fanout.mjs", import.meta.url);
  const { data, upstream, key, name = "relay-1", snapshot, signatureKeys } = options;
  const supervised = await superviseRelay({
    data,
    upstream,
    key,
    name,
    host: "127.0.0.1",
    port: options.port ?? (await freePort()),
    entry: options.run === "sources" || !existsSync(bundle) ? processBundles().fanout : bundle,
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(signatureKeys === undefined ? {} : { signatureKeys }),
    ...(options.probeEveryMs === undefined ? {} : { probeEveryMs: options.probeEveryMs }),
    log: nodeLog({ json: false, name: "supervisor", minimum: "error" }),
    restartWaitMsMax: 200,
    environment: { SLUICE_LOG: process.env["SLUICE_RELAY_LOG"] ?? "quiet", ...options.environment },
  });
  return { supervised, url: supervised.url, ask: askerOf(supervised, REQUEST_MS_MAX) };
}
