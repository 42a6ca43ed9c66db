import type { ConfirmBody } from "@sluice/contract";
import type { Clock } from "@sluice/ports";

/** Processes that are remembered; beyond, the longest silent are forgotten first. */
const INSTANCES_MAX = 50_000;
/** Kills whose receipts are kept. */
const KILLS_MAX = 500;
/** A process whose stream closed counts as missing for this long: it may be cut off and still serve the old answer. */
const GONE_AFTER_MS = 30_000;
/** From here on those that are missing are named. */
const NAMED_AFTER_MS = 1_500;
/** Names in one receipt: a person reads a few; the counts say the rest. */
const LAGGARDS_MAX = 50;

export interface InstanceIdentity {
  readonly instance: string;
  readonly environment: string;
  readonly service?: string;
  readonly version?: string;
  readonly sdk?: string;
}

interface Instance extends InstanceIdentity {
  streams: number;
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
  readonly atMs: number;
  readonly confirmedAfterMs: Map<string, number>;
  /** Connected when the kill was made, or since. */
  readonly expected: Set<string>;
}

export interface Receipt {
  readonly kill: string;
  readonly of: number;
  readonly confirmed: number;
  readonly elapsedMs: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly laggards: readonly { readonly instance: string; readonly service?: string; readonly version?: string; readonly lastHeardMsAgo: number; readonly serves?: string }[];
  readonly done: boolean;
}

/** Who is connected, what each has confirmed, and from that the receipt of every kill. */
export class Receipts {
  readonly #clock: Clock;
  readonly #instances = new Map<string, Instance>();
  readonly #kills = new Map<string, TrackedKill>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A stream began. Returns what to call when it ends. */
  connected(identity: InstanceIdentity): () => void {
    const instance = this.#instance(identity);
    instance.streams++;
    for (const kill of this.#kills.values()) if (kill.environment === identity.environment) kill.expected.add(identity.instance);
    return () => {
      instance.streams--;
      instance.heardMs = this.#clock.monotonicMs();
    };
  }

  #instance(identity: InstanceIdentity): Instance {
    const now = this.#clock.monotonicMs();
    const known = this.#instances.get(identity.instance);
    if (known !== undefined && known.environment === identity.environment) {
      known.heardMs = now;
      return known;
    }
    if (this.#instances.size >= INSTANCES_MAX) this.#forgetOldest();
    const instance: Instance = { ...identity, streams: 0, heardMs: now, seq: -1, urgent: new Set() };
    this.#instances.set(identity.instance, instance);
    return instance;
  }

  #forgetOldest(): void {
    const silent = [...this.#instances.values()].filter((instance) => instance.streams === 0).sort((a, b) => a.heardMs - b.heardMs);
    for (const instance of silent.slice(0, Math.max(1, INSTANCES_MAX / 10))) this.#instances.delete(instance.instance);
  }

  /** What an SDK says it now serves. */
  confirm(environment: string, body: ConfirmBody): void {
    const instance = this.#instance({ instance: body.instance, environment });
    instance.epoch = body.epoch;
    instance.seq = body.seq;
    instance.urgent = new Set(body.urgent);
    for (const kill of this.#kills.values()) if (kill.environment === environment) this.#check(kill, instance);
  }

  #check(kill: TrackedKill, instance: Instance): void {
    if (kill.confirmedAfterMs.has(instance.instance)) return;
    const isIn = instance.urgent.has(kill.kill) || (kill.seq !== undefined && instance.epoch === kill.epoch && instance.seq >= kill.seq);
    if (!isIn) return;
    kill.expected.add(instance.instance);
    kill.confirmedAfterMs.set(instance.instance, this.#clock.monotonicMs() - kill.atMs);
  }

  /** A kill was made (or, restarted, is in force). `atMs` is monotonic: when it was asked for. */
  track(kill: { readonly kill: string; readonly environment: string; readonly epoch: string; readonly seq?: number; readonly atMs: number }): void {
    const known = this.#kills.get(kill.kill);
    if (known !== undefined) {
      if (kill.seq !== undefined) known.seq = kill.seq;
      return;
    }
    if (this.#kills.size >= KILLS_MAX) {
      const oldest = this.#kills.keys().next().value;
      if (oldest !== undefined) this.#kills.delete(oldest);
    }
    const expected = [...this.#instances.values()].filter((instance) => instance.environment === kill.environment && instance.streams > 0).map((instance) => instance.instance);
    const tracked: TrackedKill = { ...kill, confirmedAfterMs: new Map(), expected: new Set(expected) };
    this.#kills.set(kill.kill, tracked);
    for (const instance of this.#instances.values()) if (instance.environment === kill.environment) this.#check(tracked, instance);
  }

  receipt(kill: string): Receipt | undefined {
    const tracked = this.#kills.get(kill);
    if (tracked === undefined) return undefined;
    const now = this.#clock.monotonicMs();
    const missing: Instance[] = [];
    let confirmed = 0;
    for (const id of tracked.expected) {
      const instance = this.#instances.get(id);
      if (tracked.confirmedAfterMs.has(id)) confirmed++;
      else if (instance !== undefined && (instance.streams > 0 || now - instance.heardMs < GONE_AFTER_MS)) missing.push(instance);
    }
    const times = [...tracked.confirmedAfterMs.values()].sort((a, b) => a - b);
    const done = missing.length === 0;
    const elapsedMs = Math.round(done && times.length > 0 ? (times.at(-1) ?? 0) : now - tracked.atMs);
    const at = (part: number): number => Math.round((times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0) * 10) / 10;
    return {
      kill,
      of: confirmed + missing.length,
      confirmed,
      elapsedMs,
      ...(times.length === 0 ? {} : { p50Ms: at(0.5), p99Ms: at(0.99) }),
      laggards: now - tracked.atMs < NAMED_AFTER_MS ? [] : missing.slice(0, LAGGARDS_MAX).map((instance) => laggard(instance, now)),
      done,
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

function laggard(instance: Instance, now: number): Receipt["laggards"][number] {
  return {
    instance: instance.instance,
    ...(instance.service === undefined ? {} : { service: instance.service }),
    ...(instance.version === undefined ? {} : { version: instance.version }),
    lastHeardMsAgo: Math.round(now - instance.heardMs),
    ...(instance.epoch === undefined ? {} : { serves: `${instance.epoch}:${instance.seq}` }),
  };
}
