import { type Problem, problems } from "@sluice/contract";
import { sourcePlace } from "@sluice/definitions";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { ASKED_WITHIN_MS, decideAdopt, type Decisions, type FileChange, machineCommand, type Proposal, sourceState, type SourceState } from "@sluice/releases";
import { summariseCommit, treeOf, withSource } from "@sluice/snapshot";
import { type Blob, type LogFollower, type Person, type Store, StoreUnavailable } from "@sluice/store";
import type { DefinitionTexts } from "./definition-texts.ts";
import type { Publication } from "./publication.ts";
import { type Source, SourceRefused, SourceUnreachable } from "./source/source.ts";

const CONFLICTS_MAX = 5;
/** A source in trouble is asked at most this many times less often. */
const BACKOFF_MAX = 16;

/** Stands for the commit of a branch that is not there; each source has its own, so that a person lets one of them through. */
export const goneCommit = (source: string | undefined): string => (source === undefined ? "branch-gone" : `branch-gone-${source}`);

/** The person who lets a held commit through. */
interface Acceptance {
  readonly person: Person;
  readonly command: string;
}

/** What was decided, and up to where the log was looked at for it. */
interface Decided {
  readonly result: Result<readonly Proposal[], Problem>;
  readonly seq: number;
}

/** What was found the last time that a source was looked at. */
export interface Looked {
  readonly commit?: string;
  /** Of that commit, by their path in the project. */
  readonly files?: readonly FileChange[];
  /** When the source last answered, in wall-clock milliseconds. */
  readonly reachedAtMs?: number;
  readonly trouble?: string;
}

export interface AdoptionParts {
  readonly world: World;
  readonly store: Store;
  readonly source: Source;
  /** Of a further source; absent for the main one. */
  readonly name?: string;
  readonly log: LogFollower;
  readonly texts: DefinitionTexts;
  readonly publication: Publication;
  readonly pollMs: number;
  readonly waitsForPeople: boolean;
  /** Something may be different from before. */
  readonly onLooked: () => void;
}

/** Flags that an SDK asked for within the last 30 days, by environment: a file that goes does not take their answer away. */
export async function askedLately(
  store: Pick<Store, "askedSince">,
  { environments }: Decisions,
  nowMs: number,
): Promise<Readonly<Record<string, ReadonlySet<string>>>> {
  const asked: Record<string, ReadonlySet<string>> = {};
  for (const environment of Object.keys(environments)) asked[environment] = new Set(await store.askedSince(environment, nowMs - ASKED_WITHIN_MS));
  return asked;
}

/** Looks at one source, and makes each new commit an event of the log. What others do, or do not answer, is nothing to it. */
export class Adoption {
  looked: Looked = {};
  readonly name: string | undefined;
  readonly source: Source;
  readonly #parts: AdoptionParts;
  /** Ids of contents that the store has. */
  readonly #stored = new Set<string>();
  #polling: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #stopped = false;
  /** What was adopted when a newer commit was found to change no definition. */
  #unchangedSince: string | undefined;

  constructor(parts: AdoptionParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.source = parts.source;
  }

  /** What the log says of this source. */
  get state(): SourceState {
    return sourceState(this.#parts.log.decisions, this.name);
  }

  start(): void {
    this.poll();
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
  }

  #later(): void {
    if (this.#stopped) return;
    const { world, pollMs } = this.#parts;
    const factor = Math.min(BACKOFF_MAX, 2 ** Math.min(this.#failures, 10));
    world.timers.after(pollMs * factor * (0.75 + world.random.unit() / 2), () => {
      this.poll();
      this.#later();
    });
  }

  /** Looks at the source now and resolves when what was found is adopted, held or in trouble. */
  async lookNow(): Promise<void> {
    this.poll();
    await this.settled();
  }

  /** Resolves when no look is going on. */
  async settled(): Promise<void> {
    while (this.#polling !== undefined) await this.#polling;
  }

  /** Looks at the source now; a look that is going on is followed by one more, however many ask. */
  poll(): void {
    if (this.#polling !== undefined || this.#stopped) {
      this.#again = this.#polling !== undefined;
      return;
    }
    this.#polling = this.#look().finally(() => {
      this.#polling = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.poll();
    });
  }

  async #look(): Promise<void> {
    const { source, world } = this.#parts;
    try {
      // Flags of a project that nobody has described yet would all be broken.
      if (this.name !== undefined && this.#parts.log.decisions.commit === undefined) return;
      const tip = await source.fetch();
      this.#failures = 0;
      await this.#adopt(tip, undefined);
      const { trouble, ...rest } = this.looked;
      if (trouble !== undefined) world.log.info("source.back", this.#named);
      this.#found({ ...rest, reachedAtMs: world.clock.nowMs() });
    } catch (error) {
      this.#failures++;
      const why = error instanceof Error ? error.message : String(error);
      const isExpected = error instanceof SourceUnreachable || error instanceof SourceRefused || error instanceof StoreUnavailable;
      // Once per trouble, not once per second.
      if (this.looked.trouble !== why) world.log[isExpected ? "warn" : "error"]("source.trouble", { ...this.#named, why });
      this.#found({ ...this.looked, trouble: why });
    }
  }

  get #named(): { readonly source?: string } {
    return this.name === undefined ? {} : { source: this.name };
  }

  #found(looked: Looked): void {
    this.looked = looked;
    this.#parts.onLooked();
  }

  /** Lets a commit through that waits because it removes too much. */
  async accept(person: Person, commit: string, command: string): Promise<Result<undefined, Problem>> {
    const { log } = this.#parts;
    await log.catchUp();
    // Git is not asked about what does not wait: it may be no commit at all.
    if (this.state.held?.commit !== commit) {
      const { result: decided } = await this.#decide(commit, [], { person, command });
      if (!decided.ok) return decided;
      return decided.value.length === 0 ? { ok: true, value: undefined } : { ok: false, problem: problems.storeUnavailable };
    }
    return this.#adopt(commit === goneCommit(this.name) ? undefined : commit, { person, command });
  }

  /** Nothing to do: it waits for a person already, or it is in force and nothing kept has become superfluous. */
  #isSettled(commit: string): boolean {
    const { state } = this;
    if (commit === state.held?.commit) return true;
    const isAdopted = commit === state.commit || (this.#unchangedSince !== undefined && this.#unchangedSince === state.commit);
    return isAdopted && this.looked.commit === commit && !this.#mayRetire();
  }

  /** `own`: the files of this source. */
  async #decide(commit: string, own: readonly FileChange[], accept: Acceptance | undefined): Promise<Decided> {
    const { world, log, texts } = this.#parts;
    await log.catchUp();
    // What is decided holds for the log as it is now: whatever comes while this waits is a conflict, and decided anew.
    const { decisions } = log;
    await texts.need(decisions);
    const asked = await askedLately(this.#parts.store, decisions, world.clock.nowMs());
    const files = withSource(treeOf(decisions.files), this.name, own);
    const result = decideAdopt(decisions, {
      command: accept?.command ?? machineCommand.adopt(this.name, commit, decisions.seq),
      atMs: world.clock.nowMs(),
      by: accept?.person.id ?? "git",
      summary: summariseCommit(decisions, { commit, ...this.#named, files, waitsForPeople: this.#parts.waitsForPeople }, texts.read),
      asked,
      salts: this.#salts(files),
      ...(accept === undefined ? {} : { accept: { role: accept.person.role } }),
    });
    return { result, seq: decisions.seq };
  }

  async #adopt(tip: string | undefined, accept: Acceptance | undefined): Promise<Result<undefined, Problem>> {
    const { source, store, log, publication } = this.#parts;
    if (tip === undefined && this.state.commit === undefined) throw new SourceRefused("the branch has no commit yet");
    // A branch that is gone has no files: that removes every flag, so it waits for a person like any such commit.
    const commit = tip ?? goneCommit(this.name);
    if (accept === undefined && this.#isSettled(commit)) return { ok: true, value: undefined };
    const files = tip === undefined ? [] : (await source.tree(tip)).files;
    const stray = files.find(([path]) => sourcePlace(path).source !== this.name);
    if (stray !== undefined) throw new SourceRefused(`${stray[0]}: a folder whose name begins with @ stands for another source. Call it something else`);
    if (accept === undefined && this.#isAsAdopted(files)) {
      this.#unchangedSince = this.state.commit;
      this.#found({ ...this.looked, commit });
      return { ok: true, value: undefined };
    }
    const fresh = await this.#fetchBlobs(files.map(([, id]) => id));
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      const { result: decided, seq } = await this.#decide(commit, files, accept);
      if (!decided.ok) return decided;
      if (decided.value.length > 0) {
        const appended = await store.append(decided.value, seq, fresh);
        if (appended.kind === "conflict") continue;
        if (appended.kind === "appended") {
          for (const { id } of fresh) this.#stored.add(id);
          log.take(appended.events);
        }
        await publication.settled();
        if (tip !== undefined) await source.pin(tip);
      }
      this.#unchangedSince = this.state.commit === commit ? undefined : this.state.commit;
      this.#found({ ...this.looked, commit, files });
      return { ok: true, value: undefined };
    }
    return { ok: false, problem: problems.storeUnavailable };
  }

  /** True for an application's commit that changes none of its flags, as most do: the project need not be read for it. */
  #isAsAdopted(files: readonly FileChange[]): boolean {
    const { looked, name, state } = this;
    if (name === undefined || looked.files === undefined || state.commit === undefined || state.held !== undefined || this.#mayRetire()) return false;
    const adopted = this.#parts.log.decisions.files;
    const own = treeOf(adopted).filter(([path]) => sourcePlace(path).source === name);
    return own.length === files.length && files.every(([path, id]) => adopted.get(path) === id);
  }

  /** True while a deleted flag is kept only until a kill is lifted, a release is over or nobody asks for it any more. */
  #mayRetire(): boolean {
    return Object.values(this.#parts.log.decisions.environments).some(({ kept }) => kept.entriesSorted().some(([, one]) => one.why.startsWith("deletedWhile")));
  }

  /**
   * Contents that the store is not known to have. What is only in memory does not count: an append that was refused left it there,
   * and an event must never name a content that nobody kept.
   */
  async #fetchBlobs(ids: readonly string[]): Promise<readonly Blob[]> {
    const { source, store, texts } = this.#parts;
    const doubtful = [...new Set(ids)].filter((id) => !this.#stored.has(id));
    if (doubtful.length === 0) return [];
    const known = await store.blobs(doubtful);
    texts.add(known);
    for (const id of known.keys()) this.#stored.add(id);
    const fetched = await source.blobs(doubtful.filter((id) => !known.has(id)));
    texts.add(fetched);
    return [...fetched].map(([id, bytes]) => ({ id, bytes }));
  }

  #salts(files: readonly FileChange[]): Readonly<Record<string, string>> {
    const { world, log, texts } = this.#parts;
    const salts: Record<string, string> = {};
    for (const environment of texts.read(files).environments) {
      if (log.decisions.environments[environment] === undefined)
        salts[environment] = [...world.random.bytes(8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }
    return salts;
  }
}
