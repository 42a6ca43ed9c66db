import { createHash } from "node:crypto";
import {
  type AppSettings,
  approvalStates,
  type ApprovalState,
  type GitHubClient,
  knownFingerprint,
  NotInstalled,
  openPullRequests,
  putCheckRun,
  putComment,
  type PullRequest,
  pullRequest,
  suggestChanges,
  suggestionsOf,
  type WebhookEvent,
} from "@sluice/github";
import type { HttpReply, HttpRequest, World } from "@sluice/ports";
import type { LoggedEvent } from "@sluice/releases";
import { isApprovalPolicyChanged, neededApprovals } from "@sluice/snapshot";
import type { Store } from "@sluice/store";
import { ChangePlans } from "../change-plans.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { ChangeSource } from "../source/change-source.ts";
import { folderOf, SourceUnreachable } from "../source/source.ts";
import { type ChangeFindings, ChangeReview } from "./change-review.ts";
import { GitHubHooks } from "./github-hooks.ts";
import { Recounts } from "./recounts.ts";
import { type ReviewJob, ReviewQueue } from "./review-queue.ts";
import { saysNothing, type Verdict, verdictOf } from "./verdict.ts";

/** How often open pull requests are looked at, besides webhooks: GitHub does not send again what did not arrive. */
const LOOK_AROUND_MS = 10 * 60_000;

interface GitHubAppParts {
  readonly world: Pick<World, "timers" | "log">;
  readonly settings: AppSettings;
  readonly client: GitHubClient;
  readonly changes: ChangeSource;
  readonly review: ChangeReview;
  /** Name of the further source that the repository is; absent for the main one. */
  readonly source?: string;
  /** The branch that is served, and the source's folder in the repository. */
  readonly branch: string;
  readonly folder: string;
  /** Looks at the branch now. */
  readonly poll: () => void;
  readonly onHealth: (health: { readonly app: number; readonly trouble?: string }) => void;
}

/** The App of a server at the repository of one source: plans are made by its control plane, and health is told with the source's. */
export function githubAppOf(given: {
  readonly source?: string;
  readonly world: World;
  readonly store: Store;
  readonly plane: ControlPlane;
  readonly settings: AppSettings;
  readonly client: GitHubClient;
  readonly changes: ChangeSource;
  readonly branch: string;
  readonly folder: string;
}): GitHubApp {
  const { world, store, plane, settings, changes, source } = given;
  const named = source === undefined ? {} : { source };
  const rest = (): Promise<ReadonlyMap<string, string>> => plane.adoption.textsBeside(source);
  const plans = new ChangePlans({ world, plane, store });
  return new GitHubApp({
    ...given,
    review: new ChangeReview({ changes, ...named, rest, clock: world.clock, plan: (files) => plans.of(files), url: settings.url }),
    poll: () => plane.adoption.poll([source]),
    onHealth: (health) => plane.adoption.noteGitHub(health, source),
  });
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
  readonly #recounts: Recounts;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(parts: GitHubAppParts) {
    this.#parts = parts;
    const { settings, world } = parts;
    const folder = folderOf(parts);
    this.#prefix = folder === "" ? "" : `${folder}/`;
    this.#hooks = new GitHubHooks({
      secret: settings.webhookSecret,
      repository: `${settings.repository.owner}/${settings.repository.name}`,
      take: (event) => this.#take(event),
    });
    this.#recounts = new Recounts(world.timers, () => this.#queue.add({ kind: "recount" }));
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

  /** An event of the decision log: what was said of open pull requests may be untrue by it. */
  onEvent({ facts }: Pick<LoggedEvent, "facts">): void {
    this.#recounts.note(facts);
  }

  /** A webhook (`POST /hooks/github`). */
  reply(request: HttpRequest): HttpReply {
    return this.#hooks.reply(request);
  }

  /** Resolves when nothing is left to do now; what is tried again later is not waited for. */
  async settled(): Promise<void> {
    while (this.#looking !== undefined) await this.#looking;
    await this.#queue.settled();
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
        void this.#look();
        return undefined;
      case "other":
        return undefined;
    }
  }

  async #lookAround(): Promise<void> {
    if (this.#stopped) return;
    await this.#look();
    if (!this.#stopped) this.#parts.world.timers.after(LOOK_AROUND_MS, () => void this.#lookAround());
  }

  /** One look at a time: whoever asks meanwhile is answered by the next. */
  async #look(): Promise<void> {
    while (this.#looking !== undefined) await this.#looking;
    this.#looking = this.#findOpen().finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  /** Queues open pull requests whose newest commit has no whole check of ours; what an earlier process said of the others is counted again. Throws nothing. */
  async #findOpen(): Promise<void> {
    const { client, settings, branch, world } = this.#parts;
    try {
      for (const { number, headSha } of await openPullRequests(client, settings.repository, branch)) {
        const known = await knownFingerprint(client, this.#place(headSha));
        if (known === undefined || known === "") this.#queue.add({ kind: "pull", number });
        else this.#recounts.found(number);
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
    if (job.kind === "recount") return this.#recount();
    return job.kind === "pull" ? this.#pull(job) : this.#mergeGroup(job);
  }

  /** Works out here what was said of open pull requests, and asks GitHub only about those of which something else is to be said now. */
  async #recount(): Promise<void> {
    const { changes, review, branch } = this.#parts;
    const ref = `refs/heads/${branch}`;
    const base = (await changes.bring([ref])).get(ref);
    if (base === undefined) return;
    for (const [number, said] of this.#recounts.turn()) {
      const isTrue = said !== undefined && saysOf(verdictOf(await review.of({ base, ...said }), [], this.#prefix)) === said.says;
      if (!isTrue) this.#queue.add({ kind: "pull", number });
    }
  }

  async #pull({ number, isAsked }: Extract<ReviewJob, { readonly kind: "pull" }>): Promise<void> {
    const { client, changes, review, settings, branch } = this.#parts;
    const pull = await pullRequest(client, settings.repository, number);
    if (!pull.isOpen || pull.base.branch !== branch) return this.#recounts.forget(number);
    const [baseRef, headRef] = [`refs/heads/${branch}`, `refs/pull/${number}/head`];
    const brought = await changes.bring([baseRef, headRef]);
    const [base, head] = [brought.get(baseRef), brought.get(headRef)];
    if (base === undefined || head === undefined) return;
    const found = await review.of({ base, head, isTrusted: !pull.isFork });
    this.#recounts.reported(number, { head, isTrusted: !pull.isFork, says: saysOf(verdictOf(found, [], this.#prefix)) });
    const verdict = verdictOf(found, await this.#approvals(pull, head, found), this.#prefix);
    await this.#say(head, verdict, isAsked === undefined ? "ifNew" : "again");
    const when = saysNothing(found) ? "known" : "always";
    await putComment(
      client,
      { repository: settings.repository, pull: number, kind: `review of ${this.#prefix === "" ? "/" : this.#prefix}`, when },
      verdict.report,
    );
    await suggestChanges(client, { repository: settings.repository, pull: number, headSha: head }, this.#suggestions(found));
  }

  /** For files that the change writes: what it does not touch is mended elsewhere. */
  #suggestions({ changed, files, parsed, code }: ChangeFindings): ReturnType<typeof suggestionsOf> {
    const ofFlags = changed.flatMap((file) => {
      const text = files.get(file);
      return text === undefined ? [] : suggestionsOf({ file, text }, parsed.diagnostics, this.#prefix);
    });
    return [...ofFlags, ...(code?.texts ?? []).flatMap(([file, text]) => suggestionsOf({ file, text }, code?.diagnostics ?? [], ""))];
  }

  /** A merge queue's own commit: what several pull requests come to together. It is told in its check alone. */
  async #mergeGroup({ headSha, baseSha, headRef }: Extract<ReviewJob, { readonly kind: "mergeGroup" }>): Promise<void> {
    const { changes, review } = this.#parts;
    // The queue takes its branch away when it is done with it; then nobody waits for an answer.
    const brought = await changes.bring([headRef, `refs/heads/${this.#parts.branch}`]);
    if (brought.get(headRef) !== headSha) return;
    // Who must agree has agreed before a change is in the queue.
    await this.#say(headSha, verdictOf(await review.of({ base: baseSha, head: headSha, isTrusted: true }), [], this.#prefix), "ifNew");
  }

  /** What the policy of the branch asks for, and who has given it. */
  async #approvals(pull: PullRequest, head: string, { before, parsed, plan, changed }: ChangeFindings): Promise<readonly ApprovalState[]> {
    const { client, settings } = this.#parts;
    const policy = before.project;
    if (policy === undefined || plan === undefined || changed.length === 0) return [];
    const ownerOf = (flag: string): string | undefined => (before.flags.get(flag) ?? parsed.flags.get(flag))?.owner;
    const needed = neededApprovals(policy, plan, { ownerOf, isPolicyChanged: isApprovalPolicyChanged(policy, parsed.project) });
    const isSameAsNow = (commit: string): Promise<boolean> => this.#hasSameFiles(commit, head);
    return approvalStates(needed, { client, repository: settings.repository, pull, handles: policy.handles, isSameAsNow });
  }

  /** Whether two commits have the same definition files. A commit that is gone, as after a forced push, has not. */
  async #hasSameFiles(commit: string, head: string): Promise<boolean> {
    if (commit === head) return true;
    try {
      const [a, b] = [await this.#parts.changes.files(commit), await this.#parts.changes.files(head)];
      return a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);
    } catch (error) {
      if (error instanceof SourceUnreachable) return false;
      throw error;
    }
  }

  async #say(headSha: string, { conclusion, title, report, annotations }: Verdict, when: "ifNew" | "again"): Promise<void> {
    const { client, settings } = this.#parts;
    await putCheckRun(client, this.#place(headSha), {
      fingerprint: createHash("sha256")
        .update(JSON.stringify([conclusion, title, report, annotations]))
        .digest("hex"),
      conclusion,
      title,
      summary: report,
      annotations,
      ...(settings.url === "" ? {} : { detailsUrl: `${settings.url}/` }),
      ...(when === "again" ? { isAsked: true } : {}),
    });
  }
}

/** Two verdicts that say the same are the same text. */
const saysOf = (verdict: Verdict): string => createHash("sha256").update(JSON.stringify(verdict)).digest("hex");
