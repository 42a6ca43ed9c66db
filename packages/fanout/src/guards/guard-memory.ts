import type { World } from "@sluice/ports";
import type { WatchState } from "@sluice/releases";
import * as z from "zod";

const FILE = "guards.json";
/** Written at most this often: after a crash so much of what was learnt is learnt again. */
const WRITE_EVERY_MS = 5 * 60_000;
/** What does not fit is not kept over a restart: a guard then learns what is normal again. */
const BYTES_MAX = 16 << 20;

const number = z.number();
const recent = z.array(z.tuple([number, number, number]));
const state = z.object({
  margin: number,
  sinceMs: number,
  group: z.array(z.tuple([z.array(number), number, number])),
  groupRecent: recent,
  windowMs: number,
  customers: z.array(z.tuple([z.string(), z.array(number), recent])),
});
const file = z.array(z.tuple([z.string(), state]));

/** What guards have seen, kept over restarts beside the journal. What cannot be read is as if it were not there. */
export class GuardMemory {
  readonly #world: Pick<World, "disk" | "log" | "clock">;
  #states = new Map<string, WatchState>();
  #writtenAtMs: number | undefined;

  constructor(world: Pick<World, "disk" | "log" | "clock">) {
    this.#world = world;
  }

  async load(): Promise<void> {
    try {
      const bytes = await this.#world.disk.read(FILE);
      if (bytes !== undefined) this.#states = new Map(file.parse(JSON.parse(new TextDecoder().decode(bytes))));
    } catch (error) {
      this.#world.log.warn("guard.memory", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** What an earlier life has seen, once. */
  take(key: string): WatchState | undefined {
    const found = this.#states.get(key);
    this.#states.delete(key);
    return found;
  }

  async save(states: readonly (readonly [string, WatchState])[]): Promise<void> {
    const nowMs = this.#world.clock.monotonicMs();
    if (states.length === 0 || (this.#writtenAtMs !== undefined && nowMs - this.#writtenAtMs < WRITE_EVERY_MS)) return;
    this.#writtenAtMs = nowMs;
    const kept: string[] = [];
    let bytes = 0;
    for (const one of states) {
      const text = JSON.stringify(one);
      bytes += text.length + 1;
      if (bytes <= BYTES_MAX) kept.push(text);
    }
    try {
      await this.#world.disk.replace(FILE, new TextEncoder().encode(`[${kept.join(",")}]`));
    } catch (error) {
      this.#world.log.warn("guard.memory", { why: error instanceof Error ? error.message : String(error) });
    }
  }
}
