import { type AppSettings, GitHubClient, InstallationTokens, settingsAt } from "@sluice/github";
import type { World } from "@sluice/ports";

/** A review waits for a limit of GitHub's this long at most; after that the queue tries again later. */
const WAIT_MS_MAX = 60_000;

/** GitHub, signed in as the App's installation on one repository: for its API, and for Git over HTTP. */
export interface AppAtRepository {
  readonly settings: AppSettings;
  readonly client: GitHubClient;
  readonly signIn: () => Promise<string>;
}

/** The App at the repository of its settings. Throws `AppKeyUnusable`. */
export function connectApp(settings: AppSettings, { http, clock, timers }: World): AppAtRepository {
  const { api, app, repository } = settings;
  const shared = { api, http, clock, timers, waitMsMax: WAIT_MS_MAX };
  const tokens = new InstallationTokens({ ...shared, app, repository });
  return { settings, client: new GitHubClient({ ...shared, tokens }), signIn: () => tokens.token() };
}

/**
 * The App at each source's repository, by its address: at the main one's as its settings say, at others where they are at the same GitHub.
 * One of each repository, however many folders of it are sources. Throws `AppKeyUnusable`.
 */
export function connectApps(settings: AppSettings, mainUrl: string, world: World): (url: string) => AppAtRepository | undefined {
  const main = connectApp(settings, world);
  const known = new Map<string, AppAtRepository>([[nameOf(settings), main]]);
  return (url) => {
    if (url === mainUrl) return main;
    const own = settingsAt(settings, url);
    if (own === undefined) return undefined;
    const connected = known.get(nameOf(own)) ?? connectApp(own, world);
    known.set(nameOf(own), connected);
    return connected;
  };
}

const nameOf = ({ repository: { owner, name } }: AppSettings): string => `${owner}/${name}`.toLowerCase();
