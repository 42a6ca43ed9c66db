import type { Clock, Disk, HttpClient, HttpHandler, Log, Random, Timers, World } from "@sluice/ports";
import type { Scheduler } from "./scheduler.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";

/** 2026-11-23T09:00:00Z: where every world begins. */
export const WORLD_BEGINS_MS = 1_795_424_400_000;

/** One life of one process. When it ends, nothing it had planned happens any more. */
export class Life {
  alive = true;
  /** Work that arrived while the process was stopped (SIGSTOP), in order. */
  readonly waiting: (() => void)[] = [];
}

/** So much later is what stood behind something else; next to nothing, so that nothing new comes between. */
const IN_ORDER_MS = 1e-6;

/** A process that can be started, stopped, paused and killed; its disk and its name outlive it. */
export class SimulatedProcess {
  readonly name: string;
  readonly disk: SimulatedDisk;
  /** What its wall clock shows beyond true time, in milliseconds. */
  skewMs = 0;
  paused = false;
  /** Whether its journal ever refused a kill. */
  wasRefused = false;
  /** Last lines of its log, for a failing seed's report. */
  readonly lines: string[] = [];
  #life: Life | undefined;
  handler: HttpHandler | undefined;
  readonly #scheduler: Scheduler;
  readonly #network: SimulatedNetwork;

  constructor(name: string, scheduler: Scheduler, network: SimulatedNetwork, disk: SimulatedDisk) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#network = network;
    this.disk = disk;
  }

  get life(): Life | undefined {
    return this.#life;
  }

  get up(): boolean {
    return this.#life !== undefined;
  }

  /** Begins a new life and gives the ports that belong to it. */
  begin(): World {
    if (this.#life) throw new Error(`${this.name} is running already`);
    const life = new Life();
    this.#life = life;
    this.paused = false;
    return {
      clock: this.#clock(),
      timers: this.#timers(life),
      random: this.#random(),
      disk: this.#diskOf(life),
      http: this.#httpOf(life),
      log: this.#log(),
    };
  }

  /** Ends this life as `kill -9` does: no goodbye, unsynced writes lost in part. */
  kill(): void {
    if (!this.#life) return;
    this.#life.alive = false;
    this.#life = undefined;
    this.handler = undefined;
    this.paused = false;
    this.disk.crash();
    this.#network.processDied(this.name);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    const life = this.#life;
    if (!life) return;
    // Simultaneous events have no order, and what a stream has brought meanwhile has one.
    for (const [index, run] of life.waiting.splice(0).entries()) this.#scheduler.after(index * IN_ORDER_MS, () => life.alive && run());
  }

  /** Runs `run` in this life: not after its end, and not while paused. */
  inLife(life: Life, run: () => void): void {
    if (!life.alive) return;
    if (this.paused) life.waiting.push(run);
    else run();
  }

  #clock(): Clock {
    return { nowMs: () => Math.floor(WORLD_BEGINS_MS + this.#scheduler.now + this.skewMs), monotonicMs: () => this.#scheduler.now };
  }

  #timers(life: Life): Timers {
    return { after: (delayMs, run) => this.#scheduler.after(delayMs, () => this.inLife(life, run)) };
  }

  #random(): Random {
    const unit = this.#scheduler.unit;
    return { unit, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(unit() * 256)) };
  }

  #diskOf(life: Life): Disk {
    return this.disk.forLife((run) => this.inLife(life, run));
  }

  #httpOf(life: Life): HttpClient {
    return this.#network.clientFor(this.name, life, (run) => this.inLife(life, run));
  }

  #log(): Log {
    const write = (level: string) => (event: string, fields?: Readonly<Record<string, unknown>>) => {
      if (event === "kill.notJournalled") this.wasRefused = true;
      this.lines.push(`${this.#scheduler.now.toFixed(0)} ${level} ${event} ${JSON.stringify(fields ?? {})}`);
      if (this.lines.length > 200) this.lines.shift();
    };
    return { info: write("info"), warn: write("warn"), error: write("error") };
  }
}
