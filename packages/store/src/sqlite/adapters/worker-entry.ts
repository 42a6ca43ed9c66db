import { parentPort, workerData } from "node:worker_threads";
import { openStore } from "../../open-store.ts";
import type { WorkerReply, WorkerRequest } from "./worker-store.ts";

const port = parentPort;
if (port === null) throw new Error("worker-entry.ts runs in a worker thread only");
const { url } = workerData as { readonly url: string };
const store = await openStore(url);
const send = (reply: WorkerReply): void => port.postMessage(reply);

store.watch(() => send({ kind: "hint" }));
port.on("message", ({ id, method, args }: WorkerRequest) => {
  const run = store[method] as (...given: readonly unknown[]) => Promise<unknown>;
  run.apply(store, args as unknown[]).then(
    (value) => send({ kind: "value", id, value }),
    (error: unknown) =>
      send({ kind: "error", id, name: error instanceof Error ? error.name : "Error", message: error instanceof Error ? error.message : String(error) }),
  );
});
send({ kind: "ready" });
