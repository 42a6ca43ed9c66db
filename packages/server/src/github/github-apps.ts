import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { GitHubApp } from "./github-app.ts";

/** The one App of a server at every repository of its sources, the main one's first. */
export class GitHubApps {
  readonly #apps: readonly GitHubApp[];

  /** At least one. */
  constructor(apps: readonly GitHubApp[]) {
    this.#apps = apps;
  }

  start(): void {
    for (const app of this.#apps) app.start();
  }

  stop(): void {
    for (const app of this.#apps) app.stop();
  }

  /** An event of the decision log: what was said of open pull requests may be untrue by it. */
  onEvent(event: Parameters<GitHubApp["onEvent"]>[0]): void {
    for (const app of this.#apps) app.onEvent(event);
  }

  /** A webhook. Each takes what its own repository sends; several folders of one repository all look. */
  reply(request: HttpRequest): HttpReply | undefined {
    const [first] = this.#apps.map((app) => app.reply(request));
    return first;
  }

  /** Resolves when nothing is left to do now. */
  async settled(): Promise<void> {
    for (const app of this.#apps) await app.settled();
  }
}
