import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** SDK clients of one process. */
const PER_PROCESS = 2_500;
const ANSWER_MS_MAX = 120_000;

export interface HerdCount {
  readonly ready: number;
  readonly off: number;
}

/** When one client was connected last, and when it first answered off, since the herd was told to forget; CLOCK_MONOTONIC. */
export interface ClientSeen {
  readonly readyNs: bigint | undefined;
  readonly offNs: bigint | undefined;
}

/** Thousands of real SDK clients in a few processes. */
export class Herd {
  readonly #children: ChildProcess[] = [];

  /** Resolves when every client has had its first answer from the server. */
  static async start(options: {
    readonly count: number;
    readonly url: string;
    readonly key: string;
    readonly flag: string;
    readonly folder: string;
  }): Promise<Herd> {
    const { count, url, key, flag, folder } = options;
    const bundle = join(folder, "herd-process.mjs");
    const entry = fileURLToPath(new URL("herd-process.ts", import.meta.url));
    await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: "node", format: "esm", target: "node24", logLevel: "error" });
    const herd = new Herd();
    try {
      for (let from = 0; from < count; from += PER_PROCESS) {
        const setup = JSON.stringify({ url, key, flag, count: Math.min(PER_PROCESS, count - from) });
        const child = fork(bundle, [setup], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
        herd.#children.push(child);
        await answerOf(child, "started");
      }
    } catch (error) {
      herd.stop();
      throw error;
    }
    return herd;
  }

  async #ask(kind: "forget" | "count" | "report"): Promise<readonly Message[]> {
    return Promise.all(
      this.#children.map((child) => {
        const answered = answerOf(child, kind === "report" ? "report" : "count");
        child.send({ kind });
        return answered;
      }),
    );
  }

  /** How many are connected, and how many answer off. */
  async count(): Promise<HerdCount> {
    return sumOf(await this.#ask("count"));
  }

  /** From here on what `report` says counts. */
  async forget(): Promise<HerdCount> {
    return sumOf(await this.#ask("forget"));
  }

  async report(): Promise<readonly ClientSeen[]> {
    const time = (text: string | undefined): bigint | undefined => (text === undefined ? undefined : BigInt(text));
    return (await this.#ask("report")).flatMap(({ seen = [] }) => seen.map(({ readyNs, offNs }) => ({ readyNs: time(readyNs), offNs: time(offNs) })));
  }

  stop(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}

interface Message {
  readonly kind: string;
  readonly ready?: number;
  readonly off?: number;
  readonly seen?: readonly { readonly readyNs?: string; readonly offNs?: string }[];
}

const sumOf = (messages: readonly Message[]): HerdCount => ({
  ready: messages.reduce((sum, { ready = 0 }) => sum + ready, 0),
  off: messages.reduce((sum, { off = 0 }) => sum + off, 0),
});

function answerOf(child: ChildProcess, kind: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`a process of the herd did not say "${kind}" within ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX);
    const gone = (code: number | null): void => reject(new Error(`a process of the herd ended with ${code}`));
    child.once("exit", gone);
    child.once("message", (message: Message) => {
      clearTimeout(timer);
      child.off("exit", gone);
      if (message.kind === kind) resolve(message);
      else reject(new Error(`"${message.kind}" came where "${kind}" was expected`));
    });
  });
}
