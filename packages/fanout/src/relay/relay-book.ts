import type { RelayReport } from "@sluice/contract";
import type { Clock, Log } from "@sluice/ports";
import { type FollowedKill, type PagesTold, type RelayListing, type Receipts, type Serving, servesKill } from "../receipts.ts";

/** Relays that are remembered; beyond, the longest silent are forgotten first. */
const RELAYS_MAX = 100;
/** A relay that was cut off is named for this long: what is behind it may be out of reach for as long, or somebody has taken it down. */
const REMEMBERED_MS = 60 * 60_000;

/** Of a relay's id, where its name is not enough. */
const ID_DIGITS_SHOWN = 6;

/** What a relay said it serves of one environment. */
interface Served extends Serving {
  readonly epoch: string;
  /** Streams of browsers. */
  readonly pages: number;
}

/** Which relay it is: what people call it, and what its data folder makes of itself; empty of an older version, which says only its name. */
export interface RelayIdentity {
  readonly name: string;
  readonly id: string;
}

interface Known extends RelayIdentity {
  /** Its name, with the beginning of its id where another one had that name before. */
  readonly relay: string;
  feeds: number;
  heardMs: number;
  serves: ReadonlyMap<string, Served>;
  /** By environment and instance, what to call when it is gone. */
  readonly instances: Map<string, { readonly environment: string; readonly gone: () => void }>;
  /** How many were behind it when it was last heard of. */
  lastInstances: ReadonlyMap<string, number>;
  /** Of one that hears trial kills: the newest that its own client has had, since when, and who is late behind it. */
  probe?: { kill: string | undefined; atMs: number; late: readonly string[] };
  /** Of one whose own kills are tried: whether they do not come through, and of whom behind it. */
  ownKills?: NonNullable<RelayReport["ownKills"]>;
}

/** Which relays there are, and what each says of itself and of the processes behind it. */
export class RelayBook {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #receipts: Receipts;
  readonly #relays = new Map<string, Known>();

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }, receipts: Receipts) {
    this.#clock = clock;
    this.#log = log;
    this.#receipts = receipts;
    receipts.relaysWithout = (kill) => this.#without(kill);
  }

  #known({ name, id }: RelayIdentity): Known {
    const known = this.#relays.get(keyOf({ name, id }));
    if (known !== undefined) return known;
    // The same relay, before it could say which it is.
    const older = this.#relays.get(keyOf({ name, id: "" }));
    if (older?.feeds === 0) this.#relays.delete(keyOf(older));
    if (this.#relays.size >= RELAYS_MAX) this.#forgetOldest();
    const relay = this.#labelOf({ name, id });
    const made: Known = { name, id, relay, feeds: 0, heardMs: this.#clock.monotonicMs(), serves: new Map(), instances: new Map(), lastInstances: new Map() };
    this.#relays.set(keyOf(made), made);
    return made;
  }

  #labelOf({ name, id }: RelayIdentity): string {
    if (![...this.#relays.values()].some((known) => known.name === name)) return name;
    const relay = `${name} (${id === "" ? "older" : id.slice(0, ID_DIGITS_SHOWN)})`;
    const fix = "Give each relay its own --name. One that was started anew has the same name without this, where it keeps its data folder.";
    this.#log.warn("relay.sameName", { relay, message: `Another relay is called ${name} too: this one is listed as ${relay}.`, fix });
    return relay;
  }

  #forgetOldest(): void {
    const [oldest] = [...this.#relays.values()].filter(({ feeds }) => feeds === 0).sort((a, b) => a.heardMs - b.heardMs);
    if (oldest !== undefined) this.#relays.delete(keyOf(oldest));
  }

  /** A relay's feed began. Returns what to call when it ends: then nothing is known of whoever is behind it. */
  connected(relay: RelayIdentity, hears: "trial kills" | "no trial kills"): () => void {
    const known = this.#known(relay);
    const now = this.#clock.monotonicMs();
    if (hears === "no trial kills") delete known.probe;
    else if (known.probe === undefined) known.probe = { kill: undefined, atMs: now, late: [] };
    // Time that it was away is not held against it, and one that comes and goes all the time is late all the same.
    else if (known.feeds === 0) known.probe.atMs += now - known.heardMs;
    known.feeds++;
    known.heardMs = now;
    return () => {
      known.feeds--;
      known.heardMs = this.#clock.monotonicMs();
      if (known.feeds > 0) return;
      for (const { gone } of known.instances.values()) gone();
      known.instances.clear();
    };
  }

  /** What a relay tells, as far as its key opens the environment. Ignored of one whose feed is not open: it tells all again when it is. */
  report(relay: RelayIdentity, told: RelayReport, mayFor: (environment: string) => boolean): void {
    const known = this.#relays.get(keyOf(relay));
    if (known === undefined || known.feeds === 0) return;
    known.heardMs = this.#clock.monotonicMs();
    known.serves = new Map(
      told.serves
        .filter(({ environment }) => mayFor(environment))
        .map(({ environment, urgent, ...rest }) => [environment, { ...rest, urgent: new Set(urgent) }]),
    );
    if (told.probe !== undefined) this.#probed(known, told.probe);
    if (told.ownKills !== undefined) known.ownKills = told.ownKills;
    if (told.isWhole) this.#dropOthers(known, told);
    for (const state of told.instances) if (mayFor(state.environment)) this.#take(known, state);
    const counts = new Map<string, number>();
    for (const { environment } of known.instances.values()) counts.set(environment, (counts.get(environment) ?? 0) + 1);
    known.lastInstances = counts;
  }

  #probed({ probe }: Known, { kill, late }: NonNullable<RelayReport["probe"]>): void {
    if (probe === undefined) return;
    probe.late = late;
    if (kill === undefined || kill === probe.kill) return;
    probe.kill = kill;
    probe.atMs = this.#clock.monotonicMs();
  }

  /** Connected relays that hear trial kills, and whether theirs are late; `well`: since when kills come through here, undefined while they do not. */
  probed(well: { readonly sinceMs: number; readonly lateAfterMs: number } | undefined): readonly { readonly relay: string; readonly isLate: boolean }[] {
    const now = this.#clock.monotonicMs();
    return [...this.#relays.values()].flatMap(({ relay, feeds, probe }) => {
      if (feeds === 0 || probe === undefined) return [];
      const isLate = well !== undefined && now - Math.max(probe.atMs, well.sinceMs) > well.lateAfterMs;
      return [{ relay, isLate }, ...probe.late.map((behind) => ({ relay: `${relay}/${behind}`, isLate: true }))];
    });
  }

  /** Connected relays whose own kills are tried, and whether none comes through. */
  get ownKills(): readonly { readonly relay: string; readonly isLate: boolean }[] {
    return [...this.#relays.values()].flatMap(({ relay, feeds, ownKills }) => {
      if (feeds === 0 || ownKills === undefined) return [];
      return [{ relay, isLate: ownKills.isLate }, ...ownKills.late.map((behind) => ({ relay: `${relay}/${behind}`, isLate: true }))];
    });
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
    return [...this.#relays.values()].flatMap((known) => this.#listing(known, environment));
  }

  #listing({ relay, feeds, heardMs, serves, lastInstances }: Known, environment: string): readonly RelayListing[] {
    const now = this.#clock.monotonicMs();
    const here = serves.get(environment);
    if (here === undefined || (feeds === 0 && now - heardMs > REMEMBERED_MS)) return [];
    const { epoch, seq, pages } = here;
    const lastHeardMsAgo = Math.round(now - heardMs);
    return [{ relay, connected: feeds > 0, instances: lastInstances.get(environment) ?? 0, pages, lastHeardMsAgo, serves: `${epoch}:${seq}` }];
  }

  /** Relays that are cut off and have not said that they serve this kill. */
  #without(kill: FollowedKill): readonly RelayListing[] {
    return [...this.#relays.values()].flatMap((known) => {
      const here = known.serves.get(kill.environment);
      const has = here !== undefined && servesKill(kill, here);
      return known.feeds > 0 || has ? [] : this.#listing(known, kill.environment);
    });
  }

  /** Pages behind relays that are connected, and those of them whose relay serves this kill, or an epoch that began with it. */
  pagesTold(kill: FollowedKill, laterEpoch: string | undefined): PagesTold {
    let [of, told] = [0, 0];
    for (const { feeds, serves } of this.#relays.values()) {
      const here = serves.get(kill.environment);
      if (feeds === 0 || here === undefined) continue;
      of += here.pages;
      if (here.epoch === laterEpoch || servesKill(kill, here)) told += here.pages;
    }
    return { of, told };
  }
}

const keyOf = ({ name, id }: RelayIdentity): string => `${id}\n${name}`;

const nameOf = ({ environment, instance }: { readonly environment: string; readonly instance: string }): string => `${environment}\n${instance}`;
