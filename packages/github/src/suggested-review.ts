import * as z from "zod";
import { type Repository, repositoryPath } from "./app-sign-in.ts";
import { type GitHubClient, GitHubRefused, GitHubUnavailable } from "./github-client.ts";
import { pulledFiles } from "./pull-requests.ts";
import { linesShown, type Suggestion, SUGGESTION_MARK } from "./suggestions.ts";

/** Suggestions of one review: a page of them is read, more is a file to mend by the command. */
const SUGGESTIONS_MAX = 20;
const COMMENTS_MAX = 1_000;
const TRIES_MAX = 3;
const REVIEW_BODY = "What a machine can mend here, to commit with one click.";

const comments = z.array(z.looseObject({ path: z.string(), body: z.string(), line: z.number().nullable().optional() }));

/** A pull request at one commit. */
export interface SuggestionPlace {
  readonly repository: Repository;
  readonly pull: number;
  readonly headSha: string;
}

/**
 * Makes suggestions beside lines that the pull request shows, as one review; those that stand there already are not made again. Answers how many are
 * new. A pull request that moved on meanwhile gets none: the next look is at its new commit. Throws what `GitHubClient.need` throws.
 */
export async function suggestChanges(client: GitHubClient, place: SuggestionPlace, suggestions: readonly Suggestion[]): Promise<number> {
  if (suggestions.length === 0) return 0;
  const path = `${repositoryPath(place.repository)}/pulls/${place.pull}`;
  const files = await pulledFiles(client, place.repository, place.pull);
  const shown = new Map(files.map((file) => [file.path, linesShown(file.patch ?? "")]));
  const possible = suggestions.filter((one) => isShown(one, shown.get(one.path)));
  for (let attempt = 1; ; attempt += 1) {
    const made = (await client.list(comments, `${path}/comments`, COMMENTS_MAX)).filter(
      ({ body, line }) => body.startsWith(SUGGESTION_MARK) && (line ?? undefined) !== undefined,
    );
    const missing = possible.filter((one) => !made.some((other) => other.path === one.path && other.body === one.body)).slice(0, SUGGESTIONS_MAX);
    if (missing.length === 0) return 0;
    try {
      const body = { commit_id: place.headSha, event: "COMMENT", body: REVIEW_BODY, comments: missing.map(commentOf) };
      const answer = await client.ask({ method: "POST", path: `${path}/reviews`, body });
      if (answer.kind === "done") return missing.length;
      if (answer.status === 422) return 0;
      throw new GitHubRefused("suggestions", answer);
    } catch (error) {
      // GitHub may have made the review and not said so: its comments are looked for again.
      if (!(error instanceof GitHubUnavailable) || error.waitMs !== undefined || attempt >= TRIES_MAX) throw error;
    }
  }
}

function isShown({ startLine, endLine }: Suggestion, shown: ReadonlySet<number> | undefined): boolean {
  for (let line = startLine; line <= endLine; line += 1) if (shown?.has(line) !== true) return false;
  return true;
}

function commentOf({ path, startLine, endLine, body }: Suggestion): object {
  return { path, body, line: endLine, side: "RIGHT", ...(startLine === endLine ? {} : { start_line: startLine, start_side: "RIGHT" }) };
}
