import type { PassedBatch } from "@sluice/contract";
import { type CustomerOutcomes, WATCHED_MAX } from "@sluice/releases";
import type { Complaint } from "./voices.ts";

/** Processes of one window that are told apart: as many as one server has streams. */
const REPORTING_MAX = 20_000;

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

interface Counts {
  readonly customers: Map<string, { off: { failed: number; of: number }; on: { failed: number; of: number } }>;
  /** Processes that reported, and whom each said something bad of. */
  readonly reporting: Set<string>;
  readonly complaints: Map<string, Complaint>;
}

/** What was counted in one window. */
export interface CountedWindow {
  readonly outcomes: readonly CustomerOutcomes[];
  readonly reporting: ReadonlySet<string>;
  readonly complaints: readonly Complaint[];
}

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
  note(environment: string, { instance, outcomes, droppedOutcomes, isOfPages = false }: PassedBatch): void {
    this.dropped += droppedOutcomes;
    const watched = new Set(this.#parts.watched().map(nameOf));
    for (const each of outcomes) {
      const served = this.#parts.offOf(environment, each.flag);
      if (served === undefined) continue;
      const name = nameOf({ environment, flag: served.flag, outcome: each.outcome });
      // A page proves by its token which customer it is of, so each speaks for itself, and for nobody else.
      const voice = isOfPages ? `${instance}\n${each.customer}` : instance;
      if (watched.has(name)) this.#add(name, { ...each, instance: voice }, served.off);
    }
  }

  #add(name: string, { variant, customer, ok, failed, instance }: PassedBatch["outcomes"][number] & { readonly instance: string }, off: string): void {
    let counts = this.#windows.get(name);
    if (counts === undefined) this.#windows.set(name, (counts = { customers: new Map(), reporting: new Set(), complaints: new Map() }));
    let own = counts.customers.get(customer);
    if (own === undefined) {
      if (counts.customers.size >= WATCHED_MAX) {
        this.dropped += ok + failed;
        return;
      }
      counts.customers.set(customer, (own = { off: { failed: 0, of: 0 }, on: { failed: 0, of: 0 } }));
    }
    const side = variant === off ? own.off : own.on;
    side.failed += failed;
    side.of += ok + failed;
    if (counts.reporting.size < REPORTING_MAX) counts.reporting.add(instance);
    // Two processes are enough to know that it is not one alone; a third need not be kept.
    const said = `${customer}\n${counts.complaints.has(`${customer}\n0`) && counts.complaints.get(`${customer}\n0`)?.instance !== instance ? 1 : 0}`;
    if (failed > 0 && variant !== off) counts.complaints.set(said, { customer, instance });
  }

  /** Ends the window: what was counted in it, by what is counted. */
  close(): (counted: Counted) => CountedWindow {
    const windows = this.#windows;
    this.#windows = new Map();
    return (counted) => {
      const { customers = new Map(), reporting = new Set<string>(), complaints = new Map() }: Partial<Counts> = windows.get(nameOf(counted)) ?? {};
      return { outcomes: [...customers].map(([customer, { off, on }]) => ({ customer, off, on })), reporting, complaints: [...complaints.values()] };
    };
  }
}

const nameOf = ({ environment, flag, outcome }: Counted): string => `${environment}\n${flag}\n${outcome}`;
