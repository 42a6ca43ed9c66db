import type { TelemetryBody } from "@sluice/contract";
import { type CustomerOutcomes, WATCHED_MAX } from "@sluice/releases";

/** What is counted: one outcome of one flag in one environment. */
export interface Counted {
  readonly environment: string;
  readonly flag: string;
  readonly outcome: string;
}

interface Parts {
  /** What some guard watches; nothing else is kept. Asked once for each report: it walks all flags. */
  readonly watched: () => readonly Counted[];
  /** The flag's off variant as it is served, under its key or a former one; undefined where it is not served. */
  readonly offOf: (environment: string, flag: string) => { readonly flag: string; readonly off: string } | undefined;
}

type Counts = Map<string, { off: { failed: number; of: number }; on: { failed: number; of: number } }>;

/** Counts that SDKs report, by customer, of the window that is under way. */
export class OutcomeBook {
  readonly #parts: Parts;
  #windows = new Map<string, Counts>();
  /** What was reported and not counted, since this process began: dropped by SDKs for want of memory, or here for too many customers. */
  dropped = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes what a process reports. */
  note(environment: string, { outcomes, droppedOutcomes }: TelemetryBody): void {
    this.dropped += droppedOutcomes;
    const watched = new Set(this.#parts.watched().map(nameOf));
    for (const each of outcomes) {
      const served = this.#parts.offOf(environment, each.flag);
      if (served === undefined) continue;
      const name = nameOf({ environment, flag: served.flag, outcome: each.outcome });
      if (watched.has(name)) this.#add(name, each, served.off);
    }
  }

  #add(name: string, { variant, customer, ok, failed }: TelemetryBody["outcomes"][number], off: string): void {
    let counts = this.#windows.get(name);
    if (counts === undefined) this.#windows.set(name, (counts = new Map()));
    let own = counts.get(customer);
    if (own === undefined) {
      if (counts.size >= WATCHED_MAX) {
        this.dropped += ok + failed;
        return;
      }
      counts.set(customer, (own = { off: { failed: 0, of: 0 }, on: { failed: 0, of: 0 } }));
    }
    const side = variant === off ? own.off : own.on;
    side.failed += failed;
    side.of += ok + failed;
  }

  /** Ends the window: what was counted in it, by what is counted. */
  close(): (counted: Counted) => readonly CustomerOutcomes[] {
    const windows = this.#windows;
    this.#windows = new Map();
    return (counted) => [...(windows.get(nameOf(counted)) ?? [])].map(([customer, { off, on }]) => ({ customer, off, on }));
  }
}

const nameOf = ({ environment, flag, outcome }: Counted): string => `${environment}\n${flag}\n${outcome}`;
