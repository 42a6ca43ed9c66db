import * as z from "zod";
import { type Repository, repositoryPath } from "./app-sign-in.ts";
import { type GitHubClient, GitHubUnavailable } from "./github-client.ts";

/** One line of a file that something is said about. */
export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  /** GitHub takes columns only where both lines are one. */
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: "notice" | "warning" | "failure";
  readonly message: string;
  readonly title: string;
}

/** `action_required`: somebody must do something at GitHub, such as agree. */
export type CheckConclusion = "success" | "failure" | "neutral" | "action_required";

/** What one commit's check says. */
export interface CheckReport {
  /** Of everything that is said: a check that has it says the same already. */
  readonly fingerprint: string;
  /** Somebody asked for another run at GitHub: it is made even where it says the same. */
  readonly isAsked?: true;
  readonly conclusion: CheckConclusion;
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly CheckAnnotation[];
  readonly detailsUrl?: string;
}

/** GitHub takes 50 annotations with each request (docs.github.com, REST API, check runs). */
const ANNOTATIONS_PER_REQUEST = 50;
/** Annotations of one check: nobody reads more, and each further fifty is a request. */
const ANNOTATIONS_MAX = 500;
const SUMMARY_CHARS_MAX = 65_000;
const MESSAGE_CHARS_MAX = 8_000;
const TITLE_CHARS_MAX = 250;
/** Runs of our own name on one commit that are looked through. */
const RUNS_MAX = 100;
const TRIES_MAX = 3;

const runs = z.looseObject({ check_runs: z.array(z.looseObject({ id: z.number(), external_id: z.string().nullable(), status: z.string() })) });
const run = z.looseObject({ id: z.number() });

/** Where a check stands: on a commit, under its name, made by this App. */
export interface CheckPlace {
  readonly repository: Repository;
  readonly app: number;
  readonly headSha: string;
  readonly name: string;
}

const runsPath = ({ repository }: CheckPlace): string => `${repositoryPath(repository)}/check-runs`;

/** The fingerprint of what the commit's newest check says; empty where it is not completed, undefined where there is none. Throws what `GitHubClient.need` throws. */
export async function knownFingerprint(client: GitHubClient, { repository, headSha, name, app }: CheckPlace): Promise<string | undefined> {
  const query = `check_name=${encodeURIComponent(name)}&app_id=${app}&filter=latest&per_page=${RUNS_MAX}`;
  const { check_runs } = await client.need(runs, { method: "GET", path: `${repositoryPath(repository)}/commits/${headSha}/check-runs?${query}` });
  const [newest] = check_runs.toSorted((a, b) => b.id - a.id);
  return newest && (newest.status === "completed" ? (newest.external_id ?? "") : "");
}

/**
 * Makes this what the commit's check says, unless its newest run says it already: a webhook that comes twice makes no second one. Each report is a
 * run of its own, since GitHub only ever adds to the annotations of one; the newest counts. Throws what `GitHubClient.need` throws.
 */
export async function putCheckRun(client: GitHubClient, place: CheckPlace, report: CheckReport): Promise<"said" | "same"> {
  for (let attempt = 1; ; attempt += 1) {
    if ((report.isAsked !== true || attempt > 1) && (await knownFingerprint(client, place)) === report.fingerprint) return "same";
    try {
      await say(client, place, report);
      return "said";
    } catch (error) {
      // GitHub may have made the run and not said so: it is looked for before another is made.
      if (!(error instanceof GitHubUnavailable) || error.waitMs !== undefined || attempt >= TRIES_MAX) throw error;
    }
  }
}

/** The fingerprint comes with the last page: a run that was cut off between two pages counts for nothing, and is made again. */
async function say(client: GitHubClient, place: CheckPlace, report: CheckReport): Promise<void> {
  const pages = pagesOf(report.annotations);
  const done = {
    status: "completed",
    conclusion: report.conclusion,
    external_id: report.fingerprint,
    ...(report.detailsUrl === undefined ? {} : { details_url: report.detailsUrl }),
  };
  const output = (annotations: readonly CheckAnnotation[]): object => ({
    title: report.title.slice(0, TITLE_CHARS_MAX),
    summary: summaryOf(report),
    annotations,
  });
  const stateAt = (page: number): object => (page === pages.length - 1 ? done : { status: "in_progress" });
  const [first = []] = pages;
  const { id } = await client.need(run, {
    method: "POST",
    path: runsPath(place),
    body: { name: place.name, head_sha: place.headSha, ...stateAt(0), output: output(first) },
  });
  for (const [index, page] of pages.entries())
    if (index > 0) await client.need(run, { method: "PATCH", path: `${runsPath(place)}/${id}`, body: { ...stateAt(index), output: output(page) } });
}

/** At least one page. */
function pagesOf(all: readonly CheckAnnotation[]): readonly (readonly CheckAnnotation[])[] {
  const kept = all
    .slice(0, ANNOTATIONS_MAX)
    .map((one) => ({ ...one, message: one.message.slice(0, MESSAGE_CHARS_MAX), title: one.title.slice(0, TITLE_CHARS_MAX) }));
  return Array.from({ length: Math.max(1, Math.ceil(kept.length / ANNOTATIONS_PER_REQUEST)) }, (_, page) =>
    kept.slice(page * ANNOTATIONS_PER_REQUEST, (page + 1) * ANNOTATIONS_PER_REQUEST),
  );
}

function summaryOf({ summary, annotations }: CheckReport): string {
  const left = annotations.length - ANNOTATIONS_MAX;
  const whole = left > 0 ? `${summary}\n\n${left} more mistakes and warnings are not shown beside their lines; \`sluice validate\` names them all.` : summary;
  return whole.length <= SUMMARY_CHARS_MAX
    ? whole
    : `${whole.slice(0, whole.lastIndexOf("\n", SUMMARY_CHARS_MAX))}\n\n…and more: \`sluice review\` says all of it.`;
}
