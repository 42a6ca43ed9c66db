import type { Environment } from "./environments.ts";
import { FLAGS, Repository } from "./repository.ts";
import { isRelay, RELAY_OPERATOR_KEY } from "./relays.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { OPERATOR_KEY, type Sdk, World } from "./world.ts";

/** Trouble ends here, in virtual milliseconds. */
export const CHAOS_ENDS_MS = 40_000;
/** After trouble of at most 40 s everything must agree within this (invariant I7). */
const CALM_MS = 10_000;
/** What was swallowed without a word is a fault until its sender has waited long enough: a stream 12 s, a request its time limit. */
const SILENCE_MS = 15_000;
export const WORLD_ENDS_MS: number = CHAOS_ENDS_MS + SILENCE_MS + CALM_MS;
const TRIES_MAX = 8;
/** What a kill may take to every SDK while wires and processes are well. */
const KILL_REACHES_MS = 2_000;
/** And where a relay has to hand it to the server first; where wires lose things two of its requests in a row may be lost, and each is sent again after a time limit. */
const relayedKillReachesMs = (loss: number): number => (loss === 0 ? 2_500 : 4_500);
/** A silent stream is noticed after 12 s, and a back-off may be under way. */
const RECOVERY_MS = 16_000;
/** When a kill asks whether it still should be; long enough for the slowest of its tries. */
const REVIEW_AFTER_MS = 12_000;
/** What was decided a moment ago may still be on its way. */
const ON_ITS_WAY_MS = 1_500;

/** What an operator asked for and what became of it. */
export interface Ask {
  readonly command: string;
  readonly kind: "kill" | "lift" | "revert";
  readonly flag: string;
  readonly environment: Environment;
  /** The process that acknowledged it, or is asked. */
  door: string;
  /** Processes that were asked, one after the other. */
  readonly doors: Set<string>;
  /** Id of the kill that was made or lifted. */
  kill?: string;
  acked: boolean;
  emergency: boolean;
  seq?: number;
  sentAtMs: number;
  ackedAtMs?: number;
}

/** One whole history: people decide, things break, then calm. */
export class Scenario {
  readonly world: World;
  readonly asks: Ask[] = [];
  #commands = 0;
  /** Until then, trouble of wires or processes may keep a kill from an SDK; trouble of stores, disks, Git and the API may never. */
  #disturbedUntilMs = 0;
  readonly #isCalmNetwork: boolean;

  constructor(seed: number) {
    this.world = new World(seed);
    this.#isCalmNetwork = this.world.scheduler.chance(0.4);
  }

  /** Wires or processes are in trouble for this long, and then recover: a silent stream is noticed after 12 s. */
  #disturb(forMs: number): void {
    this.#disturbedUntilMs = Math.max(this.#disturbedUntilMs, this.world.scheduler.now + forMs + RECOVERY_MS);
  }

  /** I7: where nothing but stores, disks, Git or the API was in trouble, an acknowledged kill is in force everywhere within two seconds. */
  #probe(ask: Ask): void {
    const { world } = this;
    if (world.scheduler.now < this.#disturbedUntilMs) return;
    // One that knows itself cut off, and waits to try again, is not "connected and healthy"; nor is one whose request for a stream was
    // lost on the way: it has the snapshot, so it is ready, and hears of a kill when it has tried again.
    const isHeard = (from: string, path: readonly string[]): boolean => path.every((to, at) => world.network.hasStream(path[at - 1] ?? from, to));
    // A kill of a relay comes by the server to whoever is not behind that relay.
    const ofRelay = !isRelay(ask.door) || isHeard(ask.door, world.pathFrom(ask.door).slice(1));
    const connected = world.sdks.filter((sdk) => {
      const path = world.pathOf(sdk);
      // By another server it hears of it from the log, which may be gone.
      const isElsewhere = world.second !== undefined && !path.includes(ask.door);
      const isReached = path.includes(ask.door)
        ? isHeard(sdk.process.name, path.slice(0, path.indexOf(ask.door) + 1))
        : ofRelay && !isElsewhere && isHeard(sdk.process.name, path);
      return sdk.environment === ask.environment && sdk.client?.state === "ready" && isReached;
    });
    for (const sdk of connected) {
      const withinMs = world.pathOf(sdk).includes(ask.door) ? KILL_REACHES_MS : relayedKillReachesMs(world.network.weather.loss);
      world.scheduler.after(withinMs, () => this.#mustHave(sdk, ask, withinMs));
    }
  }

  #mustHave(sdk: Sdk, ask: Ask, withinMs: number): void {
    const { world } = this;
    if (world.scheduler.now < this.#disturbedUntilMs || this.asks.some((other) => other.kind === "lift" && other.kill === ask.kill)) return;
    // A commit that makes it permanent ends it (I9 looks at what is served then); somebody may revert to another form a moment later.
    if (world.database.events.some(({ facts }) => facts.kind === "killLifted" && facts.commit !== undefined && facts.kill === ask.kill)) return;
    if (sdk.client?.getBoolean(ask.flag, false, { targetingKey: "u1", customer: "acme" }) === true)
      world.problems.push(`I7 ${ask.command} was acknowledged at ${ask.ackedAtMs ?? 0} and ${sdk.process.name} still has ${ask.flag} on ${withinMs} ms later`);
  }

  async run(): Promise<void> {
    const { world } = this;
    const { scheduler } = world;
    const repository = new Repository(world);
    world.startApi();
    for (const process of world.fanouts) world.startFanout(process);
    for (const relay of world.relays) world.startRelay(relay);
    for (const sdk of world.sdks) world.startSdk(sdk, FLAGS);
    const decide = (): void => {
      if (scheduler.now > CHAOS_ENDS_MS) return;
      this.#decide(repository);
      scheduler.after(scheduler.between(200, 3_000), decide);
    };
    const trouble = (): void => {
      if (scheduler.now > CHAOS_ENDS_MS) return;
      this.#trouble();
      scheduler.after(scheduler.between(500, 6_000), trouble);
    };
    this.#disturb(0);
    scheduler.after(2_000, decide);
    if (world.watched !== undefined) this.#harm();
    if (scheduler.chance(0.9)) scheduler.after(3_000, trouble);
    await scheduler.runUntil(CHAOS_ENDS_MS);
    this.#calm();
    const unheard = new Set(world.sdks.filter((sdk) => this.#isUnheard(sdk)));
    await this.#mustAgree(
      CHAOS_ENDS_MS + CALM_MS,
      world.sdks.filter((sdk) => !unheard.has(sdk)),
    );
    await this.#mustAgree(
      WORLD_ENDS_MS,
      world.sdks.filter(({ process }) => !world.network.thinksStreamsHeldBack(process.name)),
    );
    for (const sdk of world.sdks) world.observe(sdk, FLAGS, { life: sdk.lives, change: undefined });
    await world.askDoors();
  }

  /** Whether this SDK, or a process behind it, waits for an answer that was swallowed, or thinks that it has to ask instead of listening. */
  #isUnheard(sdk: Sdk): boolean {
    const { network } = this.world;
    if (network.thinksStreamsHeldBack(sdk.process.name)) return true;
    const path = this.world.pathOf(sdk);
    return network.awaitsSwallowed(sdk.process.name) || path.some((door) => network.awaitsSwallowed(door));
  }

  /** I7: these serve at this time what the server's log says, or said while something was still on its way. */
  async #mustAgree(atMs: number, sdks: readonly Sdk[]): Promise<void> {
    const { world } = this;
    await world.scheduler.runUntil(atMs - ON_ITS_WAY_MS);
    const before = new Map(sdks.map(({ environment }) => [environment, world.plane?.state(environment)?.snapshot]));
    await world.scheduler.runUntil(atMs);
    for (const { process, environment, client } of sdks) {
      const [said, was, { version }] = [world.plane?.state(environment)?.snapshot, before.get(environment), client ?? {}];
      const isLater = version !== undefined && was?.epoch === version.epoch && was.seq <= version.seq;
      const isNow = said !== undefined && said.epoch === version?.epoch && said.seq === version.seq;
      if (!isNow && !isLater)
        world.problems.push(
          `I7 ${process.name} serves ${version?.seq ?? "nothing"} ${atMs - CHAOS_ENDS_MS} ms after the last fault, the server says ${said?.seq ?? "nothing"}`,
        );
    }
  }

  #calm(): void {
    const { world } = this;
    world.network.heal();
    world.network.weather = { latency: [1, 25], loss: 0, cuts: 0 };
    world.storeWeather.down = false;
    world.storeWeather.full = false;
    world.source.down = false;
    for (const process of world.processes) {
      process.disk.full = false;
      process.disk.failing = 0;
      if (process.paused) process.resume();
    }
    if (!world.api.up) world.startApi();
    for (const process of world.fanouts) if (!process.up) world.startFanout(process);
    for (const relay of world.relays) if (!relay.process.up) world.startRelay(relay);
    for (const sdk of world.sdks) if (!sdk.process.up) world.startSdk(sdk, FLAGS);
  }

  #decide(repository: Repository): void {
    const { scheduler } = this.world;
    const chance = scheduler.unit();
    const killed = this.asks.filter((ask) => ask.kind === "kill" && ask.kill !== undefined);
    const where = scheduler.chance(0.8) ? "production" : "staging";
    if (chance < 0.4) this.#kill(scheduler.pick(FLAGS), where);
    else if (chance < 0.65 && killed.length > 0) this.#lift(scheduler.pick(killed));
    else if (chance < 0.75) this.#revert(scheduler.pick(FLAGS), where);
    else repository.change();
  }

  #ask(what: Pick<Ask, "kind" | "flag" | "environment" | "kill">): Ask {
    const ask: Ask = {
      ...what,
      door: "fanout",
      doors: new Set(),
      command: `command-${++this.#commands}`,
      acked: false,
      emergency: false,
      sentAtMs: this.world.scheduler.now,
    };
    this.asks.push(ask);
    return ask;
  }

  #kill(flag: string, environment: Environment): void {
    const { relays, scheduler } = this.world;
    const ask = this.#ask({ kind: "kill", flag, environment });
    const door =
      relays.length > 0 && scheduler.chance(0.5) ? scheduler.pick(relays.filter(({ environments }) => environments.includes(environment))) : undefined;
    ask.door = door?.process.name ?? this.#server().name;
    // Its review is over while the world still runs: then somebody is asked, and nothing is lifted.
    const review = scheduler.chance(0.3) ? { reviewAtMs: this.world.clockOf(ask.door) + REVIEW_AFTER_MS } : {};
    this.#send(ask, "/api/kills", { command: ask.command, environment, flags: [flag], reason: "simulated", ...review });
  }

  #lift({ flag, environment, kill }: Ask): void {
    const ask = this.#ask({ kind: "lift", flag, environment, ...(kill === undefined ? {} : { kill }) });
    ask.door = this.#server().name;
    this.#send(ask, `/api/kills/${kill ?? ""}/lift`, { command: ask.command });
  }

  /** One of the servers. */
  #server(): SimulatedProcess {
    const { fanout, second, scheduler } = this.world;
    return second !== undefined && scheduler.chance(0.5) ? second : fanout;
  }

  #revert(flag: string, environment: Environment): void {
    const ask = this.#ask({ kind: "revert", flag, environment });
    const adopted = this.world.database.events.filter((event) => event.facts.kind === "commitAdopted");
    if (adopted.length === 0) return;
    this.#send(ask, "/api/reverts", { command: ask.command, environment, flag, toSeq: this.world.scheduler.pick(adopted).seq });
  }

  /** Sends, and sends again under the same command until it is answered: people and networks retry. */
  #send(ask: Ask, path: string, body: unknown): void {
    const { world } = this;
    const { scheduler } = world;
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const client = world.network.clientFor("operator", operatorLife, (run) => run());
    const attempt = (tries: number): void => {
      if (tries >= TRIES_MAX || ask.acked) return;
      const again = (): unknown => {
        // Who gets no answer of a relay tries the server, and the other way round.
        if (ask.kind === "kill" && world.relays.length > 0 && scheduler.chance(0.3)) ask.door = ask.door === "fanout" ? "relay0" : "fanout";
        return scheduler.after(scheduler.between(200, 900), () => attempt(tries + 1));
      };
      ask.doors.add(ask.door);
      client
        .request(
          {
            method: "POST",
            url: `http://${ask.door}${path}`,
            headers: { authorization: `Bearer ${!isRelay(ask.door) ? OPERATOR_KEY : RELAY_OPERATOR_KEY}`, "content-type": "application/json" },
            body: bytes,
          },
          { timeoutMs: 4_000, maxBytes: 1 << 20 },
        )
        .then((reply) => {
          const text = new TextDecoder().decode(reply.body);
          if (reply.status >= 500) return again();
          if (reply.status >= 400) return undefined;
          const answer = JSON.parse(text) as { readonly kill?: string; readonly seq?: number; readonly emergency?: boolean };
          ask.acked = true;
          ask.ackedAtMs = scheduler.now;
          ask.emergency = answer.emergency ?? false;
          if (answer.seq !== undefined) ask.seq = answer.seq;
          if (ask.kind === "kill" && answer.kill !== undefined) ask.kill = answer.kill;
          if (ask.kind === "kill") this.#probe(ask);
          world.trace(`ack ${ask.command} ${text}`);
          return undefined;
        }, again);
    };
    attempt(0);
  }

  #trouble(): void {
    const { world } = this;
    const { scheduler, network, storeWeather, source } = world;
    const later = (low: number, high: number, run: () => void): void => void scheduler.after(scheduler.between(low, high), run);
    const fanout = this.#server();
    const restart = { api: () => !world.api.up && world.startApi(), fanout: () => !fanout.up && world.startFanout(fanout) };
    if (world.mayLose && scheduler.chance(0.15)) return world.second === undefined ? this.#loss() : this.#lossAfterKill();
    if (world.mayFailOver && scheduler.chance(0.15)) {
      this.#disturb(8_000);
      return void world.failOver();
    }
    if (world.relays.length > 0 && scheduler.chance(this.#isCalmNetwork ? 0.15 : 0.35)) return this.#relayTrouble();
    const chance = this.#isCalmNetwork ? scheduler.pick([0.05, 0.7, 0.7, 0.8, 0.86, 0.89, 0.97]) : scheduler.unit();
    if (chance >= 0.12 && chance < 0.62) this.#disturb(6_000);
    if (chance < 0.12) {
      world.killApi();
      later(50, 4_000, restart.api);
    } else if (chance < 0.26) {
      fanout.kill();
      later(50, 4_000, restart.fanout);
    } else if (chance < 0.32) {
      world.killApi();
      fanout.kill();
      later(50, 3_000, restart.api);
      later(50, 3_000, restart.fanout);
    } else if (chance < 0.42) {
      const sdk = scheduler.pick(world.sdks);
      world.killSdk(sdk);
      later(100, 3_000, () => !sdk.process.up && world.startSdk(sdk, FLAGS));
    } else if (chance < 0.55) {
      const pair = scheduler.pick([
        ...world.sdks.map((sdk) => [sdk.process.name, fanout.name] as const),
        [fanout.name, "api"] as const,
        ["operator", fanout.name] as const,
      ]);
      later(200, 6_000, network.partition(pair[0], pair[1]));
    } else if (chance < 0.62) network.breakOneStream();
    else if (chance < 0.78) {
      storeWeather.down = true;
      later(200, 5_000, () => (storeWeather.down = false));
    } else if (chance < 0.84) {
      storeWeather.full = true;
      later(200, 4_000, () => (storeWeather.full = false));
    } else if (chance < 0.87) {
      fanout.disk.full = true;
      later(500, 5_000, () => (fanout.disk.full = false));
    } else if (chance < 0.9) {
      const { disk } = scheduler.pick([fanout, fanout, ...world.sdks.map((sdk) => sdk.process)]);
      disk.failing = scheduler.pick([0.2, 0.5, 1]);
      later(500, 5_000, () => (disk.failing = 0));
    } else if (chance < 0.95) {
      this.#disturb(5_000);
      const process = scheduler.pick(world.processes);
      process.pause();
      later(200, 5_000, () => process.resume());
    } else {
      source.down = true;
      later(500, 5_000, () => (source.down = false));
    }
  }

  /** Of two servers the one that a kill was asked of may be the only one that has read it. */
  #lossAfterKill(): void {
    this.#kill(this.world.scheduler.pick(FLAGS), "production");
    this.world.scheduler.after(this.world.scheduler.between(50, 700), () => this.world.scheduler.now < CHAOS_ENDS_MS && this.#loss());
  }

  /** The database loses its newest decisions; now and then once more, soon after the server is back, and with that the epoch that began. */
  #loss(): void {
    const { world } = this;
    const { scheduler } = world;
    if (!world.loseTail()) return;
    this.#disturb(8_000);
    for (const process of world.fanouts) scheduler.after(scheduler.between(50, 3_000), () => !process.up && world.startFanout(process));
    scheduler.after(scheduler.between(50, 4_000), () => !world.api.up && world.startApi());
    if (scheduler.chance(0.4)) scheduler.after(scheduler.between(4_000, 9_000), () => scheduler.now < CHAOS_ENDS_MS && this.#loss());
  }

  /** Somebody is harmed by the guarded flag, in half of the worlds until they end. */
  #harm(): void {
    const { scheduler, harm } = this.world;
    scheduler.after(scheduler.between(8_000, 30_000), () => Object.assign(harm, { isNow: true, hasBegun: true }));
    if (scheduler.chance(0.5)) scheduler.after(scheduler.between(31_000, 38_000), () => (harm.isNow = false));
  }

  /** What happens to relays, and to SDKs that may come in by one. */
  #relayTrouble(): void {
    const { world } = this;
    const { scheduler, network } = world;
    const { process, above } = scheduler.pick(world.relays);
    const later = (low: number, high: number, run: () => void): void => void scheduler.after(scheduler.between(low, high), run);
    const restart = (): void => {
      for (const relay of world.relays) if (relay.process === process && !process.up) world.startRelay(relay);
    };
    const chance = this.#isCalmNetwork ? 1 : scheduler.unit();
    if (chance < 0.8) this.#disturb(12_000);
    if (chance < 0.2) {
      process.kill();
      later(50, 6_000, restart);
    } else if (chance < 0.5) later(500, 12_000, network.partition(process.name, above));
    else if (chance < 0.55) {
      process.pause();
      later(200, 5_000, () => process.resume());
    } else if (chance < 0.8) {
      const sdk = scheduler.pick(world.sdks);
      world.move(sdk);
      if (scheduler.chance(0.6)) return;
      // It is started anew elsewhere, with its disk: what comes in there may be behind what it has.
      world.killSdk(sdk);
      later(100, 1_000, () => !sdk.process.up && world.startSdk(sdk, FLAGS));
    } else {
      const isFull = scheduler.chance(0.3);
      if (isFull) process.disk.full = true;
      else process.disk.failing = scheduler.pick([0.2, 0.5, 1]);
      later(500, 8_000, () => Object.assign(process.disk, { full: false, failing: 0 }));
      if (this.#isCalmNetwork || scheduler.chance(0.4)) return;
      // Cut off too, and ended before anybody has heard what its disk refused.
      this.#disturb(16_000);
      later(9_000, 12_000, network.partition(process.name, above));
      later(2_000, 9_000, () => scheduler.now < CHAOS_ENDS_MS && process.kill());
      later(9_000, 12_000, restart);
    }
  }
}

/** The operator's terminal never dies. */
const operatorLife = { alive: true, waiting: [] };
