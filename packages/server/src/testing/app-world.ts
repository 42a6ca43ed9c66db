import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { customerHash } from "@sluice/evaluation";
import { type AppSettings, GitHubClient, InstallationTokens } from "@sluice/github";
import { gitIn, QuickTime, type RunningGitHub, startGitHub, type StoredPull } from "@sluice/github/testing";
import type { World } from "@sluice/ports";
import { listen, type Listening, nodeHttpClient, nodeRandom } from "@sluice/ports/node";
import { githubAppOf, type GitHubApp } from "../github/github-app.ts";
import { GitChanges } from "../source/adapters/git-changes.ts";
import { GitSource } from "../source/adapters/git-source.ts";
import { FurtherSource } from "../source/further-source.ts";
import { closeOffices, DAY_ONE, Office } from "./office.ts";

const NAMES = ["Canary Alpha AG", "Canary Beta GmbH", "Canary Gamma Ltd"];

/** Files of a change; an empty text removes one. */
export type Files = Readonly<Record<string, string>>;

export interface AppWorldOptions {
  /** Folder of the repository that holds sluice.yaml. */
  readonly folder?: string;
  readonly files: Files;
  /** Files of a main source elsewhere: then the repository at GitHub is the further source `shop`. */
  readonly central?: Files;
}

const openWorlds: AppWorld[] = [];

/** Closes every world that a test opened; tells what went wrong in them that nobody expects, and what the stand-in held against us. */
export async function closeAppWorlds(): Promise<{ readonly failures: readonly string[]; readonly complaints: readonly string[] }> {
  const closing = openWorlds.splice(0);
  for (const world of closing) await world.close();
  await closeOffices();
  return { failures: closing.flatMap((world) => world.failures), complaints: closing.flatMap((world) => world.github.complaints) };
}

/** A server that is a GitHub App: real Git over HTTP, the stand-in of GitHub, three customers whose names must never reach it. */
export class AppWorld {
  readonly github: RunningGitHub;
  readonly office: Office;
  /** Waits of the client, which pass at once. */
  readonly waits: QuickTime;
  /** Errors that nobody expects: bugs of ours. */
  readonly failures: readonly string[];
  readonly #root: string;
  readonly #desk: string;
  readonly #hooks: Listening;
  readonly #running: { app: GitHubApp };
  readonly #newApp: () => GitHubApp;

  private constructor(parts: {
    readonly github: RunningGitHub;
    readonly office: Office;
    readonly running: { app: GitHubApp };
    readonly newApp: () => GitHubApp;
    readonly waits: QuickTime;
    readonly root: string;
    readonly desk: string;
    readonly hooks: Listening;
    readonly failures: readonly string[];
  }) {
    this.github = parts.github;
    this.office = parts.office;
    this.#running = parts.running;
    this.#newApp = parts.newApp;
    this.waits = parts.waits;
    this.#root = parts.root;
    this.#desk = parts.desk;
    this.#hooks = parts.hooks;
    this.failures = parts.failures;
  }

  static async open({ files, folder = "", central }: AppWorldOptions): Promise<AppWorld> {
    const root = mkdtempSync(join(tmpdir(), "sluice-app-"));
    const [bare, desk] = [join(root, "git/acme/flags.git"), join(root, "desk")];
    mkdirSync(bare, { recursive: true });
    gitIn(bare, "init", "-q", "--bare", "-b", "main");
    mkdirSync(desk);
    gitIn(desk, "init", "-q", "-b", "main");
    commitIn(desk, files, "begin");
    gitIn(desk, "push", "-q", bare, "main");
    const waits = new QuickTime(DAY_ONE);
    const github = await startGitHub({ git: join(root, "git"), nowMs: () => waits.nowMs });
    const http = nodeHttpClient({ keepsAlive: true });
    const settings: AppSettings = {
      app: github.app,
      webhookSecret: github.app.webhookSecret,
      api: github.url,
      repository: { owner: "acme", name: "flags" },
      url: "https://flags.example.com",
    };
    const shared = { api: github.url, http, clock: waits.clock, timers: waits.timers, waitMsMax: 60_000 };
    const tokens = new InstallationTokens({ ...shared, app: settings.app, repository: settings.repository });
    const options = { url: github.gitUrl, branch: "main", folder, mirror: join(root, "mirror"), signIn: () => tokens.token() };
    const source = new GitSource(options);
    const office = await officeOf(source, central).start();
    await office.plane.adoption.lookNow();
    await register(office);
    const failures: string[] = [];
    const world: World = {
      clock: office.time.clock,
      timers: office.time.timers,
      random: nodeRandom,
      disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
      http,
      log: { info: () => {}, warn: () => {}, error: (event, fields) => void failures.push(`${event} ${JSON.stringify(fields)}`) },
    };
    const newApp = (): GitHubApp =>
      githubAppOf({
        world,
        store: office.store,
        plane: office.plane,
        settings,
        client: new GitHubClient({ ...shared, tokens }),
        changes: new GitChanges(source, options),
        ...(central === undefined ? {} : { source: "shop" }),
        branch: "main",
        folder,
      });
    const running = { app: newApp() };
    const { onEvent } = office.plane;
    office.plane.onEvent = (event) => {
      onEvent(event);
      running.app.onEvent(event);
    };
    const hooks = await listen(async (request) => running.app.reply(request), { host: "127.0.0.1", port: 0, maxBodyBytes: () => 1 << 20, log: world.log });
    github.hookUrl = `http://127.0.0.1:${hooks.port}/hooks/github`;
    const opened = new AppWorld({ github, office, running, newApp, waits, root, desk, hooks, failures });
    openWorlds.push(opened);
    return opened;
  }

  /** The one that runs now. */
  get app(): GitHubApp {
    return this.#running.app;
  }

  /** The App's process ends, and another begins that knows nothing of what was said. */
  async restart(): Promise<void> {
    this.app.stop();
    this.#running.app = this.#newApp();
    this.app.start();
    await this.app.settled();
  }

  async close(): Promise<void> {
    this.app.stop();
    await this.#hooks.close();
    await this.github.close();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Commits files on a branch, which begins at `main` where it is new, and pushes it as its owner does. */
  push(branch: string, files: Files, subject = "a change"): string {
    const desk = this.#desk;
    const isThere = gitIn(desk, "branch", "--list", branch) !== "";
    gitIn(desk, "checkout", "-q", ...(isThere ? [branch] : ["-b", branch, "main"]));
    commitIn(desk, files, subject);
    gitIn(desk, "push", "-q", "--force", this.github.folder ?? "", branch);
    return gitIn(desk, "rev-parse", branch);
  }

  /** Opens a pull request of a pushed branch, or moves it to where its branch is now; nobody is told. */
  pull(number: number, branch: string, own: Partial<StoredPull> = {}): StoredPull {
    const bare = this.github.folder ?? "";
    const headSha = gitIn(bare, "rev-parse", `refs/heads/${branch}`);
    const pull: StoredPull = {
      number,
      title: branch,
      body: "",
      author: "nina",
      headRef: branch,
      headSha,
      baseRef: "main",
      baseSha: gitIn(bare, "rev-parse", "refs/heads/main"),
      headRepository: "acme/flags",
      state: "open",
      ...own,
    };
    gitIn(bare, "update-ref", `refs/pull/${number}/head`, headSha);
    this.github.pulls.set(number, pull);
    return pull;
  }

  /** Sends what GitHub sends of a pull request, and waits until everything about it is said. */
  async told(number: number, name = "pull-request-synchronize", own: object = {}): Promise<void> {
    await this.github.deliver(name, { number, pull_request: { number }, ...own });
    await this.app.settled();
  }

  get comment(): string {
    return this.github.comments.get(1)?.[0]?.body ?? "";
  }

  /** Everything that was sent to GitHub. */
  get sent(): string {
    return this.github.heard.join("\n");
  }
}

function officeOf(source: GitSource, central: Files | undefined): Office {
  if (central === undefined) return new Office(source);
  const office = new Office(undefined, new Map(), [new FurtherSource("shop", source)]);
  office.commit({ "flags/site.photos.yaml": "", ...central });
  return office;
}

function commitIn(desk: string, files: Files, subject: string): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(desk, path)), { recursive: true });
    if (text === "") rmSync(join(desk, path));
    else writeFileSync(join(desk, path), text);
  }
  gitIn(desk, "add", "-A");
  gitIn(desk, "commit", "-q", "-m", subject);
}

async function register(office: Office): Promise<void> {
  const customers = ["acme", "bolt", "crane"];
  await office.store.saveCustomers(customers.map((id, index) => ({ id, key: id, name: NAMES[index] ?? "" })));
  const salt = office.plane.decisions.environments["production"]?.salt ?? "";
  const set = customers.map((id) => ({ id, track: "standard" as const, tags: [], hashes: { production: customerHash(salt, id) } }));
  await office.store.append([{ command: "hashes", atMs: DAY_ONE, facts: { kind: "customersChanged", set }, personal: { by: "admin" } }], undefined);
  await office.plane.adoption.lookNow();
}
