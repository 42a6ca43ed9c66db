import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { CommandFailed } from "./failure.ts";

/** A pull request as a GitHub workflow knows it. */
export interface PullRequest {
  /** Of the REST API, without a slash at its end. */
  readonly api: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly number: number;
  readonly token: string;
}

/** `left`: the token may not write, as in a workflow of a fork. */
export type CommentOutcome = "created" | "updated" | "same" | "left";

/** Longest body that GitHub takes, in characters. */
const BODY_CHARS_MAX = 65_536;
/** Pages of 100 comments that are looked through for our own. */
const PAGES_MAX = 20;
const ATTEMPTS_MAX = 4;
/** Longest wait that a limit of GitHub's may ask for before this gives up; a job must not hang for an hour. */
const WAIT_S_MAX = 30;
const TIMEOUT_MS = 20_000;

/**
 * The pull request that a workflow runs for, by the variables that GitHub sets (GITHUB_EVENT_PATH, GITHUB_REPOSITORY, GITHUB_API_URL) and
 * GITHUB_TOKEN. Throws `CommandFailed` where it runs for none, or has no token.
 */
export function pullRequestOf(env: Readonly<Record<string, string | undefined>>): PullRequest {
  const { GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: repository, GITHUB_API_URL: api = "https://api.github.com", GITHUB_TOKEN: token } = env;
  const number = path === undefined ? undefined : numberIn(path);
  if (number === undefined || repository === undefined)
    throw new CommandFailed({
      code: "review/no-pull-request",
      message: "This does not run for a pull request of GitHub, so there is none to comment on.",
      fix: "Run it in a workflow with `on: pull_request`, or leave --comment away.",
      exitCode: 2,
    });
  if (token === undefined || token === "")
    throw new CommandFailed({
      code: "review/no-token",
      message: "There is no GITHUB_TOKEN to comment with.",
      fix: "Give the step env: { GITHUB_TOKEN: ${{ github.token }} }, and the job permissions: { pull-requests: write }.",
      exitCode: 2,
    });
  return { api: api.replace(/\/+$/, ""), repository, number, token };
}

function numberIn(path: string): number | undefined {
  const event: unknown = JSON.parse(readFileSync(path, "utf8"));
  const number = fieldOf(fieldOf(event, "pull_request"), "number");
  return typeof number === "number" && Number.isInteger(number) ? number : undefined;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;

/**
 * Makes this the one comment of its kind on the pull request: changes the one that is there, or writes it. `kind` tells apart what several
 * projects of one repository say. Limits and outages of GitHub are waited for; throws `CommandFailed` where it stays unreachable.
 */
export async function putComment(pull: PullRequest, kind: string, body: string): Promise<CommentOutcome> {
  const mark = `<!-- sluice ${kind.replaceAll("--", "—")} -->`;
  const text = cut(`${mark}\n${body}`);
  const place = `/repos/${pull.repository}/issues`;
  const known = await ownComment(pull, `${place}/${pull.number}/comments`, mark);
  if (known === "left") return "left";
  if (known === undefined) return (await ask(pull, "POST", `${place}/${pull.number}/comments`, { body: text })).isRefused ? "left" : "created";
  if (known.body === text) return "same";
  return (await ask(pull, "PATCH", `${place}/comments/${known.id}`, { body: text })).isRefused ? "left" : "updated";
}

const CUT = "\n\n…and more: the whole of it stands in the log of this run.";
const cut = (text: string): string => (text.length <= BODY_CHARS_MAX ? text : text.slice(0, text.lastIndexOf("\n", BODY_CHARS_MAX - CUT.length)) + CUT);

async function ownComment(pull: PullRequest, path: string, mark: string): Promise<{ readonly id: number; readonly body: string } | undefined | "left"> {
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const { isRefused, json } = await ask(pull, "GET", `${path}?per_page=100&page=${page}`);
    if (isRefused) return "left";
    const comments: readonly unknown[] = Array.isArray(json) ? json : [];
    for (const comment of comments) {
      const [id, body] = [fieldOf(comment, "id"), fieldOf(comment, "body")];
      if (typeof id === "number" && typeof body === "string" && body.startsWith(mark)) return { id, body };
    }
    if (comments.length < 100) return undefined;
  }
  return undefined;
}

interface Answered {
  /** 403 or 404: the token may not. */
  readonly isRefused: boolean;
  readonly json: unknown;
}

async function ask({ api, token }: PullRequest, method: "GET" | "POST" | "PATCH", path: string, body?: object): Promise<Answered> {
  let why = "";
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const response = await send(method, api + path, token, body);
    if (response instanceof Error) why = response.message;
    else {
      const waitS = waitOf(response);
      if (response.ok) return { isRefused: false, json: await response.json() };
      if (waitS === undefined && (response.status === 403 || response.status === 404)) return { isRefused: true, json: undefined };
      why = `status ${response.status}`;
      if (waitS === undefined && response.status < 500) break;
      if (waitS !== undefined && waitS > WAIT_S_MAX) break;
      if (attempt < ATTEMPTS_MAX) await pause((waitS ?? attempt) * 1000);
      continue;
    }
    if (attempt < ATTEMPTS_MAX) await pause(attempt * 1000);
  }
  throw new CommandFailed({
    code: "review/comment",
    message: `The comment could not be written: ${api} answered with ${why}.`,
    fix: "Run the job again. What the comment would say stands above.",
    exitCode: 3,
  });
}

async function send(method: string, url: string, token: string, body: object | undefined): Promise<Response | Error> {
  try {
    return await fetch(url, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "user-agent": "sluice",
        "x-github-api-version": "2022-11-28",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Seconds that a limit asks to wait: a secondary rate limit is a 403 or a 429 with Retry-After. */
function waitOf({ status, headers }: Response): number | undefined {
  const given = headers.get("retry-after");
  return (status === 403 || status === 429 || status === 503) && given !== null && /^\d+$/.test(given) ? Number(given) : undefined;
}
