import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** What is kept of one command's output; `npm test` prints a few hundred kilobytes. */
const OUTPUT_CHARS_MAX = 4_000_000;
/** Ctrl+C must have ended everything within this; then it is ended the hard way, and said. */
const END_MS_MAX = 15_000;

export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A terminal: one bash that keeps its folder and variables from command to command, in a process group of its own. */
export class Terminal {
  readonly #shell: ChildProcess;
  readonly #end = `--- ${process.pid} ended with `;
  #output = "";
  #onOutput: (() => void) | undefined;

  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.#shell = spawn("bash", ["--noprofile", "--norc"], { cwd: folder, env: environment, stdio: ["pipe", "pipe", "ignore"], detached: true });
    this.#shell.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output = (this.#output + text).slice(-OUTPUT_CHARS_MAX);
      this.#onOutput?.();
    });
    this.#shell.once("exit", () => this.#onOutput?.());
    this.#shell.stdin?.write("exec 2>&1\n");
  }

  get output(): string {
    return this.#output;
  }

  get isOpen(): boolean {
    return this.#shell.exitCode === null && this.#shell.signalCode === null;
  }

  /** Types one command; resolves when it has ended. Throws when that takes longer than `msMax`. */
  async run(command: string, msMax: number): Promise<Ended> {
    this.#output = "";
    const deadline = AbortSignal.timeout(msMax);
    // No standard input: a question would wait for somebody who is not there.
    this.#shell.stdin?.write(`{ ${command}\n} </dev/null; printf '\\n${this.#end}%s\\n' "$?"\n`);
    for (;;) {
      const [, output, code] = new RegExp(`^([\\s\\S]*?)\\n${this.#end}(\\d+)\\n`).exec(this.#output) ?? [];
      if (output !== undefined) return { code: Number(code), output };
      if (!this.isOpen) throw new Error("the shell ended");
      if (deadline.aborted) throw new Error(`it has not ended within ${msMax / 1000} s`);
      await this.#somethingNew(deadline);
    }
  }

  /** Types a command that keeps running. */
  begin(command: string): void {
    this.#shell.stdin?.end(`${command}\n`);
  }

  #somethingNew(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#onOutput = undefined;
        deadline.removeEventListener("abort", go);
        resolve();
      };
      this.#onOutput = go;
      deadline.addEventListener("abort", go, { once: true });
    });
  }

  /** Ctrl+C, and then the window is closed. True where everything in it ended by itself. */
  async close(): Promise<boolean> {
    const { pid } = this.#shell;
    if (pid === undefined) return true;
    const gone = this.isOpen ? once(this.#shell, "exit") : Promise.resolve();
    signalGroup(pid, "SIGINT");
    this.#shell.stdin?.end();
    const end = performance.now() + END_MS_MAX;
    while (signalGroup(pid, 0) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    const isClean = !signalGroup(pid, "SIGKILL");
    await gone;
    return isClean;
  }
}

/** False where the group has no process any more. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
