import type { Clock, HttpClient, Timers } from "@sluice/ports";
import { nodeHttpClient } from "@sluice/ports/node";
import { InstallationTokens } from "../app-sign-in.ts";
import { GitHubClient } from "../github-client.ts";
import type { GitHubStandIn } from "./github-stand-in.ts";

/** A clock and timers that lose no time: what is waited for is noted, and has passed at once. */
export class QuickTime {
  nowMs: number;
  readonly waitedMs: number[] = [];
  readonly clock: Clock = { nowMs: () => this.nowMs, monotonicMs: () => this.nowMs };
  readonly timers: Timers = {
    after: (delayMs, run) => {
      this.waitedMs.push(delayMs);
      const timer = setImmediate(() => {
        this.nowMs += delayMs;
        run();
      });
      return { cancel: () => clearImmediate(timer) };
    },
  };

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }
}

/** A client that is signed in as the App that the stand-in knows. `change` alters what is sent, as a mistake of ours would. */
export function signedIn(
  github: GitHubStandIn,
  time: QuickTime,
  change: (body: string) => string = (body) => body,
): { readonly client: GitHubClient; readonly tokens: InstallationTokens } {
  const node = nodeHttpClient({ keepsAlive: true });
  const http: HttpClient = {
    ...node,
    request: (request, limits) => {
      const body = request.body.length === 0 ? request.body : new TextEncoder().encode(change(new TextDecoder().decode(request.body)));
      return node.request({ ...request, body }, limits);
    },
  };
  const [owner = "", name = ""] = github.repository.split("/");
  const shared = { api: github.url, http, clock: time.clock, timers: time.timers, waitMsMax: 60_000 };
  const tokens = new InstallationTokens({ ...shared, app: github.app, repository: { owner, name } });
  return { tokens, client: new GitHubClient({ ...shared, tokens }) };
}
