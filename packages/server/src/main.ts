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
import { committerOf } from "./edits/editing.ts";
import { plainGit } from "./edits/pull-requests.ts";
import { ControlPlane } from "./control-plane.ts";
import { connectApp } from "./github/connect-app.ts";
import { githubAppOf } from "./github/github-app.ts";
import { Scheduler } from "./releases/scheduler.ts";
import { FolderSource } from "./source/adapters/folder-source.ts";
import { GitChanges } from "./source/adapters/git-changes.ts";
import { GitSource } from "./source/adapters/git-source.ts";

const value = (name: string): string => {
  const found = process.env[name];
  if (found === undefined || found === "") throw new Error(`${name} is not set: this process is started by the supervisor (sluice serve)`);
  return found;
};

const log = nodeLog({ json: process.env["SLUICE_LOG"] === "json", name: "api", minimum: process.env["SLUICE_LOG"] === "quiet" ? "warn" : "info" });
const data = value("SLUICE_DATA");
const world = nodeWorld({ folder: join(data, "api"), log, keepsAlive: true });
const store = await openStore(value("SLUICE_STORE"));
const sourceUrl = value("SLUICE_SOURCE");
const { SLUICE_ALLOWED_SIGNERS: allowedSigners, SLUICE_TRUSTED_GNUPG: gnupgHome, SLUICE_COMMIT_KEY: commitKey } = process.env;
const signers = {
  ...(allowedSigners === undefined ? {} : { allowedSigners }),
  ...(gnupgHome === undefined ? {} : { gnupgHome }),
};
const isFolder = sourceUrl.startsWith("folder:");
const appFile = process.env["SLUICE_GITHUB_APP"] ?? "";
const appSettings = appFile === "" ? undefined : readAppSettings(readFileSync(appFile, "utf8"), sourceUrl);
const atGitHub = appSettings && connectApp(appSettings, world);
const repository = {
  url: sourceUrl,
  branch: process.env["SLUICE_BRANCH"] ?? "main",
  folder: process.env["SLUICE_FOLDER"] ?? "",
  mirror: join(data, "git"),
  ...(atGitHub === undefined ? {} : { signIn: atGitHub.signIn }),
  ...(Object.keys(signers).length === 0 ? {} : { signers }),
};
const gitSource = isFolder ? undefined : new GitSource(repository);
const source = gitSource ?? new FolderSource(sourceUrl.slice("folder:".length));
const plane = new ControlPlane({
  world,
  store,
  source,
  project: "default",
  pollMs: Number(process.env["SLUICE_POLL_MS"] ?? 5_000),
  waitsForPeople: !isFolder,
});
const github =
  appSettings === undefined || atGitHub === undefined || gitSource === undefined
    ? undefined
    : githubAppOf({ world, store, plane, settings: appSettings, client: atGitHub.client, changes: new GitChanges(gitSource, repository), ...repository });
const reviews = appSettings === undefined || atGitHub === undefined ? plainGit : githubPullRequests(atGitHub.client, appSettings.repository, repository.branch);
const hookSecret = process.env["SLUICE_HOOK_SECRET"];
const api = new Api({
  world,
  store,
  source,
  plane,
  passwords: argon2Passwords,
  internalKey: value("SLUICE_INTERNAL_KEY"),
  secureCookies: process.env["SLUICE_SECURE_COOKIES"] === "1",
  ...(hookSecret === undefined ? {} : { hookSecret }),
  ...(isFolder
    ? {}
    : {
        editing: { desk: new GitDesk(repository, { signingKey: commitKey }), pullRequests: reviews, committer: committerOf(process.env["SLUICE_COMMITTER"]) },
      }),
  ...(github === undefined ? {} : { github }),
});
await plane.start();
const scheduler = new Scheduler({ world, decisions: () => plane.decisions, flagProblem: plane.flagProblem, decide: (...given) => plane.decide(...given) });
plane.onEvent = (event) => {
  scheduler.hint();
  api.onEvent(event);
};
scheduler.start();
github?.start();
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
  void plane
    .stop()
    .then(() => server.close())
    .then(() => store.close())
    // Timers set for later would hold the process for seconds; nothing is left to write.
    .then(() => process.exit(0));
};
process.once("SIGTERM", end);
process.once("SIGINT", end);
// The supervisor is gone: nobody would restart this process, so it ends with it.
process.once("disconnect", end);
