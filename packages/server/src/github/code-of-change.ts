import { createHash } from "node:crypto";
import { codeFoldersOf, type ParsedProject, removedFlags } from "@sluice/definitions";
import type { Clock } from "@sluice/ports";
import { type CodeAnswer, type CodeQuestion, sentFlags } from "../code/code-question.ts";
import type { ChangeSource } from "../source/change-source.ts";

/** Answers that are remembered: pull requests are counted again when customers change, and their code is what it was. */
const ANSWERS_MAX = 100;
/** What was not looked at, perhaps for lack of time or memory, is looked at again after that, when the change is counted again or GitHub's "Re-run" is pressed. */
const AGAIN_AFTER_MS = 10 * 60_000;

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
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #known = new Map<string, { readonly answer: CodeAnswer; readonly untilMs: number }>();

  constructor(changes: ChangeSource, source: string | undefined, clock: Pick<Clock, "monotonicMs">) {
    this.#changes = changes;
    this.#clock = clock;
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
    const known = this.#known.get(name);
    const nowMs = this.#clock.monotonicMs();
    const answer = known !== undefined && nowMs < known.untilMs ? known.answer : await this.#changes.code({ ...asked, commits });
    this.#known.delete(name);
    const untilMs = answer.notes.length === 0 ? Number.POSITIVE_INFINITY : answer === known?.answer ? known.untilMs : nowMs + AGAIN_AFTER_MS;
    this.#known.set(name, { answer, untilMs });
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > ANSWERS_MAX) this.#known.delete(oldest);
    return answer;
  }
}
