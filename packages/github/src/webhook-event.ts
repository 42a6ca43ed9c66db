import * as z from "zod";

/** What a webhook of GitHub tells, as far as it concerns flags. `other`: nothing that does. */
export type WebhookEvent =
  | { readonly kind: "pullRequest"; readonly number: number }
  /** Somebody agreed, took it back, or asked for a change. */
  | { readonly kind: "review"; readonly number: number }
  /** Somebody asked for another run of our check. */
  | { readonly kind: "again"; readonly headSha: string; readonly pulls: readonly number[] }
  | { readonly kind: "mergeGroup"; readonly headSha: string; readonly baseSha: string; readonly headRef: string; readonly baseBranch: string }
  | { readonly kind: "push"; readonly branch: string }
  /** Where the App is installed has changed: what it is now is asked for. */
  | { readonly kind: "installation" }
  | { readonly kind: "other" };

/** A webhook that is not as GitHub describes it: the field that is missing or wrong. */
export class WebhookUnreadable extends Error {
  override readonly name = "WebhookUnreadable";
}

const sha = z.string().regex(/^[0-9a-f]{40,64}$/);
const pullRequest = z.looseObject({ action: z.string(), pull_request: z.looseObject({ number: z.number().int() }) });
const push = z.looseObject({ ref: z.string() });
const mergeGroup = z.looseObject({
  action: z.string(),
  merge_group: z.looseObject({ head_sha: sha, base_sha: sha, head_ref: z.string(), base_ref: z.string() }),
});
const checkRun = z.looseObject({
  action: z.string(),
  check_run: z.looseObject({ head_sha: sha, pull_requests: z.array(z.looseObject({ number: z.number().int() })) }),
});
const anyEvent = z.looseObject({ repository: z.looseObject({ full_name: z.string() }).optional() });

const PULL_ACTIONS: ReadonlySet<string> = new Set(["opened", "reopened", "synchronize", "edited", "ready_for_review"]);
const REVIEW_ACTIONS: ReadonlySet<string> = new Set(["submitted", "dismissed", "edited"]);
const branchOf = (ref: string): string => ref.replace(/^refs\/heads\//, "");

/**
 * Reads a webhook by its name (`X-GitHub-Event`) and body. One of another repository than `repository` (`owner/name`, without case) is `other`.
 * Throws `WebhookUnreadable`.
 */
export function readWebhook(name: string, json: unknown, repository: string): WebhookEvent {
  const of = readAs(anyEvent, json).repository?.full_name;
  if (of !== undefined && of.toLowerCase() !== repository.toLowerCase()) return { kind: "other" };
  switch (name) {
    case "pull_request": {
      const { action, pull_request: pull } = readAs(pullRequest, json);
      return PULL_ACTIONS.has(action) ? { kind: "pullRequest", number: pull.number } : { kind: "other" };
    }
    case "pull_request_review": {
      const { action, pull_request: pull } = readAs(pullRequest, json);
      return REVIEW_ACTIONS.has(action) ? { kind: "review", number: pull.number } : { kind: "other" };
    }
    case "check_run": {
      const { action, check_run: run } = readAs(checkRun, json);
      return action === "rerequested" ? { kind: "again", headSha: run.head_sha, pulls: run.pull_requests.map(({ number }) => number) } : { kind: "other" };
    }
    case "merge_group": {
      const { action, merge_group: group } = readAs(mergeGroup, json);
      if (action !== "checks_requested") return { kind: "other" };
      return { kind: "mergeGroup", headSha: group.head_sha, baseSha: group.base_sha, headRef: group.head_ref, baseBranch: branchOf(group.base_ref) };
    }
    case "push": {
      const { ref } = readAs(push, json);
      return ref.startsWith("refs/heads/") ? { kind: "push", branch: branchOf(ref) } : { kind: "other" };
    }
    case "installation":
    case "installation_repositories":
      return { kind: "installation" };
    default:
      return { kind: "other" };
  }
}

function readAs<T>(schema: z.ZodType<T>, json: unknown): T {
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new WebhookUnreadable(`${issue?.path.join(".") ?? "the body"}: ${issue?.message ?? "is not as GitHub describes it"}`);
}
