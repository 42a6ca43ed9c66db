import { type Environment, OPERATOR_KEY, type Sdk, World } from "./world.ts";

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
/** A silent stream is noticed after 12 s, and a back-off may be under way. */
const RECOVERY_MS = 16_000;

/** What an operator asked for and what became of it. */
export interface Ask {
  readonly command: string;
  readonly kind: "kill" | "lift" | "revert";
  readonly flag: string;
  readonly environment: Environment;
  /** Id of the kill that was made or lifted. */
  kill?: string;
  acked: boolean;
  emergency: boolean;
  seq?: number;
  sentAtMs: number;
  ackedAtMs?: number;
}

export const FLAGS: readonly string[] = ["site.plan", "site.photos", "site.weather", "billing.export"];

const PROJECT = `project: simulated
environments:
  production: { name: Production }
  staging: { name: Staging }
attributes:
  customer: { type: string }
  plan: { type: string }
`;

/** A text that stands in the rules of one environment only: nobody of another may ever receive it (I6, filtered). */
export const markOf = (environment: Environment): string => `only-${environment}`;

interface FlagShape {
  readonly on: boolean;
  readonly segment: boolean;
}

function environmentForm(environment: Environment, { on, segment }: FlagShape): string {
  const serve = on ? "on" : "off";
  const some = segment ? `      - id: some\n        if: { segment: everybody }\n        serve: ${serve}\n` : "";
  const marked = `      - id: marked\n        if: { plan: { equals: ${markOf(environment)} } }\n        serve: ${serve}\n`;
  return `  ${environment}:\n    rules:\n${some}${marked}    default: ${serve}\n`;
}

function flagFile(key: string, production: FlagShape, staging: FlagShape = production): string {
  return `key: ${key}
description: A flag of the simulated company.
kind: release
owner: team-site
created: 2026-11-02
expires: 2027-12-31
type: boolean
variants: { on: true, off: false }
off: off
environments:
${environmentForm("production", production)}${environmentForm("staging", staging)}`;
}

const pathOf = (key: string): string => `flags/${key.replace(".", "/")}.yaml`;

/** The repository's files, as commits change them. */
class Repository {
  readonly files = new Map<string, string>([
    ["sluice.yaml", PROJECT],
    ["segments/everybody.yaml", "key: everybody\ndescription: All customers.\nif: { customer: { exists: true } }\n"],
    ...FLAGS.map((key): [string, string] => [pathOf(key), flagFile(key, { on: true, segment: key === "site.photos" })]),
  ]);
  readonly #world: World;
  readonly #commits: string[] = [];

  constructor(world: World) {
    this.#world = world;
    this.#commit("begin");
  }

  #commit(subject: string): void {
    this.#commits.push(this.#world.source.commit(this.files, { author: "Mara", subject, atMs: 0 }));
  }

  change(): void {
    const { scheduler, source } = this.#world;
    const key = scheduler.pick(FLAGS);
    const chance = scheduler.unit();
    const drawn = (): FlagShape => ({ on: scheduler.chance(0.7), segment: scheduler.chance(0.3) });
    if (chance < 0.55) this.files.set(pathOf(key), flagFile(key, drawn(), drawn()));
    else if (chance < 0.65) this.files.set(pathOf(key), "key: [broken\n");
    else if (chance < 0.72)
      this.files.set(
        "segments/everybody.yaml",
        scheduler.chance(0.5) ? "key: everybody\nif: { nonsense }\n" : "key: everybody\nif: { customer: { exists: true } }\n",
      );
    else if (chance < 0.8) this.files.delete(pathOf(key));
    else if (chance < 0.9) {
      // A force-push to something older.
      source.moveTo(scheduler.pick(this.#commits));
      return;
    } else this.files.set(pathOf(key), flagFile(key, { on: true, segment: false }));
    this.#commit("change");
  }
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
    const connected = world.sdks.filter(
      (sdk) => sdk.environment === ask.environment && sdk.client?.state === "ready" && world.network.hasStream(sdk.process.name, "fanout"),
    );
    world.scheduler.after(KILL_REACHES_MS, () => {
      if (world.scheduler.now < this.#disturbedUntilMs || this.asks.some((other) => other.kind === "lift" && other.kill === ask.kill)) return;
      // A commit that makes it permanent ends it (I9 looks at what is served then); somebody may revert to another form a moment later.
      if (world.database.events.some(({ facts }) => facts.kind === "killLifted" && facts.commit !== undefined && facts.kill === ask.kill)) return;
      for (const sdk of connected) {
        if (sdk.client?.getBoolean(ask.flag, false, { targetingKey: "u1", customer: "acme" }) === true)
          world.problems.push(
            `I7 ${ask.command} was acknowledged at ${ask.ackedAtMs ?? 0} and ${sdk.process.name} still has ${ask.flag} on ${KILL_REACHES_MS} ms later`,
          );
      }
    });
  }

  async run(): Promise<void> {
    const { world } = this;
    const { scheduler } = world;
    const repository = new Repository(world);
    world.startApi();
    world.startFanout();
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
    if (scheduler.chance(0.9)) scheduler.after(3_000, trouble);
    await scheduler.runUntil(CHAOS_ENDS_MS);
    this.#calm();
    const unheard = new Set(world.sdks.filter(({ process }) => this.#isUnheard(process.name)));
    await scheduler.runUntil(CHAOS_ENDS_MS + CALM_MS);
    for (const sdk of world.sdks) if (!unheard.has(sdk)) this.#mustAgree(sdk);
    await scheduler.runUntil(CHAOS_ENDS_MS + SILENCE_MS + CALM_MS);
    for (const sdk of world.sdks) this.#mustAgree(sdk);
    for (const sdk of world.sdks) world.observe(sdk, FLAGS, { life: sdk.lives, change: undefined });
  }

  /** Whether this SDK, or the fan-out behind it, waits for an answer that was swallowed. */
  #isUnheard(sdk: string): boolean {
    const { network } = this.world;
    return network.awaitsSwallowed(sdk, "fanout") || network.awaitsSwallowed("fanout", "api");
  }

  /** I7: serves what the server's log says now. */
  #mustAgree({ process, environment, client }: Sdk): void {
    const { world } = this;
    const said = world.plane?.state(environment)?.snapshot;
    const { version } = client ?? {};
    if (said === undefined || said.epoch !== version?.epoch || said.seq !== version.seq)
      world.problems.push(
        `I7 ${process.name} serves ${version?.seq ?? "nothing"} ${Math.round(world.scheduler.now - CHAOS_ENDS_MS)} ms after the last fault, the server says ${said?.seq ?? "nothing"}`,
      );
  }

  #calm(): void {
    const { world } = this;
    world.network.heal();
    world.network.weather = { latency: [1, 25], loss: 0, cuts: 0 };
    world.storeWeather.down = false;
    world.storeWeather.full = false;
    world.source.down = false;
    for (const process of [world.api, world.fanout, ...world.sdks.map((sdk) => sdk.process)]) {
      process.disk.full = false;
      process.disk.failing = 0;
      if (process.paused) process.resume();
    }
    if (!world.api.up) world.startApi();
    if (!world.fanout.up) world.startFanout();
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
    const ask: Ask = { ...what, command: `command-${++this.#commands}`, acked: false, emergency: false, sentAtMs: this.world.scheduler.now };
    this.asks.push(ask);
    return ask;
  }

  #kill(flag: string, environment: Environment): void {
    const ask = this.#ask({ kind: "kill", flag, environment });
    this.#send(ask, "/api/kills", { command: ask.command, environment, flags: [flag], reason: "simulated" });
  }

  #lift({ flag, environment, kill }: Ask): void {
    const ask = this.#ask({ kind: "lift", flag, environment, ...(kill === undefined ? {} : { kill }) });
    this.#send(ask, `/api/kills/${kill ?? ""}/lift`, { command: ask.command });
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
      const again = (): unknown => scheduler.after(scheduler.between(200, 900), () => attempt(tries + 1));
      client
        .request(
          {
            method: "POST",
            url: `http://fanout${path}`,
            headers: { authorization: `Bearer ${OPERATOR_KEY}`, "content-type": "application/json" },
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
    const restart = { api: () => !world.api.up && world.startApi(), fanout: () => !world.fanout.up && world.startFanout() };
    const chance = this.#isCalmNetwork ? scheduler.pick([0.05, 0.7, 0.7, 0.8, 0.86, 0.89, 0.97]) : scheduler.unit();
    if (chance >= 0.12 && chance < 0.62) this.#disturb(6_000);
    if (chance < 0.12) {
      world.killApi();
      later(50, 4_000, restart.api);
    } else if (chance < 0.26) {
      world.fanout.kill();
      later(50, 4_000, restart.fanout);
    } else if (chance < 0.32) {
      world.killApi();
      world.fanout.kill();
      later(50, 3_000, restart.api);
      later(50, 3_000, restart.fanout);
    } else if (chance < 0.42) {
      const sdk = scheduler.pick(world.sdks);
      world.killSdk(sdk);
      later(100, 3_000, () => !sdk.process.up && world.startSdk(sdk, FLAGS));
    } else if (chance < 0.55) {
      const pair = scheduler.pick([
        ...world.sdks.map((sdk) => [sdk.process.name, "fanout"] as const),
        ["fanout", "api"] as const,
        ["operator", "fanout"] as const,
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
      world.fanout.disk.full = true;
      later(500, 5_000, () => (world.fanout.disk.full = false));
    } else if (chance < 0.9) {
      const { disk } = scheduler.pick([world.fanout, world.fanout, ...world.sdks.map((sdk) => sdk.process)]);
      disk.failing = scheduler.pick([0.2, 0.5, 1]);
      later(500, 5_000, () => (disk.failing = 0));
    } else if (chance < 0.95) {
      this.#disturb(5_000);
      const process = scheduler.pick([world.api, world.fanout, ...world.sdks.map((sdk) => sdk.process)]);
      process.pause();
      later(200, 5_000, () => process.resume());
    } else {
      source.down = true;
      later(500, 5_000, () => (source.down = false));
    }
  }
}

/** The operator's terminal never dies. */
const operatorLife = { alive: true, waiting: [] };
