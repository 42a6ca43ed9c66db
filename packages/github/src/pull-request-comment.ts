import * as z from "zod";
import { type Repository, repositoryPath } from "./app-sign-in.ts";
import { type GitHubClient, GitHubRefused, GitHubUnavailable, readAnswer } from "./github-client.ts";

/** What became of a comment. `left`: the token may not write, as in a workflow of a fork. */
export type CommentOutcome = "created" | "updated" | "same" | "left";

/** The comment of one kind on one pull request. */
export interface CommentPlace {
  readonly repository: Repository;
  readonly pull: number;
  /** Tells apart what several projects of one repository say. */
  readonly kind: string;
  /** `known`: only where there is one already, for what is not worth a new one. */
  readonly when?: "always" | "known";
}

/** Longest body that GitHub takes, in characters. */
const BODY_CHARS_MAX = 65_536;
/** Comments that are looked through for our own. */
const COMMENTS_MAX = 2_000;
/** Tries of writing a first comment where GitHub may have written it without saying so. */
const TRIES_MAX = 3;

const comments = z.array(z.looseObject({ id: z.number(), body: z.string().optional() }));

/**
 * Makes this the one comment of its kind on the pull request: changes the one that is there, or writes it. Before it is written again after
 * trouble, it is looked for. Throws `GitHubUnavailable`, `GitHubUnexpected`, and `GitHubRefused` where the sign-in is not taken.
 */
export async function putComment(client: GitHubClient, place: CommentPlace, body: string): Promise<CommentOutcome> {
  const mark = `<!-- sluice ${place.kind.replaceAll("--", "—")} -->`;
  const text = cut(`${mark}\n${body}`);
  const issues = `${repositoryPath(place.repository)}/issues`;
  for (let attempt = 1; ; attempt += 1) {
    const known = await ownComments(client, `${issues}/${place.pull}/comments`, mark);
    if (known === "left") return "left";
    for (const { id, body: before } of known) {
      if (before === text) return "same";
      const answer = await client.ask({ method: "PATCH", path: `${issues}/comments/${id}`, body: { body: text } });
      // One of somebody else's, as of a workflow before there was an App, may not be ours to change.
      if (!isForbidden(answer)) return written(answer, "updated");
    }
    if (place.when === "known") return "same";
    try {
      return written(await client.ask({ method: "POST", path: `${issues}/${place.pull}/comments`, body: { body: text } }), "created");
    } catch (error) {
      if (!(error instanceof GitHubUnavailable) || error.waitMs !== undefined || attempt >= TRIES_MAX) throw error;
    }
  }
}

type Answered = Awaited<ReturnType<GitHubClient["ask"]>>;

const isForbidden = (answer: Answered): boolean => answer.kind === "refused" && (answer.status === 403 || answer.status === 404);

function written(answer: Answered, done: CommentOutcome): CommentOutcome {
  if (answer.kind === "done") return done;
  if (isForbidden(answer)) return "left";
  throw new GitHubRefused("the comment", answer);
}

const CUT = "\n\n…and more: the whole of it stands in the check of this change.";
const cut = (text: string): string => (text.length <= BODY_CHARS_MAX ? text : text.slice(0, text.lastIndexOf("\n", BODY_CHARS_MAX - CUT.length)) + CUT);

async function ownComments(client: GitHubClient, path: string, mark: string): Promise<readonly { readonly id: number; readonly body: string }[] | "left"> {
  const own: { readonly id: number; readonly body: string }[] = [];
  for (let page = 1; (page - 1) * 100 < COMMENTS_MAX; page += 1) {
    const request = { method: "GET" as const, path: `${path}?per_page=100&page=${page}` };
    const answer = await client.ask(request);
    if (isForbidden(answer)) return "left";
    if (answer.kind === "refused") throw new GitHubRefused("the comments", answer);
    const found = readAnswer(comments, answer.json, request);
    own.push(...found.flatMap(({ id, body = "" }) => (body.startsWith(mark) ? [{ id, body }] : [])));
    if (found.length < 100) break;
  }
  return own;
}
