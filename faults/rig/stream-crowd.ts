import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const WAIT_MS_MAX = 60_000;

interface Message {
  readonly kind: "open" | "armed" | "all";
  readonly atNs?: readonly string[];
}

/** A helper process that holds `count` bare streams open. */
export class StreamCrowd {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async open(url: string, key: string, count: number): Promise<StreamCrowd> {
    const { hostname, port } = new URL(url);
    const child = fork(fileURLToPath(new URL("raw-streams.ts", import.meta.url)), [JSON.stringify({ host: hostname, port: Number(port), key, count })], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const crowd = new StreamCrowd(child);
    await crowd.#next("open");
    return crowd;
  }

  #next(kind: Message["kind"]): Promise<Message> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the streams did not report "${kind}" within ${WAIT_MS_MAX} ms`)), WAIT_MS_MAX);
      const gone = (code: number | null): void => reject(new Error(`the process with the streams ended with ${code}`));
      this.#child.once("exit", gone);
      this.#child.once("message", (message: Message) => {
        clearTimeout(timer);
        this.#child.off("exit", gone);
        if (message.kind === kind) resolve(message);
        else reject(new Error(`"${message.kind}" came where "${kind}" was expected`));
      });
    });
  }

  /** From here on the next patch counts. The returned promise gives, for each stream, when it arrived (CLOCK_MONOTONIC). */
  async arm(): Promise<{ readonly all: Promise<readonly bigint[]> }> {
    const armed = this.#next("armed");
    this.#child.send({});
    await armed;
    return { all: this.#next("all").then(({ atNs }) => (atNs ?? []).map(BigInt)) };
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}
