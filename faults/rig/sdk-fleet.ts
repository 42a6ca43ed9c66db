import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { patiently } from "./running.ts";

/** Processes started at once: more only wait for the two cores. */
const STARTING_MAX = 8;
const READY_MS_MAX = 60_000;

interface Answer {
  readonly value: boolean;
  readonly atNs: bigint;
}

/** One client; most have a process to themselves. */
interface Member {
  readonly child: ChildProcess;
  readonly service: string;
  readonly answers: Map<string, Answer>;
}

export interface FleetOptions {
  /** Processes. */
  readonly count: number;
  /** Clients in each process, one stream each: 1 where nothing is said. */
  readonly clients?: number;
  readonly url: string;
  readonly key: string;
  readonly watch: readonly string[];
  /** How often each process asks its flags. */
  readonly pollMs: number;
  /** Where the child's bundle is put. */
  readonly folder: string;
  /** Added to the environment of each process, in their order, over and over. */
  readonly environments?: readonly Readonly<Record<string, string>>[];
}

type Message =
  | { readonly kind: "answer"; readonly service: string; readonly flag: string; readonly value: boolean; readonly atNs: string }
  | { readonly kind: "ready"; readonly service: string; readonly state: string };

/** Real SDK processes. Times are CLOCK_MONOTONIC nanoseconds, one clock for all processes of the machine, taken in the child. */
export class Fleet {
  readonly #members: Member[] = [];
  #onAnswer: (() => void) | undefined;

  static async start(options: FleetOptions): Promise<Fleet> {
    const bundle = join(options.folder, "sdk-process.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("sdk-process.ts", import.meta.url))],
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node24",
      logLevel: "error",
    });
    const fleet = new Fleet();
    try {
      for (let index = 0; index < options.count; index += STARTING_MAX) {
        const group = Array.from({ length: Math.min(STARTING_MAX, options.count - index) }, (_, offset) => fleet.#add(bundle, options, index + offset));
        await Promise.all(group);
      }
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  #add(bundle: string, options: FleetOptions, index: number): Promise<void> {
    const { url, key, watch, pollMs, clients = 1, environments = [] } = options;
    const services = Array.from({ length: clients }, (_, at) => `drill-${index * clients + at}`);
    const child = fork(bundle, [JSON.stringify({ url, key, services, watch, pollMs })], {
      execArgv: ["--max-semi-space-size=1"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, ...environments[index % Math.max(1, environments.length)] },
    });
    const mine = new Map<string, Member>(services.map((service) => [service, { child, service, answers: new Map() }]));
    this.#members.push(...mine.values());
    const waiting = new Set(services);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`an SDK process was not ready within ${READY_MS_MAX} ms`)), READY_MS_MAX);
      child.once("exit", (code, signal) => reject(new Error(`an SDK process ended with ${signal ?? code}`)));
      child.on("message", (message: Message) => {
        if (message.kind === "answer") {
          mine.get(message.service)?.answers.set(message.flag, { value: message.value, atNs: BigInt(message.atNs) });
          this.#onAnswer?.();
          return;
        }
        if (message.state !== "ready") reject(new Error(`an SDK process came up ${message.state}`));
        waiting.delete(message.service);
        if (waiting.size > 0) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  get #children(): readonly ChildProcess[] {
    return [...new Set(this.#members.map(({ child }) => child))];
  }

  get pids(): readonly number[] {
    return this.#children.map(({ pid }) => pid ?? 0);
  }

  /** The service name of each client, in the order of `pids`: no two alike. */
  get services(): readonly string[] {
    return this.#members.map(({ service }) => service);
  }

  /** How many of them last read `value`. */
  count(flag: string, value: boolean): number {
    return this.#members.filter(({ answers }) => answers.get(flag)?.value === value).length;
  }

  /** Waits until every client (or those of the processes that `pids` names) has read `value`; when each first did, in nanoseconds. */
  read(flag: string, value: boolean, maxMs = 20_000, pids: readonly number[] = this.pids): Promise<readonly bigint[]> {
    const wanted = this.#members.filter(({ child }) => pids.includes(child.pid ?? 0));
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const answers = wanted.map(({ answers: mine }) => mine.get(flag));
        if (!answers.every((answer) => answer?.value === value)) return;
        clearTimeout(timer);
        this.#onAnswer = undefined;
        resolve(answers.map((answer) => answer?.atNs ?? 0n));
      };
      const timer = setTimeout(() => {
        this.#onAnswer = undefined;
        reject(new Error(`only ${this.count(flag, value)} of ${this.#members.length} clients answer ${value} for ${flag} after ${maxMs} ms`));
      }, patiently(maxMs));
      this.#onAnswer = look;
      look();
    });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(
        (child) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) return resolve();
            child.once("exit", () => resolve());
            child.kill("SIGKILL");
          }),
      ),
    );
  }
}
