import type { JsonValue } from "@sluice/evaluation";
import type { ChangePlanView } from "./change-plan.ts";
import type { EditBody } from "./edit-bodies.ts";
import type { SourceProblem } from "./feed.ts";

/** A flag's file as what may be changed of it. */
export interface EditableFlag {
  readonly file: string;
  readonly description: string;
  readonly owner: string;
  readonly ticket?: string;
  readonly expires?: string;
  readonly tags: readonly string[];
  readonly type: "boolean" | "string" | "number" | "object";
  /** In the order of the file. */
  readonly variants: readonly { readonly name: string; readonly value: JsonValue }[];
  /** Name of the variant that a kill serves. */
  readonly off: string;
  /** Every environment of the project, in its order. */
  readonly environments: readonly EditableServing[];
  /** Teams that may own flags; empty where the project names none. */
  readonly teams: readonly string[];
}

/** What one environment serves, as the file says it. */
export interface EditableServing {
  readonly environment: string;
  /** Where it stands, of one in a file of its own. */
  readonly file?: string;
  readonly default: string;
  readonly rules: readonly EditableRule[];
}

/** A rule as it stands in the file; `keep` names it in a change. */
export interface EditableRule {
  readonly keep: number;
  readonly id?: string;
  readonly description?: string;
  readonly if?: JsonValue;
  readonly serve: JsonValue;
}

/** A file as it is and as it would be. */
export interface EditedFile {
  readonly path: string;
  /** Lines of a unified diff, from the first `@@` on. */
  readonly diff: string;
}

/** `direct`: a commit on the branch. `review`: a branch of its own, and a pull request. */
export type EditWayWord = "direct" | "review";

/** Answer to `POST /api/changes/preview`: everything that would happen, before it does. */
export interface ChangePreview {
  /** The commit and the contents that it was worked out on, empty for a file that there is not yet: sent back with the change. */
  readonly base: { readonly commit: string; readonly files: Readonly<Record<string, string>> };
  /** Empty: the files say it already. */
  readonly files: readonly EditedFile[];
  /** What it means for customers; absent where a mistake keeps the change from being made. */
  readonly plan?: ChangePlanView;
  /** Mistakes, by the rule's own text: with one of them the change is not taken. */
  readonly refusals: readonly SourceProblem[];
  /** What the style guide says besides. */
  readonly warnings: readonly SourceProblem[];
  /** Name of the further source whose repository it goes to; absent for the main one. */
  readonly source?: string;
  readonly way: EditWayWord;
  /** In one sentence, why that way. */
  readonly why: string;
  /** Subject of the commit, unless somebody gives another. */
  readonly title: string;
}

/** One place that two people changed differently; a side is empty where it has no such file. */
export interface ConflictView {
  readonly path: string;
  readonly before: string;
  readonly mine: string;
  readonly theirs: string;
}

/** Where a change is that was sent. `open`: waits for its review. `merged`: the branch has it. `closed`: its branch is gone, and the branch does not have it. */
export type SentState = "open" | "merged" | "closed";

/** A change that was sent to Git. */
export interface SentChange {
  readonly change: string;
  /** Name of the further source whose repository it went to; absent for the main one. */
  readonly source?: string;
  readonly title: string;
  readonly flags: readonly string[];
  readonly who: string;
  readonly atMs: number;
  readonly way: EditWayWord;
  /** Why it did not go the way that the project allows; absent where it did. */
  readonly instead?: string;
  readonly commit: string;
  /** Of a change that is reviewed. */
  readonly branch?: string;
  /** Where the pull request is, or can be opened. */
  readonly link?: string;
  readonly pullRequest?: number;
  readonly state: SentState;
}

/** Answer to `POST /api/changes`. */
export type ChangeSent =
  | { readonly outcome: "sent"; readonly change: SentChange }
  /** The files say it already: nothing was sent. */
  | { readonly outcome: "nothing" }
  /** Somebody changed the same places meanwhile. Nothing was sent; looking again shows the change on what is there now. */
  | { readonly outcome: "conflict"; readonly conflicts: readonly ConflictView[] };

/** A change that somebody prepares. */
export interface DraftView {
  readonly draft: string;
  readonly title?: string;
  readonly edits: readonly EditBody[];
  readonly flags: readonly string[];
  readonly atMs: number;
  /** After this it is gone, unless it is saved again. */
  readonly untilMs: number;
}

/** `GET /api/changes`: one's own drafts, and what anybody sent within 90 days, newest first. */
export interface ChangesView {
  /** False where definitions are a folder: there the files themselves are edited. */
  readonly isOn: boolean;
  readonly drafts: readonly DraftView[];
  readonly sent: readonly SentChange[];
}
