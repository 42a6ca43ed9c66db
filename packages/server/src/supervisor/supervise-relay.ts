import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killKeyOf } from "@sluice/contract";
import type { Log } from "@sluice/ports";
import { derivedSecret } from "@sluice/ports/node";
import { secretHash } from "@sluice/store";
import { holdDataFolder } from "./data-folder-hold.ts";
import { KeptProcess } from "./kept-process.ts";
import { RelayProbeClient } from "./relay-probe-client.ts";
import { makeDataFolder, relaySigningKey, secretFile } from "./secrets.ts";

export interface SuperviseRelayOptions {
  readonly data: string;
  /** Address of the server, or of a relay that is connected to it, without a slash at the end. */
  readonly upstream: string;
  /** A line of the server's `relay.key`. */
  readonly key: string;
  /** What receipts call it. */
  readonly name: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Module of the fan-out process, as source or as bundle. */
  readonly entry: URL;
  /** File or address of a snapshot to start from where the disk has none and the server does not answer. */
  readonly snapshot?: string;
  /** Public keys of the server; with them a snapshot to start from must be signed by one. */
  readonly signatureKeys?: readonly string[];
  readonly log: Log;
  readonly restartWaitMsMax?: number;
  /** How often the server makes a trial kill, ms; a minute where absent. */
  readonly probeEveryMs?: number;
  /** Added to the process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SupervisedRelay {
  readonly url: string;
  readonly operatorKey: string;
  /** Process id now: it changes when the process is restarted. */
  readonly pids: { readonly fanout: number | undefined };
  stop(): Promise<void>;
}

/**
 * Starts the fan-out process without an API beside it and keeps it running; resolves when it listens, whatever the server above it does: a
 * relay that has served before serves from its disk. Throws `DataFolderUnusable`, or an `Error` with what the process said when it cannot start.
 */
export async function superviseRelay(options: SuperviseRelayOptions): Promise<SupervisedRelay> {
  const { data, log, host } = options;
  makeDataFolder(data);
  const release = holdDataFolder(data);
  const operatorKey = secretFile(data, "operator.key", "slk_operator_");
  const probe = new RelayProbeClient({ log, everyMs: options.probeEveryMs, operatorKeyFile: join(data, "operator.key") });
  const fanout = new KeptProcess({
    name: "relay",
    entry: options.entry,
    log,
    environment: {
      ...process.env,
      NODE_OPTIONS: "",
      MALLOC_ARENA_MAX: "2",
      SLUICE_DATA: data,
      SLUICE_API_URL: options.upstream,
      SLUICE_INTERNAL_KEY: options.key,
      SLUICE_RELAY_NAME: options.name,
      SLUICE_RELAY_SIGNING_KEY: relaySigningKey(data),
      SLUICE_OPERATOR_HASH: secretHash(operatorKey),
      SLUICE_KILL_KEY_HASH: secretHash(killKeyOf(operatorKey, derivedSecret)),
      SLUICE_RELAY_SNAPSHOT: options.snapshot ?? "",
      SLUICE_RELAY_SIGNATURE_KEYS: JSON.stringify(options.signatureKeys ?? []),
      SLUICE_HOST: host,
      SLUICE_PORT: String(options.port),
      ...probe.environment,
      ...options.environment,
    },
    execArgv: ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", "--max-old-space-size=1024"],
    waitMsMax: options.restartWaitMsMax,
  });
  const address = join(data, "address");
  const stop = async (): Promise<void> => {
    probe.stop();
    rmSync(address, { force: true });
    await fanout.stop();
    release();
  };
  try {
    await fanout.start();
    const url = `http://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${fanout.port ?? options.port}`;
    writeFileSync(address, `${url}\n`);
    probe.start(url);
    return {
      url,
      operatorKey,
      get pids() {
        return { fanout: fanout.pid };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
