import type { PartText } from "./environment-part.ts";
import { type FlagFile, readFlagFile } from "./flag-file.ts";
import { type ProjectRead, readProjectFile } from "./project-file.ts";
import { readSegmentFile, type SegmentFile } from "./segment-file.ts";
import { readTestFile, type TestFile } from "./test-file.ts";

/** Files remembered: two trees of the largest project, so that going from one commit to the next parses only what changed. */
const FILES_MAX = 200_000;

/** What was made of each file, by its path and text: a commit of one file parses one file. */
export class ParseCache {
  readonly #flags = new Map<string, { readonly text: string; readonly file: FlagFile }>();
  readonly #segments = new Map<string, { readonly text: string; readonly file: SegmentFile }>();
  readonly #tests = new Map<string, { readonly text: string; readonly file: TestFile }>();
  #keys: readonly string[] = [];
  #project: { readonly path: string; readonly text: string; readonly read: ProjectRead } | undefined;

  flag(path: string, text: string, parts: readonly PartText[] = []): FlagFile {
    const known = this.#flags.get(path);
    if (known?.text === text && isSame(known.file.parts, parts)) return known.file;
    const file = readFlagFile(path, text, parts);
    if (this.#flags.size >= FILES_MAX) this.#flags.clear();
    this.#flags.set(path, { text, file });
    return file;
  }

  segment(path: string, text: string): SegmentFile {
    const known = this.#segments.get(path);
    if (known?.text === text) return known.file;
    const file = readSegmentFile(path, text);
    if (this.#segments.size >= FILES_MAX) this.#segments.clear();
    this.#segments.set(path, { text, file });
    return file;
  }

  test(path: string, text: string): TestFile {
    const known = this.#tests.get(path);
    if (known?.text === text) return known.file;
    const file = readTestFile(path, text);
    if (this.#tests.size >= FILES_MAX) this.#tests.clear();
    this.#tests.set(path, { text, file });
    return file;
  }

  /** The same list again where it has the same keys in the same order, so that what is made of them can be remembered by it. */
  keys(keys: readonly string[]): readonly string[] {
    const before = this.#keys;
    if (before.length !== keys.length || keys.some((key, at) => key !== before[at])) this.#keys = keys;
    return this.#keys;
  }

  project(path: string, text: string): ProjectRead {
    if (this.#project?.path === path && this.#project.text === text) return this.#project.read;
    const read = readProjectFile(path, text);
    this.#project = { path, text, read };
    return read;
  }
}

const isSame = (known: readonly PartText[], parts: readonly PartText[]): boolean =>
  known.length === parts.length && parts.every(({ path, text }, at) => known[at]?.path === path && known[at]?.text === text);
