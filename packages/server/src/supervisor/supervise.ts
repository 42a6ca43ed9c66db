import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import type { Log } from "@sluice/ports";
import { openStore } from "@sluice/store";
import { holdDataFolder } from "./data-folder-hold.ts";
import { KeptProcess, untilReady } from "./kept-process.ts";
import { KillProbe } from "./kill-probe.ts";
import { admit, contextSecretFiles, endFormerKeys, makeDataFolder, makeSigningKey, relayKeys, sdkKeyFile, secretFile, signingKeys } from "./secrets.ts";

export interface SuperviseOptions {
  readonly data: string;
  /** `sqlite:<path>` or `postgres://…`; absent: `store.db` in the data folder. */
  readonly store?: string;
  readonly source: { readonly url: string; readonly branch: string; readonly folder: string };
  /** File that lists further sources; absent where there is but one. */
  readonly sources?: string;
  /** File of the GitHub App that the server is, as `sluice github-app create` writes it. */
  readonly githubApp?: string;
  /** File that says how mail leaves the server. */
  readonly mail?: string;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly pollMs: number;
  /** Environments that get an SDK key and a context secret in files of the data folder. */
  readonly sdkKeysFor: readonly string[];
  /** Origins whose pages may ask for answers, such as `https://app.example.com`, or `*`; absent: only pages of the server's own. */
  readonly browserOrigins?: readonly string[];
  /** Makes a `signing.key` where there is none. A data folder that has one signs in any case. */
  readonly sign?: boolean;
  /** Modules of the two processes and of the store's thread, as source or as bundle. */
  readonly entries: { readonly api: URL; readonly fanout: URL; readonly storeWorker: URL };
  /** Folder of the console's built files. */
  readonly web?: string;
  /** Everything is invented: the console says so on every page. */
  readonly isDemo?: boolean;
  readonly log: Log;
  /** Longest wait before a process is started again, ms; 5,000 where absent. Drills that end processes hundreds of times ask for less. */
  readonly restartWaitMsMax?: number;
  /** How often a kill is tried with a flag that nobody has, ms; a minute where absent, 0 for never. */
  readonly probeEveryMs?: number;
  /** Added to the processes' environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Supervised {
  readonly url: string;
  readonly operatorKey: string;
  /** Secret of the one-time link; absent once there is an admin who can sign in. */
  readonly once?: string;
  readonly sdkKeys: Readonly<Record<string, string>>;
  /** By environment, what an application's back end signs context tokens with. */
  readonly contextSecrets: Readonly<Record<string, string>>;
  /** Process ids now: they change when a process is restarted. */
  readonly pids: { readonly api: number | undefined; readonly fanout: number | undefined };
  stop(): Promise<void>;
}

/**
 * Starts the API and the fan-out process, keeps both running, and resolves when `/health` answers.
 * Throws `DataFolderUnusable`, `StoreUnavailable`, or an `Error` with what the process said when one cannot start at all; nothing is left running then.
 */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  makeDataFolder(options.data);
  const release = holdDataFolder(options.data);
  try {
    return await startProcesses(options, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** `onStopped` is called when both have ended. */
async function startProcesses(options: SuperviseOptions, onStopped: () => void): Promise<Supervised> {
  const { data, log } = options;
  const storeUrl = options.store ?? `sqlite:${join(data, "store.db")}`;
  const operatorKey = secretFile(data, "operator.key", "slk_operator_");
  const internalKey = secretFile(data, "internal.key", "sli_");
  const secrets = contextSecretFiles(data, options.sdkKeysFor);
  if (options.sign === true) makeSigningKey(data);
  const { once, sdkKeys } = await letIn(options, storeUrl, operatorKey);
  const apiPort = await freePort();
  const { probeEveryMs: everyMs } = options;
  const probe = everyMs === 0 ? undefined : new KillProbe({ log, ...(everyMs === undefined ? {} : { everyMs }) });
  const base: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_OPTIONS: "",
    // Each thread of a process would get an arena of its own: megabytes that nobody uses (malloc(3), glibc).
    MALLOC_ARENA_MAX: "2",
    SLUICE_DATA: data,
    SLUICE_STORE: storeUrl,
    SLUICE_INTERNAL_KEY: internalKey,
    SLUICE_SAMPLING_SECRET: secretFile(data, "sampling.key", "slh_"),
    SLUICE_API_PORT: String(apiPort),
    SLUICE_API_URL: `http://127.0.0.1:${apiPort}`,
    ...options.environment,
  };
  // No --enable-source-maps: each process would hold its maps for good, 35 MiB of the two. Functions keep their names in the bundles.
  const quiet = ["--disable-warning=ExperimentalWarning"];
  const api = new KeptProcess({
    name: "api",
    entry: options.entries.api,
    log,
    environment: {
      ...base,
      SLUICE_SOURCE: options.source.url,
      SLUICE_BRANCH: options.source.branch,
      SLUICE_FOLDER: options.source.folder,
      SLUICE_POLL_MS: String(options.pollMs),
      ...(options.sources === undefined ? {} : { SLUICE_SOURCES: options.sources }),
      ...(options.githubApp === undefined ? {} : { SLUICE_GITHUB_APP: options.githubApp }),
      ...(options.mail === undefined ? {} : { SLUICE_MAIL: options.mail }),
    },
    execArgv: [...quiet, "--max-semi-space-size=4", "--max-old-space-size=512"],
    waitMsMax: options.restartWaitMsMax,
  });
  const fanout = new KeptProcess({
    name: "fanout",
    entry: options.entries.fanout,
    log,
    environment: { ...base, ...fanoutEnvironment(options, secrets), ...probe?.environment },
    execArgv: [...quiet, "--max-semi-space-size=2", "--max-old-space-size=1024"],
    waitMsMax: options.restartWaitMsMax,
  });
  // For the command line on this machine: whoever holds the operator key sends it to no other port than this server's.
  const address = join(data, "address");
  const stop = async (): Promise<void> => {
    probe?.stop();
    rmSync(address, { force: true });
    await Promise.all([fanout.stop(), api.stop()]);
    onStopped();
  };
  try {
    await Promise.all([api.start(), fanout.start()]);
    const url = `http://${options.host === "0.0.0.0" || options.host === "::" ? "127.0.0.1" : options.host}:${fanout.port ?? options.port}`;
    await untilReady(url);
    writeFileSync(address, `${url}\n`);
    probe?.start(url);
    return {
      url,
      operatorKey,
      sdkKeys,
      contextSecrets: firsts(secrets),
      ...(once === undefined ? {} : { once }),
      get pids() {
        return { api: api.pid, fanout: fanout.pid };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Everybody who may come in after a start: the operator, SDKs, and where there is no account yet, whoever has the link. */
async function letIn(options: SuperviseOptions, storeUrl: string, operatorKey: string): Promise<Pick<Supervised, "once" | "sdkKeys">> {
  const store = await openStore(storeUrl);
  try {
    await endFormerKeys(store, options.data, operatorKey);
    const once = await admit(store, operatorKey, Date.now());
    const sdkKeys: Record<string, string> = {};
    for (const environment of options.sdkKeysFor) sdkKeys[environment] = await sdkKeyFile(store, options.data, environment);
    return { sdkKeys, ...(once === undefined ? {} : { once }) };
  } finally {
    await store.close();
  }
}

/** What the fan-out process alone needs: where it listens, its pages, and the secrets that nobody else is told. */
function fanoutEnvironment(options: SuperviseOptions, secrets: ReturnType<typeof contextSecretFiles>): NodeJS.ProcessEnv {
  return {
    SLUICE_HOST: options.host,
    SLUICE_PORT: String(options.port),
    SLUICE_CONTEXT_SECRETS: JSON.stringify(secrets),
    SLUICE_BROWSER_ORIGINS: (options.browserOrigins ?? []).join(","),
    SLUICE_SIGNING_KEYS: JSON.stringify(signingKeys(options.data)),
    SLUICE_RELAY_KEYS: JSON.stringify(relayKeys(options.data)),
    SLUICE_STORE_WORKER: options.entries.storeWorker.href,
    ...(options.web === undefined ? {} : { SLUICE_WEB: options.web }),
    ...(options.isDemo === true ? { SLUICE_DEMO: "1" } : {}),
  };
}

function firsts(secrets: ReturnType<typeof contextSecretFiles>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(secrets).map(([environment, [signing = ""]]) => [environment, signing]));
}
