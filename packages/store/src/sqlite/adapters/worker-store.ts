import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { type Store, type StoreQuestion, storeQuestions, StoreUnavailable } from "../../store.ts";

export interface WorkerRequest {
  readonly id: number;
  readonly method: StoreQuestion | "close";
  readonly args: readonly unknown[];
}

export type WorkerReply =
  | { readonly kind: "ready" }
  | { readonly kind: "hint" }
  | { readonly kind: "value"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly name: string; readonly message: string };

/** Calls that may wait for the worker at once; beyond, the disk is stuck and callers are told. */
const WAITING_MAX = 1_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The SQLite store in a thread of its own, so that an fsync that hangs hangs nobody else.
 * `entry` is worker-entry.ts, as source or as bundle.
 */
export async function openStoreInWorker(url: string, entry: URL): Promise<Store> {
  // A source is stripped of its types by WebAssembly in the thread. V8 13.6 may free a wrapper that the threads of a process share
  // a second time when two of them replace it at once, and aborts ("Check failed: jit_page.has_value()"); one never replaced is never freed.
  if (entry.pathname.endsWith(".ts")) setFlagsFromString("--wasm-wrapper-tiering-budget=2147483647");
  const worker = new Worker(entry, { workerData: { url }, resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 } });
  const waiting = new Map<number, Waiting>();
  const hints = new Set<() => void>();
  let ids = 0;
  let gone: Error | undefined;
  const fail = (error: Error): void => {
    gone = error;
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  await new Promise<void>((resolve, reject) => {
    worker.once("error", (error) => {
      reject(error);
      fail(new StoreUnavailable(`the store's thread failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error }));
    });
    worker.once("exit", () => fail(gone ?? new StoreUnavailable("the store is closed")));
    worker.on("message", (reply: WorkerReply) => {
      switch (reply.kind) {
        case "ready":
          return resolve();
        case "hint":
          for (const hint of hints) hint();
          return;
        case "value":
          waiting.get(reply.id)?.resolve(reply.value);
          waiting.delete(reply.id);
          return;
        case "error":
          waiting.get(reply.id)?.reject(reply.name === "StoreUnavailable" ? new StoreUnavailable(reply.message) : new Error(`${reply.name}: ${reply.message}`));
          waiting.delete(reply.id);
      }
    });
  });
  const call = (method: WorkerRequest["method"], args: readonly unknown[]): Promise<unknown> => {
    if (gone) return Promise.reject(gone);
    if (waiting.size >= WAITING_MAX) return Promise.reject(new StoreUnavailable(`${WAITING_MAX} calls are waiting for the store`));
    return new Promise((resolve, reject) => {
      const request: WorkerRequest = { id: ++ids, method, args };
      waiting.set(request.id, { resolve, reject });
      worker.postMessage(request);
    });
  };
  const proxies = Object.fromEntries(storeQuestions.map((method) => [method, (...args: readonly unknown[]) => call(method, args)]));
  const local: Pick<Store, "watch" | "close"> = {
    watch: (hint) => {
      hints.add(hint);
      return () => hints.delete(hint);
    },
    close: async () => {
      if (gone) return;
      await call("close", []);
      await worker.terminate();
    },
  };
  return { ...proxies, ...local } as Store;
}
