import { createHash } from "node:crypto";
import { Fanout, type FanoutOptions, KillSigning, noStore, Signing } from "@sluice/fanout";
import { SluiceClient } from "@sluice/node";
import type { GuardView } from "@sluice/contract";
import { decodeSnapshot, type Snapshot, type UrgentKill, type Version } from "@sluice/evaluation";
import type { World as Ports } from "@sluice/ports";
import { Api, ControlPlane, MemorySource } from "@sluice/server";
import { MemoryDatabase, MemoryStore, secretHash } from "@sluice/store";
import { type Environment, ENVIRONMENTS } from "./environments.ts";
import { GUARD_WINDOW_MS, OUTCOME_EVERY_MS, prometheusReply, reportOutcomes, type Watched } from "./guarded.ts";
import { headOfLoss, isFound, type Kept, keptOn, type Loss } from "./losses.ts";
import { type Relay, RELAY_OPERATOR_KEY, relaysOf } from "./relays.ts";
import { Scheduler } from "./scheduler.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { type Life, SimulatedProcess, WORLD_BEGINS_MS } from "./simulated-process.ts";
import { simulatedStore, type StoreWeather } from "./simulated-store.ts";

export const OPERATOR_KEY = "slk_operator_simulated_key_0123456789";
const INTERNAL_KEY = "sli_simulated_internal_key";
/** How many SDKs each environment has. */
const SDKS_OF = { production: 3, staging: 1 } as const;
const POLL_MS = 2_000;
/** In half of the worlds the server signs and each SDK takes nothing else: by the seed alone, so that its history is the one it would be without. */
const isSigned = (seed: number): boolean => seed % 3 === 0 || seed % 4 === 0;
/** Key pair of RFC 8032, section 7.1, test 1. */
const SIGNING_SECRET = "sls_nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
/** In every sixth world two servers' fan-outs stand on one database, by the seed alone; such worlds have no relays, and their database loses decisions. */
const isDoubled = (seed: number): boolean => seed % 6 === 5;
/** How wrong a machine's wall clock may be, either way: a day. Nothing that anybody is answered may depend on it. */
const SKEW_MS_MAX = 86_400_000;

/** One swap of one SDK, as the checker sees it. */
export interface Observation {
  readonly sdk: string;
  readonly atMs: number;
  readonly version: Version | undefined;
  /** Flag → what it answers for the usual context. */
  readonly answers: Readonly<Record<string, boolean>>;
  readonly life: number;
  /** What the client told of this swap; absent where answers were only read. */
  readonly change: { readonly isKill: boolean } | undefined;
}

export interface Sdk {
  readonly process: SimulatedProcess;
  readonly environment: Environment;
  client: SluiceClient | undefined;
  lives: number;
}

/** The name that an SDK was given for its server. */
const doorOf = (sdk: string): string => `door-of-${sdk}`;
const textOf = (body: string | Uint8Array): string => (typeof body === "string" ? body : new TextDecoder().decode(body));
const sdkKeyOf = (environment: Environment): string => `slk_${environment}_simulated_key_0123456789`;

/** Server, fan-out and SDKs, the classes that run in production, on simulated disks and wires. One seed, one history. */
export class World {
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly source = new MemorySource();
  readonly database: MemoryDatabase;
  readonly storeWeather: StoreWeather;
  readonly api: SimulatedProcess;
  readonly fanout: SimulatedProcess;
  /** Another one of the same database; absent in most worlds. */
  readonly second: SimulatedProcess | undefined;
  /** Empty in worlds without. */
  readonly relays: readonly Relay[];
  readonly sdks: readonly Sdk[];
  /** What the database has lost so far. */
  readonly losses: Loss[] = [];
  /** Whether the database loses decisions in this world: by the seed alone. */
  readonly mayLose: boolean;
  /** Whether it does so beneath processes that go on: by the seed alone. */
  readonly mayFailOver: boolean;
  /** What the guard of a flag watches here; absent in worlds without one: by the seed alone. */
  readonly watched: Watched | undefined;
  /** Whether the guarded flag harms somebody now, and whether it ever did. */
  readonly harm: { isNow: boolean; hasBegun: boolean } = { isNow: false, hasBegun: false };
  /** What the server says of its guards when all is over. */
  guards: readonly GuardView[] = [];
  readonly observations: Observation[] = [];
  /** Kills that relays hold beside their snapshots when all is over. */
  readonly heldByRelays: { readonly relay: string; readonly environment: Environment; readonly kill: UrgentKill }[] = [];
  readonly problems: string[] = [];
  plane: ControlPlane | undefined;
  /** How far each fan-out of now has read the log. */
  readonly #readTo = new Map<string, Version>();
  #real: MemoryStore;
  readonly #hash = createHash("sha256");
  /** Absent in worlds where nothing is signed. */
  readonly #signing: Signing | undefined;

  constructor(seed: number) {
    this.#signing = isSigned(seed) ? new Signing([SIGNING_SECRET]) : undefined;
    this.mayLose = seed % 3 === 2;
    this.mayFailOver = seed % 5 === 3;
    this.watched = seed % 4 === 1 ? (seed % 8 === 1 ? "query" : "outcome") : undefined;
    this.scheduler = new Scheduler(seed);
    const slow = this.scheduler.chance(0.2);
    this.network = new SimulatedNetwork(this.scheduler, {
      latency: slow ? [5, 200] : [1, 25],
      loss: this.scheduler.chance(0.5) ? 0.03 : 0,
      cuts: this.scheduler.chance(0.5) ? 0.3 : 0,
    });
    this.storeWeather = { latency: this.scheduler.chance(0.3) ? [1, 120] : [0, 6], down: false, full: false };
    const random = { unit: this.scheduler.unit, bytes: (count: number) => Uint8Array.from({ length: count }, () => Math.floor(this.scheduler.unit() * 256)) };
    this.database = new MemoryDatabase(random);
    this.#real = new MemoryStore(this.database, random);
    this.api = this.#process("api");
    this.fanout = this.#process("fanout");
    this.second = isDoubled(seed) ? this.#process("fanout2") : undefined;
    this.relays = relaysOf(seed, this.scheduler, (name) => this.#process(name));
    const places = ENVIRONMENTS.flatMap((environment) => Array.from({ length: SDKS_OF[environment] }, () => environment));
    this.sdks = places.map((environment, index) => ({ process: this.#process(`sdk${index}`), environment, client: undefined, lives: 0 }));
    for (const [index, sdk] of this.sdks.entries()) this.place(sdk, this.#doorsOf(sdk)[index % this.#doorsOf(sdk).length] ?? "fanout");
    if (this.scheduler.chance(0.3)) for (const process of this.processes) process.skewMs = this.scheduler.between(-SKEW_MS_MAX, SKEW_MS_MAX);
    if (this.watched === "query") {
      const prometheus = this.#process("prometheus");
      prometheus.begin();
      prometheus.handler = async () => prometheusReply(this.harm.isNow);
    }
    this.database.grants.set(secretHash(OPERATOR_KEY), { hash: secretHash(OPERATOR_KEY), kind: "operator", expiresAtMs: Number.MAX_SAFE_INTEGER });
    for (const environment of ENVIRONMENTS) {
      const hash = secretHash(sdkKeyOf(environment));
      this.database.sdkKeys.set(hash, { hash, environment, name: "simulated" });
    }
  }

  #process(name: string): SimulatedProcess {
    const process = new SimulatedProcess(name, this.scheduler, this.network, new SimulatedDisk(this.scheduler));
    this.network.add(process);
    return process;
  }

  /** Fan-outs of the database: one, or two. */
  get fanouts(): readonly SimulatedProcess[] {
    return this.second === undefined ? [this.fanout] : [this.fanout, this.second];
  }

  /** All of them, the server's first. */
  get processes(): readonly SimulatedProcess[] {
    return [this.api, ...this.fanouts, ...this.relays.map(({ process }) => process), ...this.sdks.map(({ process }) => process)];
  }

  /** What the wall clock of a process shows, in milliseconds. */
  clockOf(name: string): number {
    return Math.floor(WORLD_BEGINS_MS + this.scheduler.now) + (this.processes.find((process) => process.name === name)?.skewMs ?? 0);
  }

  /** Where an SDK may come in. */
  #doorsOf({ environment }: Pick<Sdk, "environment">): readonly string[] {
    return [
      ...this.fanouts.map(({ name }) => name),
      ...this.relays.filter(({ environments }) => environments.includes(environment)).map(({ process }) => process.name),
    ];
  }

  /** From now on the address that an SDK was given leads to this process: the server's, or a relay's. */
  place({ process }: Pick<Sdk, "process">, door: string): void {
    this.network.route(doorOf(process.name), door);
  }

  /** Leads an SDK elsewhere. Its stream goes on where it was, or breaks. */
  move(sdk: Sdk): void {
    const doors = this.#doorsOf(sdk).filter((door) => door !== this.network.resolve(doorOf(sdk.process.name)));
    if (doors.length === 0) return;
    this.place(sdk, this.scheduler.pick(doors));
    if (this.scheduler.chance(0.7)) this.network.closeStreamsOf(sdk.process.name);
  }

  /** The processes between an SDK and the log, its own door first. */
  pathOf({ process }: Pick<Sdk, "process">): readonly string[] {
    return this.pathFrom(this.network.resolve(doorOf(process.name)));
  }

  /** A door, and what stands above it up to the server's. */
  pathFrom(door: string): readonly string[] {
    const above = this.relays.find((relay) => relay.process.name === door)?.above;
    return above === undefined ? [door] : [door, ...this.pathFrom(above)];
  }

  /** Folded into the trace: two runs of one seed must give the same. */
  trace(text: string): void {
    this.#hash.update(`${this.scheduler.now} ${text}\n`);
  }

  get fingerprint(): string {
    return this.#hash.copy().digest("hex");
  }

  startApi(): void {
    const ports = this.api.begin();
    const life = this.api.life;
    if (life === undefined) return;
    const store = simulatedStore(this.#real, { scheduler: this.scheduler, weather: this.storeWeather, process: this.api, life });
    const plane = new ControlPlane({ world: ports, store, source: this.source, project: "default", pollMs: POLL_MS });
    // Passwords are not simulated: nobody signs in here, so a password that comes is a bug of the world.
    const passwords = { hash: async (): Promise<string> => "none", verify: async (): Promise<boolean> => false };
    const api = new Api({ world: ports, store, plane, passwords, internalKey: INTERNAL_KEY, secureCookies: false });
    // As its main does: it ends, and the supervisor starts it again.
    plane.onLost = () => {
      if (!life.alive) return;
      this.killApi();
      this.scheduler.after(this.scheduler.between(50, 1_000), () => !this.api.up && this.startApi());
    };
    const start = (): void => {
      plane.start().then(
        () => {
          if (!life.alive) return;
          this.plane = plane;
          this.api.handler = api.handle;
        },
        (error: unknown) => {
          if (!life.alive) return;
          // As the supervisor does: a process that cannot start is started again.
          ports.log.warn("start", { why: error instanceof Error ? error.message : String(error) });
          this.killApi();
          this.scheduler.after(1_000, () => !this.api.up && this.startApi());
        },
      );
    };
    start();
  }

  killApi(): void {
    this.plane = undefined;
    this.api.kill();
  }

  startFanout(process: SimulatedProcess): void {
    this.#readTo.delete(process.name);
    const onRead = (to: Version): void => {
      if (to.seq > (this.#readTo.get(process.name)?.seq ?? 0)) this.#readTo.set(process.name, to);
    };
    this.#startDoor(process, (ports, life) => ({
      world: ports,
      store: simulatedStore(this.#real, { scheduler: this.scheduler, weather: this.storeWeather, process, life, onRead }),
      apiUrl: "http://api",
      internalKey: INTERNAL_KEY,
      assets: new Map(),
      ...(this.watched === undefined ? {} : { guardWindowMs: GUARD_WINDOW_MS }),
      ...(this.watched === "query" ? { prometheus: "http://prometheus" } : {}),
      relayKeys: this.relays.map(({ key, environments }) => ({ hash: secretHash(key), environments })),
      ...(this.#signing === undefined ? {} : { signing: this.#signing }),
    }));
  }

  startRelay({ process, above, key, secret }: Relay): void {
    this.#startDoor(process, (ports) => ({
      world: ports,
      store: noStore(ports),
      apiUrl: `http://${above}`,
      internalKey: key,
      assets: new Map(),
      relay: {
        name: process.name,
        signing: new KillSigning(ports, secret),
        operator: secretHash(RELAY_OPERATOR_KEY),
        killKey: secretHash(`${RELAY_OPERATOR_KEY} kills`),
      },
    }));
  }

  #startDoor(process: SimulatedProcess, options: (ports: Ports, life: Life) => FanoutOptions): void {
    const ports = process.begin();
    const { life } = process;
    if (life === undefined) return;
    const fanout = new Fanout(options(ports, life));
    fanout.start().then(
      () => {
        if (life.alive) process.handler = fanout.handle;
      },
      (error: unknown) => {
        if (!life.alive) return;
        // As the supervisor does: a process that cannot start is started again.
        ports.log.warn("start", { why: error instanceof Error ? error.message : String(error) });
        process.kill();
        this.scheduler.after(1_000, () => !process.up && this.#startDoor(process, options));
      },
    );
  }

  /**
   * The database comes back from a backup, without its newest decisions; all processes of its servers were ended for it. False where a server had
   * not yet written down that it had seen any of them: then they are there. One that knew nothing of a loss would go on in the old epoch.
   */
  loseTail(): boolean {
    const { events } = this.database;
    const head = headOfLoss(this.database, this.scheduler.between(1, 8));
    if (head === events.length || !this.fanout.up) return false;
    this.killApi();
    for (const process of this.fanouts) process.kill();
    const kept = this.fanouts.map(({ disk }) => keptOn(disk));
    if (!isFound(kept, events, head)) return true;
    this.losses.push({ atMs: this.scheduler.now, events: [...events], head, kept });
    this.database.loseBehind(head);
    return true;
  }

  /**
   * The database fails over beneath the server and has lost its newest decisions; nobody is ended for it. Where the fan-out had not read any of them
   * yet, they are there.
   */
  async failOver(): Promise<void> {
    const { events } = this.database;
    const kept = [];
    for (const process of this.fanouts) kept.push(await this.#knownBy(process));
    const head = headOfLoss(this.database, this.scheduler.between(1, 8));
    if (head === events.length || !isFound(kept, events, head)) return;
    this.losses.push({ atMs: this.scheduler.now, events: [...events], head, kept });
    this.database.loseBehind(head);
    this.#readTo.clear();
  }

  /** What a fan-out that runs serves, and how far it has read; what is on the disk of one that does not. */
  async #knownBy(process: SimulatedProcess): Promise<ReadonlyMap<Environment, Kept>> {
    if (!process.up && process !== this.fanout) return keptOn(process.disk);
    const kept = new Map<Environment, Kept>();
    for (const environment of ENVIRONMENTS) {
      const snapshot = await this.#served(process, environment);
      if (snapshot === undefined) continue;
      const { epoch, seq, kills = {} } = snapshot;
      // The answer to a lift may be under way, or the API compile it, before the loss is found.
      const isLifted = (kill: string): boolean => this.database.events.some(({ facts }) => facts.kind === "killLifted" && facts.kill === kill);
      const inForce = Object.keys(kills).filter((kill) => !isLifted(kill));
      kept.set(environment, { versions: [{ epoch, seq }], kills: inForce, log: this.#readTo.get(process.name) });
    }
    return kept;
  }

  async #served(process: SimulatedProcess, environment: Environment): Promise<Snapshot | undefined> {
    const text = await this.#ask(process, environment, "/sdk/v1/snapshot");
    const snapshot = text === undefined ? undefined : decodeSnapshot(JSON.parse(text));
    return snapshot?.ok === true ? snapshot.value : undefined;
  }

  /** What a process answers an SDK; undefined where it answers none. */
  async #ask(process: SimulatedProcess, environment: Environment, url: string): Promise<string | undefined> {
    const headers = { authorization: `Bearer ${sdkKeyOf(environment)}` };
    const reply = await process.handler?.({ method: "GET", url, headers, body: new Uint8Array(), remote: "checker" });
    return reply !== undefined && "body" in reply && reply.status === 200 ? textOf(reply.body) : undefined;
  }

  /** Asks the server what its guards see, and each relay which kills it holds beside its snapshots. */
  async askDoors(): Promise<void> {
    if (this.watched !== undefined) {
      const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
      const reply = await this.fanout.handler?.({ method: "GET", url: "/api/guards", headers, body: new Uint8Array(), remote: "checker" });
      if (reply !== undefined && "body" in reply && reply.status === 200)
        this.guards = (JSON.parse(textOf(reply.body)) as { readonly guards: readonly GuardView[] }).guards;
    }
    for (const { process, environments } of this.relays)
      for (const environment of environments) {
        const body = (await this.#ask(process, environment, "/sdk/v1/urgent")) ?? '{"urgent":[]}';
        const { urgent } = JSON.parse(body) as { readonly urgent: readonly UrgentKill[] };
        for (const kill of urgent) this.heldByRelays.push({ relay: process.name, environment, kill });
      }
  }

  startSdk(sdk: Sdk, flags: readonly string[]): void {
    const ports = sdk.process.begin();
    const life = ++sdk.lives;
    const client = new SluiceClient(
      {
        url: `http://${doorOf(sdk.process.name)}`,
        key: sdkKeyOf(sdk.environment),
        service: sdk.process.name,
        version: "1.2.0",
        cacheDir: "cache",
        ...(this.#signing === undefined ? {} : { environment: sdk.environment, signatureKeys: this.#signing.keys.map(({ publicKey }) => publicKey) }),
        onChange: (change) => this.observe(sdk, flags, { life, change }),
      },
      ports,
    );
    sdk.client = client;
    const report = (): void => {
      reportOutcomes(client, this.harm.isNow);
      ports.timers.after(OUTCOME_EVERY_MS, report);
    };
    if (this.watched === "outcome" && sdk.environment === "production") report();
  }

  killSdk(sdk: Sdk): void {
    sdk.client = undefined;
    sdk.process.kill();
  }

  /** Asks every flag once and notes the answers. */
  observe(sdk: Sdk, flags: readonly string[], { life, change }: Pick<Observation, "life" | "change">): void {
    const { client } = sdk;
    if (client === undefined || sdk.lives !== life) return;
    const answers = Object.fromEntries(flags.map((flag) => [flag, client.getBoolean(flag, false, { targetingKey: "u1", customer: "acme" })]));
    const { version } = client;
    this.observations.push({ sdk: sdk.process.name, atMs: this.scheduler.now, version, answers, life, change });
    this.trace(`${sdk.process.name} ${version?.epoch ?? ""}:${version?.seq ?? -1} ${JSON.stringify(answers)}`);
  }
}
