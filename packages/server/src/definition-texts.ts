import type { SamplingDeclaration, SourceProblem } from "@sluice/contract";
import { type Diagnostic, ParseCache, parseProject, type Project, textOfFile } from "@sluice/definitions";
import { adoptionAt, type Decisions, type FileChange, type LoggedEvent } from "@sluice/releases";
import { type ReadProject, readerOf, treeOf } from "@sluice/snapshot";
import type { Store } from "@sluice/store";

/** Mistakes shown at once; the command line shows all. */
const PROBLEMS_MAX = 50;

/** The texts that what is served is made of: read from the store once, kept in memory, parsed once each. */
export class DefinitionTexts {
  /** Files of any adopted tree to the project they make. Throws `BlobMissing` for what was not `need`ed before. */
  readonly read: ReadProject;
  readonly #store: Store;
  readonly #texts = new Map<string, string>();
  /** Texts of a change that is only thought through. */
  #borrowed: ReadonlyMap<string, string> = new Map();
  readonly #cache = new ParseCache();

  constructor(store: Store) {
    this.#store = store;
    this.read = readerOf((id) => this.#texts.get(id) ?? this.#borrowed.get(id));
  }

  /** Reads with texts that nobody has adopted, and forgets them afterwards. */
  reading<T>(texts: ReadonlyMap<string, string>, read: (reader: ReadProject) => T): T {
    this.#borrowed = texts;
    try {
      return read(this.read);
    } finally {
      this.#borrowed = new Map();
    }
  }

  has(id: string): boolean {
    return this.#texts.has(id);
  }

  text(id: string): string | undefined {
    return this.#texts.get(id);
  }

  add(blobs: ReadonlyMap<string, Uint8Array>): void {
    for (const [id, bytes] of blobs) this.#texts.set(id, textOfFile(bytes));
  }

  async #fetch(changes: Iterable<FileChange>): Promise<void> {
    const missing = new Set<string>();
    for (const [, id] of changes) if (id !== "" && !this.#texts.has(id)) missing.add(id);
    if (missing.size > 0) this.add(await this.#store.blobs([...missing]));
  }

  /** Everything that compiling these decisions reads. */
  async need(decisions: Decisions): Promise<void> {
    const changes: FileChange[] = [...treeOf(decisions.files)];
    for (const { kept, reverts, segmentReverts, revertsWaiting } of Object.values(decisions.environments))
      for (const forms of [kept, reverts, segmentReverts, revertsWaiting]) for (const [, { blobs }] of forms.entriesSorted()) changes.push(...blobs);
    await this.#fetch(changes);
  }

  /** Everything that compiling any prefix of these events reads. */
  async needAll(events: readonly LoggedEvent[], whole: Decisions): Promise<void> {
    const changes: FileChange[] = [];
    for (const { facts } of events) {
      if (facts.kind === "commitAdopted") changes.push(...facts.changed, ...facts.kept.flatMap((kept) => kept.blobs));
      else if (facts.kind === "flagReverted" || facts.kind === "segmentReverted" || facts.kind === "revertAsked") changes.push(...facts.blobs);
    }
    await this.#fetch(changes);
    await this.need(whole);
  }

  /** Everything that reading the tree adopted at or before `seq` reads. */
  async needAdoption(decisions: Decisions, seq: number): Promise<void> {
    const adoption = adoptionAt(decisions, seq);
    if (adoption !== undefined) await this.#fetch([...treeOf(adoption.files), ...adoption.kept.flatMap((kept) => kept.blobs)]);
  }

  #parse(files: readonly FileChange[], today?: string): ReturnType<typeof parseProject> {
    const facts = today === undefined ? {} : { facts: { today } };
    return parseProject({ files: new Map(files.map(([path, id]) => [path, this.#texts.get(id) ?? ""])) }, { cache: this.#cache, ...facts });
  }

  /** The adopted project file's content, where it is valid. */
  project(decisions: Decisions): Project | undefined {
    return this.#parse(treeOf(decisions.files)).project;
  }

  /** What the adopted project file lets out of contexts; undefined where it is not valid. */
  sampling(decisions: Decisions): SamplingDeclaration | undefined {
    const project = this.project(decisions);
    return project && { attributes: project.sampled, customer: project.customer };
  }

  /** Mistakes of a tree, and what is told of it besides on a day (`YYYY-MM-DD`): by the style guide, and as a warning. For people. */
  problems(files: readonly FileChange[], today: string): { readonly problems: readonly SourceProblem[]; readonly style: readonly SourceProblem[] } {
    const { diagnostics } = this.#parse(files, today);
    const told = (which: (diagnostic: Diagnostic) => boolean): readonly SourceProblem[] =>
      diagnostics
        .filter(which)
        .slice(0, PROBLEMS_MAX)
        .map(({ code, severity, message, file, line, column, fix }) => ({ code, severity, message, file, line, column, fix }));
    return {
      problems: told(({ severity, isStyle }) => severity === "error" && isStyle !== true),
      style: told(({ severity, isStyle }) => severity === "warning" || isStyle === true),
    };
  }
}
