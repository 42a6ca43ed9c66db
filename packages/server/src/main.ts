import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bodyBytesMax } from "@sluice/contract";
import { readAppSettings } from "@sluice/github";
import { listen, nodeLog, nodeWorld } from "@sluice/ports/node";
import { openStore } from "@sluice/store";
import { argon2Passwords } from "./adapters/argon2-passwords.ts";
import { Api } from "./api.ts";
import { GitDesk } from "./edits/adapters/git-desk.ts";
import { githubPullRequests } from "./edits/adapters/github-pull-requests.ts";
import { committerOf, type Editing } from "./edits/editing.ts";
import { plainGit } from "./edits/pull-requests.ts";
import { ControlPlane } from "./control-plane.ts";
import { connectApps } from "./github/connect-app.ts";
import { githubAppOf, type GitHubApp } from "./github/github-app.ts";
import { GitHubApps } from "./github/github-apps.ts";
import { mailConnector } from "./notices/adapters/mail-connector.ts";
import { readMailSettings } from "./notices/mail-settings.ts";
import { OwnerNotices } from "./notices/owner-notices.ts";
import { Scheduler } from "./releases/scheduler.ts";
import { GitChanges } from "./source/adapters/git-changes.ts";
import { listedSources, openSources, planeSources } from "./source/adapters/open-sources.ts";

const value = (name: string): string => {
  const found = process.env[name];
  if (found === undefined || found === "") throw new Error(`${name} is not set: this process is started by the supervisor (sluice serve)`);
  return found;
};

/** What is not said is absent, and an empty value says nothing. */
const setting = (name: string): string | undefined => process.env[name] || undefined;

const log = nodeLog({ json: process.env["SLUICE_LOG"] === "json", name: "api", minimum: process.env["SLUICE_LOG"] === "quiet" ? "warn" : "info" });
const data = value("SLUICE_DATA");
const world = nodeWorld({ folder: join(data, "api"), log, keepsAlive: true });
const store = await openStore(value("SLUICE_STORE"));
const sourceUrl = value("SLUICE_SOURCE");
const isFolder = sourceUrl.startsWith("folder:");
const commitKey = setting("SLUICE_COMMIT_KEY");
const appFile = setting("SLUICE_GITHUB_APP");
const appAt = appFile === undefined ? () => undefined : connectApps(readAppSettings(readFileSync(appFile, "utf8"), sourceUrl), sourceUrl, world);
const opened = openSources({
  main: {
    url: sourceUrl,
    branch: setting("SLUICE_BRANCH") ?? "main",
    folder: setting("SLUICE_FOLDER") ?? "",
    tokenFile: setting("SLUICE_TOKEN_FILE"),
    sshKey: setting("SLUICE_SSH_KEY"),
    knownHosts: setting("SLUICE_KNOWN_HOSTS"),
  },
  further: listedSources(setting("SLUICE_SOURCES")),
  data,
  signers: { allowedSigners: setting("SLUICE_ALLOWED_SIGNERS"), gnupgHome: setting("SLUICE_TRUSTED_GNUPG") },
  signInAt: (url) => appAt(url)?.signIn,
});
const sources = planeSources(opened);
const plane = new ControlPlane({
  world,
  store,
  ...sources,
  project: "default",
  pollMs: Number(process.env["SLUICE_POLL_MS"] ?? 5_000),
  waitsForPeople: !isFolder,
});
const apps: GitHubApp[] = [];
const editing = new Map<string, Editing>();
const committer = committerOf(process.env["SLUICE_COMMITTER"]);
for (const [name, { git }] of [["", opened.main] as const, ...opened.further]) {
  if (git === undefined) continue;
  const { source, options } = git;
  const app = appAt(options.url);
  const pullRequests = app === undefined ? plainGit : githubPullRequests(app.client, app.settings.repository, options.branch);
  editing.set(name, { desk: new GitDesk(options, { signingKey: commitKey }), pullRequests, committer });
  const named = name === "" ? {} : { source: name };
  if (app !== undefined) apps.push(githubAppOf({ world, store, plane, ...app, ...named, changes: new GitChanges(source, options), ...options }));
}
const github = apps.length === 0 ? undefined : new GitHubApps(apps);
const mailFile = setting("SLUICE_MAIL");
const mail = mailFile === undefined ? undefined : readMailSettings(readFileSync(mailFile, "utf8"));
const notices = mail && new OwnerNotices({ world, plane, store, connector: mailConnector(mail), console: mail.console });
const samplingSecret = setting("SLUICE_SAMPLING_SECRET");
const hookSecret = setting("SLUICE_HOOK_SECRET");
const api = new Api({
  world,
  store,
  plane,
  passwords: argon2Passwords,
  internalKey: value("SLUICE_INTERNAL_KEY"),
  ...(samplingSecret === undefined ? {} : { samplingSecret }),
  secureCookies: process.env["SLUICE_SECURE_COOKIES"] === "1",
  ...(hookSecret === undefined ? {} : { hookSecret }),
  editing,
  places: sources.places,
  ...(github === undefined ? {} : { github }),
  ...(notices === undefined ? {} : { notices }),
});
plane.onLost = ({ epoch, seq }) => {
  // The supervisor starts it again. Nothing is written before: a checkpoint would be one of decisions that are lost.
  log.error("store.lostDecisions", { epoch, seen: seq });
  process.exit(1);
};
await plane.start();
const scheduler = new Scheduler({ world, decisions: () => plane.decisions, flagProblem: plane.flagProblem, decide: (...given) => plane.decide(...given) });
plane.onEvent = (event) => {
  scheduler.hint();
  api.onEvent(event);
  github?.onEvent(event);
  notices?.onEvent(event);
};
scheduler.start();
github?.start();
notices?.start();
void api.completeHashes();

/** For the fault suite alone: a route that keeps this thread busy, as a bug would. */
const spin = (milliseconds: number): void => {
  const end = performance.now() + Math.min(milliseconds, 60_000);
  while (performance.now() < end);
};
const server = await listen(
  async (request) => {
    if (process.env["SLUICE_FAULTS"] === "1" && request.method === "POST" && request.url.startsWith("/internal/v1/spin?")) {
      spin(Number(new URLSearchParams(request.url.split("?")[1]).get("ms")));
      return { status: 204, headers: {}, body: "" };
    }
    return api.handle(request);
  },
  { host: "127.0.0.1", port: Number(value("SLUICE_API_PORT")), maxBodyBytes: bodyBytesMax, log },
);
process.send?.({ kind: "listening", port: server.port });
log.info("api.listening", { port: server.port });

let ending = false;
const end = (): void => {
  if (ending) return;
  ending = true;
  scheduler.stop();
  github?.stop();
  notices?.stop();
  void plane
    .stop()
    .then(() => server.close())
    .then(() => api.stop())
    .then(() => store.close())
    // Timers set for later would hold the process for seconds; nothing is left to write.
    .then(() => process.exit(0));
};
process.once("SIGTERM", end);
process.once("SIGINT", end);
// The supervisor is gone: nobody would restart this process, so it ends with it.
process.once("disconnect", end);
