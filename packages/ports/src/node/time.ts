import type { Clock, Random, Timers } from "../ports.ts";
import { randomBytes } from "node:crypto";

/** The machine's own clocks. */
export const nodeClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Node's timers. `keepsAlive: false` lets the host process end while something still waits: what an SDK must use. */
export function nodeTimers(options: { readonly keepsAlive: boolean }): Timers {
  return {
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      if (!options.keepsAlive) timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

/** Node's CSPRNG for bytes; `unit` is for jitter only. */
export const nodeRandom: Random = { unit: () => Math.random(), bytes: (count) => new Uint8Array(randomBytes(count)) };
