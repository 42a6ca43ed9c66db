import type { ConfirmBody, KillReachView } from "@sluice/contract";
import type { Clock } from "@sluice/ports";

/** Processes that are remembered, and that one kill is followed for; beyond, the longest silent are forgotten first, and of a kill no more are counted. */
const INSTANCES_MAX = 50_000;
/** Kills whose receipts are kept. */
const KILLS_MAX = 500;
/** A process whose stream closed, before a kill or since, is waited for this long: it may be cut off and still serve the old answer. */
const GONE_AFTER_MS = 30_000;
/** From here on those that are missing are named. */
const NAMED_AFTER_MS = 1_500;
/** Processes that connect later than this after a kill start with it in force: its receipt says nothing of them. */
const OPEN_MS = 10 * 60_000;
/** Names in one receipt: a person reads a few; the counts say the rest. */
const LAGGARDS_MAX = 50;
/** Of nearly everybody nearly always: one for all. */
const NONE: ReadonlySet<string> = new Set();
/** Names that are kept of a kill for ever. */
const MISSING_NAMED_MAX = 20;

/** What one process is at this moment, as a relay tells it. */
export interface InstanceState extends InstanceIdentity {
  readonly isOpen: boolean;
  readonly epoch: string;
  /** -1 before it has said what it serves. */
  readonly seq: number;
  readonly urgent: readonly string[];
}

export interface InstanceIdentity {
  readonly instance: string;
  readonly environment: string;
  readonly service?: string;
  readonly version?: string;
  readonly sdk?: string;
  /** Name of the relay that it is connected to; absent where that is this process. */
  readonly relay?: string;
}

interface Instance extends InstanceIdentity {
  streams: number;
  /** One that never had a stream is never waited for. */
  hadStream: boolean;
  heardMs: number;
  epoch?: string;
  seq: number;
  urgent: ReadonlySet<string>;
}

interface TrackedKill {
  readonly kill: string;
  readonly environment: string;
  readonly epoch: string;
  /** Absent while it is an emergency kill that the log does not have yet. */
  seq?: number;
  /** Monotonic: when it was asked for, or, made elsewhere, when this process heard of it. */
  atMs: number;
  readonly confirmedAtMs: Map<string, number>;
  /** Those that confirmed and are not expected. */
  readonly besideAtMs: Map<string, number>;
  /** Connected when the kill was made, or until moments before, or since. */
  readonly expected: Set<string>;
  /** Those of them that were when the kill was made: those that come later begin with it, and say nothing of how soon it came. */
  readonly connectedThen: ReadonlySet<string>;
}

/** A relay as people see it, for one environment. */
export interface RelayListing {
  readonly relay: string;
  readonly connected: boolean;
  /** Behind it, when it was last heard of. */
  readonly instances: number;
  readonly pages: number;
  readonly lastHeardMsAgo: number;
  readonly serves?: string;
}

/** What is followed of a kill: what a snapshot that has it must list. */
export type FollowedKill = Pick<TrackedKill, "kill" | "environment" | "epoch" | "seq">;

/** What a process or relay serves, as far as it has said; `epoch` is absent before it has. */
export interface Serving {
  readonly epoch?: string;
  readonly seq: number;
  readonly urgent: ReadonlySet<string>;
}

/** Whether what is served has a kill: by itself, while the log does not have it, or by the decision that it is. */
export function servesKill({ kill, epoch, seq }: FollowedKill, serving: Serving): boolean {
  return serving.urgent.has(kill) || (seq !== undefined && serving.epoch === epoch && serving.seq >= seq);
}

/** Pages in browsers with a stream, and those of them whose server has sent them the kill. Pages confirm nothing and have no names. */
export interface PagesTold {
  readonly of: number;
  readonly told: number;
}

/** How far one kill has come. */
export interface KillReach extends KillReachView {
  readonly kill: string;
}

export interface Receipt {
  readonly kill: string;
  readonly of: number;
  readonly confirmed: number;
  /** Were connected, and are away without a word: they have ended, or are cut off and not waited for any more. Absent where none is. */
  readonly gone?: number;
  /** Confirmed without a stream, beside those that are waited for and timed. Absent where none did. */
  readonly withoutStream?: number;
  /** Pages in browsers that listen now, here and behind relays that are not cut off. Absent where none does, or none may know the flags. */
  readonly pages?: PagesTold;
  readonly elapsedMs: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly laggards: readonly {
    readonly instance: string;
    readonly service?: string;
    readonly version?: string;
    readonly relay?: string;
    readonly lastHeardMsAgo: number;
    readonly serves?: string;
  }[];
  /** Relays that are cut off without it, each with any number of processes behind it: while there are any, it is not done. */
  readonly relays?: readonly RelayListing[];
  readonly done: boolean;
}

/** Who is connected, what each has confirmed, and from that the receipt of every kill. */
export class Receipts {
  /** Called when a receipt gained a confirmation. */
  onConfirmed: () => void = () => {};
  /** Called when a kill is followed for the first time. */
  onTracked: (kill: string) => void = () => {};
  /** Called when a process came, went, or said what it serves; a relay tells its server. */
  onInstance: (state: InstanceState) => void = () => {};
  /** Relays that are cut off and have not said that they serve this kill; the book of relays says it. */
  relaysWithout: (kill: FollowedKill) => readonly RelayListing[] = () => [];
  /** Pages that listen, and whom of them a kill has been sent to; the part of the process in its tree of relays says it. */
  pagesTold: (kill: FollowedKill) => PagesTold = () => ({ of: 0, told: 0 });
  readonly #clock: Clock;
  /** By environment and instance: one process may have a client for each of several environments. */
  readonly #instances = new Map<string, Instance>();
  readonly #kills = new Map<string, TrackedKill>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A stream began. Returns what to call when it ends. */
  connected(identity: InstanceIdentity): () => void {
    // What it confirmed before it connected said less about who it is.
    const instance = Object.assign(this.#instance(identity), identity);
    instance.streams++;
    instance.hadStream = true;
    for (const kill of this.#kills.values()) if (kill.environment === identity.environment && this.#isOpen(kill)) expect(kill, identity.instance);
    this.onInstance(stateOf(instance));
    return () => {
      instance.streams--;
      instance.heardMs = this.#clock.monotonicMs();
      this.onInstance(stateOf(instance));
    };
  }

  /** Everybody who is connected now. */
  get connectedNow(): readonly InstanceState[] {
    return [...this.#instances.values()].filter(({ streams }) => streams > 0).map(stateOf);
  }

  #instance(identity: InstanceIdentity): Instance {
    const now = this.#clock.monotonicMs();
    const known = this.#find(identity);
    if (known !== undefined) {
      known.heardMs = now;
      return known;
    }
    if (this.#instances.size >= INSTANCES_MAX) this.#forgetOldest();
    const instance: Instance = { ...identity, streams: 0, hadStream: false, heardMs: now, seq: -1, urgent: NONE };
    this.#instances.set(nameOf(identity), instance);
    return instance;
  }

  #find(identity: { readonly instance: string; readonly environment: string }): Instance | undefined {
    return this.#instances.get(nameOf(identity));
  }

  /** It has a stream, or had one until moments ago: it may be cut off, and serve what it has. */
  #mayBeServing({ streams, hadStream, heardMs }: Instance): boolean {
    return streams > 0 || (hadStream && this.#clock.monotonicMs() - heardMs < GONE_AFTER_MS);
  }

  #isOpen(kill: TrackedKill): boolean {
    return this.#clock.monotonicMs() - kill.atMs < OPEN_MS;
  }

  #forgetOldest(): void {
    // Whoever has had a stream may be waited for; of the others anybody with an SDK key can make up as many as they like.
    const silent = [...this.#instances.values()]
      .filter((instance) => instance.streams === 0)
      .sort((a, b) => Number(a.hadStream) - Number(b.hadStream) || a.heardMs - b.heardMs);
    for (const instance of silent.slice(0, Math.max(1, INSTANCES_MAX / 10))) this.#instances.delete(nameOf(instance));
  }

  /** What an SDK says it now serves. */
  confirm(environment: string, body: ConfirmBody): void {
    const instance = this.#instance({ instance: body.instance, environment });
    instance.epoch = body.epoch;
    instance.seq = body.seq;
    instance.urgent = body.urgent.length === 0 ? NONE : new Set(body.urgent);
    let isNews = false;
    for (const kill of this.#kills.values()) if (kill.environment === environment) isNews = this.#check(kill, instance) || isNews;
    if (isNews) this.onConfirmed();
    this.onInstance(stateOf(instance));
  }

  /**
   * What a process serves as it tells what it has seen. Of one with a stream its confirms say it; one that is frozen between invocations has neither, and
   * this is its confirm: it counts, beside the others, once it has said it, and is never waited for, because nobody knows whether it is ever run again.
   */
  tells(environment: string, instance: string, { epoch, seq }: { readonly epoch: string; readonly seq: number }): void {
    if ((this.#find({ environment, instance })?.streams ?? 0) > 0) return;
    this.confirm(environment, { instance, epoch, seq, urgent: [], asked: [], unknown: [] });
  }

  #check(kill: TrackedKill, instance: Instance): boolean {
    const isExpected = kill.expected.has(instance.instance);
    const confirmedAtMs = isExpected ? kill.confirmedAtMs : kill.besideAtMs;
    if (confirmedAtMs.has(instance.instance) || (!isExpected && (!this.#isOpen(kill) || confirmedAtMs.size >= INSTANCES_MAX))) return false;
    if (!servesKill(kill, instance)) return false;
    confirmedAtMs.set(instance.instance, this.#clock.monotonicMs());
    return true;
  }

  /** What a process said of itself; empty where it is not known here. */
  identityOf(environment: string, instance: string): Pick<InstanceIdentity, "service" | "version" | "sdk" | "relay"> {
    const { service, version, sdk, relay } = this.#instances.get(nameOf({ environment, instance })) ?? {};
    return {
      ...(service === undefined ? {} : { service }),
      ...(version === undefined ? {} : { version }),
      ...(sdk === undefined ? {} : { sdk }),
      ...(relay === undefined ? {} : { relay }),
    };
  }

  /** A kill was made (or, restarted, is in force). `atMs` is monotonic: when it was asked for. */
  track(kill: { readonly kill: string; readonly environment: string; readonly epoch: string; readonly seq?: number; readonly atMs: number }): void {
    const known = this.#kills.get(kill.kill);
    if (known !== undefined) {
      if (kill.seq !== undefined) known.seq = kill.seq;
      known.atMs = Math.min(known.atMs, kill.atMs);
      return;
    }
    if (this.#kills.size >= KILLS_MAX) {
      const oldest = this.#kills.keys().next().value;
      if (oldest !== undefined) this.#kills.delete(oldest);
    }
    const expected = [...this.#instances.values()]
      .filter((instance) => instance.environment === kill.environment && this.#mayBeServing(instance))
      .map((instance) => instance.instance)
      .slice(0, INSTANCES_MAX);
    const tracked: TrackedKill = { ...kill, confirmedAtMs: new Map(), besideAtMs: new Map(), expected: new Set(expected), connectedThen: new Set(expected) };
    this.#kills.set(kill.kill, tracked);
    this.onTracked(kill.kill);
    for (const instance of this.#instances.values()) if (instance.environment === kill.environment) this.#check(tracked, instance);
  }

  /** Whom a kill has reached, as people, drills and the command line are told it. */
  receipt(kill: string): Receipt | undefined {
    const tracked = this.#kills.get(kill);
    if (tracked === undefined) return undefined;
    const now = this.#clock.monotonicMs();
    const missing: Instance[] = [];
    let confirmed = 0;
    for (const id of tracked.expected) {
      const instance = this.#find({ instance: id, environment: tracked.environment });
      if (tracked.confirmedAtMs.has(id)) confirmed++;
      else if (instance !== undefined && this.#mayBeServing(instance)) missing.push(instance);
    }
    const gone = tracked.expected.size - confirmed - missing.length;
    const times = [...tracked.confirmedAtMs.values()].map((atMs) => atMs - tracked.atMs).sort((a, b) => a - b);
    const relays = this.relaysWithout(tracked);
    const pages = this.pagesTold(tracked);
    const done = missing.length === 0 && relays.length === 0 && pages.told === pages.of;
    const elapsedMs = Math.round(done && times.length > 0 ? (times.at(-1) ?? 0) : now - tracked.atMs);
    // Nearest rank: the smallest time within which at least this part had confirmed.
    const at = (part: number): number => Math.round((times[Math.ceil(times.length * part) - 1] ?? 0) * 10) / 10;
    return {
      kill,
      of: confirmed + missing.length,
      confirmed,
      ...(gone === 0 ? {} : { gone }),
      ...(tracked.besideAtMs.size === 0 ? {} : { withoutStream: tracked.besideAtMs.size }),
      ...(pages.of === 0 ? {} : { pages }),
      elapsedMs,
      ...(times.length === 0 ? {} : { p50Ms: at(0.5), p99Ms: at(0.99) }),
      laggards: now - tracked.atMs < NAMED_AFTER_MS ? [] : missing.slice(0, LAGGARDS_MAX).map((instance) => laggard(instance, now)),
      ...(relays.length === 0 ? {} : { relays }),
      done,
    };
  }

  /** How far a kill has come; undefined where nobody was connected, as for a kill that was read from the log at a start. */
  reach(kill: string): KillReach | undefined {
    const tracked = this.#kills.get(kill);
    if (tracked === undefined || tracked.connectedThen.size === 0) return undefined;
    const { environment, confirmedAtMs, connectedThen, atMs } = tracked;
    const times: number[] = [];
    const missing: string[] = [];
    for (const instance of connectedThen) {
      const confirmed = confirmedAtMs.get(instance);
      const known = this.#find({ instance, environment });
      if (confirmed !== undefined) times.push(confirmed - atMs);
      else if (known !== undefined && this.#mayBeServing(known))
        missing.push([known.service, known.version, instance].filter((part) => part !== undefined).join(" "));
    }
    times.sort((a, b) => a - b);
    const of = times.length + missing.length;
    // The moment at which at least this part of all had confirmed.
    const until = (part: number): number | undefined => times[Math.max(0, Math.ceil(of * part) - 1)];
    // Whoever is behind a relay that is cut off is not among those who are gone: nobody can say yet that all have it.
    const isCutOff = this.relaysWithout(tracked).length > 0;
    const [halfMs, p99Ms, allMs] = [until(0.5), until(0.99), isCutOff ? undefined : until(1)].map((ms) =>
      ms === undefined ? undefined : Math.round(ms * 10) / 10,
    );
    return {
      kill,
      of,
      confirmed: times.length,
      gone: connectedThen.size - of,
      ...(halfMs === undefined ? {} : { halfMs }),
      ...(p99Ms === undefined ? {} : { p99Ms }),
      ...(allMs === undefined ? {} : { allMs }),
      missing: missing.slice(0, MISSING_NAMED_MAX),
    };
  }

  /** Connected processes of an environment by service, most first. */
  services(environment: string): readonly { readonly service: string; readonly instances: number }[] {
    const counts = new Map<string, number>();
    for (const instance of this.#instances.values()) {
      if (instance.environment !== environment || instance.streams === 0) continue;
      const service = instance.service ?? "unnamed service";
      counts.set(service, (counts.get(service) ?? 0) + 1);
    }
    return [...counts].map(([service, instances]) => ({ service, instances })).sort((a, b) => b.instances - a.instances || (a.service < b.service ? -1 : 1));
  }

  connectedIn(environment: string): number {
    return this.services(environment).reduce((sum, { instances }) => sum + instances, 0);
  }
}

/** From now on a kill waits for this process; where it had confirmed without a stream, that counts. */
function expect({ expected, confirmedAtMs, besideAtMs }: TrackedKill, instance: string): void {
  if (expected.has(instance) || expected.size >= INSTANCES_MAX) return;
  expected.add(instance);
  const atMs = besideAtMs.get(instance);
  if (atMs === undefined) return;
  confirmedAtMs.set(instance, atMs);
  besideAtMs.delete(instance);
}

function stateOf({ streams, hadStream: _hadStream, heardMs: _heardMs, epoch = "", seq, urgent, ...identity }: Instance): InstanceState {
  return { ...identity, isOpen: streams > 0, epoch, seq, urgent: [...urgent] };
}

/** No environment key holds a line break. */
const nameOf = ({ environment, instance }: { readonly environment: string; readonly instance: string }): string => `${environment}\n${instance}`;

function laggard(instance: Instance, now: number): Receipt["laggards"][number] {
  return {
    instance: instance.instance,
    ...(instance.service === undefined ? {} : { service: instance.service }),
    ...(instance.version === undefined ? {} : { version: instance.version }),
    ...(instance.relay === undefined ? {} : { relay: instance.relay }),
    lastHeardMsAgo: Math.round(now - instance.heardMs),
    ...(instance.epoch === undefined ? {} : { serves: `${instance.epoch}:${instance.seq}` }),
  };
}
