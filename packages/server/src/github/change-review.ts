import { CHANGE_BYTES_MAX, changePlanBody, type ChangePlanView, type Problem } from "@sluice/contract";
import {
  BASELINE_FILE,
  codeOwnerTeams,
  committerWords,
  dateAt,
  flagsBefore,
  inProject,
  ParseCache,
  type ParsedProject,
  parseProject,
  readBaseline,
  removedFlags,
  type SourcePart,
  sourcePart,
  sourcePlace,
} from "@sluice/definitions";
import type { Result } from "@sluice/evaluation";
import type { Clock } from "@sluice/ports";
import { isWhole, mergedFiles, planOf, planOfServer, projectChangesOf, readerOf, type ToldPlan } from "@sluice/snapshot";
import type { CodeAnswer } from "../code/code-question.ts";
import type { ChangeSource, CodeOwnersFile } from "../source/change-source.ts";
import { CodeOfChanges } from "./code-of-change.ts";

/** A change that is not merged yet. */
export interface ProposedChange {
  /** The commit that it is to be merged into. */
  readonly base: string;
  readonly head: string;
  /** `false` for a fork: whoever wrote it may have no rights here, so no customer is counted for it. */
  readonly isTrusted: boolean;
}

/** What was found about it. Files are those of its own source, by their path in that source's folder. */
export interface ChangeFindings extends SourcePart {
  /** Definition files that it adds, changes or removes. */
  readonly changed: readonly string[];
  /** Files as they would be. */
  readonly files: ReadonlyMap<string, string>;
  readonly plan: ToldPlan | undefined;
  /** The whole project as it is where the change is to be merged: its policy holds for it. */
  readonly before: ParsedProject;
  /** CODEOWNERS as the change has it. */
  readonly codeOwners: CodeOwnersFile | undefined;
  /** What the rules about code say of it; absent where it touches no code and nothing that code asks for. */
  readonly code: CodeAnswer | undefined;
}

interface ChangeReviewParts {
  readonly changes: ChangeSource;
  /** Name of the further source that it is about; absent for the main one. */
  readonly source?: string;
  /** What is adopted of the other sources, by its path in the project: what a change refers to may be there. */
  readonly rest: () => Promise<ReadonlyMap<string, string>>;
  readonly clock: Clock;
  /** What the server would do with these files, by path; `null` for one that goes. */
  readonly plan: (files: Readonly<Record<string, string | null>>) => Promise<Result<ChangePlanView, Problem>>;
  /** Where people reach this server. */
  readonly url: string;
}

/** `began`: where the change parted from the branch; its base where they have nothing in common. */
type Merged = Pick<ChangeFindings, "files" | "changed"> & { readonly began: string };

const NOT_FOR_FORKS = "By the flags' rules alone: the customers of a server are not counted for a change from a fork, whose author could ask about them so.";
const TOO_LARGE = "By the flags' rules alone: the change is too large to count the customers of a server.";

/** Reads a change as data and says what `sluice review` says, with the server's own customers where its author is one of us. Nothing of it is run. */
export class ChangeReview {
  readonly #parts: ChangeReviewParts;
  readonly #code: CodeOfChanges;

  constructor(parts: ChangeReviewParts) {
    this.#parts = parts;
    this.#code = new CodeOfChanges(parts.changes, parts.source, parts.clock);
  }

  /** Throws `SourceUnreachable`, `SourceRefused`, `StoreUnavailable`. */
  async of(change: ProposedChange): Promise<ChangeFindings> {
    const { changes, clock, source } = this.#parts;
    // Adopted once for both sides: what others merge meanwhile is not this change's.
    const rest = await this.#parts.rest();
    const whole = (own: ReadonlyMap<string, string>): ReadonlyMap<string, string> => new Map([...rest, ...own]);
    const was = inProject(source, await changes.files(change.base));
    const merged = await this.#merged(change, was);
    const { changed } = merged;
    const [before, files] = [whole(was), whole(merged.files)];
    const history = await changes.history(change.base);
    const cache = new ParseCache();
    const facts = {
      today: dateAt(clock.nowMs()),
      before: flagsBefore(before, cache),
      baselineBefore: new Set(readBaseline(before.get(BASELINE_FILE) ?? "").entries.keys()),
      tombstones: removedFlags(history.removals),
      people: committerWords(history.committers),
      codeOwners: codeOwnerTeams((await changes.codeOwners(change.base))?.text ?? ""),
    };
    const parsed = parseProject({ files }, { cache, facts });
    const known = parseProject({ files: before }, { cache, facts });
    const part = sourcePart(parsed, source, known);
    const plan = isWhole(part.parsed) && part.elsewhere.length === 0 ? await this.#plan(change, { before, files, changed }) : undefined;
    const ownFiles = new Map([...merged.files].map(([path, text]) => [sourcePlace(path).path, text]));
    const codeOwners = await changes.codeOwners(change.head);
    const commits = { base: change.base, began: merged.began, head: change.head };
    const code = await this.#code.of({ commits, settings: files.get("sluice.yaml") ?? "", before: known, after: parsed, removals: history.removals });
    return { ...part, changed: changed.map((path) => sourcePlace(path).path), files: ownFiles, plan, before: known, codeOwners, code };
  }

  /** The source's files of the base with what the change does to them: what others have merged since it began is not undone by it. */
  async #merged({ base, head }: ProposedChange, before: ReadonlyMap<string, string>): Promise<Merged> {
    const { changes, source } = this.#parts;
    const parting = await changes.parting(base, head);
    const at = async (commit: string): Promise<ReadonlyMap<string, string>> => inProject(source, await changes.files(commit));
    const [began, ended] = [parting === undefined || parting === base ? before : await at(parting), await at(head)];
    return { ...mergedFiles({ base: before, began, ended }), began: parting ?? base };
  }

  async #plan(change: ProposedChange, two: Pick<ChangeFindings, "files" | "changed"> & { readonly before: ReadonlyMap<string, string> }): Promise<ToldPlan> {
    if (!change.isTrusted) return byRules(two, NOT_FOR_FORKS);
    const wanted = Object.fromEntries(two.changed.map((path) => [path, two.files.get(path) ?? null]));
    const size = Object.values(wanted).reduce((sum, text) => sum + (text?.length ?? 0), 0);
    if (size > CHANGE_BYTES_MAX || !changePlanBody.safeParse({ files: wanted }).success) return byRules(two, TOO_LARGE);
    const plan = await this.#parts.plan(wanted);
    return plan.ok ? planOfServer(plan.value, this.#parts.url) : byRules(two, `By the flags' rules alone: ${plan.problem.message}`);
  }
}

function byRules({ before, files }: { readonly before: ReadonlyMap<string, string>; readonly files: ReadonlyMap<string, string> }, basis: string): ToldPlan {
  const project = (texts: ReadonlyMap<string, string>): ReturnType<ReturnType<typeof readerOf>> =>
    readerOf((path) => texts.get(path))([...texts.keys()].map((path) => [path, path] as const));
  const two = { before: project(before), after: project(files) };
  return { changes: planOf(two, []), project: projectChangesOf(two), basis };
}
