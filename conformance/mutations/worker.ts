// Plays a range of trials in a thread of its own, so that one that never ends can be seen from outside and stopped.
import { parentPort, workerData } from "node:worker_threads";
import { Fault, playTrial } from "./trial.ts";

/** What a thread is told. `clock` holds the trial it is at, for whoever watches. */
export interface Range {
  readonly first: number;
  readonly count: number;
  readonly faultsMax: number;
  readonly clock: Int32Array;
}

/** What a thread found. `wrong`: another answer, or a refusal, than the semantics say. */
export interface FaultFound {
  readonly seed: number;
  readonly kind: "threw" | "wrong" | "hangs";
  readonly what: string;
}

/** Sums over the trials played. */
export interface Tally {
  readonly played: Readonly<Record<string, number>>;
  readonly refused: number;
  readonly asked: number;
  readonly compared: number;
  readonly faults: readonly FaultFound[];
}

/** Plays the trials one after another; `clock` is set to each before it begins. */
export function playRange({ first, count, faultsMax, clock }: Range): Tally {
  const played: Record<string, number> = {};
  const faults: FaultFound[] = [];
  let [refused, asked, compared] = [0, 0, 0];
  for (let seed = first; seed < first + count && faults.length < faultsMax; seed++) {
    Atomics.store(clock, 0, seed);
    try {
      const outcome = playTrial(seed);
      played[outcome.kind] = (played[outcome.kind] ?? 0) + 1;
      refused += outcome.refused ? 1 : 0;
      asked += outcome.asked;
      compared += outcome.compared;
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      faults.push({ seed, kind: error instanceof Fault ? "wrong" : "threw", what: stack.split("\n").slice(0, 4).join("\n").slice(0, 1_000) });
    }
  }
  return { played, refused, asked, compared, faults };
}

parentPort?.postMessage(playRange(workerData as Range));
