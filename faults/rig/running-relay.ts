import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeLog } from "@sluice/ports/node";
import { superviseRelay, type SupervisedRelay } from "@sluice/server";
import { findEntries } from "../../packages/distribution/src/entries.ts";
import { askerOf, freePort, type Reply } from "./running.ts";

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
    entry: options.run === "sources" || !existsSync(bundle) ? findEntries().fanout : bundle,
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(signatureKeys === undefined ? {} : { signatureKeys }),
    log: nodeLog({ json: false, name: "supervisor", minimum: "error" }),
    restartWaitMsMax: 200,
    environment: { SLUICE_LOG: process.env["SLUICE_RELAY_LOG"] ?? "quiet" },
  });
  return { supervised, url: supervised.url, ask: askerOf(supervised, REQUEST_MS_MAX) };
}
