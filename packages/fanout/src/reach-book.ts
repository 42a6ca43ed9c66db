import type { World } from "@sluice/ports";
import type { KillReach, Receipts } from "./receipts.ts";

const FILE = "kill-reach.json";
/** Kills whose reach the disk keeps; the oldest are forgotten first. */
const KEPT_MAX = 500;
/** Confirmations come by the thousand: what they come to is written at most this often. */
const WRITE_AFTER_MS = 2_000;

/**
 * How far each kill has come, kept over restarts: what this process saw, which is no decision and so not in the log. It stays as it was when
 * the kill was lifted: what a process serves afterwards says nothing about the kill.
 */
export class ReachBook {
  readonly #world: World;
  readonly #receipts: Receipts;
  #kept = new Map<string, KillReach>();
  readonly #following = new Set<string>();
  #isDue = false;

  constructor(world: World, receipts: Receipts) {
    this.#world = world;
    this.#receipts = receipts;
  }

  /** What earlier lives of this process saw; what cannot be read is as if it were not there. */
  async load(): Promise<void> {
    try {
      const bytes = await this.#world.disk.read(FILE);
      const kept: unknown = bytes === undefined ? [] : JSON.parse(new TextDecoder().decode(bytes));
      if (Array.isArray(kept)) this.#kept = new Map(kept.filter(isReach).map((reach) => [reach.kill, reach]));
    } catch (error) {
      this.#world.log.warn("reach.read", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** A kill was made. */
  follow(kill: string): void {
    if (this.#kept.has(kill)) return;
    this.#following.add(kill);
    this.changed();
  }

  /** A kill was lifted: it comes no further. */
  close(kill: string): void {
    this.#take(kill);
    this.#following.delete(kill);
    this.changed();
  }

  /** Something was confirmed. */
  changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#world.timers.after(WRITE_AFTER_MS, () => {
      this.#isDue = false;
      void this.#write();
    });
  }

  reach(kill: string): KillReach | undefined {
    return (this.#following.has(kill) ? this.#receipts.reach(kill) : undefined) ?? this.#kept.get(kill);
  }

  #take(kill: string): void {
    const reach = this.#following.has(kill) ? this.#receipts.reach(kill) : undefined;
    if (reach === undefined) return;
    this.#kept.delete(kill);
    this.#kept.set(kill, reach);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }

  async #write(): Promise<void> {
    for (const kill of this.#following) this.#take(kill);
    try {
      await this.#world.disk.replace(FILE, new TextEncoder().encode(JSON.stringify([...this.#kept.values()])));
    } catch (error) {
      // It is kept in memory, and written with the next change.
      this.#world.log.warn("reach.write", { why: error instanceof Error ? error.message : String(error) });
    }
  }
}

const isReach = (value: unknown): value is KillReach =>
  typeof value === "object" &&
  value !== null &&
  "kill" in value &&
  typeof value.kill === "string" &&
  "of" in value &&
  Number.isSafeInteger(value.of) &&
  "missing" in value &&
  Array.isArray(value.missing);
