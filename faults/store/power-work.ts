// The process whose power is cut: the real adapter, appending decisions, under the recording shim. Acknowledgements are notes too.
import { appendFileSync } from "node:fs";
import { nodeClock, nodeRandom, nodeTimers } from "@sluice/ports/node";
import { SqliteDatabase, SqlStore } from "@sluice/store/sqlite";
import { transaction } from "./power-transactions.ts";

interface Setup {
  readonly path: string;
  readonly log: string;
  readonly synchronous: "FULL" | "NORMAL" | "OFF";
  readonly transactions: number;
}

const { path, log, synchronous, transactions }: Setup = JSON.parse(process.argv[2] ?? "{}");

function acknowledge(count: number): void {
  const note = Buffer.alloc(18);
  note.write("A", 0, "latin1");
  note.writeBigInt64LE(BigInt(count), 2);
  appendFileSync(log, note);
}

const store = new SqlStore(new SqliteDatabase({ path, synchronous, timers: nodeTimers({ keepsAlive: true }), monotonicMs: nodeClock.monotonicMs }), nodeRandom);
await store.migrate();
acknowledge(0);
for (let index = 1; index <= transactions; index += 1) {
  const { proposals, blobs } = transaction(index);
  const done = await store.append(proposals, undefined, blobs);
  if (done.kind !== "appended") throw new Error(`transaction ${index} was answered ${done.kind}`);
  acknowledge(index);
}
// No farewell: a process that closes its database checkpoints and syncs, which power does not wait for.
process.kill(process.pid, "SIGKILL");
