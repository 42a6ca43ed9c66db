import { type FeedDrill, type FeedEnvironment, type FeedGuardLimits, type FeedTrigger, parseFeedMessage } from "@sluice/contract";
import { decodePatch, decodeSnapshot, encodeSnapshot } from "@sluice/evaluation";
import type { Timer, World } from "@sluice/ports";
import type { FlagListing } from "@sluice/snapshot";
import type { LogFollower, LostEnd } from "@sluice/store";
import type { SentPatch } from "./hub.ts";
import { hexOf, ignoreCacheFile, isRecord, readCacheFile } from "./cache-file.ts";
import { inForceAt, isSeen, KillCache, sentKills, sentOnly } from "./kill-cache.ts";
import type { LastKnown, SeenInLog } from "./lost-tail.ts";
import type { Publisher } from "./publisher.ts";

/** Written at most this often, so that a burst of decisions is one write. */
const WRITE_EVERY_MS = 1_000;
/** After a write that failed: a full disk stays full for a while. */
const RETRY_MS = 10_000;
const CONSOLE = "console.json";
const ENVIRONMENTS = "environments.json";

/** What the console shows and SDK keys open, as the API last said it. */
export interface ConsoleCache {
  readonly flags: readonly FlagListing[];
  readonly environments: readonly FeedEnvironment[];
  readonly sdkKeys: readonly { readonly hash: string; readonly environment: string; readonly name: string }[];
  /** Absent in caches of an earlier version. */
  readonly triggers?: readonly FeedTrigger[];
  readonly drills?: readonly FeedDrill[];
  readonly guards?: FeedGuardLimits;
  /** Hashes of operator keys, so that a kill is possible after a restart with no database to ask; absent in caches of an earlier version. */
  readonly operators?: readonly string[];
  /** The same of kill keys. */
  readonly killKeys?: readonly string[];
}

/** Keeps what is served on disk, so that a restarted process serves at once, with nobody to ask. */
export class DiskCache {
  readonly #world: World;
  readonly #publisher: Publisher;
  readonly #dirty = new Set<string>();
  /** Environments of which the disk has something. */
  readonly #kept = new Set<string>();
  /** By environment: what the last life had seen of the log when it wrote what `load` has read, or this one before the log lost its end. */
  readonly #seen = new Map<string, LastKnown>();
  readonly #log: LogFollower;
  readonly #isWhole: () => boolean;
  readonly #kills: KillCache;
  #console: ConsoleCache | undefined;
  /** Who may be let in, as it is on disk or on its way there. */
  #keys = "";
  #timer: Timer | undefined;
  #dueMs = 0;

  /** `isWhole`: whether it is known by now that the log has everything that the last life saw of it, or a new epoch has begun. */
  constructor(world: World, publisher: Publisher, { log, isWhole }: { readonly log: LogFollower; readonly isWhole: () => boolean }) {
    this.#world = world;
    this.#publisher = publisher;
    this.#log = log;
    this.#isWhole = isWhole;
    this.#kills = new KillCache({ world, publisher, seen: (environment) => this.#seenNow(environment) });
  }

  /** What the last life had seen of the log. */
  get seen(): readonly LastKnown[] {
    return [...this.#seen.values()];
  }

  /** The log has lost what this process had read of it: until that is settled, what is written says so. */
  lost(end: LostEnd): void {
    for (const { environment, snapshot, urgentSent } of this.#publisher.hubs) {
      if (snapshot === undefined) continue;
      const at = { epoch: snapshot.epoch, seq: snapshot.seq };
      const inForce = inForceAt(snapshot, urgentSent).map(({ kill }) => kill);
      this.#seen.set(environment, { ...end, ...this.#logSays(environment), environment, at, inForce });
    }
  }

  /** How far the log says now that replaced epochs and journals are known in an environment. */
  #logSays(environment: string): Pick<SeenInLog, "epochs" | "journals"> {
    const known = this.#log.decisions.environments[environment];
    if (known === undefined) return {};
    return { journals: known.journals, ...(known.seen === undefined ? {} : { epochs: known.seen }) };
  }

  changed(environment: string): void {
    this.#kills.changed(environment);
    this.#dirty.add(environment);
    // A process that ends in its first second must not come back knowing nothing.
    this.#soon(this.#kept.has(environment) ? WRITE_EVERY_MS : 0);
  }

  consoleChanged(cache: ConsoleCache): void {
    this.#console = cache;
    const keys = JSON.stringify([cache.sdkKeys, cache.operators, cache.killKeys]);
    // Without them it would come back with flags that nobody may ask for, and let nobody kill.
    this.#soon(keys === this.#keys ? WRITE_EVERY_MS : 0);
    this.#keys = keys;
  }

  /** An earlier plan stands, a later one gives way. */
  #soon(delayMs: number): void {
    const dueMs = this.#world.clock.monotonicMs() + delayMs;
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = this.#world.timers.after(delayMs, () => {
      this.#timer = undefined;
      void this.#write();
    });
  }

  /** What could not be written is tried again with the next change, or after a while. */
  async #write(): Promise<void> {
    const environments = [...this.#dirty];
    const console = this.#console;
    this.#dirty.clear();
    this.#console = undefined;
    try {
      await this.#writeAll(environments, console);
    } catch (error) {
      for (const environment of environments) this.#dirty.add(environment);
      this.#console ??= console;
      this.#world.log.warn("cache.write", { why: error instanceof Error ? error.message : String(error) });
      this.#soon(RETRY_MS);
    }
  }

  async #writeAll(environments: readonly string[], console: ConsoleCache | undefined): Promise<void> {
    const utf8 = new TextEncoder();
    for (const environment of environments) {
      const hub = this.#publisher.hub(environment);
      const kept = hub?.kept();
      const folded = this.#publisher.folded(environment);
      const seen = this.#seenNow(environment);
      const log = seen === undefined ? "" : `,"log":${JSON.stringify(seen)}`;
      if (hub !== undefined && kept !== undefined) {
        const { signature, patches } = kept;
        const beside = `${log}${member("signature", signature)}${member("patches", patches)}${member("urgent", hub.urgentSent.map(sentOnly))}`;
        await this.#world.disk.replace(fileName(environment), utf8.encode(`{"folded":${folded}${beside},"snapshot":${encodeSnapshot(kept.snapshot)}}`));
      }
      this.#kept.add(environment);
    }
    if (environments.length > 0) await this.#world.disk.replace(ENVIRONMENTS, utf8.encode(JSON.stringify(this.#publisher.hubs.map((hub) => hub.environment))));
    if (console !== undefined) await this.#world.disk.replace(CONSOLE, utf8.encode(JSON.stringify(console)));
  }

  /** A log that lost its tail would make the next life forget that it had more. */
  #seenNow(environment: string): SeenInLog | undefined {
    const isWhole = this.#isWhole();
    const own = this.#seen.get(environment);
    const { epoch, seq, hash, replaces = [] } = (isWhole ? undefined : (own ?? this.seen[0])) ?? this.#log.decisions;
    const { epochs, journals } = isWhole ? this.#logSays(environment) : (own ?? {});
    if (seq === 0) return undefined;
    return {
      epoch,
      seq,
      replaces,
      ...(hash === undefined ? {} : { hash }),
      ...(epochs === undefined ? {} : { epochs }),
      ...(journals === undefined ? {} : { journals }),
    };
  }

  /** Whatever can be read; what cannot, or is not of its form, is as if it were not there. */
  async load(): Promise<ConsoleCache | undefined> {
    const environments = await readCacheFile(this.#world, ENVIRONMENTS);
    for (const environment of Array.isArray(environments) ? environments.filter((one) => typeof one === "string") : []) {
      const kept = await readCacheFile(this.#world, fileName(environment));
      if (kept === undefined) continue;
      const snapshot = isKept(kept) ? decodeSnapshot(kept.snapshot) : undefined;
      if (isKept(kept) && snapshot?.ok === true && snapshot.value.environment === environment) {
        const signature = typeof kept.signature === "string" ? kept.signature : undefined;
        const { epoch, seq, kills = {} } = snapshot.value;
        const urgent = sentKills(Array.isArray(kept.urgent) ? kept.urgent : []);
        const whole = isSeen(kept.log) ? kept.log : undefined;
        // What stands beside the snapshot itself is older than what was written since, and may have ended.
        const last = (await this.#kills.load(environment, snapshot.value, whole)) ?? { at: { epoch, seq }, kills, urgent, seen: undefined };
        const inForce = inForceAt({ ...last.at, kills: last.kills }, last.urgent);
        const beside = inForce.filter(({ kill }) => !Object.hasOwn(kills, kill.id));
        this.#publisher.restore({ snapshot: snapshot.value, signature, patches: patchesOf(kept.patches) }, kept.folded, beside);
        this.#kept.add(environment);
        const seen = whole === undefined ? last.seen : newerOf(whole, last.seen);
        if (seen !== undefined) this.#seen.set(environment, { ...seen, environment, at: last.at, inForce: inForce.map(({ kill }) => kill) });
      } else ignoreCacheFile(this.#world, fileName(environment));
    }
    const console = await readCacheFile(this.#world, CONSOLE);
    if (console === undefined || isConsole(console)) return console;
    ignoreCacheFile(this.#world, CONSOLE);
    return undefined;
  }
}

/** What is kept of an environment; `log` is absent in caches of an earlier version. */
const isKept = (
  value: unknown,
): value is {
  readonly folded: number;
  readonly snapshot: unknown;
  readonly log?: unknown;
  readonly signature?: unknown;
  readonly patches?: unknown;
  readonly urgent?: unknown;
} => isRecord(value) && "snapshot" in value && Number.isSafeInteger(value["folded"]) && Number(value["folded"]) >= 0;

/** What is not there, or an empty list, is left out. */
const member = (name: string, value: string | undefined | readonly unknown[]): string =>
  value === undefined || value.length === 0 ? "" : `,${JSON.stringify(name)}:${JSON.stringify(value)}`;

const signatureIn = (item: Readonly<Record<string, unknown>>): string | undefined => (typeof item["signature"] === "string" ? item["signature"] : undefined);

/** The patches after a signed snapshot, as far as they can be read in their order. */
function patchesOf(list: unknown): readonly SentPatch[] {
  const found: SentPatch[] = [];
  for (const item of Array.isArray(list) ? (list as readonly unknown[]) : []) {
    const patch = isRecord(item) ? decodePatch(item["patch"]) : undefined;
    if (patch?.ok !== true || !isRecord(item)) break;
    found.push({ patch: patch.value, signature: signatureIn(item) });
  }
  return found;
}

/** What was written last: of one epoch the later, else that beside the kills, which are written first. */
const newerOf = (whole: SeenInLog, beside: SeenInLog | undefined): SeenInLog =>
  beside === undefined || (beside.epoch === whole.epoch && beside.seq < whole.seq) ? whole : beside;

/** The parts came by the feed, so its reader says whether they are whole. */
function isConsole(value: unknown): value is ConsoleCache {
  if (!isRecord(value)) return false;
  const { flags, environments, sdkKeys, triggers = [], drills = [], guards, operators = [], killKeys = [] } = value;
  const parts = [
    { kind: "catalogue", flags, environments, triggers, drills, ...(guards === undefined ? {} : { guards }) },
    { kind: "sdkKeys", keys: sdkKeys },
    { kind: "sessionsEnded", hashes: operators },
    { kind: "sessionsEnded", hashes: killKeys },
  ];
  return parts.every((part) => typeof parseFeedMessage(JSON.stringify(part)) === "object");
}

const fileName = (environment: string): string => `snapshot-${hexOf(environment)}.json`;
