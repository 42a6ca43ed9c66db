import type { Version } from "@sluice/evaluation";
import type { MemoryStore, Store, StoreQuestion } from "@sluice/store";
import { storeQuestions, StoreUnavailable } from "@sluice/store";
import type { Scheduler } from "./scheduler.ts";
import type { Life, SimulatedProcess } from "./simulated-process.ts";

/** How the database is today: the same for every process. */
export interface StoreWeather {
  /** Bounds of the time a commit or a read takes, in milliseconds. */
  latency: readonly [low: number, high: number];
  /** Nobody answers: calls hang until it is over or their caller gives up. */
  down: boolean;
  /** Every write is refused (disk full). */
  full: boolean;
}

/** How long a call waits for a database that is down before it fails, as a driver's own time-out would. */
const HANG_MS = 3_000;

const writes: ReadonlySet<string> = new Set([
  "append",
  "saveCheckpoint",
  "saveAccount",
  "saveGrant",
  "takeGrant",
  "saveSdkKey",
  "noteAsked",
  "erase",
  "saveCustomers",
  "eraseCustomers",
  "saveListedIds",
  "eraseListedIds",
  "savePendingChange",
  "erasePendingChanges",
]);

/**
 * The memory store as a process sees a database: slow, now and then gone, and committing at one instant while the answer comes at a later one,
 * so that a process can die, and an answer can be lost, between the two. `onRead` is told how far a process has read the log.
 */
export function simulatedStore(
  real: MemoryStore,
  parts: {
    readonly scheduler: Scheduler;
    readonly weather: StoreWeather;
    readonly process: SimulatedProcess;
    readonly life: Life;
    readonly onRead?: (to: Version) => void;
  },
): Store {
  const { scheduler, weather, process, life, onRead } = parts;
  const told = (value: unknown): void => {
    const events = Array.isArray(value) ? (value as readonly unknown[]) : (value as { readonly events?: readonly unknown[] } | undefined)?.events;
    const last = events?.at(-1) as Version | undefined;
    if (last !== undefined) onRead?.({ epoch: last.epoch, seq: last.seq });
  };
  const call = (method: StoreQuestion, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const answer = (settle: () => void): void => {
        scheduler.after(scheduler.between(...weather.latency), () => process.inLife(life, settle));
      };
      const attempt = (): void => {
        // The connection dies with its process; a statement that has not begun then never does.
        if (!life.alive) return;
        if (weather.down) {
          scheduler.after(HANG_MS, () => process.inLife(life, () => reject(new StoreUnavailable("the database does not answer"))));
          return;
        }
        if (weather.full && writes.has(method)) {
          answer(() => reject(new StoreUnavailable("the disk is full")));
          return;
        }
        const run = real[method] as (...given: readonly unknown[]) => Promise<unknown>;
        run.apply(real, [...args]).then(
          (value) =>
            answer(() => {
              if (method === "readOn" || method === "append") told(value);
              resolve(value);
            }),
          (error: unknown) => answer(() => reject(error instanceof Error ? error : new Error(String(error)))),
        );
      };
      scheduler.after(scheduler.between(...weather.latency), attempt);
    });
  const proxies = Object.fromEntries(storeQuestions.map((name) => [name, (...args: readonly unknown[]) => call(name, args)]));
  const local: Pick<Store, "watch" | "close"> = {
    // A hint may be lost, so only half of them arrive.
    watch: (hint) => real.watch(() => scheduler.chance(0.5) && scheduler.after(scheduler.between(0, 20), () => process.inLife(life, hint))),
    close: async () => {},
  };
  return { ...proxies, ...local } as Store;
}
