import { decodeUrgentKill, type KillForm, type Snapshot, type Version } from "@sluice/evaluation";
import type { Timer, World } from "@sluice/ports";
import { hexOf, ignoreCacheFile, isRecord, readCacheFile } from "./cache-file.ts";
import type { Hub, SentKill } from "./hub.ts";
import type { SeenInLog } from "./lost-tail.ts";
import type { Publisher } from "./publisher.ts";

/** In a storm of kills the disk gets one part in so many of the time, and the streams the rest. */
const REST_PER_WRITE = 10;
/** As for whole snapshots: after a write that failed, a full disk stays full for a while. */
const RETRY_MS = 10_000;
const REST_MS_MAX = 1_000;

/** The kills of an environment as the disk has them beside an older snapshot. */
export interface KeptKills {
  readonly at: Version;
  /** In force in that version, and sent ahead of it. */
  readonly kills: Readonly<Record<string, KillForm>>;
  readonly urgent: readonly SentKill[];
  /** How far the log was seen then. */
  readonly seen: SeenInLog | undefined;
}

interface Parts {
  readonly world: World;
  readonly publisher: Publisher;
  /** How far this process, or where that is not known to be whole its last life, had seen the log. */
  readonly seen: (environment: string) => SeenInLog | undefined;
}

/**
 * Kills in force, on disk at once and by themselves. A whole snapshot is large and is written now and then; a process and a database that are
 * lost together within that time would leave kills that only SDKs know, which nobody could lift.
 */
export class KillCache {
  readonly #parts: Parts;
  /** What of each environment is on disk or on its way there. */
  readonly #written = new Map<string, string>();
  readonly #dirty = new Set<string>();
  #isWriting = false;
  #timer: Timer | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Something of the environment is another; its kills are written where that is one of them. */
  changed(environment: string): void {
    const hub = this.#parts.publisher.hub(environment);
    // What is to be written anyway is not looked through once more: where thousands of kills come at once, that would cost more than they do.
    if (hub?.version === undefined || this.#dirty.has(environment) || this.#written.get(environment) === stateOf(hub)) return;
    this.#dirty.add(environment);
    this.#soon(0);
  }

  #soon(delayMs: number): void {
    if (this.#isWriting || this.#timer !== undefined) return;
    this.#timer = this.#parts.world.timers.after(delayMs, () => {
      this.#timer = undefined;
      this.#isWriting = true;
      void this.#write().then((restMs) => {
        this.#isWriting = false;
        if (this.#dirty.size > 0) this.#soon(restMs);
      });
    });
  }

  /** How long the disk is left alone then, ms. */
  async #write(): Promise<number> {
    const { world } = this.#parts;
    const startMs = world.clock.monotonicMs();
    for (const environment of this.#dirty) {
      try {
        await this.#writeOne(environment);
      } catch (error) {
        this.#dirty.add(environment);
        world.log.warn("cache.write", { why: error instanceof Error ? error.message : String(error) });
        return RETRY_MS;
      }
    }
    return Math.min(REST_MS_MAX, REST_PER_WRITE * (world.clock.monotonicMs() - startMs));
  }

  async #writeOne(environment: string): Promise<void> {
    const { world, publisher, seen } = this.#parts;
    this.#dirty.delete(environment);
    const hub = publisher.hub(environment);
    if (hub?.version === undefined) return;
    const state = stateOf(hub);
    const kept = { at: hub.version, log: seen(environment), kills: hub.snapshot?.kills ?? {}, urgent: hub.urgentSent.map(sentOnly) };
    await world.disk.replace(fileName(environment), new TextEncoder().encode(JSON.stringify(kept)));
    this.#written.set(environment, state);
  }

  /**
   * What the last life had in force beside `snapshot`, which it wrote some time, having seen the log as far as `seen`; undefined where there is nothing
   * newer, or it cannot be read.
   */
  async load(environment: string, snapshot: Snapshot, seen: Version | undefined): Promise<KeptKills | undefined> {
    const { world } = this.#parts;
    const name = fileName(environment);
    const kept = await readCacheFile(world, name);
    if (kept === undefined) return undefined;
    if (isKept(kept)) return keptBeside(kept, snapshot, seen);
    ignoreCacheFile(world, name);
    return undefined;
  }
}

interface Kept {
  readonly at: Version;
  readonly log?: SeenInLog;
  readonly kills: Readonly<Record<string, KillForm>>;
  readonly urgent: readonly unknown[];
}

/** What was written beside a later snapshot, or in an epoch that it replaces, is older than it. */
function keptBeside({ at, log, kills, urgent }: Kept, snapshot: Snapshot, seen: Version | undefined): KeptKills | undefined {
  if (at.epoch === snapshot.epoch ? at.seq < snapshot.seq : snapshot.replaces?.includes(at.epoch) === true) return undefined;
  // The disk had refused it for a while: kills that were sent ahead of the same version since stand beside the snapshot alone.
  const isOfSameVersion = at.epoch === snapshot.epoch && at.seq === snapshot.seq;
  if (isOfSameVersion && log !== undefined && seen !== undefined && log.epoch === seen.epoch && log.seq < seen.seq) return undefined;
  return { at, kills, urgent: sentKills(urgent), seen: log };
}

/** All kills in force, each once: those that a version lists, known where it stands, and those that were sent ahead of it. One of an epoch that is over may be both. */
export function inForceAt({ epoch, seq, kills = {} }: Version & Pick<Snapshot, "kills">, urgent: readonly SentKill[]): readonly SentKill[] {
  const listed = Object.entries(kills).map(([id, form]): SentKill => ({ kill: { ...form, id, epoch, seq }, signature: undefined }));
  return [...listed, ...urgent.filter(({ kill }) => !Object.hasOwn(kills, kill.id))];
}

/** Without what only a hub needs of it. */
export const sentOnly = ({ kill, signature }: SentKill): SentKill => ({ kill, signature });

/** Whatever of a list can be read. */
export function sentKills(list: readonly unknown[]): readonly SentKill[] {
  return list.flatMap((item) => {
    if (!isRecord(item)) return [];
    const kill = decodeUrgentKill(item["kill"]);
    return kill.ok ? [{ kill: kill.value, signature: typeof item["signature"] === "string" ? item["signature"] : undefined }] : [];
  });
}

const isVersion = (value: unknown): value is Version =>
  isRecord(value) && typeof value["epoch"] === "string" && Number.isSafeInteger(value["seq"]) && Number(value["seq"]) >= 0;

/** Which epochs were over, and how far they and journals were known, is absent in caches of an earlier version. */
export function isSeen(value: unknown): value is SeenInLog {
  if (!isRecord(value) || !isVersion(value)) return false;
  const { hash, replaces = [], epochs = {}, journals = {} }: Readonly<Record<string, unknown>> = value;
  const isText = (one: unknown): boolean => typeof one === "string";
  const areCounts = (one: unknown): boolean => isRecord(one) && Object.values(one).every(Number.isSafeInteger);
  return isText(hash) && Array.isArray(replaces) && replaces.every(isText) && areCounts(epochs) && areCounts(journals);
}

function isKept(value: unknown): value is Kept {
  if (!isRecord(value)) return false;
  const { at, log, kills, urgent } = value;
  if (!isVersion(at) || (log !== undefined && !isSeen(log)) || !isRecord(kills) || !Array.isArray(urgent)) return false;
  return Object.entries(kills).every(([id, form]) => isRecord(form) && decodeUrgentKill({ ...form, ...at, id }).ok);
}

/** Changes with every kill that comes or goes. */
const stateOf = ({ snapshot, urgent, version }: Hub): string =>
  JSON.stringify([version?.epoch, Object.keys(snapshot?.kills ?? {}), urgent.map(({ id }) => id)]);

const fileName = (environment: string): string => `kills-${hexOf(environment)}.json`;
