import { type ChildProcess, fork } from "node:child_process";
import type { Log } from "@sluice/ports";

const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 5_000;
const HEALTHY_MS = 10_000;
const STOP_MS = 5_000;
const READY_MS = 60_000;

/** One child process that is started again for ever, and whether it ever came up. */
export class KeptProcess {
  pid: number | undefined;
  port: number | undefined;
  readonly #name: string;
  readonly #entry: URL;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #log: Log;
  readonly #execArgv: readonly string[];
  #child: ChildProcess | undefined;
  readonly #waitMsMax: number;
  #waitMs = RESTART_MS_MIN;
  #stopped = false;
  #cameUp = false;
  #onFirst: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(options: {
    readonly name: string;
    readonly entry: URL;
    readonly environment: NodeJS.ProcessEnv;
    readonly log: Log;
    readonly execArgv: readonly string[];
    readonly waitMsMax: number | undefined;
  }) {
    this.#name = options.name;
    this.#entry = options.entry;
    this.#environment = options.environment;
    this.#log = options.log;
    this.#execArgv = options.execArgv;
    this.#waitMsMax = options.waitMsMax ?? RESTART_MS_MAX;
  }

  /** Resolves when it listens for the first time; rejects when it ends before that. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onFirst = { resolve, reject };
      this.#run();
    });
  }

  #run(): void {
    const began = performance.now();
    let said = "";
    const child = fork(this.#entry, [], { env: this.#environment, execArgv: [...this.#execArgv], stdio: ["ignore", "inherit", "pipe", "ipc"] });
    this.#child = child;
    this.pid = child.pid;
    child.stderr?.on("data", (chunk: Buffer) => {
      process.stderr.write(chunk);
      if (!this.#cameUp && said.length < 10_000) said += chunk.toString("utf8");
    });
    child.on("message", (message: { readonly kind?: string; readonly port?: number }) => {
      if (message.kind !== "listening") return;
      this.port = message.port;
      this.#cameUp = true;
      this.#onFirst?.resolve();
      this.#onFirst = undefined;
    });
    child.once("error", (error) => this.#log.error("process.error", { name: this.#name, why: error.message }));
    child.once("exit", (code, signal) => {
      this.pid = undefined;
      if (this.#stopped) return;
      if (!this.#cameUp) {
        this.#onFirst?.reject(new Error(firstError(said) ?? `the ${this.#name} process ended with ${signal ?? code} before it was ready`));
        this.#onFirst = undefined;
        return;
      }
      if (performance.now() - began > HEALTHY_MS) this.#waitMs = RESTART_MS_MIN;
      this.#log.warn("process.restart", { name: this.#name, ended: signal ?? code, inMs: this.#waitMs });
      setTimeout(() => !this.#stopped && this.#run(), this.#waitMs);
      this.#waitMs = Math.min(this.#waitMsMax, this.#waitMs * 2);
    });
  }

  stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      child.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill("SIGTERM");
    });
  }
}

/** The message of an uncaught error as Node prints it. */
function firstError(said: string): string | undefined {
  return (
    /^(?:\w*Error|PortNotOpened|StoreUnavailable|DiskFailed|SourceRefused)[^:\n]*: (.+)$/m.exec(said)?.[1] ??
    /^(?:PortNotOpened|StoreUnavailable|DiskFailed|SourceRefused)[^\n]*$/m.exec(said)?.[0]
  );
}

/** Resolves when `/health` answers that something is served. Throws an `Error` with what it said last when that never comes. */
export async function untilReady(url: string): Promise<void> {
  const end = performance.now() + READY_MS;
  let last = "";
  while (performance.now() < end) {
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) });
      if (response.status === 200) return;
      const body = (await response.json()) as { readonly source?: { readonly trouble?: string } };
      last = body.source?.trouble ?? `status ${response.status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing could be served within ${READY_MS / 1000} s: ${last}`);
}
