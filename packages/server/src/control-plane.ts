import { type Problem, problems, type SourceHealth } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { StreamSink, World } from "@sluice/ports";
import { decideKeepKill, type Decisions, type DrillPolicy, type FlagProblem, type LoggedEvent, type PinnableFlags, type Proposal } from "@sluice/releases";
import { catalogue, type EnvironmentState, type FlagListing, treeOf } from "@sluice/snapshot";
import { LogFollower, type LostEnd, type Person, type Store } from "@sluice/store";
import { Adoptions } from "./adoptions.ts";
import { DefinitionTexts } from "./definition-texts.ts";
import { FeedHub } from "./feed-hub.ts";
import { Publication } from "./publication.ts";
import type { FurtherSource } from "./source/further-source.ts";
import type { Source } from "./source/source.ts";

const CONFLICTS_MAX = 5;
const HOUR_MS = 3_600_000;
const SDK_KEYS_EVERY_MS = 10_000;

export interface ControlPlaneOptions {
  readonly world: World;
  readonly store: Store;
  /** Holds `sluice.yaml`. */
  readonly source: Source;
  /** Repositories and folders with flags of their own, at most 50. */
  readonly further?: readonly FurtherSource[];
  /** Where each source is, for people, by name; the main one's is empty. */
  readonly places?: ReadonlyMap<string, string>;
  readonly project: string;
  /** How often the source is asked, besides its hints, in milliseconds. */
  readonly pollMs: number;
  /** False where nobody but whoever edits the files decides, as in `sluice dev`; true where it is not said. */
  readonly waitsForPeople?: boolean;
}

/** Reads the source, adopts, compiles and publishes; follows the log, whoever appends to it. */
export class ControlPlane {
  readonly adoption: Adoptions;
  /** False where nobody but whoever edits the files decides. */
  readonly waitsForPeople: boolean;
  readonly texts: DefinitionTexts;
  /** Called for each event of the log once it is folded, whoever appended it. */
  onEvent: (event: LoggedEvent) => void = () => {};
  /**
   * Called when the database has lost decisions that were read of it: whatever this process made of them does not hold any more, so it is to end,
   * without a word, and to begin anew with what the log has.
   */
  onLost: (end: LostEnd) => void = () => {};
  readonly #options: ControlPlaneOptions;
  readonly #log: LogFollower;
  readonly #feed: FeedHub;
  readonly #publication: Publication;
  #stopped = false;

  constructor(options: ControlPlaneOptions) {
    const { world, store, source, further = [], places = new Map(), pollMs, waitsForPeople = true } = options;
    this.#options = options;
    this.waitsForPeople = waitsForPeople;
    this.texts = new DefinitionTexts(store);
    this.#log = new LogFollower(world, store);
    this.#feed = new FeedHub(world);
    this.#publication = new Publication({ world, store, texts: this.texts, feed: this.#feed });
    const onHealth = (health: SourceHealth): void => this.#feed.tell({ kind: "health", source: health });
    const shared = { world, store, log: this.#log, texts: this.texts, publication: this.#publication };
    this.adoption = new Adoptions({ ...shared, source, further, places, pollMs, waitsForPeople, onHealth });
  }

  /** The newest folded decisions. */
  get decisions(): Decisions {
    return this.#log.decisions;
  }

  /** What is served in an environment, as of the last published event. */
  state(environment: string): EnvironmentState | undefined {
    return this.#publication.state(environment);
  }

  /** Throws `StoreUnavailable` when there is no store to start from. */
  async start(): Promise<void> {
    await this.#createProject();
    this.#log.decisions = await this.#publication.restore();
    this.#log.onLost = (end) => this.onLost(end);
    this.#log.onEvent = (event) => {
      this.#publication.take({ event, decisions: this.#log.decisions });
      this.onEvent(event);
    };
    await this.#log.follow();
    await this.#publication.settled();
    this.#feed.start();
    this.#tellSdkKeys();
    this.adoption.start();
  }

  /** Why a release cannot serve this variant of this flag there, in a sentence; `undefined` where it can. */
  readonly flagProblem: FlagProblem = Object.assign((...asked: Parameters<FlagProblem>) => this.#flagProblem(...asked), {
    drillPolicy: (environment: string) => this.#drillPolicy(environment),
  });

  /** What must be tried in an environment before a wave reaches everybody, as the adopted `sluice.yaml` has it. */
  #drillPolicy(environment: string): DrillPolicy | undefined {
    const project = this.texts.project(this.decisions);
    const withinDays = project?.environments.find(({ key }) => key === environment)?.everybodyNeedsDrill;
    if (withinDays === undefined) return undefined;
    const flag = project?.drills.find((drill) => drill.environment === environment)?.flag;
    return { withinDays, ...(flag === undefined ? {} : { flag }) };
  }

  #flagProblem(environment: string, key: string, serve: string): string | undefined {
    const flag = this.texts.read(treeOf(this.decisions.files)).flags.get(key);
    if (flag === undefined) return `There is no flag ${JSON.stringify(key)} with a valid definition.`;
    if (flag.kind !== "release") return `${key} is a flag of kind ${flag.kind}: a release turns on release flags.`;
    const form = flag.form(environment);
    if (form === undefined) return `${key} is not served in ${environment}.`;
    const variants = Object.keys(form.variants ?? { on: true, off: false });
    if (!variants.includes(serve)) return `${key} has no variant ${JSON.stringify(serve)}; it has ${variants.join(", ")}.`;
    return serve === (form.off ?? "off") ? `${serve} is the off variant of ${key}: releasing it changes nothing.` : undefined;
  }

  /** Flags that each environment serves, with their kinds and variants. Throws `StoreUnavailable` where a text is not at hand. */
  readonly servedFlags = async (decisions: Decisions): Promise<(environment: string) => PinnableFlags> => {
    await this.texts.need(decisions);
    const listings = catalogue(decisions, this.texts.read);
    const isServed = (listing: FlagListing, environment: string): boolean => (listing.environments[environment]?.state ?? "absent") !== "absent";
    return (environment) =>
      new Map(listings.flatMap((one) => (isServed(one, environment) ? [[one.key, { kind: one.kind, variants: one.variants }] as const] : [])));
  };

  /** Ends everything and writes a checkpoint, so that the next start is quick. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.adoption.stop();
    this.#log.stop();
    this.#publication.stop();
    this.#feed.stop();
    await this.#publication.saveCheckpoint();
  }

  async #createProject(): Promise<void> {
    const { store, world, project } = this.#options;
    if ((await store.head()).seq > 0) return;
    const proposal: Proposal = {
      command: `create-${project}`,
      atMs: world.clock.nowMs(),
      facts: { kind: "projectCreated", project, salts: {} },
      personal: { by: "server" },
    };
    // Two first starts at once: one creates, the other finds it created.
    await store.append([proposal], 0);
  }

  /** One more fan-out process listens. */
  attachFeed(sink: StreamSink): () => void {
    const detach = this.#feed.attach(sink, () => [...this.#publication.everything(), { kind: "health", source: this.adoption.health }, { kind: "ping" }]);
    void this.#sendSdkKeys();
    return detach;
  }

  /** A key was made or ended here. */
  tellSdkKeys(): void {
    void this.#sendSdkKeys();
  }

  #tellSdkKeys(): void {
    if (this.#stopped) return;
    void this.#sendSdkKeys();
    this.#options.world.timers.after(SDK_KEYS_EVERY_MS, () => this.#tellSdkKeys());
  }

  async #sendSdkKeys(): Promise<void> {
    const { store, world } = this.#options;
    try {
      this.#feed.tell({ kind: "sdkKeys", keys: await store.sdkKeys() });
    } catch (error) {
      world.log.warn("store.sdkKeys", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Sessions that ended here and must end everywhere. */
  endSessions(hashes: readonly string[]): void {
    this.#feed.tell({ kind: "sessionsEnded", hashes });
  }

  /** Another process appended something. */
  hint(): void {
    this.#log.hint();
  }

  /** Reads what other processes have appended, so that who has just killed sees it here too; what is known already where the store does not answer. */
  async freshen(): Promise<void> {
    try {
      await this.#log.catchUp();
    } catch (error) {
      this.#options.world.log.info("read.stale", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Lets a kill ask again later whether it is to stay. */
  keepKill(
    person: Person,
    kill: string,
    { command, hours, reason }: { readonly command: string; readonly hours: number; readonly reason?: string | undefined },
  ): Promise<Result<{ readonly seq?: number }, Problem>> {
    return this.decide(command, async (decisions) => {
      const atMs = this.#options.world.clock.nowMs();
      const why = reason === undefined ? {} : { reason };
      return decideKeepKill(decisions, { command, kill, untilMs: atMs + hours * HOUR_MS, atMs, by: person.id, role: person.role, ...why });
    });
  }

  /** Decides on the newest state and appends, again when somebody was quicker; resolves when what it changed is published. */
  async decide(
    command: string,
    decide: (decisions: Decisions) => Promise<Result<readonly Proposal[], Problem>>,
  ): Promise<Result<{ readonly seq?: number }, Problem>> {
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      await this.#log.catchUp();
      // What is decided holds for the log as it was looked at: whatever came meanwhile is a conflict, and decided anew.
      const { decisions } = this;
      const decided = await decide(decisions);
      if (!decided.ok) return decided;
      if (decided.value.length > 0) {
        const appended = await this.#options.store.append(decided.value, decisions.seq);
        if (appended.kind === "conflict") continue;
        if (appended.kind === "appended") this.#log.take(appended.events);
        else await this.#log.catchUp();
        await this.#publication.settled();
      }
      const seq = this.decisions.commands.get(command)?.seq;
      return { ok: true, value: seq === undefined ? {} : { seq } };
    }
    return { ok: false, problem: problems.storeUnavailable };
  }
}
