import { createHash } from "node:crypto";
import {
  annotationOf,
  type AppSettings,
  type CheckAnnotation,
  type CheckConclusion,
  type GitHubClient,
  knownFingerprint,
  NotInstalled,
  openPullRequests,
  putCheckRun,
  putComment,
  pullRequest,
  suggestChanges,
  suggestionsOf,
  type WebhookEvent,
} from "@sluice/github";
import type { HttpReply, HttpRequest, World } from "@sluice/ports";
import { reviewReport, reviewTitle } from "@sluice/snapshot";
import type { Store } from "@sluice/store";
import { ChangePlans } from "../change-plans.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { ChangeSource } from "../source/change-source.ts";
import { type ChangeFindings, ChangeReview } from "./change-review.ts";
import { GitHubHooks } from "./github-hooks.ts";
import { type ReviewJob, ReviewQueue } from "./review-queue.ts";

/** How often open pull requests are looked at, besides webhooks: GitHub does not send again what did not arrive. */
const LOOK_AROUND_MS = 10 * 60_000;

interface GitHubAppParts {
  readonly world: Pick<World, "timers" | "log">;
  readonly settings: AppSettings;
  readonly client: GitHubClient;
  readonly changes: ChangeSource;
  readonly review: ChangeReview;
  /** The branch that is served, and the project's folder in the repository. */
  readonly branch: string;
  readonly folder: string;
  /** Looks at the branch now. */
  readonly poll: () => void;
  readonly onHealth: (health: { readonly app: number; readonly trouble?: string }) => void;
}

/** The App of a server: plans are made by its control plane, and health is told with its source's. */
export function githubAppOf(given: {
  readonly world: World;
  readonly store: Store;
  readonly plane: ControlPlane;
  readonly settings: AppSettings;
  readonly client: GitHubClient;
  readonly changes: ChangeSource;
  readonly branch: string;
  readonly folder: string;
}): GitHubApp {
  const { world, store, plane, settings, changes } = given;
  const plans = new ChangePlans({ world, plane, store });
  return new GitHubApp({
    ...given,
    review: new ChangeReview({ changes, clock: world.clock, plan: (files) => plans.of(files), url: settings.url }),
    poll: () => plane.adoption.poll(),
    onHealth: (health) => plane.adoption.noteGitHub(health),
  });
}

/** What is to be said of a commit. */
interface Verdict {
  readonly headSha: string;
  readonly conclusion: CheckConclusion;
  readonly title: string;
  readonly report: string;
  readonly annotations: readonly CheckAnnotation[];
  readonly isAsked?: true;
}

/**
 * The server as a GitHub App: takes webhooks, looks at what they are about as it is now, and says in a check and a comment what `sluice review`
 * says. What GitHub does meanwhile changes nothing of what is served.
 */
export class GitHubApp {
  readonly #parts: GitHubAppParts;
  readonly #hooks: GitHubHooks;
  readonly #queue: ReviewQueue;
  readonly #prefix: string;
  #stopped = false;

  constructor(parts: GitHubAppParts) {
    this.#parts = parts;
    const { settings, world } = parts;
    const folder = parts.folder.replace(/^\/+|\/+$/g, "");
    this.#prefix = folder === "" ? "" : `${folder}/`;
    this.#hooks = new GitHubHooks({
      secret: settings.webhookSecret,
      repository: `${settings.repository.owner}/${settings.repository.name}`,
      take: (event) => this.#take(event),
    });
    this.#queue = new ReviewQueue({ ...world, work: (job) => this.#work(job), onOutcome: (trouble) => this.#tell(trouble) });
  }

  /** Looks at pull requests that were opened while nobody listened, and goes on looking. */
  start(): void {
    void this.#lookAround();
  }

  stop(): void {
    this.#stopped = true;
    this.#queue.stop();
  }

  /** A webhook (`POST /hooks/github`). */
  reply(request: HttpRequest): HttpReply {
    return this.#hooks.reply(request);
  }

  /** Resolves when nothing is left to do now. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  #tell(trouble: string | undefined): void {
    this.#parts.onHealth({ app: this.#parts.settings.app.id, ...(trouble === undefined ? {} : { trouble }) });
  }

  #take(event: WebhookEvent): void {
    switch (event.kind) {
      case "pullRequest":
      case "review":
        return this.#queue.add({ kind: "pull", number: event.number });
      case "again":
        for (const number of event.pulls) this.#queue.add({ kind: "pull", number, isAsked: true });
        return undefined;
      case "mergeGroup":
        if (event.baseBranch === this.#parts.branch) this.#queue.add({ ...event, kind: "mergeGroup" });
        return undefined;
      case "push":
        if (event.branch === this.#parts.branch) this.#parts.poll();
        return undefined;
      case "installation":
        void this.#findOpen();
        return undefined;
      case "other":
        return undefined;
    }
  }

  async #lookAround(): Promise<void> {
    if (this.#stopped) return;
    await this.#findOpen();
    if (!this.#stopped) this.#parts.world.timers.after(LOOK_AROUND_MS, () => void this.#lookAround());
  }

  /** Queues open pull requests whose newest commit has no whole check of ours. Throws nothing. */
  async #findOpen(): Promise<void> {
    const { client, settings, branch, world } = this.#parts;
    try {
      for (const { number, headSha } of await openPullRequests(client, settings.repository, branch)) {
        const known = await knownFingerprint(client, this.#place(headSha));
        if (known === undefined || known === "") this.#queue.add({ kind: "pull", number });
      }
      this.#tell(undefined);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      world.log.warn("github.lookAround", { why });
      this.#tell(why);
      if (error instanceof NotInstalled) this.#parts.poll();
    }
  }

  #place(headSha: string): Parameters<typeof putCheckRun>[1] {
    const { settings } = this.#parts;
    const name = this.#prefix === "" ? "Sluice" : `Sluice (${this.#prefix.slice(0, -1)})`;
    return { repository: settings.repository, app: settings.app.id, headSha, name };
  }

  #work(job: ReviewJob): Promise<void> {
    return job.kind === "pull" ? this.#pull(job) : this.#mergeGroup(job);
  }

  async #pull({ number, isAsked }: Extract<ReviewJob, { readonly kind: "pull" }>): Promise<void> {
    const { client, changes, review, settings, branch } = this.#parts;
    const pull = await pullRequest(client, settings.repository, number);
    if (!pull.isOpen || pull.base.branch !== branch) return;
    const [base, head] = [await changes.bring(`refs/heads/${branch}`), await changes.bring(`refs/pull/${number}/head`)];
    if (base === undefined || head === undefined) return;
    const found = await review.of({ base, head, isTrusted: !pull.isFork });
    const verdict = this.#verdict(head, found);
    await this.#say({ ...verdict, ...(isAsked === undefined ? {} : { isAsked }) });
    const when = found.changed.length === 0 ? "known" : "always";
    await putComment(
      client,
      { repository: settings.repository, pull: number, kind: `review of ${this.#prefix === "" ? "/" : this.#prefix}`, when },
      verdict.report,
    );
    await suggestChanges(client, { repository: settings.repository, pull: number, headSha: head }, this.#suggestions(found));
  }

  /** For files that the change writes: what it does not touch is mended elsewhere. */
  #suggestions({ changed, files, parsed }: ChangeFindings): ReturnType<typeof suggestionsOf> {
    return changed.flatMap((file) => {
      const text = files.get(file);
      return text === undefined ? [] : suggestionsOf({ file, text }, parsed.diagnostics, this.#prefix);
    });
  }

  /** A merge queue's own commit: what several pull requests come to together. It is told in its check alone. */
  async #mergeGroup({ headSha, baseSha, headRef }: Extract<ReviewJob, { readonly kind: "mergeGroup" }>): Promise<void> {
    const { changes, review } = this.#parts;
    // The queue takes its branch away when it is done with it; then nobody waits for an answer.
    if ((await changes.bring(headRef)) !== headSha) return;
    await changes.bring(`refs/heads/${this.#parts.branch}`);
    await this.#say(this.#verdict(headSha, await review.of({ base: baseSha, head: headSha, isTrusted: true })));
  }

  #verdict(headSha: string, found: ChangeFindings): Verdict {
    if (found.changed.length === 0)
      return { headSha, conclusion: "success", title: "No flag file changes", report: "## Flags: nothing changes", annotations: [] };
    const reviewed = { parsed: found.parsed, plan: found.plan, prefix: this.#prefix };
    const isWrong = found.parsed.diagnostics.some(({ severity }) => severity === "error");
    return {
      headSha,
      conclusion: isWrong ? "failure" : "success",
      title: reviewTitle(reviewed),
      report: reviewReport(reviewed),
      annotations: found.parsed.diagnostics.map((one) => annotationOf(one, this.#prefix)),
    };
  }

  async #say({ headSha, conclusion, title, report, annotations, isAsked }: Verdict): Promise<void> {
    const { client, settings } = this.#parts;
    await putCheckRun(client, this.#place(headSha), {
      fingerprint: createHash("sha256")
        .update(JSON.stringify([conclusion, title, report, annotations]))
        .digest("hex"),
      conclusion,
      title: title.charAt(0).toUpperCase() + title.slice(1),
      summary: report,
      annotations,
      ...(settings.url === "" ? {} : { detailsUrl: `${settings.url}/` }),
      ...(isAsked === undefined ? {} : { isAsked }),
    });
  }
}
