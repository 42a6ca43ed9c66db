// More than any real server says: 10,000 patches in a second, thousands of flags that come and go, bodies and events beyond every limit. What a client
// answers meanwhile, whether it comes to the end of it, and what memory its process takes.
import { readFileSync } from "node:fs";
import { pause } from "../rig/running.ts";
import type { Driver, Question } from "./driver.ts";
import { type Exchange, type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { oversized } from "./faults.ts";
import type { Language } from "./languages.ts";

const STEADY = "flood.steady";
const KILLED = "flood.killed";
const QUESTIONS: readonly Question[] = [
  [STEADY, false],
  [KILLED, true],
];
const FLAGS_TOUCHED = 100;
/** Flags that one patch of the churn brings, and the next takes away. */
const FLAGS_COME_AND_GO = 5_000;
const EPOCH = "e-flood";
const TICK_MS = 10;
const HEARTBEAT_MS = 1_000;
const LOOK_MS = 200;
/** What the client of a busy machine is waited for. */
const REACHED_MS_MAX = 120_000;
const MB = 1024;

/** What a client is told, one patch after the other, from version 1 on. */
export interface Flood {
  readonly name: string;
  readonly patches: number;
  /** As many as the machine writes, where it writes fewer. */
  readonly perSecond: number;
  /** Without `epoch`, `base` and `to`. */
  patch(seq: number): object;
  /** What it may cost in memory beyond what the process had before, in MB: the most while it lasts. */
  readonly memoryMbMax: number;
}

/** `seconds` of 10,000 patches a second, each of one flag. */
export const manyPatches = (seconds: number): Flood => ({
  name: "patches10k",
  patches: seconds * 10_000,
  perSecond: 10_000,
  patch: (seq) => ({ set: { flags: { [`flood.flag-${seq % FLAGS_TOUCHED}`]: { default: seq % 2 === 0 ? "on" : "off" } } } }),
  memoryMbMax: 256,
});

/** Thousands of flags that come and go, `times` times. */
export const comeAndGo = (times: number): Flood => {
  const keys = Array.from({ length: FLAGS_COME_AND_GO }, (_, at) => `flood.passing-${at}`);
  const flags = Object.fromEntries(keys.map((key) => [key, { rules: [{ id: "some", if: ["in", "plan", ["pro", key]], serve: "on" }], default: "off" }]));
  return {
    name: "comeAndGo",
    patches: times * 2,
    perSecond: 10,
    patch: (seq) => (seq % 2 === 0 ? { set: { flags } } : { drop: { flags: keys } }),
    memoryMbMax: 384,
  };
};

/** How the clients of one language bore one flood. */
export interface Borne {
  readonly language: string;
  readonly flood: string;
  /** Patches in a second as they were written, and as they were taken from the first to the last; seconds from the last byte to the last version. */
  readonly writtenPerS: number;
  readonly takenPerS: number;
  readonly behindS: number;
  /** The most that the process took beyond what it had before, in MB. */
  readonly memoryMb: number;
  readonly lost: number;
  readonly wrong: readonly string[];
}

/** Each flood to a client of each language, one after the other. */
export const flood = (languages: readonly Language[], floods: readonly Flood[]): Promise<readonly Borne[]> =>
  meetings(
    languages,
    floods.map((one) => (meeting) => floodOf(one, meeting)),
  );

/** `seconds` of bodies and events that no limit allows, as fast as a client asks for them. */
export const oversizedFor = (languages: readonly Language[], seconds: number): Promise<readonly Borne[]> =>
  meetings(languages, [(meeting) => oversizedOf(seconds, meeting)]);

/** Every meeting with a client of its own. Pages are told answers, never patches: they are left out. */
async function meetings(languages: readonly Language[], runs: readonly ((meeting: Meeting) => Promise<Borne>)[]): Promise<readonly Borne[]> {
  // Nobody is behind this link: every answer is of the flood.
  const proxy = await startFaultProxy({ upstream: "http://127.0.0.1:9", speed: 1 });
  try {
    const borne: Borne[] = [];
    for (const language of languages.filter(({ isPage }) => !isPage))
      for (const run of runs) borne.push(await withDriver(language, (driver) => run({ language, proxy, driver })));
    return borne;
  } finally {
    await proxy.close();
  }
}

async function withDriver<T>(language: Language, run: (driver: Driver) => Promise<T>): Promise<T> {
  const driver = await language.start(1);
  try {
    return await run(driver);
  } finally {
    await driver.stop();
  }
}

interface Meeting {
  readonly language: Language;
  readonly proxy: FaultProxy;
  readonly driver: Driver;
}

/** The server of a flood: version 1, then its patches once they are let go. */
class FloodServer {
  readonly #flood: Flood;
  readonly #sockets = new Set<Exchange["socket"]>();
  seq = 1;

  constructor(one: Flood) {
    this.#flood = one;
  }

  answer(exchange: Exchange): void {
    const { wanted, socket } = exchange;
    if (wanted === "snapshot") return exchange.answer(200, { "content-type": "application/json" }, JSON.stringify(this.#snapshot()));
    if (wanted !== "stream") return exchange.answer(204, {}, "");
    exchange.head(200, { "content-type": "text/event-stream" });
    socket.write(`event: hello\ndata: ${JSON.stringify({ environment: "production", ...this.#head(), heartbeatMs: 5_000, confirmJitterMs: 0 })}\n\n`);
    this.#sockets.add(socket);
    const beat = setInterval(() => socket.write(`event: heartbeat\ndata: ${JSON.stringify(this.#head())}\n\n`), HEARTBEAT_MS);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      clearInterval(beat);
    });
  }

  #head(): { readonly epoch: string; readonly seq: number } {
    return { epoch: EPOCH, seq: this.seq };
  }

  #snapshot(): object {
    const kills = this.seq > this.#flood.patches + 1 ? { k1: { flags: [KILLED] } } : {};
    return { format: 1, environment: "production", ...this.#head(), salt: "s", flags: { [STEADY]: { default: "on" }, [KILLED]: { default: "on" } }, kills };
  }

  /** All patches, and a kill as the last; resolves when they are written. */
  async run(): Promise<void> {
    const perTick = Math.max(1, Math.round((this.#flood.perSecond * TICK_MS) / 1_000));
    const tickMs = this.#flood.perSecond * TICK_MS >= 1_000 ? TICK_MS : 1_000 / this.#flood.perSecond;
    const begun = performance.now();
    for (let tick = 0; this.seq <= this.#flood.patches; tick += 1) {
      let text = "";
      for (let n = 0; n < perTick && this.seq <= this.#flood.patches; n += 1) text += this.#frame(this.#flood.patch(this.seq + 1));
      this.#write(text);
      await pause(Math.max(0, begun + (tick + 1) * tickMs - performance.now()));
    }
    this.#write(this.#frame({ set: { kills: { k1: { flags: [KILLED] } } } }));
  }

  #frame(parts: object): string {
    this.seq += 1;
    return `event: patch\nid: ${EPOCH}:${this.seq}\ndata: ${JSON.stringify({ epoch: EPOCH, base: this.seq - 1, to: this.seq, ...parts })}\n\n`;
  }

  #write(text: string): void {
    for (const socket of this.#sockets) socket.write(text);
  }
}

async function floodOf(one: Flood, { language, proxy, driver }: Meeting): Promise<Borne> {
  const client = `${language.name}-${one.name}`;
  const server = new FloodServer(one);
  const watch = new Watch(driver, client);
  proxy.set(client, (exchange) => server.answer(exchange));
  await driver.open({ client, url: proxy.url(client), key: "slk_of_a_flood", environment: "production" });
  const isThere = await watch.until(([steady, killed]) => steady === true && killed === true);
  watch.begin();
  const begun = performance.now();
  const look = watch.keepLooking();
  await server.run();
  const written = performance.now();
  const isReached = isThere && (await watch.until(([, killed], version) => killed === false && version === `${EPOCH}:${server.seq}`));
  const taken = performance.now();
  look.stop();
  await look.over;
  const wrong = watch.wrong;
  if (watch.memoryMb > one.memoryMbMax) wrong.push(`its process took ${watch.memoryMb} MB more, where ${one.memoryMbMax} are allowed`);
  return {
    language: language.name,
    flood: one.name,
    writtenPerS: rate(one.patches, written - begun),
    takenPerS: rate(one.patches, taken - begun),
    behindS: (taken - written) / 1_000,
    memoryMb: watch.memoryMb,
    lost: isReached ? 0 : 1,
    wrong,
  };
}

/** A body of 65 MiB where 64 are the limit, as characters of two bytes; an event of 12 MiB; each read until the limit, and what came before it. */
const OVERSIZED_MB_MAX = 512;

async function oversizedOf(seconds: number, { language, proxy, driver }: Meeting): Promise<Borne> {
  const client = `${language.name}-oversized`;
  const server = new FloodServer({ ...manyPatches(0), patches: 0 });
  const watch = new Watch(driver, client);
  proxy.set(client, (exchange) => server.answer(exchange));
  await driver.open({ client, url: proxy.url(client), key: "slk_of_a_flood", environment: "production" });
  await watch.until(([steady]) => steady === true);
  watch.begin();
  const look = watch.keepLooking();
  proxy.set(client, oversized);
  await pause(seconds * 1_000);
  await server.run();
  proxy.set(client, (exchange) => server.answer(exchange));
  const healed = performance.now();
  const isReached = await watch.until(([, killed]) => killed === false);
  look.stop();
  await look.over;
  const wrong = watch.wrong;
  if (watch.memoryMb > OVERSIZED_MB_MAX) wrong.push(`its process took ${watch.memoryMb} MB more, where ${OVERSIZED_MB_MAX} are allowed`);
  const behindS = (performance.now() - healed) / 1_000;
  return {
    language: language.name,
    flood: "oversized",
    writtenPerS: Number.NaN,
    takenPerS: Number.NaN,
    behindS,
    memoryMb: watch.memoryMb,
    lost: isReached ? 0 : 1,
    wrong,
  };
}

const rate = (count: number, ms: number): number => Math.round((count * 1_000) / ms);

/** What one client answers, and what its process takes. */
class Watch {
  readonly #driver: Driver;
  readonly #client: string;
  #beforeKb = 0;
  #mostKb = 0;
  readonly wrong: string[] = [];

  constructor(driver: Driver, client: string) {
    this.#driver = driver;
    this.#client = client;
  }

  begin(): void {
    this.#beforeKb = this.#residentKb();
    this.#mostKb = this.#beforeKb;
  }

  get memoryMb(): number {
    return Math.round((this.#mostKb - this.#beforeKb) / MB);
  }

  #residentKb(): number {
    try {
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#driver.pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      // A machine without /proc, or a process that has just ended: nothing is known, and nothing is held against it.
      return 0;
    }
  }

  async until(holds: (values: readonly boolean[], version: string) => boolean): Promise<boolean> {
    const end = performance.now() + REACHED_MS_MAX;
    for (;;) {
      const sight = (await this.#driver.ask(QUESTIONS)).get(this.#client);
      this.#mostKb = Math.max(this.#mostKb, this.#residentKb());
      if (sight !== undefined && holds(sight.values, sight.version)) return true;
      if (performance.now() > end) return false;
      await pause(LOOK_MS / 4);
    }
  }

  /** Looks at what never changes, until it is stopped. */
  keepLooking(): { stop(): void; readonly over: Promise<void> } {
    let isOver = false;
    const look = async (): Promise<void> => {
      while (!isOver) {
        const sight = (await this.#driver.ask(QUESTIONS)).get(this.#client);
        this.#mostKb = Math.max(this.#mostKb, this.#residentKb());
        if (sight?.values[0] !== true) this.wrong.push(`a flag that nobody touched answers ${String(sight?.values[0])}`);
        await pause(LOOK_MS);
      }
    };
    return { stop: () => void (isOver = true), over: look() };
  }
}
