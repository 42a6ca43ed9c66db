import type { RelayReport } from "@sluice/contract";
import type { Clock } from "@sluice/ports";
import type { FollowedKill, RelayListing, Receipts } from "../receipts.ts";

/** Relays that are remembered; beyond, the longest silent are forgotten first. */
const RELAYS_MAX = 100;
/** A relay that was cut off is named for this long: what is behind it may be out of reach for as long, or somebody has taken it down. */
const REMEMBERED_MS = 60 * 60_000;

/** What a relay said it serves of one environment. */
interface Served {
  readonly epoch: string;
  readonly seq: number;
  readonly urgent: ReadonlySet<string>;
  /** Streams of browsers. */
  readonly pages: number;
}

interface Known {
  readonly relay: string;
  feeds: number;
  heardMs: number;
  serves: ReadonlyMap<string, Served>;
  /** By environment and instance, what to call when it is gone. */
  readonly instances: Map<string, { readonly environment: string; readonly gone: () => void }>;
  /** How many were behind it when it was last heard of. */
  lastInstances: ReadonlyMap<string, number>;
}

/** Which relays there are, and what each says of itself and of the processes behind it. */
export class RelayBook {
  readonly #clock: Clock;
  readonly #receipts: Receipts;
  readonly #relays = new Map<string, Known>();

  constructor(clock: Clock, receipts: Receipts) {
    this.#clock = clock;
    this.#receipts = receipts;
    receipts.relaysWithout = (kill) => this.#without(kill);
  }

  #known(relay: string): Known {
    const known = this.#relays.get(relay);
    if (known !== undefined) return known;
    if (this.#relays.size >= RELAYS_MAX) this.#forgetOldest();
    const made: Known = { relay, feeds: 0, heardMs: this.#clock.monotonicMs(), serves: new Map(), instances: new Map(), lastInstances: new Map() };
    this.#relays.set(relay, made);
    return made;
  }

  #forgetOldest(): void {
    const [oldest] = [...this.#relays.values()].filter(({ feeds }) => feeds === 0).sort((a, b) => a.heardMs - b.heardMs);
    if (oldest !== undefined) this.#relays.delete(oldest.relay);
  }

  /** A relay's feed began. Returns what to call when it ends: then nothing is known of whoever is behind it. */
  connected(relay: string): () => void {
    const known = this.#known(relay);
    known.feeds++;
    known.heardMs = this.#clock.monotonicMs();
    return () => {
      known.feeds--;
      known.heardMs = this.#clock.monotonicMs();
      if (known.feeds > 0) return;
      for (const { gone } of known.instances.values()) gone();
      known.instances.clear();
    };
  }

  /** What a relay tells, as far as its key opens the environment. Ignored of one whose feed is not open: it tells all again when it is. */
  report(relay: string, told: RelayReport, mayFor: (environment: string) => boolean): void {
    const known = this.#relays.get(relay);
    if (known === undefined || known.feeds === 0) return;
    known.heardMs = this.#clock.monotonicMs();
    known.serves = new Map(
      told.serves
        .filter(({ environment }) => mayFor(environment))
        .map(({ environment, urgent, ...rest }) => [environment, { ...rest, urgent: new Set(urgent) }]),
    );
    if (told.isWhole) this.#dropOthers(known, told);
    for (const state of told.instances) if (mayFor(state.environment)) this.#take(known, state);
    const counts = new Map<string, number>();
    for (const { environment } of known.instances.values()) counts.set(environment, (counts.get(environment) ?? 0) + 1);
    known.lastInstances = counts;
  }

  #dropOthers({ instances }: Known, told: RelayReport): void {
    const named = new Set(told.instances.map(nameOf));
    for (const [name, { gone }] of instances) {
      if (named.has(name)) continue;
      gone();
      instances.delete(name);
    }
  }

  #take({ relay, instances }: Known, state: RelayReport["instances"][number]): void {
    const name = nameOf(state);
    const { isOpen, epoch, seq, urgent, environment, instance, service, version, sdk } = state;
    const open = instances.get(name);
    if (isOpen && open === undefined) {
      const identity = {
        instance,
        environment,
        relay,
        ...(service === undefined ? {} : { service }),
        ...(version === undefined ? {} : { version }),
        ...(sdk === undefined ? {} : { sdk }),
      };
      instances.set(name, { environment, gone: this.#receipts.connected(identity) });
    }
    if (seq >= 0) this.#receipts.confirm(environment, { instance, epoch, seq, urgent: [...urgent], asked: [], unknown: [] });
    if (isOpen || open === undefined) return;
    open.gone();
    instances.delete(name);
  }

  /** Relays of one environment, those that are cut off among them for an hour. */
  list(environment: string): readonly RelayListing[] {
    const now = this.#clock.monotonicMs();
    return [...this.#relays.values()].flatMap(({ relay, feeds, heardMs, serves, lastInstances }) => {
      const here = serves.get(environment);
      if (here === undefined || (feeds === 0 && now - heardMs > REMEMBERED_MS)) return [];
      const { epoch, seq, pages } = here;
      const lastHeardMsAgo = Math.round(now - heardMs);
      return [{ relay, connected: feeds > 0, instances: lastInstances.get(environment) ?? 0, pages, lastHeardMsAgo, serves: `${epoch}:${seq}` }];
    });
  }

  /** Relays that are cut off and have not said that they serve this kill. */
  #without(kill: FollowedKill): readonly RelayListing[] {
    return this.list(kill.environment).filter(({ relay, connected }) => {
      const here = this.#relays.get(relay)?.serves.get(kill.environment);
      const has = here !== undefined && (here.urgent.has(kill.kill) || (kill.seq !== undefined && here.epoch === kill.epoch && here.seq >= kill.seq));
      return !connected && !has;
    });
  }
}

const nameOf = ({ environment, instance }: { readonly environment: string; readonly instance: string }): string => `${environment}\n${instance}`;
