// `npm run conformance -- mutations [--count N] [--seed N] [--threads N] [--stall-seconds N] [--until-found] [--json]`: snapshots, patches,
// urgent kills and contexts, spoiled in every way that was thought of. Nothing may throw or hang, and what is still right must answer as the naive interpreter does.
// Each trial has its own seed, counted up from --seed: a fault names its seed, and `--count 1 --seed N` plays it again.
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FaultFound, Range, Tally } from "./mutations/worker.ts";

/** The slowest trials take some tens of milliseconds; one that takes this long on a busy machine does not end. */
const STALL_SECONDS = 20;
const WATCH_MS = 1_000;
const FAULTS_SHOWN = 20;

/** One thread's range; a thread whose trial does not change for `stallMs` is stopped, and that trial hangs. */
function playInThread(range: Range, stallMs: number): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, "mutations/worker.ts"), { workerData: range });
    let [at, stillMs] = [-1, 0];
    const watch = setInterval(() => {
      const now = Atomics.load(range.clock, 0);
      stillMs = now === at ? stillMs + WATCH_MS : 0;
      at = now;
      if (stillMs < stallMs) return;
      clearInterval(watch);
      const fault: FaultFound = { seed: at, kind: "hangs", what: `the trial has not ended after ${stallMs / 1_000} seconds` };
      void worker.terminate().then(() => resolve({ played: {}, refused: 0, asked: 0, compared: 0, faults: [fault] }));
    }, WATCH_MS);
    worker.once("message", (tally: Tally) => {
      clearInterval(watch);
      resolve(tally);
    });
    worker.once("error", (error) => {
      clearInterval(watch);
      reject(error);
    });
  });
}

function add(a: Tally, b: Tally): Tally {
  const kinds = [...new Set([...Object.keys(a.played), ...Object.keys(b.played)])].sort();
  return {
    played: Object.fromEntries(kinds.map((kind) => [kind, (a.played[kind] ?? 0) + (b.played[kind] ?? 0)])),
    refused: a.refused + b.refused,
    asked: a.asked + b.asked,
    compared: a.compared + b.compared,
    faults: [...a.faults, ...b.faults],
  };
}

interface Wish {
  readonly first: number;
  readonly count: number;
  readonly threads: number;
  readonly faultsMax: number;
  readonly stallMs: number;
}

/** Plays `count` trials in pieces that the threads take turns at; `onPiece` hears of each. Ends early at `faultsMax` faults. */
async function playMutations({ first, count, threads, faultsMax, stallMs }: Wish, onPiece: (tally: Tally) => void): Promise<Tally> {
  const pieceSize = Math.max(1, Math.min(50_000, Math.ceil(count / threads)));
  let tally: Tally = { played: {}, refused: 0, asked: 0, compared: 0, faults: [] };
  let next = first;
  const turn = async (): Promise<void> => {
    while (next < first + count && tally.faults.length < faultsMax) {
      const start = next;
      next += pieceSize;
      const clock = new Int32Array(new SharedArrayBuffer(4));
      const piece = await playInThread({ first: start, count: Math.min(pieceSize, first + count - start), faultsMax, clock }, stallMs);
      tally = add(tally, piece);
      onPiece(tally);
    }
  };
  await Promise.all(Array.from({ length: threads }, turn));
  return tally;
}

/** The command: its options are read from the command line, its exit code is 1 where there is any fault. */
export async function runMutations(): Promise<void> {
  const value = (name: string, usual: number): number => (process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : usual);
  const [count, first, threads] = [value("--count", 1_000_000), value("--seed", 1), value("--threads", 2)];
  const isJson = process.argv.includes("--json");
  const total = (tally: Tally): number => Object.values(tally.played).reduce((sum, each) => sum + each, tally.faults.length);
  const faultsMax = process.argv.includes("--until-found") ? 1 : FAULTS_SHOWN;
  const tally = await playMutations({ first, count, threads, faultsMax, stallMs: value("--stall-seconds", STALL_SECONDS) * 1_000 }, (now) => {
    if (!isJson && total(now) < count) console.log(`${total(now)} of ${count}, ${now.faults.length} faults`);
  });
  const { played, refused, asked, compared, faults } = tally;
  if (isJson) {
    const figures = { mutations: total(tally), ...played, refused, asked, compared, faults: faults.length };
    console.log(JSON.stringify({ name: "mutations", figures, peers: {}, notes: "" }));
  } else {
    for (const { seed, kind, what } of faults) console.log(`seed ${seed} ${kind}: ${what}`);
    const kinds = Object.entries(played).map(([kind, times]) => `${times} ${kind}`);
    console.log(`${total(tally)} mutations (${kinds.join(", ")}), ${refused} refused, ${asked} answers, ${compared} compared, ${faults.length} faults`);
  }
  process.exitCode = faults.length === 0 ? 0 : 1;
}

if (import.meta.main) await runMutations();
