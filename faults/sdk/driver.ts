import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How a client of a drill is set up. */
export interface Setup {
  readonly client: string;
  readonly url: string;
  readonly key: string;
  readonly environment: string;
  /** Absent: signatures are not checked. */
  readonly signatureKeys?: readonly string[];
}

/** What one client answers now. */
export interface Sight {
  /** Of each flag that was asked for, in that order. */
  readonly values: readonly boolean[];
  readonly state: string;
  /** `<epoch>:<seq>`; empty while there is none, and of pages. */
  readonly version: string;
  /** Kind of the trouble that it tells; empty where it tells none. */
  readonly trouble: string;
}

/** A flag and the default that the code has for it. */
export type Question = readonly [flag: string, fallback: boolean];

/** What became of contexts that no application should pass. */
export interface Hostile {
  readonly asked: number;
  /** Contexts that made a call throw, with what was thrown. */
  readonly threw: readonly string[];
  /** Contexts that were answered otherwise than true. */
  readonly wrong: readonly string[];
}

/** A process with clients of one language in it, whose clocks run faster than the machine's. */
export interface Driver {
  readonly pid: number | undefined;
  open(setup: Setup): Promise<void>;
  ask(questions: readonly Question[]): Promise<ReadonlyMap<string, Sight>>;
  /** Asks one client's flag, which answers true for everybody, about contexts with cycles, huge texts, wrong types and lone surrogates. */
  hostile(client: string, flag: string): Promise<Hostile>;
  /** Bytes of what lives after a forced collection; undefined where the process has no one heap to be asked for. */
  heapBytes(): Promise<number | undefined>;
  /** Closes every client; names threads, sockets and timers that are left and were not there before the first. */
  close(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const REPLY_MS_MAX = 60_000;

/** A driver behind standard input and output, one JSON object a line: a request, then its reply. */
export function pipeDriver([program, ...args]: readonly [string, ...string[]]): Driver {
  const child: ChildProcess = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting: { readonly resolve: (reply: unknown) => void; readonly reject: (error: Error) => void }[] = [];
  const gone = (why: string): void => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${program} ${args.at(-1) ?? ""}: ${why}`));
  };
  child.once("error", (error) => gone(error.message));
  child.once("exit", (code, signal) => gone(`the process ended with ${signal ?? code}`));
  child.stdin?.on("error", () => undefined);
  if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(JSON.parse(line)));
  const request = <T>(what: object): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${program}: no reply to ${JSON.stringify(what).slice(0, 100)}`)), REPLY_MS_MAX);
      waiting.push({
        resolve: (reply) => {
          clearTimeout(timer);
          resolve(reply as T);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      child.stdin?.write(`${JSON.stringify(what)}\n`);
    });
  return {
    pid: child.pid,
    open: async (setup) => void (await request({ do: "open", ...setup })),
    ask: async (questions) => new Map(Object.entries((await request<{ readonly sights: Record<string, Sight> }>({ do: "ask", questions })).sights)),
    hostile: (client, flag) => request<Hostile>({ do: "hostile", client, flag }),
    heapBytes: async () => (await request<{ readonly bytes: number }>({ do: "heap" })).bytes,
    close: async () => (await request<{ readonly left: readonly string[] }>({ do: "close" })).left,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}
