// A day of processes whose clocks run fast: clients come, meet a fault, read a kill and its lift, and go, again and again. What a process has left of them
// is what it has more at the end than it had once it was warm.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FlagRepository, flagPath, flagText } from "../rig/flag-repository.ts";
import { kill, lift, makeFolder, pause, type Running, startSluice } from "../rig/running.ts";
import type { Driver, Question, Sight } from "./driver.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { type NamedFault, namedFaults } from "./faults.ts";
import type { Language } from "./languages.ts";
import { Verdict } from "./verdict.ts";

const STEADY = "area-0.steady";
const KILLED = "area-1.killed";
const QUESTIONS: readonly Question[] = [
  [STEADY, false],
  [KILLED, true],
];
/** Clients that come and go together, each hour. */
const CLIENTS = 3;
/** An hour of the protocol begins with a fault that lasts so long, in its minutes. */
const FAULT_MINUTES = 10;
/** Milliseconds of this machine that a client of a busy one is waited for. */
const REACHED_MS_MAX = 120_000;
const LOOK_MS = 50;
/**
 * What may live more, after a forced collection, at its least of the last quarter than at its most of the second, in MB. Some 45 clients come and go between
 * the two: a tenth of a megabyte that each leaves behind is told.
 */
const HEAP_MB_MAX = 4;
const KB_PER_MB = 1_024;
const BYTES_PER_MB = 2 ** 20;
/** Rounds of which a half is warmed up in, so that the first quarter says nothing. */
const JUDGED_ROUNDS_MIN = 8;

export interface SoakOptions {
  /** How many times faster than the machine's the clocks of the clients run. */
  readonly speed: number;
  /** Hours of the protocol's time, one round each. */
  readonly hours: number;
  /** Minutes of the protocol's time that a round lasts; a shorter one has a shorter fault. */
  readonly roundMinutes: number;
  readonly run: "bundle" | "sources";
}

/** What a process holds between two rounds, when no client is open. */
interface Held {
  /** What lives after a forced collection, in MB: the leaks that there are. */
  readonly heapMb: number;
  /**
   * What the process has of the machine, in MB: said, and not judged. Allocators keep what they had at their highest, and a fault that opens bodies of
   * hundreds of MB comes at any hour: Node then stands at some 400 MB for the rest of its life, with 10 MB that live.
   */
  readonly memoryMb: number;
  readonly threads: number;
  readonly handles: number;
}

/** How one language bore it. The differences are of the least of the last quarter and the most of the second; NaN where a process cannot be looked at. */
export interface Soaked extends Held {
  readonly verdict: Verdict;
}

/** Every language at the same time, before one real server. */
export async function soak(languages: readonly Language[], options: SoakOptions): Promise<readonly Soaked[]> {
  const folder = makeFolder("sdk-soak");
  const repository = new FlagRepository(join(folder.path, "flags"), []);
  for (const key of [STEADY, KILLED]) repository.write(flagPath(key), flagText(key, "on").replace("type: boolean", "type: boolean\nexpose: [server, browser]"));
  repository.commit("Flags of the soak");
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000, run: options.run });
  const drivers: Driver[] = [];
  const proxy = await startFaultProxy({ upstream: running.url, speed: options.speed });
  try {
    const soaking: Soaking[] = [];
    for (const language of languages) {
      const driver = await language.start(options.speed);
      drivers.push(driver);
      soaking.push(new Soaking({ language, driver, proxy, running, options }));
    }
    // What clients begin with, what needs keys and what leads elsewhere is for the script.
    const faults = namedFaults("").filter(({ fromStart, signed, name }) => fromStart !== true && signed !== true && name !== "redirect");
    for (let hour = 0; hour < options.hours; hour += 1) {
      const fault = faults[hour % faults.length];
      const began = performance.now();
      await Promise.all(soaking.map((one) => one.meet(hour, fault)));
      const killed = await kill(running, [KILLED]);
      await Promise.all(soaking.map((one) => one.reads([true, false], "the kill")));
      await lift(running, killed.kill);
      await Promise.all(soaking.map((one) => one.reads([true, true], "the lift")));
      while (performance.now() - began < (options.roundMinutes * 60_000) / options.speed) {
        await Promise.all(soaking.map((one) => one.look()));
        await pause(LOOK_MS);
      }
      await Promise.all(soaking.map((one) => one.leave()));
    }
    return soaking.map((one) => one.soaked());
  } finally {
    await Promise.all(drivers.map((driver) => driver.stop()));
    await proxy.close();
    await running.supervised.stop();
    folder.remove();
  }
}

interface Parts {
  readonly language: Language;
  readonly driver: Driver;
  readonly proxy: FaultProxy;
  readonly running: Running;
  readonly options: SoakOptions;
}

/** One process of one language, round after round. */
class Soaking {
  readonly #parts: Parts;
  readonly #verdict: Verdict;
  readonly #held: Held[] = [];
  #ids: readonly string[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#verdict = new Verdict(parts.language.name, "soak");
  }

  /** Clients come, read flags, and meet a fault for a while; they keep what they have. */
  async meet(hour: number, fault: NamedFault | undefined): Promise<void> {
    const { language, driver, proxy, running, options } = this.#parts;
    this.#ids = Array.from({ length: CLIENTS }, (_, at) => `${language.name}-${hour}-${at}`);
    for (const client of this.#ids) await driver.open({ client, url: proxy.url(client), key: running.sdkKey, environment: "production" });
    await this.reads([true, true], "flags");
    if (fault === undefined || (language.isPage && fault.pages === false)) return;
    for (const client of this.#ids) proxy.set(client, fault.fault);
    const until = performance.now() + (Math.min(FAULT_MINUTES, options.roundMinutes / 2) * 60_000) / options.speed;
    while (performance.now() < until) {
      await this.look();
      await pause(LOOK_MS);
    }
    if (!language.isPage) {
      const { threw } = await driver.hostile(this.#ids[0] ?? "", STEADY);
      this.#verdict.expect(threw.length === 0, `contexts made a call throw: ${threw.join("; ")}`);
    }
    for (const client of this.#ids) proxy.set(client, undefined);
  }

  /** Whatever happens, a flag that stays on is on. */
  async look(): Promise<void> {
    for (const [id, { values, state }] of await this.#sights()) this.#verdict.kept(values[0] === true, `${id} answers ${String(values[0])}, state ${state}`);
  }

  async #sights(): Promise<readonly (readonly [string, Sight])[]> {
    return [...(await this.#parts.driver.ask(QUESTIONS))];
  }

  async reads(wanted: readonly boolean[], what: string): Promise<void> {
    const began = performance.now();
    for (;;) {
      const sights = await this.#sights();
      const late = sights.filter(([, { values }]) => !wanted.every((value, at) => values[at] === value));
      if (sights.length === CLIENTS && late.length === 0) return;
      if (performance.now() - began > REACHED_MS_MAX) return this.#verdict.lose(`${what} did not come to ${late.map(([id]) => id).join(", ")}`);
      await pause(LOOK_MS);
    }
  }

  /** Clients go: nothing of them is left, at once or in what the process holds. */
  async leave(): Promise<void> {
    const { driver } = this.#parts;
    const left = await driver.close();
    this.#verdict.expect(left.length === 0, `after close ${left.join(", ")} are left`);
    this.#verdict.recoveredAfter(0);
    const heapBytes = await driver.heapBytes();
    if (driver.pid !== undefined && heapBytes !== undefined) this.#held.push(heldBy(driver.pid, heapBytes / BYTES_PER_MB));
  }

  soaked(): Soaked {
    const grown = growth(this.#held);
    if (grown === undefined) return { verdict: this.#verdict, heapMb: Number.NaN, memoryMb: Number.NaN, threads: Number.NaN, handles: Number.NaN };
    this.#verdict.expect(grown.heapMb <= HEAP_MB_MAX, `${grown.heapMb.toFixed(1)} MB live that did not once it was warm`);
    this.#verdict.expect(grown.threads <= 0, `${grown.threads} threads more than once it was warm`);
    this.#verdict.expect(grown.handles <= 0, `${grown.handles} files and sockets more than once it was warm`);
    return { verdict: this.#verdict, ...grown };
  }
}

function heldBy(pid: number, heapMb: number): Held {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? Number.NaN);
  return { heapMb, memoryMb: number("VmRSS") / KB_PER_MB, threads: number("Threads"), handles: readdirSync(`/proc/${pid}/fd`).length };
}

/** The least of the last quarter less the most of the second: what comes and goes by chance is no growth. Undefined where there were too few rounds. */
export function growth(held: readonly Held[]): Held | undefined {
  const quarter = Math.floor(held.length / 4);
  if (held.length < JUDGED_ROUNDS_MIN) return undefined;
  const [second, last] = [held.slice(quarter, 2 * quarter), held.slice(-quarter)];
  const grown = (of: (one: Held) => number): number => Math.min(...last.map(of)) - Math.max(...second.map(of));
  return {
    heapMb: grown(({ heapMb }) => heapMb),
    memoryMb: grown(({ memoryMb }) => memoryMb),
    threads: grown(({ threads }) => threads),
    handles: grown(({ handles }) => handles),
  };
}
