import type { OneSourceHealth, Problem, SourceHealth, SourceProblem } from "@sluice/contract";
import { dateAt, sourcePlace } from "@sluice/definitions";
import type { Result } from "@sluice/evaluation";
import { treeOf, withSource } from "@sluice/snapshot";
import type { Person } from "@sluice/store";
import { Adoption, type AdoptionParts, goneCommit } from "./adoption.ts";
import { FurtherSource } from "./source/further-source.ts";
import type { Source } from "./source/source.ts";

/** Sources beside the main one: each is asked every few seconds, and what is adopted of it is told on its own. */
export const FURTHER_SOURCES_MAX = 50;
/** That a source was reached again is told on this often; without it, it would look older every second. */
const TELL_REACHED_EVERY_MS = 10_000;

type GitHubHealth = NonNullable<OneSourceHealth["github"]>;

interface AdoptionsParts extends Omit<AdoptionParts, "name" | "onLooked"> {
  readonly further: readonly FurtherSource[];
  /** Where each source is, for people; the main one's has the empty name. */
  readonly places: ReadonlyMap<string, string>;
  readonly onHealth: (health: SourceHealth) => void;
}

/**
 * Looks at every source of the project, each by itself, so that one which is down, rewritten or emptied neither takes what the others define
 * nor keeps them waiting.
 */
export class Adoptions {
  health: SourceHealth = { problems: [] };
  readonly main: Adoption;
  readonly #parts: AdoptionsParts;
  #further: readonly Adoption[];
  readonly #github = new Map<string, GitHubHealth>();
  #hasBegun = false;
  #told = "";
  #toldAtMs = 0;
  /** Files as they were last looked at, and what was found wrong with them: looking again at the same ones tells the same. */
  #judged: { readonly of: readonly unknown[]; readonly problems: readonly SourceProblem[]; readonly style: readonly SourceProblem[] } | undefined;

  /** Throws `RangeError` for more than 50 further sources, or two of one name. */
  constructor(parts: AdoptionsParts) {
    this.#parts = parts;
    const names = parts.further.map(({ name }) => name);
    if (names.length > FURTHER_SOURCES_MAX) throw new RangeError(`${names.length} further sources: ${FURTHER_SOURCES_MAX} are allowed`);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new RangeError(`two further sources are named ${twice}`);
    this.main = this.#adoption(parts.source);
    this.#further = parts.further.map((source) => this.#adoption(source, source.name));
  }

  #adoption(source: Source, name?: string): Adoption {
    const isMain = name === undefined;
    return new Adoption({
      ...this.#parts,
      source,
      ...(isMain ? {} : { name }),
      onLooked: () => {
        if (isMain) this.#begin();
        this.#tell();
      },
    });
  }

  /** What waited for a project to be a part of begins, once. */
  #begin(): void {
    if (this.#hasBegun || this.#parts.log.decisions.commit === undefined) return;
    this.#hasBegun = true;
    for (const one of this.#further) one.poll();
  }

  start(): void {
    this.#hasBegun = this.#parts.log.decisions.commit !== undefined;
    // A source that is taken out of the configuration takes its flags away: that waits for a person, as an emptied branch does.
    const known = new Set(this.#further.map(({ name }) => name));
    const gone = Object.entries(this.#parts.log.decisions.sources).filter(
      ([name, { commit }]) => !known.has(name) && commit !== undefined && commit !== goneCommit(name),
    );
    this.#further = [...this.#further, ...gone.map(([name]) => this.#adoption(new FurtherSource(name, NOWHERE), name))];
    for (const one of this.#all) one.start();
  }

  stop(): void {
    for (const one of this.#all) one.stop();
  }

  get #all(): readonly Adoption[] {
    return [this.main, ...this.#further];
  }

  /** Where the files of a source are read; the main one's where the name is of none. */
  source(name: string | undefined): Source {
    return this.#all.find((one) => one.name === name)?.source ?? this.main.source;
  }

  /** Texts that are adopted, by their path in the project. Throws `StoreUnavailable`. */
  async texts(): Promise<ReadonlyMap<string, string>> {
    const { log, texts } = this.#parts;
    const files = treeOf(log.decisions.files);
    await texts.need(log.decisions);
    return new Map(files.map(([path, id]) => [path, texts.text(id) ?? ""]));
  }

  /** Those of all sources but this one. Throws `StoreUnavailable`. */
  async textsBeside(name: string | undefined): Promise<ReadonlyMap<string, string>> {
    return new Map([...(await this.texts())].filter(([path]) => sourcePlace(path).source !== name));
  }

  /** Looks at some sources now, or at all. */
  poll(names?: readonly (string | undefined)[]): void {
    for (const one of this.#all) if (names === undefined || names.includes(one.name)) one.poll();
  }

  /** Resolves when no look is going on at any source. */
  async settled(): Promise<void> {
    for (const one of this.#all) await one.settled();
  }

  /** Looks at every source now and resolves when what was found is adopted, held or in trouble. */
  async lookNow(): Promise<void> {
    await this.main.lookNow();
    await Promise.all(this.#further.map((one) => one.lookNow()));
  }

  /** Lets a commit through that waits because it removes too much. */
  accept(person: Person, commit: string, command: string): Promise<Result<undefined, Problem>> {
    const waiting = this.#all.find(({ state }) => state.held?.commit === commit) ?? this.main;
    return waiting.accept(person, commit, command);
  }

  /** What the server is at GitHub for a source, and whether it is still let in there. */
  noteGitHub(github: GitHubHealth, source = ""): void {
    this.#github.set(source, github);
    this.#tell();
  }

  /** Mistakes and findings of style of one file, by its path in the project. */
  problemsOf(path: string): readonly SourceProblem[] {
    const { problems = [], style = [] } = this.#judged ?? {};
    return [...problems, ...style].filter(({ file }) => file === path);
  }

  #tell(): void {
    this.#judge();
    const further = this.#further.map((one) => ({ name: one.name ?? "", ...this.#healthOf(one) }));
    const health: SourceHealth = { ...this.#healthOf(this.main), ...(further.length === 0 ? {} : { further }) };
    this.health = health;
    const text = JSON.stringify(health, (key, value: unknown) => (key === "reachedAtMs" ? undefined : value));
    const nowMs = this.#parts.world.clock.nowMs();
    if (text === this.#told && nowMs - this.#toldAtMs < TELL_REACHED_EVERY_MS) return;
    [this.#told, this.#toldAtMs] = [text, nowMs];
    this.#parts.onHealth(health);
  }

  /** What one source changes may be a mistake of another's file, so all are looked at together. */
  #judge(): void {
    const { log, texts, world } = this.#parts;
    const today = dateAt(world.clock.nowMs());
    const of = [today, ...this.#all.flatMap(({ looked, state }) => [looked.files ?? state.commit])];
    // Before the first look the texts are not at hand.
    const isSame = this.#judged?.of.length === of.length && of.every((each, index) => each === this.#judged?.of[index]);
    if (isSame || this.#all.every(({ looked }) => looked.files === undefined)) return;
    let files = treeOf(log.decisions.files);
    for (const { name, looked } of this.#all) if (looked.files !== undefined) files = withSource(files, name, looked.files);
    this.#judged = { of, ...texts.problems(files, today) };
  }

  #healthOf({ name, looked, state }: Adoption): OneSourceHealth {
    const { problems = [], style = [] } = this.#judged ?? {};
    const { files: _files, ...found } = looked;
    const [at, github] = [this.#parts.places.get(name ?? ""), this.#github.get(name ?? "")];
    const own = (told: readonly SourceProblem[]): readonly SourceProblem[] =>
      told.flatMap((problem) => {
        const place = sourcePlace(problem.file);
        return place.source === name ? [{ ...problem, file: place.path }] : [];
      });
    const ownStyle = own(style);
    return {
      ...(at === undefined ? {} : { at }),
      ...found,
      ...(state.held === undefined ? {} : { held: state.held.commit }),
      problems: own(problems),
      ...(ownStyle.length === 0 ? {} : { style: ownStyle }),
      ...(github === undefined ? {} : { github }),
    };
  }
}

/** What is left of a source that is not configured any more. */
const NOWHERE: Source = {
  fetch: async () => undefined,
  tree: async () => ({ files: [] }),
  blobs: async () => new Map(),
  story: async () => undefined,
  past: async () => undefined,
  pin: async () => {},
};
