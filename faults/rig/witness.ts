import { createClient, type SluiceClient } from "@sluice/node";
import type { LoggedEvent } from "@sluice/releases";
import { openStore, type Store } from "@sluice/store";
import { until, type Running } from "./running.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };
/** Longest that an SDK may take to come back after a fault shorter than a minute (reliability.md, I7: 10 s) and read on. */
const COME_BACK_MS_MAX = 15_000;

/** An SDK in this process that watches what an application would see. */
export class Witness {
  readonly client: SluiceClient;

  constructor(client: SluiceClient) {
    this.client = client;
  }

  static async start(url: string, key: string): Promise<Witness> {
    const client = createClient({ url, key, service: "witness", version: "1.0.0", waitMs: 20_000, log: silent });
    await client.ready();
    if (client.state !== "ready") throw new Error(`the witness came up ${client.state}`);
    return new Witness(client);
  }

  reads(flag: string): boolean {
    return this.client.getBoolean(flag, true, { targetingKey: "user-1", customer: "acme" });
  }

  /** Resolves when the flag answers `value`; throws when it does not within the time an SDK may take to come back. */
  async untilReads(flag: string, value: boolean, maxMs: number = COME_BACK_MS_MAX): Promise<void> {
    try {
      await until("", () => (this.reads(flag) === value ? true : undefined), maxMs);
    } catch (error) {
      const { state, version } = this.client;
      const { cause, by } = this.client.getBooleanDetails(flag, true, { targetingKey: "user-1", customer: "acme" });
      const now = `now: ${cause}${by === undefined ? "" : ` ${by}`}, state ${state}, version ${version?.epoch}:${version?.seq}`;
      throw new Error(`${flag} does not answer ${value} within ${maxMs} ms (${now})`, { cause: error });
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

/** Throws unless an application process that starts now comes to answer `value`. */
export async function newcomerReads(running: Running, flag: string, value: boolean): Promise<void> {
  const newcomer = await Witness.start(running.url, running.sdkKey);
  try {
    await newcomer.untilReads(flag, value, 10_000);
  } finally {
    await newcomer.close();
  }
}

/** The decision log, read by somebody who is no part of the server. */
export class LogReader {
  readonly #store: Store;
  readonly events: LoggedEvent[] = [];
  #reading: Promise<unknown> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  static async open(running: Running, url: string = `sqlite:${running.data}/store.db`): Promise<LogReader> {
    return new LogReader(await openStore(url));
  }

  /** One read at a time: several lanes ask at once, and no event may stand here twice. */
  catchUp(): Promise<readonly LoggedEvent[]> {
    const mine = this.#reading.then(() => this.#readOn());
    this.#reading = mine.catch(() => {});
    return mine;
  }

  async #readOn(): Promise<readonly LoggedEvent[]> {
    for (;;) {
      const more = await this.#store.read(this.events.at(-1)?.seq ?? 0, 1_000);
      this.events.push(...more);
      if (more.length === 0) return this.events;
    }
  }

  async withCommand(command: string): Promise<readonly LoggedEvent[]> {
    return (await this.catchUp()).filter((event) => event.command === command);
  }

  /** Kills that nobody has lifted, with their flags: folded here, event by event, by nothing of the server's. */
  async inForce(): Promise<ReadonlyMap<string, readonly string[]>> {
    const kills = new Map<string, readonly string[]>();
    for (const { facts } of await this.catchUp()) {
      if (facts.kind === "flagsKilled") kills.set(facts.kill, facts.flags);
      if (facts.kind === "killLifted") kills.delete(facts.kill);
    }
    return kills;
  }

  /** What is wrong with the chain as a whole; empty when every hash fits and no number is missing. */
  async faults(): Promise<readonly string[]> {
    const events = await this.catchUp();
    const found: string[] = [];
    const { broken } = await this.#store.verify();
    if (broken !== undefined) found.push(`the chain is broken at ${broken.seq}: ${broken.why}`);
    for (const [index, event] of events.entries()) if (event.seq !== index + 1) found.push(`event ${event.seq} stands at place ${index + 1}`);
    const ids = new Set<string>();
    for (const { facts } of events) {
      if (facts.kind !== "flagsKilled") continue;
      if (ids.has(facts.kill)) found.push(`kill ${facts.kill} was written twice`);
      ids.add(facts.kill);
    }
    return found;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
