import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, nodeLog } from "@sluice/ports/node";
import { supervise, type Supervised } from "@sluice/server";
import { findEntries } from "../../packages/distribution/src/entries.ts";
import { processBundles } from "../../tools/process-bundles.ts";

const REQUEST_MS_MAX = 40_000;
const RETRY_MS = 20;
const GET_TRIES_MAX = 10;

export interface Reply {
  readonly status: number;
  /** Parsed JSON, `undefined` where there is none. */
  readonly body: unknown;
}

/** Sluice as real processes on this machine, and the ways a drill asks it. */
export interface Running {
  readonly supervised: Supervised;
  readonly url: string;
  readonly apiUrl: string;
  readonly sdkKey: string;
  readonly data: string;
  /** One request as the operator of this machine, or with other headers. Throws when there is no answer. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
}

export interface StartOptions {
  readonly data: string;
  readonly source: string;
  readonly store?: string;
  readonly pollMs?: number;
  /** The same again after a crash; any free one where absent. */
  readonly port?: number;
  /** Bundles as users run them, or made of the sources of this tree (tests: always what is written here). */
  readonly run?: "bundle" | "sources";
  readonly environment?: Readonly<Record<string, string>>;
  readonly browserOrigins?: readonly string[];
  /** Makes a signing key and signs. */
  readonly sign?: boolean;
  /** How often kills are tried, ms; a minute where absent, as in the product. */
  readonly probeEveryMs?: number;
}

/** A folder of this run; `remove` takes it away. */
export function makeFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `sluice-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Ends both processes as a power cut does, and does not start them again. */
export async function crash({ supervised }: Running): Promise<void> {
  const { api, fanout } = supervised.pids;
  for (const pid of [api, fanout]) if (pid !== undefined) process.kill(pid, "SIGKILL");
  await supervised.stop();
}

function entriesOf(run: "bundle" | "sources"): ReturnType<typeof findEntries> {
  const sources = findEntries();
  const at = (name: string): URL => new URL(`../../dist/${name}`, import.meta.url);
  if (run === "sources" || !existsSync(at("api.mjs"))) return { ...sources, ...processBundles() };
  return { ...sources, api: at("api.mjs"), fanout: at("fanout.mjs"), storeWorker: at("store-worker.mjs") };
}

/** Sends one request to a server or relay, as the operator of its machine where no other headers are given. Throws when there is no answer within `msMax`. */
export function askerOf({ url, operatorKey }: { readonly url: string; readonly operatorKey: string }, msMax: number): Running["ask"] {
  return async (method, path, body, headers = { authorization: `Bearer ${operatorKey}` }) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(msMax),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}

export async function startSluice(options: StartOptions): Promise<Running> {
  const apiPort = await freePort();
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const entries = entriesOf(options.run ?? "bundle");
  const supervised = await supervise({
    data: options.data,
    ...(options.store === undefined ? {} : { store: options.store }),
    source: { url: options.source, branch: "main", folder: "" },
    host: "127.0.0.1",
    port: options.port ?? (await freePort()),
    pollMs: options.pollMs ?? 1_000,
    sdkKeysFor: ["production"],
    ...(options.browserOrigins === undefined ? {} : { browserOrigins: options.browserOrigins }),
    ...(options.sign === undefined ? {} : { sign: options.sign }),
    ...(options.probeEveryMs === undefined ? {} : { probeEveryMs: options.probeEveryMs }),
    entries,
    ...(entries.web === undefined ? {} : { web: entries.web }),
    log: nodeLog({ json: false, name: "supervisor", minimum: "error" }),
    restartWaitMsMax: 200,
    environment: { SLUICE_LOG: "quiet", SLUICE_FAULTS: "1", SLUICE_API_PORT: String(apiPort), SLUICE_API_URL: apiUrl, ...options.environment },
  });
  const once = askerOf(supervised, REQUEST_MS_MAX);
  const ask: Running["ask"] = async (...request) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(...request);
      } catch (error) {
        // A kept connection of a process that was ended: what only reads is asked again.
        if (request[0] !== "GET" || tries === GET_TRIES_MAX || !(error instanceof TypeError)) throw error;
      }
    }
  };
  return { supervised, url: supervised.url, apiUrl, sdkKey: supervised.sdkKeys["production"] ?? "", data: options.data, ask };
}

/**
 * A drill's bound in milliseconds, times SLUICE_DRILL_PATIENCE: tests, which say that something comes and never how soon, run on machines that
 * have other work to do.
 */
export const patiently = (ms: number): number => ms * Number(process.env["SLUICE_DRILL_PATIENCE"] ?? 1);

/** Polls until `look` gives a value; throws with `what` when it never does. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>, maxMs = 30_000): Promise<T> {
  const end = performance.now() + patiently(maxMs);
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not within ${patiently(maxMs)} ms: ${what}`);
    await pause(RETRY_MS);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A started server, once everything of it serves. */
export async function startServing(options: StartOptions): Promise<Running> {
  const running = await startSluice(options);
  await untilHealthy(running);
  return running;
}

/** Throws where not everything serves within this time. */
export async function untilHealthy(running: Running, maxMs?: number): Promise<void> {
  await until("the server serves", async () => ((await isHealthy(running)) ? true : undefined), maxMs);
}

/** True when everything serves; false while a process is away. */
export async function isHealthy(running: Running): Promise<boolean> {
  try {
    return (await running.ask("GET", "/health")).status === 200;
  } catch {
    // Nobody listens just now: that is what the drill asks about.
    return false;
  }
}

let commands = 0;
/** A fresh command id. */
export function newCommand(): string {
  commands += 1;
  return `rig-${process.pid}-${commands}-${Math.floor(Math.random() * 1e9)}`;
}

/** What a kill's answer says, or an error with the answer in it. */
export interface Killed {
  readonly kill: string;
  readonly seq?: number;
  readonly emergency: boolean;
  readonly undoUntilMs?: number;
}

export async function kill(
  running: Running,
  flags: readonly string[],
  command: string = newCommand(),
  headers?: Readonly<Record<string, string>>,
): Promise<Killed> {
  const reply = await running.ask("POST", "/api/kills", { command, environment: "production", flags, reason: "drill" }, headers);
  if (reply.status !== 201) throw new Error(`kill was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body as Killed;
}

/** Asks until it is taken: while kills wait for their turn, or the database is away, a lift is told to come again. */
export async function lift(running: Running, id: string, headers?: Readonly<Record<string, string>>): Promise<void> {
  let body = { command: newCommand(), reason: "drill over" };
  await until(`the lift of ${id} is taken`, async () => {
    const reply = await answerOf(running.ask("POST", `/api/kills/${id}/lift`, body, headers));
    if (reply === undefined) return undefined;
    if (waitsForSecond(reply)) {
      body = { ...body, command: newCommand() };
      return undefined;
    }
    if (reply.status !== 200 && reply.status !== 503) throw new Error(`lift was answered ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.status === 200 ? true : undefined;
  });
}

/** The answer, or undefined where nobody listens or a kept connection was that of a process that was ended. */
export async function answerOf(asked: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

/**
 * True where a lift waits for a second person. Nothing in a drill takes two, but a fan-out that was ended in its first second has no policy on
 * its disk, and until the API has told it one, it lets every lift wait: asked again with a new command, it is taken then.
 */
export function waitsForSecond({ status, body }: Reply): boolean {
  const { waits, error } = (body ?? {}) as { readonly waits?: true; readonly error?: { readonly code: string } };
  return waits === true || (status === 409 && error?.code === "needsSecondPerson");
}

/** Processes that the server knows of, behind relays too: one that has its snapshot but no stream yet is none, and what happens to it proves nothing. */
export async function connected(running: Running): Promise<number> {
  const { environments } = (await running.ask("GET", "/api/environments")).body as {
    readonly environments: readonly { readonly key: string; readonly instances: number }[];
  };
  return environments.find(({ key }) => key === "production")?.instances ?? 0;
}
