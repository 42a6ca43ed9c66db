import type { UrgentKill, Version } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { type Decisions, machineCommand, type Proposal, type SeenBefore } from "@sluice/releases";
import { type Appended, CommandsPartlyKnown, type EventLog, type LogFollower, type LostEnd, type Store } from "@sluice/store";
import type { EmergencyJournal } from "./emergency-journal.ts";
import { CONFLICTS_MAX, keptKill, type KillOf, LOST, LostKills } from "./lost-kills.ts";
import type { Publisher } from "./publisher.ts";

/** An event of the log that somebody has seen; this process keeps its own beside what it served, hash included. */
export interface SeenInLog extends Version {
  readonly hash?: string;
  /** Where this alone was seen so far; absent: everywhere. */
  readonly environment?: string;
  /** Epochs that were over by then: where the one that replaced them is lost, the log does not know of them. */
  readonly replaces?: readonly string[];
  /** How far each of them had been seen, by what the log said then. */
  readonly epochs?: Readonly<Record<string, number>>;
  /** By journal: up to which counter its kills had entered the log. */
  readonly journals?: Readonly<Record<string, number>>;
}

/** What a process had of an environment in its last life, as its disk has it, or before the database failed over beneath it. */
export interface LastKnown extends SeenInLog {
  readonly environment: string;
  /** The version at which its kills stand. */
  readonly at: Version;
  /** Kills that were in force there, and those that were sent ahead of it; each once. */
  readonly inForce: readonly UrgentKill[];
}

/** What this process's last life had seen of the log; it is told how far this one had read a log that has lost its end. */
interface SeenOnDisk {
  readonly seen: readonly LastKnown[];
  lost(end: LostEnd): void;
}

interface Parts {
  readonly world: World;
  readonly store: Store;
  readonly log: LogFollower;
  readonly publisher: Publisher;
  /** This process's own; undefined until it is open. */
  readonly journal: () => Pick<EmergencyJournal, "id" | "pending"> | undefined;
  readonly disk: () => SeenOnDisk;
  /** Kills as they were read of the log. */
  readonly history: { reset(): void };
}

/** While the store does not answer, it is asked again after this. */
const RETRY_MS = 1_000;
/** Whoever listens comes back within a minute or two of a start; later, and a second time, nobody's word begins an epoch. */
const HEARD_MS_MAX = 10 * 60_000;
/** Epochs of which versions are kept that others came with before this process's own was looked at. */
const HEARD_EPOCHS_MAX = 10;

/**
 * The database may have come back from a backup, or have lost its tail in a failover: then the log does not hold what this process, or somebody
 * who listened to it, saw of it, and SDKs, which never go back within an epoch, would ignore everything decided from there on. So a new epoch
 * begins, and kills that were served and that the log has lost are in force in it.
 */
export class LostTail {
  readonly #parts: Parts;
  readonly #kills: LostKills;
  readonly #startMs: number;
  #checked: Promise<void> = Promise.resolve();
  #pass: () => void = () => {};
  #isChecked = false;
  /** How far this process had read before losses that are open. */
  #ends: readonly LostEnd[] = [];
  #hasBegun = false;
  /** Of each epoch the newest version that others came with while this process's own was still looked at. */
  readonly #heardEarly = new Map<string, Version>();
  /** While somebody's word is looked at: resolves when it was. */
  #asking: Promise<void> | undefined;
  /** Environments of which kills are on their way into the log. */
  readonly #keeping = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#kills = new LostKills(parts);
    this.#startMs = parts.world.clock.monotonicMs();
    this.#open();
    parts.log.onLost = (end): void => {
      if (this.#isChecked) parts.disk().lost(end);
      // What the API has compiled of the lost end, or of a log that went on without it, would end kills.
      parts.publisher.isHeld = true;
      void this.#found(end).then(() => {
        parts.publisher.isHeld = false;
        // Another process may have begun the new epoch, of which this one was told nothing.
        parts.publisher.ended(parts.log.decisions.replaces);
        parts.publisher.settled();
      });
    };
  }

  /** It is open whether the log has everything. */
  #open(): void {
    this.#isChecked = false;
    this.#checked = new Promise((resolve) => {
      this.#pass = () => {
        this.#isChecked = true;
        resolve();
      };
    });
  }

  /** Resolves when the log was held against what this process's last life saw of it: before that, a log that lost decisions looks like any other. */
  get checked(): Promise<void> {
    return this.#checked;
  }

  /** Whether that is so by now. */
  get isChecked(): boolean {
    return this.#isChecked;
  }

  /** The log for whoever decides: nothing is appended before it is known to be whole, or its new epoch has begun. */
  get log(): EventLog {
    const { store } = this.#parts;
    return {
      append: async (...given) => {
        await this.#checked;
        await this.#asking;
        return store.append(...given);
      },
      read: (...given) => store.read(...given),
    };
  }

  /** Holds the log against what this process's last life saw, or this one before a loss; asked until the store answers. */
  check(): Promise<void> {
    return this.#check([], () => {
      this.#pass();
      // What others came with meanwhile is looked at before anything is appended in its place: whoever waits goes on after this turn.
      for (const version of this.#heardEarly.values()) this.heardOf(version);
      this.#heardEarly.clear();
    });
  }

  /** `heard`: what others have seen of it. */
  async #check(heard: readonly Version[], onSettled: () => void): Promise<void> {
    const { world, log } = this.#parts;
    try {
      if (await this.#isSettled([...this.#parts.disk().seen, ...this.#ends, ...heard])) {
        this.#parts.publisher.settled();
        // Before anything is written down as seen: what is said to be seen of an epoch includes every kill that was in force there.
        this.#parts.publisher.hold(log.decisions);
        this.#ends = [];
        return onSettled();
      }
    } catch (error) {
      world.log.warn("store.unreachable", { why: error instanceof Error ? error.message : String(error), seq: log.decisions.seq });
    }
    world.timers.after(RETRY_MS, () => void this.#check(heard, onSettled));
  }

  /**
   * The same while this process runs: the database failed over beneath it, or was restored. Resolves when the log, read anew, has its new epoch,
   * or needs none because somebody else has begun it; the store is asked until it answers.
   */
  async #found(end: LostEnd): Promise<void> {
    this.#ends = [...this.#ends, end];
    this.#kills.forget();
    this.#parts.history.reset();
    if (this.#isChecked) this.#open();
    await this.#rewind();
    void this.check();
    return this.#checked;
  }

  /** Tried until the store answers. */
  async #rewind(): Promise<void> {
    const { world, log } = this.#parts;
    try {
      await log.rewind();
    } catch (error) {
      world.log.warn("store.unreachable", { why: error instanceof Error ? error.message : String(error), seq: log.decisions.seq });
      return new Promise((resolve) => void world.timers.after(RETRY_MS, () => resolve(this.#rewind())));
    }
  }

  /**
   * Somebody who comes back has this version: one that is ahead of the log was served before a loss, because nothing is served before it is in the
   * log. What is appended from now on waits until that was looked at: in the place of what is lost it would look like it.
   */
  heardOf(version: Version | undefined): void {
    const { log, world } = this.#parts;
    const { epoch, seq } = log.decisions;
    if (version === undefined) return;
    if (!this.#isChecked) return this.#keepForLater(version);
    if (seq === 0 || version.epoch !== epoch || version.seq <= seq) return;
    if (this.#asking !== undefined || this.#hasBegun || world.clock.monotonicMs() - this.#startMs > HEARD_MS_MAX) return;
    this.#asking = new Promise((resolve) => {
      void this.#check([version], () => {
        this.#asking = undefined;
        resolve();
      });
    });
  }

  #keepForLater({ epoch, seq }: Version): void {
    const known = this.#heardEarly.get(epoch);
    if (known === undefined && this.#heardEarly.size === HEARD_EPOCHS_MAX) return;
    if (known === undefined || known.seq < seq) this.#heardEarly.set(epoch, { epoch, seq });
  }

  /**
   * Kills of a replaced epoch that a relay still knows, and the log does not: in force in the log again, under their own ids, so that they can be
   * lifted. False where the log could not take them all; the relay offers them again.
   */
  async offered(environment: string, kills: readonly UrgentKill[]): Promise<boolean> {
    // Before that nothing is appended: it would stand in the place of what is lost.
    if (!this.#isChecked) return false;
    try {
      return await this.#kills.keep(kills.map((kill) => ({ environment, ...kill })));
    } catch (error) {
      this.#parts.world.log.warn("kill.keep", { why: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  /**
   * What is served of an environment has changed. Where another process of the same database has begun the epoch, by what it knew, and the API has
   * told of it first, kills that only this process had are in force beside the snapshot: tried until the log has them.
   */
  carried(environment: string): void {
    const carried = this.#isChecked && !this.#keeping.has(environment) ? this.#carriedBy(environment) : [];
    if (carried.length === 0) return;
    this.#keeping.add(environment);
    void this.offered(environment, carried).then((isDone) => {
      const { timers } = this.#parts.world;
      if (isDone) return this.#keeping.delete(environment);
      return timers.after(RETRY_MS, () => {
        this.#keeping.delete(environment);
        this.carried(environment);
      });
    });
  }

  #carriedBy(environment: string): readonly KillOf[] {
    const { publisher, log } = this.#parts;
    const kept: KillOf[] = [];
    for (const kill of publisher.hub(environment)?.urgent ?? []) {
      // Nearly all are of this epoch or of relays' journals, thousands of them, and this is asked with every change.
      if (!log.decisions.replaces.includes(kill.epoch) || (kill.journal !== undefined && kill.journal !== this.#parts.journal()?.id)) continue;
      const one = { environment, ...kill };
      if (this.#isToKeep(one) && this.#kills.isMissing(one)) kept.push(one);
    }
    return kept;
  }

  async #isSettled(seen: readonly SeenInLog[]): Promise<boolean> {
    const { world, store, log } = this.#parts;
    let isOneByOne = false;
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      await log.catchUp();
      const { decisions } = log;
      const known = this.#parts.disk().seen;
      const lost = await lostOf(store, decisions, [...seen, ...known.map(({ at }) => at)]);
      const first = lost.find(({ hash }) => hash !== undefined) ?? lost[0];
      if (first === undefined) return this.#keepOwn();
      const hasLostEnd = this.#ends.some((end) => lost.includes(end));
      const own = known.filter((one) => hasLostEnd || lost.includes(one) || lost.includes(one.at) || isAhead(one));
      const served = own.flatMap(({ at, inForce }) => [at.epoch, ...inForce.map((kill) => kill.epoch)]);
      const seenEpochs = [...seen.flatMap(({ epoch, replaces = [] }) => [epoch, ...replaces]), ...served];
      const lostEpochs = seenEpochs.filter((one) => one !== decisions.epoch && !decisions.replaces.includes(one));
      const over = new Set([decisions.epoch, ...decisions.replaces, ...lostEpochs]);
      const epoch = newEpochName(world, over);
      const started: Proposal = {
        atMs: world.clock.nowMs(),
        personal: LOST,
        command: machineCommand.epoch(epoch),
        facts: {
          kind: "epochStarted",
          epoch,
          replaces: [decisions.epoch, ...new Set(lostEpochs)],
          // Of a loss that others have told of, nobody knows whether what is served here was of their history.
          ...(first.hash === undefined ? {} : this.#seenBefore(over, seen)),
        },
      };
      const missing = await this.#kills.notInLog(this.#ownKills(own).filter((kill) => over.has(kill.epoch)));
      const kept = missing.flatMap((kill) => keptKill(decisions, kill, world));
      const result = await appended(store, isOneByOne ? [started] : [started, ...kept], decisions.seq);
      // The store knows commands for ever, the fold only the newest thousand: which of them it knows is found out one by one.
      isOneByOne ||= result === undefined;
      if (result?.kind !== "appended") continue;
      world.log.error("store.lostDecisions", { epoch, seen: first.seq, seq: decisions.seq });
      log.take(result.events);
      this.#hasBegun = true;
      if (isOneByOne) for (const one of kept) await this.#kills.append([one]);
      return true;
    }
    return false;
  }

  /**
   * Another process of the same database may have begun the new epoch, by what it knew, or this one, which ended then: what only this one has of the
   * old one is in force in the new one too.
   */
  async #keepOwn(): Promise<boolean> {
    // Later its disk says what has long been settled.
    if (this.#isChecked) return true;
    return this.#kills.keep(this.#ownKills(this.#parts.disk().seen));
  }

  /**
   * No restore lifts a kill, nor one that was sent ahead of its version. What only this process has was in force when the log was lost; of an
   * environment of which the log has all that this process has, the log says what is in force. Those of a journal that still waits for the log come
   * by that.
   */
  #ownKills(lost: readonly LastKnown[]): readonly KillOf[] {
    return lost.flatMap(({ environment, inForce }) => inForce.map((kill) => ({ ...kill, environment })).filter((kill) => this.#isToKeep(kill)));
  }

  #isToKeep({ environment, id, journal: from, counter = 0 }: KillOf): boolean {
    const own = this.#parts.journal();
    const counted = this.#parts.log.decisions.environments[environment]?.journals[own?.id ?? ""] ?? -1;
    const isOwnAndOver = from === own?.id && counter > counted && !own?.pending.some(({ kill }) => kill === id);
    // What covers a flag's other name alone has no id of the log's, and goes with the kill that has.
    return !id.includes(":") && (from === undefined || isOwnAndOver);
  }

  /**
   * What was served, and what was read of the log, says of the epochs that are over until where each is known, and whatever was in force there is
   * kept: of what was read and not served yet, kills were sent ahead.
   */
  #seenBefore(over: ReadonlySet<string>, read: readonly SeenInLog[]): { readonly seen?: Readonly<Record<string, SeenBefore>> } {
    const { publisher, disk } = this.#parts;
    const known = disk().seen;
    const seen = publisher.hubs.flatMap(({ environment, snapshot }): readonly (readonly [string, SeenBefore])[] => {
      if (snapshot === undefined || !over.has(snapshot.epoch)) return [];
      const { epoch, seq } = snapshot;
      const journals: Record<string, number> = { ...snapshot.journals };
      const epochs: Record<string, number> = { ...snapshot.seen, [epoch]: seq };
      const places = known.map(({ at, environment: where }): SeenInLog => ({ ...at, environment: where }));
      const own = [...read.filter(({ hash }) => hash !== undefined), ...places];
      for (const { environment: where = environment, epoch: of, seq: to, ...one } of own) {
        if (where !== environment) continue;
        for (const [at, until] of Object.entries({ ...one.epochs, [of]: to })) if (over.has(at)) epochs[at] = Math.max(epochs[at] ?? 0, until);
        for (const [journal, counter] of Object.entries(one.journals ?? {})) journals[journal] = Math.max(journals[journal] ?? 0, counter);
      }
      return [[environment, { epochs, journals }]];
    });
    return seen.length === 0 ? {} : { seen: Object.fromEntries(seen) };
  }
}

/** Undefined where the store knows some of these already, and not all. */
async function appended(store: Store, proposals: readonly Proposal[], expected: number): Promise<Appended | undefined> {
  try {
    return await store.append(proposals, expected);
  } catch (error) {
    if (error instanceof CommandsPartlyKnown) return undefined;
    throw error;
  }
}

/** A name that none of these epochs has. */
export function newEpochName({ random }: World, over: ReadonlySet<string>): string {
  for (;;) {
    const name = `e${[...random.bytes(4)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    if (!over.has(name)) return name;
  }
}

/**
 * Whether it served a version of which it had not read in the log yet: the API tells of one first. Where decisions were lost, that version may be
 * among them, although all that was read is still there.
 */
const isAhead = ({ epoch, seq, at }: LastKnown): boolean => at.epoch === epoch && at.seq > seq;

/** Those of which the log does not have what was seen. */
async function lostOf(store: Store, decisions: Decisions, seen: readonly SeenInLog[]): Promise<readonly SeenInLog[]> {
  const lost: SeenInLog[] = [];
  for (const one of seen) {
    if (decisions.replaces.includes(one.epoch)) continue;
    // An epoch that began after an earlier loss may be lost itself.
    const [event] = one.epoch === decisions.epoch ? await store.read(one.seq - 1, 1) : [];
    if (event === undefined || (one.hash !== undefined && event.hash !== one.hash)) lost.push(one);
  }
  return lost;
}
