import { type AppSettings, GitHubClient, InstallationTokens } from "@sluice/github";
import type { World } from "@sluice/ports";

/** A review waits for a limit of GitHub's this long at most; after that the queue tries again later. */
const WAIT_MS_MAX = 60_000;

/** GitHub, signed in as the App's installation on the repository that is served: for its API, and for Git over HTTP. Throws `AppKeyUnusable`. */
export function connectApp(settings: AppSettings, { http, clock, timers }: World): { readonly client: GitHubClient; readonly signIn: () => Promise<string> } {
  const { api, app, repository } = settings;
  const shared = { api, http, clock, timers, waitMsMax: WAIT_MS_MAX };
  const tokens = new InstallationTokens({ ...shared, app, repository });
  return { client: new GitHubClient({ ...shared, tokens }), signIn: () => tokens.token() };
}
