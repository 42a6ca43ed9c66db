import type { Disk, Journal } from "@sluice/ports";
import { DiskFailed } from "@sluice/ports";
import type { Scheduler } from "./scheduler.ts";

interface JournalState {
  capacity: number;
  used: number;
  records: Uint8Array[];
  /** Written, not yet known to be on the platter. */
  unsynced: Uint8Array[];
}

/** A disk that forgets what was not synced, can be full, and fails now and then; it outlives its process. */
export class SimulatedDisk {
  readonly #scheduler: Scheduler;
  readonly #files = new Map<string, Uint8Array>();
  readonly #journals = new Map<string, JournalState>();
  /** While full, `replace` fails; a journal's space was reserved before. */
  full = false;
  /** Probability that a write fails with EIO. */
  failing = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** As after a power cut: of the unsynced records a random prefix survives, whole. */
  crash(): void {
    for (const journal of this.#journals.values()) {
      const kept = this.#scheduler.between(0, journal.unsynced.length);
      journal.records.push(...journal.unsynced.slice(0, kept));
      journal.unsynced = [];
      journal.used = journal.records.reduce((sum, record) => sum + record.length + 8, 0);
    }
  }

  /** What stands in a file now, for those who check. */
  contentOf(name: string): Uint8Array | undefined {
    return this.#files.get(name);
  }

  forLife(inLife: (run: () => void) => void): Disk {
    // A promise settles only in the life that asked for it: the continuation of a dead process never runs.
    const later = <T>(delayMs: number, work: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        this.#scheduler.after(delayMs, () =>
          inLife(() => {
            try {
              resolve(work());
            } catch (error) {
              reject(error);
            }
          }),
        );
      });
    return {
      read: (name) => later(this.#scheduler.between(0, 2), () => this.#files.get(name)?.slice()),
      replace: (name, bytes) => {
        const copy = bytes.slice();
        return later(this.#scheduler.between(1, 15), () => {
          this.#mayFail(true);
          this.#files.set(name, copy);
        });
      },
      openJournal: (name, capacityBytes) => later(this.#scheduler.between(0, 3), () => this.#open(name, capacityBytes, later)),
    };
  }

  #open(name: string, capacityBytes: number, later: <T>(delayMs: number, work: () => T) => Promise<T>): Journal {
    let journal = this.#journals.get(name);
    if (!journal) {
      if (this.full) throw new DiskFailed(`no room for the journal ${name}`);
      journal = { capacity: capacityBytes, used: 0, records: [], unsynced: [] };
      this.#journals.set(name, journal);
    }
    const state = journal;
    return {
      records: state.records.map((record) => record.slice()),
      damagedBytes: 0,
      append: async (record) => {
        const copy = record.slice();
        if (state.used + copy.length + 8 > state.capacity) throw new DiskFailed(`journal ${name} is full`);
        state.used += copy.length + 8;
        state.unsynced.push(copy);
        await later(this.#scheduler.between(1, 15), () => {
          this.#mayFail(false);
          const upTo = state.unsynced.indexOf(copy);
          if (upTo >= 0) state.records.push(...state.unsynced.splice(0, upTo + 1));
        });
      },
      reset: () =>
        later(this.#scheduler.between(1, 15), () => {
          this.#mayFail(false);
          state.records = [];
          state.unsynced = [];
          state.used = 0;
        }),
    };
  }

  #mayFail(needsRoom: boolean): void {
    if (needsRoom && this.full) throw new DiskFailed("no space left (ENOSPC)");
    if (this.failing > 0 && this.#scheduler.chance(this.failing)) throw new DiskFailed("input/output error (EIO)");
  }
}
