import { type Asked, describedAnswer, NotAsDescribed } from "./described.ts";
import { changedFiles, gitIn, shownLines } from "./stand-in-git.ts";
import type { StandInState, StoredPull, StoredReview, StoredRun } from "./stand-in-state.ts";

/** What an operation is answered with. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields of the bodies that are taken; each has been held against GitHub's description by then. */
interface Sent {
  readonly body?: string;
  readonly name?: string;
  readonly head_sha?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly external_id?: string;
  readonly output?: { readonly title: string; readonly summary: string; readonly annotations?: readonly SentAnnotation[] };
  readonly head?: string;
  readonly base?: string;
  readonly title?: string;
  readonly ref?: string;
  readonly sha?: string;
  readonly force?: boolean;
  readonly event?: string;
  readonly commit_id?: string;
  readonly comments?: readonly { readonly path: string; readonly body: string; readonly line?: number; readonly start_line?: number }[];
}

interface SentAnnotation extends Fields {
  readonly start_line: number;
  readonly end_line: number;
}

/** Somebody who cannot be seen, or a thing that is not there. */
const missing: Answer = { status: 404, body: { message: "Not Found" } };

interface Given extends Asked {
  readonly body: Sent;
  readonly state: StandInState;
  /** The bare repository; undefined where contents do not matter. */
  readonly folder: string | undefined;
  /** `login` of whoever signs in. */
  readonly by: string;
}

const handlers: Readonly<Record<string, (given: Given) => Answer>> = {
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": (given) => {
    const comments = given.state.comments.get(Number(given.values["issue_number"])) ?? [];
    return answer(
      given,
      200,
      paged(given, comments).map(({ id, body }) => ({ id, body, user: person("sluice[bot]") })),
    );
  },
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": (given) => {
    const number = Number(given.values["issue_number"]);
    const made = { id: given.state.nextId(), body: String(given.body.body) };
    given.state.comments.set(number, [...(given.state.comments.get(number) ?? []), made]);
    return answer(given, 201, { ...made, user: person("sluice[bot]") });
  },
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": (given) => {
    const known = [...given.state.comments.values()].flat().find(({ id }) => id === Number(given.values["comment_id"]));
    if (known === undefined) return missing;
    if (known.isForeign === true) return { status: 403, body: { message: "Resource not accessible by integration" } };
    known.body = String(given.body.body);
    return answer(given, 200, { id: known.id, body: known.body, user: person("sluice[bot]") });
  },
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs": (given) => {
    const found = given.state.checkRuns.filter(({ headSha, name }) => headSha === given.values["ref"] && name === (given.values["check_name"] ?? name));
    return answer(given, 200, {
      total_count: found.length,
      check_runs: paged(given, found.toReversed()).map(asRun),
    });
  },
  "POST /repos/{owner}/{repo}/check-runs": (given) => {
    const { body, state } = given;
    const run: StoredRun = {
      id: state.nextId(),
      name: body.name ?? "",
      headSha: body.head_sha ?? "",
      status: "queued",
      conclusion: null,
      externalId: "",
      title: "",
      summary: "",
      annotations: [],
      pages: 0,
    };
    take(run, body);
    state.checkRuns.push(run);
    return answer(given, 201, asRun(run));
  },
  "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}": (given) => {
    const run = given.state.checkRuns.find(({ id }) => id === Number(given.values["check_run_id"]));
    if (run === undefined) return missing;
    take(run, given.body);
    return answer(given, 200, asRun(run));
  },
  "GET /repos/{owner}/{repo}/pulls": (given) => {
    const { base, head, state = "open" } = given.values;
    const labelOf = ({ headRepository, headRef }: StoredPull): string => `${headRepository.split("/")[0]}:${headRef}`;
    const found = [...given.state.pulls.values()].filter(
      (one) => (base === undefined || one.baseRef === base) && (head === undefined || labelOf(one) === head) && (state === "all" || one.state === state),
    );
    return answer(
      given,
      200,
      paged(given, found).map((one) => asPull(given, one)),
    );
  },
  "POST /repos/{owner}/{repo}/pulls": (given) => {
    const { body, state, folder, by } = given;
    const [headRef, baseRef] = [String(body.head), String(body.base)];
    if ([...state.pulls.values()].some((one) => one.state === "open" && one.headRef === headRef && one.baseRef === baseRef))
      throw new NotAsDescribed(`Validation Failed: A pull request already exists for ${headRef}.`);
    const number = Math.max(0, ...state.pulls.keys()) + 1;
    const sha = (ref: string): string => (folder === undefined ? "0".repeat(40) : gitIn(folder, "rev-parse", "--verify", `refs/heads/${ref}`));
    const pull: StoredPull = {
      number,
      title: String(body.title ?? ""),
      body: String(body.body ?? ""),
      author: by,
      headRef,
      headSha: sha(headRef),
      baseRef,
      baseSha: sha(baseRef),
      headRepository: state.repository,
      state: "open",
    };
    state.pulls.set(number, pull);
    if (folder !== undefined) gitIn(folder, "update-ref", `refs/pull/${number}/head`, pull.headSha);
    return answer(given, 201, asPull(given, pull));
  },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}": (given) => withPull(given, (pull) => answer(given, 200, asPull(given, pull))),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/files": (given) =>
    withPull(given, (pull) =>
      answer(
        given,
        200,
        paged(given, filesOf(given, pull)).map((file) => ({ ...file, sha: "x", blob_url: "x", raw_url: "x", contents_url: "x" })),
      ),
    ),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/comments": (given) =>
    withPull(given, (pull) => {
      const found = given.state.reviewComments.get(pull.number) ?? [];
      return answer(
        given,
        200,
        paged(given, found).map(({ id, path, body, line, startLine }) => ({ id, path, body, line, start_line: startLine, user: person("sluice[bot]") })),
      );
    }),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews": (given) =>
    withPull(given, (pull) => answer(given, 200, paged(given, given.state.reviews.get(pull.number) ?? []).map(asReview))),
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews": (given) => withPull(given, (pull) => reviewed(given, pull)),
  "GET /repos/{owner}/{repo}/git/ref/{ref}": (given) => {
    const sha = refOf(given, given.values["ref"] ?? "");
    return sha === undefined ? missing : answer(given, 200, { ref: `refs/${given.values["ref"]}`, object: { type: "commit", sha } });
  },
  "POST /repos/{owner}/{repo}/git/refs": (given) => {
    const [ref, sha] = [String(given.body.ref), String(given.body.sha)];
    if (refOf(given, ref.replace(/^refs\//, "")) !== undefined) throw new NotAsDescribed("Reference already exists");
    gitIn(given.folder ?? "", "update-ref", ref, sha);
    return answer(given, 201, { ref, object: { type: "commit", sha } });
  },
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}": (given) => {
    const [ref, sha, folder = ""] = [`refs/${given.values["ref"]}`, String(given.body.sha), given.folder];
    const now = refOf(given, given.values["ref"] ?? "");
    if (now === undefined) return missing;
    if (given.body.force !== true && gitIn(folder, "merge-base", now, sha) !== now) throw new NotAsDescribed("Update is not a fast forward");
    gitIn(folder, "update-ref", ref, sha);
    return answer(given, 200, { ref, object: { type: "commit", sha } });
  },
  "GET /orgs/{org}/teams/{team_slug}/memberships/{username}": (given) => {
    const { org, team_slug: slug, username = "" } = given.values;
    const isIn = given.state.teams.get(`${org}/${slug}`)?.has(username) === true;
    return isIn ? answer(given, 200, { role: "member", state: "active" }) : missing;
  },
};

/** Carries out an operation of a signed-in installation or workflow. Throws `NotAsDescribed`. */
export function carryOut(given: Given): Answer {
  const handler = handlers[`${given.operation.method} ${given.operation.path}`];
  if (handler === undefined) throw new NotAsDescribed(`${given.operation.method} ${given.operation.path} is not for an installation`);
  return handler(given);
}

const answer = ({ operation }: Given, status: number, own: unknown): Answer => ({ status, body: describedAnswer(operation, status, own) });

function paged<T>({ values }: Given, all: readonly T[]): readonly T[] {
  const [size, page] = [Number(values["per_page"] ?? 30), Number(values["page"] ?? 1)];
  if (size > 100) throw new NotAsDescribed("per_page is at most 100");
  return all.slice((page - 1) * size, page * size);
}

const person = (login: string): Fields => ({ login, type: login.endsWith("[bot]") ? "Bot" : "User" });

function asRun(run: StoredRun): Fields {
  return {
    id: run.id,
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    status: run.status,
    conclusion: run.conclusion,
    output: { title: run.title, summary: run.summary, text: null, annotations_count: run.annotations.length, annotations_url: "x" },
  };
}

function take(run: StoredRun, body: Sent): void {
  run.status = body.status ?? run.status;
  run.conclusion = body.conclusion ?? run.conclusion;
  if (body.conclusion !== undefined) run.status = "completed";
  run.externalId = body.external_id ?? run.externalId;
  const { output } = body;
  if (output === undefined) return;
  run.title = output.title ?? run.title;
  run.summary = output.summary ?? run.summary;
  for (const one of output.annotations ?? []) {
    if (one.start_line !== one.end_line && (one["start_column"] !== undefined || one["end_column"] !== undefined))
      throw new NotAsDescribed("Validation Failed: columns only where both lines are one");
    if (one.end_line < one.start_line || one.start_line < 1) throw new NotAsDescribed("Validation Failed: lines of an annotation");
    run.annotations.push(one);
  }
  if ((output.annotations ?? []).length > 0) run.pages += 1;
  if (output.summary.length > 65_535) throw new NotAsDescribed("Validation Failed: summary exceeds a maximum of 65535 characters");
}

function withPull(given: Given, then: (pull: StoredPull) => Answer): Answer {
  const pull = given.state.pulls.get(Number(given.values["pull_number"]));
  return pull === undefined ? missing : then(pull);
}

function asPull({ state }: Given, pull: StoredPull): Fields {
  const repository = (fullName: string): Fields => ({ full_name: fullName, name: fullName.split("/")[1], owner: person(fullName.split("/")[0] ?? "") });
  return {
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    html_url: `https://github.com/${state.repository}/pull/${pull.number}`,
    merged_at: pull.isMerged === true ? "2026-11-29T07:00:00Z" : null,
    user: person(pull.author),
    head: { ref: pull.headRef, sha: pull.headSha, label: "x", user: person(pull.author), repo: repository(pull.headRepository) },
    base: { ref: pull.baseRef, sha: pull.baseSha, label: "x", user: person("acme"), repo: repository(state.repository) },
  };
}

const asReview = ({ by, state, commit, association }: StoredReview): Fields => ({
  state,
  commit_id: commit,
  author_association: association,
  user: person(by),
});

const filesOf = ({ folder = "" }: Given, pull: StoredPull): ReturnType<typeof changedFiles> => changedFiles(folder, pull.baseSha, pull.headSha);

function refOf({ folder }: Given, ref: string): string | undefined {
  try {
    return gitIn(folder ?? "", "rev-parse", "--verify", `refs/${ref}`);
  } catch {
    return undefined;
  }
}

/** GitHub refuses a whole review where one of its comments is beside a line that the change does not show. */
function reviewed(given: Given, pull: StoredPull): Answer {
  const { body, state } = given;
  if (body.event === "COMMENT" && (body.body ?? "") === "") throw new NotAsDescribed("Validation Failed: body is required when using COMMENT");
  const files = new Map(filesOf(given, pull).map(({ filename, patch }) => [filename, shownLines(patch)]));
  const comments = (body.comments ?? []).map(({ line = 0, ...one }) => ({ line, ...one }));
  for (const { path, line, start_line: start = line } of comments) {
    const shown = files.get(path);
    for (let at = start; at <= line; at += 1)
      if (shown?.has(at) !== true) throw new NotAsDescribed(`Unprocessable Entity: ${path}:${at} must be part of the diff`);
    if (start > line) throw new NotAsDescribed("start_line must precede the end line");
  }
  const stored = comments.map(({ path, line, start_line: start = line, body: text }) => ({ id: state.nextId(), path, line, startLine: start, body: text }));
  state.reviewComments.set(pull.number, [...(state.reviewComments.get(pull.number) ?? []), ...stored]);
  const review: StoredReview = { by: given.by, state: "COMMENTED", commit: body.commit_id ?? pull.headSha, association: "NONE" };
  state.reviews.set(pull.number, [...(state.reviews.get(pull.number) ?? []), review]);
  return answer(given, 200, asReview(review));
}
