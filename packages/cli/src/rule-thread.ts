import { pathToFileURL } from "node:url";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

/** A module of a project's own rules in a thread of its own. */
export interface RuleThread {
  /** Asks `check` about one flag and waits. Throws what it threw, and when it does not answer in time; then it is asked nothing more. */
  readonly check: (flag: unknown) => unknown;
  readonly stop: () => void;
}

/** The module could not be used at all. */
export class RuleUnusable extends Error {
  override readonly name = "RuleUnusable";
  /** What is wrong with it, as the end of "The module … ". */
  readonly what: "loads" | "exports";

  constructor(what: RuleUnusable["what"], message: string) {
    super(message);
    this.what = what;
  }
}

type Answer = { readonly value: unknown } | { readonly failure: string } | { readonly unusable: RuleUnusable["what"]; readonly why: string };

const MEMORY_MIB_MAX = 256;

/**
 * The thread's own program. It stands here as text, for it must run beside whatever file this one was bundled into. Its answers are read while the
 * asking thread stands still, so each is followed by a sign in memory that both share.
 */
const PROGRAM = `
const { workerData: { file, port, sign } } = require("node:worker_threads");
const answer = (what) => {
  try { port.postMessage(what); } catch (error) { port.postMessage({ failure: "what it answered is no plain data (" + error.message + ")" }); }
  Atomics.add(sign, 0, 1);
  Atomics.notify(sign, 0);
};
const textOf = (error) => (error instanceof Error ? error.message : String(error));
import(file).then(
  ({ check }) => {
    if (typeof check !== "function") return answer({ unusable: "exports", why: "" });
    port.on("message", (flag) => {
      try { answer({ value: check(flag) }); } catch (error) { answer({ failure: textOf(error) }); }
    });
    answer({ value: undefined });
  },
  (error) => answer({ unusable: "loads", why: textOf(error) }),
);
`;

/**
 * Loads a module where it can be stopped: one that never comes back holds up nobody's commit. Each answer may take `limitMs`, loading too.
 * Throws `RuleUnusable`.
 */
export function startRule(file: string, limitMs: number): RuleThread {
  const { port1: near, port2: far } = new MessageChannel();
  const sign = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(PROGRAM, {
    eval: true,
    // What it prints is for whoever wrote it, and no part of what the command prints.
    stdout: true,
    workerData: { file: pathToFileURL(file).href, port: far, sign },
    transferList: [far],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB_MAX },
  });
  thread.stdout.on("data", (bytes) => void process.stderr.write(bytes));
  // It may run out of memory or end itself: then it does not answer, and that is told.
  thread.on("error", () => {});
  thread.unref();
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    near.close();
    void thread.terminate();
  };
  const answer = (): Answer => {
    Atomics.wait(sign, 0, 0, limitMs);
    const received: { readonly message: Answer } | undefined = receiveMessageOnPort(near);
    Atomics.store(sign, 0, 0);
    if (received !== undefined) return received.message;
    stop();
    return {
      failure: `it did not answer within ${limitMs / 1_000} s and was stopped, so no other flag was looked at`,
    };
  };
  const loaded = answer();
  if ("unusable" in loaded) {
    stop();
    throw new RuleUnusable(loaded.unusable, loaded.why);
  }
  if ("failure" in loaded) throw new RuleUnusable("loads", loaded.failure);
  return {
    check: (flag) => {
      if (isStopped) return [];
      near.postMessage(flag);
      const told = answer();
      if ("value" in told) return told.value;
      throw new Error("failure" in told ? told.failure : told.why);
    },
    stop,
  };
}
