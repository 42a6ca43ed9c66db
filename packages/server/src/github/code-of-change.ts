import { createHash } from "node:crypto";
import { codeFoldersOf, type ParsedProject, removedFlags } from "@sluice/definitions";
import { type CodeAnswer, type CodeQuestion, sentFlags } from "../code/code-question.ts";
import type { ChangeSource } from "../source/change-source.ts";

/** Answers that are remembered: pull requests are counted again when customers change, and their code is what it was. */
const ANSWERS_MAX = 100;

/** A change with what was found of its flags. */
export interface ChangeOfCode {
  /** `began`: where it parted from the branch. */
  readonly commits: CodeQuestion["commits"];
  /** Text of `sluice.yaml` as it would be. */
  readonly settings: string;
  /** The whole project where it is to be merged, and as it would be then. */
  readonly before: ParsedProject;
  readonly after: ParsedProject;
  /** What `git log` printed of removals up to the base. */
  readonly removals: string;
}

/** Says what the rules about code find in changes of a repository that has code beside its flags. */
export class CodeOfChanges {
  readonly #changes: ChangeSource;
  readonly #source: string | undefined;
  readonly #known = new Map<string, CodeAnswer>();

  constructor(changes: ChangeSource, source: string | undefined) {
    this.#changes = changes;
    this.#source = source;
  }

  /** `undefined` where the project names no folder of code here, or the change touches neither code nor what is known of flags: nothing is read then. */
  async of({ commits, settings, before, after, removals }: ChangeOfCode): Promise<CodeAnswer | undefined> {
    const folders = codeFoldersOf(after.project?.code, this.#source);
    if (folders.length === 0) return undefined;
    const ids = async (commit: string): Promise<readonly string[]> => this.#changes.folderIds(commit, folders);
    const trees = [await ids(commits.base), await ids(commits.began), await ids(commits.head)];
    const flags = { before: sentFlags(before), after: sentFlags(after) };
    if (String(trees[1]) === String(trees[2]) && JSON.stringify(flags.before) === JSON.stringify(flags.after)) return undefined;
    // The change's own removals stand in its own history alone.
    const { removals: own } = await this.#changes.history(commits.head);
    const tombstones = [...removedFlags(removals), ...removedFlags(own)];
    const asked = { folders, settings, ...flags, tombstones };
    const name = createHash("sha256")
      .update(JSON.stringify([trees, asked]))
      .digest("hex");
    const answer = this.#known.get(name) ?? (await this.#changes.code({ ...asked, commits }));
    this.#known.delete(name);
    this.#known.set(name, answer);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > ANSWERS_MAX) this.#known.delete(oldest);
    return answer;
  }
}
