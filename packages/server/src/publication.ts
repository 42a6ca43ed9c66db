import type { FeedDrill, FeedEnvironment, FeedMessage } from "@sluice/contract";
import type { ProjectEnvironment } from "@sluice/definitions";
import type { World } from "@sluice/ports";
import { type Decisions, decodeDecisions, emptyDecisions, encodeDecisions, foldEvents, type LoggedEvent, machineCommand } from "@sluice/releases";
import { advance, advanceKills, catalogue, type Change, compileFromLog, emptyState, type EnvironmentState, stateAt } from "@sluice/snapshot";
import { DECISIONS_CHECKPOINT, type Store } from "@sluice/store";
import type { DefinitionTexts } from "./definition-texts.ts";
import type { FeedHub } from "./feed-hub.ts";

const CHECKPOINT_EVERY = 500;
const SERVED_CHECKPOINT = "served";
/** The catalogue is large and people read slowly: changes within this time are one message. */
const CATALOGUE_DELAY_MS = 50;
const RETRY_MS = 500;
const READ_AT_ONCE = 5_000;

/** An event and the decisions after it. */
export interface Folded {
  readonly event: LoggedEvent;
  readonly decisions: Decisions;
}

interface PublicationParts {
  readonly world: World;
  readonly store: Store;
  readonly texts: DefinitionTexts;
  readonly feed: FeedHub;
}

/** Compiles what each event changed and tells the feed, strictly in the order of the log. */
export class Publication {
  readonly #parts: PublicationParts;
  readonly #states = new Map<string, EnvironmentState>();
  readonly #queue: Folded[] = [];
  #draining: Promise<void> | undefined;
  #decisions: Decisions = emptyDecisions;
  #lastCheckpoint = 0;
  #catalogueDue = false;
  #stopped = false;

  constructor(parts: PublicationParts) {
    this.#parts = parts;
  }

  /** As of the last published event. */
  get decisions(): Decisions {
    return this.#decisions;
  }

  state(environment: string): EnvironmentState | undefined {
    return this.#states.get(environment);
  }

  /** From the checkpoints, or from the whole log; both give the same bytes. */
  async restore(): Promise<Decisions> {
    const { store, texts } = this.#parts;
    const [folded, served] = [await store.checkpoint(DECISIONS_CHECKPOINT), await store.checkpoint(SERVED_CHECKPOINT)];
    const decisions = folded === undefined ? undefined : decodeDecisions(new TextDecoder().decode(folded.bytes));
    if (
      folded !== undefined &&
      served !== undefined &&
      decisions !== undefined &&
      served.seq === folded.seq &&
      served.hash === folded.hash &&
      decisions.hash === folded.hash &&
      // One of decisions that the database has lost since may have been written by a process that had not noticed.
      (await store.readOn(folded, 1)) !== undefined
    ) {
      await texts.need(decisions);
      const seqs = JSON.parse(new TextDecoder().decode(served.bytes)) as Readonly<Record<string, number>>;
      for (const [environment, seq] of Object.entries(seqs)) this.#states.set(environment, stateAt(environment, decisions, { seq, read: texts.read }));
      this.#lastCheckpoint = decisions.seq;
      this.#decisions = decisions;
      return decisions;
    }
    const events: LoggedEvent[] = [];
    for (;;) {
      const more = await store.read(events.length, READ_AT_ONCE);
      events.push(...more);
      if (more.length < READ_AT_ONCE) break;
    }
    this.#decisions = foldEvents(events);
    await texts.needAll(events, this.#decisions);
    for (const environment of Object.keys(this.#decisions.environments)) this.#states.set(environment, compileFromLog(events, environment, texts.read));
    return this.#decisions;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Takes the next event; it is published after all before it. */
  take(folded: Folded): void {
    this.#queue.push(folded);
    void this.settled();
  }

  /** Resolves when everything taken so far is published. */
  settled(): Promise<void> {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
      if (this.#queue.length > 0 && !this.#stopped) void this.settled();
    });
    return this.#draining;
  }

  async #drain(): Promise<void> {
    const { world, texts } = this.#parts;
    // What one append or one read has brought is taken event by event in one turn, and looked at after it.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#stopped) {
      const together = this.#nextTogether();
      const last = together.at(-1);
      if (last === undefined) return;
      try {
        await texts.need(last.decisions);
      } catch (error) {
        world.log.warn("publish.waits", { seq: last.event.seq, why: error instanceof Error ? error.message : String(error) });
        await new Promise<void>((resolve) => {
          world.timers.after(RETRY_MS, resolve);
        });
        continue;
      }
      this.#queue.splice(0, together.length);
      this.#publish(together, last);
    }
    if (this.#decisions.seq - this.#lastCheckpoint >= CHECKPOINT_EVERY) await this.saveCheckpoint();
  }

  /**
   * The next event; of kills, all that follow each other; a new epoch's beginning with the kills that are kept from a lost one, which are appended
   * with it. It says that they are known here, so whoever got it without them would let go of them.
   */
  #nextTogether(): readonly Folded[] {
    const [first, ...others] = this.#queue;
    if (first === undefined) return [];
    const { kind } = first.event.facts;
    const end = others.findIndex(({ event }) => !(kind === "epochStarted" ? isKept(event) : kind === "flagsKilled" && isKill(event)));
    return [first, ...(end < 0 ? others : others.slice(0, end))];
  }

  #publish(together: readonly Folded[], { event, decisions }: Folded): void {
    const { feed, texts } = this.#parts;
    for (const environment of Object.keys(decisions.environments)) {
      const changes: Change[] = [];
      let state = this.#states.get(environment) ?? emptyState(environment);
      const killed = together.every((folded) => isKill(folded.event)) ? advanceKills(state, together) : undefined;
      if (killed !== undefined) {
        this.#states.set(environment, killed.state);
        for (const [at, one] of together.entries()) this.#tell(environment, killed.changes[at], one.event);
        continue;
      }
      for (const folded of together) {
        const advanced = advance(state, folded, texts.read);
        ({ state } = advanced);
        changes.push(advanced.change);
      }
      this.#states.set(environment, state);
      const [change] = changes;
      // Of several only the whole can be told at once.
      const isWhole = change?.kind === "snapshot" || (changes.length > 1 && changes.some(({ kind }) => kind !== "nothing"));
      if (isWhole && state.snapshot !== undefined) feed.tell({ kind: "snapshot", environment, snapshot: state.snapshot, folded: event.seq, hash: event.hash });
      else this.#tell(environment, change, event);
    }
    this.#decisions = decisions;
    if (together.some(({ event: { facts } }) => facts.kind !== "flagsKilled" && facts.kind !== "killLifted")) this.#catalogueSoon();
  }

  #tell(environment: string, change: Change | undefined, { seq: folded, hash }: LoggedEvent): void {
    const { feed } = this.#parts;
    if (change?.kind === "patch") feed.tell({ kind: "patch", environment, patch: change.patch, folded, hash });
    else feed.tell({ kind: "unchanged", environment, folded, hash });
  }

  #catalogueSoon(): void {
    if (this.#catalogueDue) return;
    this.#catalogueDue = true;
    this.#parts.world.timers.after(CATALOGUE_DELAY_MS, () => {
      this.#catalogueDue = false;
      if (!this.#stopped) this.#parts.feed.tell(this.#catalogue());
    });
  }

  #catalogue(): FeedMessage {
    const { texts } = this.#parts;
    const { triggers = [], drills = [], environments = [], guards } = texts.project(this.#decisions) ?? {};
    const declared = texts.sampling(this.#decisions);
    return {
      kind: "catalogue",
      flags: catalogue(this.#decisions, texts.read),
      environments: this.#environments(),
      triggers,
      drills: drills.map((drill) => ({ ...drill, ...everybodyWithin(environments, drill.environment) })),
      ...(declared === undefined || Object.keys(declared.attributes).length === 0 ? {} : { sampling: declared }),
      ...(guards === undefined ? {} : { guards }),
    };
  }

  #environments(): readonly FeedEnvironment[] {
    const described = new Map(this.#parts.texts.project(this.#decisions)?.environments.map((environment) => [environment.key, environment]));
    return Object.keys(this.#decisions.environments)
      .filter((key) => described.size === 0 || described.has(key))
      .map((key) => ({
        key,
        name: described.get(key)?.name ?? key,
        protected: described.get(key)?.protected ?? key === "production",
        liftNeedsTwo: described.get(key)?.liftNeedsTwo ?? false,
      }))
      .sort((a, b) => Number(b.protected) - Number(a.protected) || (a.key < b.key ? -1 : 1));
  }

  /** Everything a new listener needs to go on from here. */
  everything(): readonly FeedMessage[] {
    const snapshots = [...this.#states].flatMap(([environment, { snapshot }]): FeedMessage[] =>
      snapshot === undefined ? [] : [{ kind: "snapshot", environment, snapshot, folded: this.#decisions.seq, hash: this.#decisions.hash }],
    );
    return [...snapshots, this.#catalogue()];
  }

  /** Writes down where the log is folded to, so that the next start begins there. A failure costs a longer start. */
  async saveCheckpoint(): Promise<void> {
    const { store, world } = this.#parts;
    const utf8 = new TextEncoder();
    const seqs = Object.fromEntries([...this.#states].flatMap(([environment, { snapshot }]) => (snapshot === undefined ? [] : [[environment, snapshot.seq]])));
    const at = { seq: this.#decisions.seq, hash: this.#decisions.hash };
    try {
      await store.saveCheckpoint({ name: SERVED_CHECKPOINT, ...at, bytes: utf8.encode(JSON.stringify(seqs)) });
      await store.saveCheckpoint({ name: DECISIONS_CHECKPOINT, ...at, bytes: utf8.encode(encodeDecisions(this.#decisions)) });
      this.#lastCheckpoint = at.seq;
    } catch (error) {
      world.log.warn("checkpoint.failed", { why: error instanceof Error ? error.message : String(error) });
    }
  }
}

function everybodyWithin(environments: readonly ProjectEnvironment[], environment: string): Pick<FeedDrill, "everybodyWithinDays"> {
  const days = environments.find(({ key }) => key === environment)?.everybodyNeedsDrill;
  return days === undefined ? {} : { everybodyWithinDays: days };
}

/** Whether it is a kill that somebody knew when the log had lost it. */
const isKept = ({ command, facts }: LoggedEvent): boolean => facts.kind === "flagsKilled" && command === machineCommand.kept(facts.kill);

const isKill = ({ facts }: LoggedEvent): boolean => facts.kind === "flagsKilled";
