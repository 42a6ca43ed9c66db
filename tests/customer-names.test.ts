// Nothing that goes to a Git host names a customer (semantics 29). Names are put wherever people write, then everything happens that reaches Git or
// GitHub, and they are looked for in every byte that got there.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { EditBody } from "@sluice/contract";
import type { AppSettings } from "@sluice/github";
import { QuickTime, type RunningGitHub, signedIn, startGitHub } from "@sluice/github/testing";
import { listen, type Listening, nodeHttpClient, nodeRandom } from "@sluice/ports/node";
import { afterEach, expect, test } from "vitest";
import { githubPullRequests } from "../packages/server/src/edits/adapters/github-pull-requests.ts";
import { namedIn } from "../packages/server/src/edits/customer-names.ts";
import { githubAppOf, type GitHubApp } from "../packages/server/src/github/github-app.ts";
import { GitChanges } from "../packages/server/src/source/adapters/git-changes.ts";
import { GitOffice, PHOTOS, PHOTOS_FILE } from "../packages/server/src/testing/git-office.ts";
import { closeOffices, DAY_ONE, HOUR, settle } from "../packages/server/src/testing/office.ts";

/** What no byte may hold, in any case; each is a key, a name or an alias of a registered customer. */
const CANARY = /canary|zeisig/i;
const NAMED = "Canary Alpha GmbH (canary-alpha), Zeisig & Söhne";
const MAP = "flags/site/map.yaml";
const MAP_FILE = PHOTOS_FILE.replace("key: site.photos", "key: site.map");
const LISTED = "flags/site/listed.yaml";
const LISTED_FILE = MAP_FILE.replace("key: site.map", "key: site.listed").replace('{ email: { endsWith: "@example.com" } }', "{ segment: pilots }");
const FILES = { [MAP]: MAP_FILE, [LISTED]: LISTED_FILE, "segments/pilots.yaml": "key: pilots\nlist: runtime\n" };

interface World {
  readonly git: GitOffice;
  readonly github: RunningGitHub;
  readonly app: GitHubApp;
  readonly hooks: Listening;
  /** What did not work and is tried again, with why. */
  readonly later: readonly string[];
}
const made: World[] = [];
afterEach(async () => {
  for (const { app, hooks } of made) {
    app.stop();
    await hooks.close();
  }
  await closeOffices();
  for (const { git, github } of made.splice(0)) {
    await github.close();
    git.remove();
  }
});

/** A server whose changes are pull requests, and which checks pull requests, at one GitHub. */
async function opened(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-names-"));
  const waits = new QuickTime(DAY_ONE);
  const github = await startGitHub({ git: folder, nowMs: () => waits.nowMs });
  const { client, tokens } = signedIn(github, waits);
  const repository = { owner: "acme", name: "flags" };
  const signIn = (): Promise<string> => tokens.token();
  const git = new GitOffice(FILES, { folder, url: github.gitUrl, signIn, pullRequests: githubPullRequests(client, repository, "main") });
  git.git(git.remote, "config", "http.receivepack", "true");
  await git.start();
  const settings: AppSettings = { app: github.app, webhookSecret: github.app.webhookSecret, api: github.url, repository, url: "https://flags.example.com" };
  const { office } = git;
  const later: string[] = [];
  const options = { url: github.gitUrl, branch: "main", folder: "", mirror: join(folder, "mirror"), signIn };
  const world = {
    clock: office.time.clock,
    timers: office.time.timers,
    random: nodeRandom,
    disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
    http: nodeHttpClient({ keepsAlive: false }),
    log: {
      info: () => {},
      warn: (event: string, fields?: object) => void later.push(`${event} ${JSON.stringify(fields)}`),
      error: (event: string, fields?: object) => expect.fail(`${event} ${JSON.stringify(fields)}`),
    },
  };
  const changes = new GitChanges(git.source, options);
  const app = githubAppOf({ world, store: office.store, plane: office.plane, settings, client, changes, branch: "main", folder: "" });
  const hooks = await listen(async (request) => app.reply(request), { host: "127.0.0.1", port: 0, maxBodyBytes: () => 1 << 20, log: world.log });
  github.hookUrl = `http://127.0.0.1:${hooks.port}/hooks/github`;
  const all = { git, github, app, hooks, later };
  made.push(all);
  return all;
}

/** Names wherever people write. */
async function seed({ git }: World): Promise<string> {
  const { office } = git;
  const ask = async (role: Parameters<typeof office.ask>[0], url: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await office.ask(role, "POST", url, body);
    expect([url, answer.status, answer.text], answer.text).toEqual([url, expect.toBeOneOf([200, 201]), expect.any(String)]);
    return answer.body;
  };
  await office.store.saveCustomers([{ id: "z", key: "zeisig-und-soehne", name: "Zeisig & Söhne", aliases: ["canary-old-key"] }]);
  const environment = "production";
  await ask("product", "/api/lists/pilots", { environment, add: ["canary-alpha"], reason: NAMED });
  const untilMs = DAY_ONE + 40 * 24 * HOUR;
  await ask("admin", "/api/holds", { environment, customers: ["canary-beta"], fromMs: DAY_ONE + 200 * HOUR, untilMs, reason: `${NAMED} asked` });
  const content = {
    title: `Photos for ${NAMED}`,
    why: `${NAMED} asked`,
    environment,
    flags: [{ flag: "site.photos", serve: "on" }],
    risk: "visible",
    zone: "UTC",
    waves: [{ name: `Wave of ${NAMED}`, audience: {}, start: { atMs: DAY_ONE + 9 * HOUR }, bakeMs: HOUR }],
  };
  const { release } = await ask("product", "/api/releases", { content });
  await ask("product", `/api/releases/${String(release)}/plan`, { reason: NAMED });
  for (const [kill, flags, scope] of [
    ["kill-all", ["site.map"], undefined],
    ["kill-some", ["site.listed"], { customers: ["canary-alpha"] }],
  ] as const) {
    const facts = { kind: "flagsKilled" as const, kill, environment, flags, ...(scope === undefined ? {} : { scope }) };
    await office.store.append([{ command: `c-${kill}`, atMs: DAY_ONE, facts, personal: { by: "engineer", reason: `${NAMED} saw ghosts` } }], undefined);
  }
  office.plane.hint();
  await settle();
  return String(release);
}

function pull(world: World, number: number, files: Readonly<Record<string, string | undefined>>): void {
  const { git, github } = world;
  git.git(git.clone, "fetch", "--quiet", "origin", "main");
  git.git(git.clone, "checkout", "--quiet", "-B", `branch-${number}`, "origin/main");
  for (const [path, text] of Object.entries(files)) git.write(path, text);
  git.git(git.clone, "add", "--all");
  git.git(git.clone, "commit", "--quiet", "-m", "a change");
  git.git(git.clone, "push", "--quiet", git.remote, `HEAD:refs/heads/branch-${number}`, `HEAD:refs/pull/${number}/head`);
  const [headSha, baseSha] = [git.git(git.clone, "rev-parse", "HEAD"), git.git(git.clone, "rev-parse", "origin/main")];
  github.pulls.set(number, {
    number,
    title: "a change",
    body: "",
    author: "nina",
    headRef: `branch-${number}`,
    headSha,
    baseRef: "main",
    baseSha,
    headRepository: "acme/flags",
    state: "open",
  });
}

test("no commit, branch, pull request, comment or check names a customer, whatever people wrote and decided", async () => {
  const world = await opened();
  const { git, github, app, later } = world;
  const release = await seed(world);
  // A release that is under way, killed flags, pins: the plan of a pull request tells of each.
  const gone = (file: string): string => file.replace("type: boolean", "type: string\nvariants: { yes: a, off: b }\noff: off").replaceAll(/\bon\b/g, "yes");
  pull(world, 101, {
    [PHOTOS]: gone(PHOTOS_FILE),
    [MAP]: MAP_FILE.replace("default: off", "default: on"),
    [LISTED]: LISTED_FILE.replace("default: off", "default: on"),
  });
  pull(world, 102, { [PHOTOS]: PHOTOS_FILE.replace("default: off", "default: onn"), "segments/pilots.yaml": undefined });
  for (const number of [101, 102]) await github.deliver("pull-request-synchronize", { number, pull_request: { number } });
  await app.settled();
  expect(later).toEqual([]);
  expect(github.comments.get(101)?.[0]?.body).toContain("A release that is not over gives on of it, which would be gone.");
  expect(github.checkRuns.length).toBeGreaterThanOrEqual(2);
  for (const hours of [9, 11]) await git.office.time.turnTo(DAY_ONE + hours * HOUR);
  const edits: readonly EditBody[][] = [
    [{ kind: "facts", flag: "site.photos", set: { description: "Shows the photos of a site on every page." } }],
    [{ kind: "killToFile", kill: "kill-all" }],
    [{ kind: "releaseToDefault", release }],
    [{ kind: "serving", flag: "site.listed", environment: "production", default: "on" }],
  ];
  for (const one of edits) expect(await git.submit(one[0]?.kind === "serving" ? "engineer" : "product", one)).toMatchObject({ outcome: "sent" });
  // What is refused for naming one sends nothing.
  for (const one of [
    [{ kind: "facts", flag: "site.map", set: { description: `The map that ${NAMED} asked for.` } }],
    [{ kind: "facts", flag: "site.map", set: { description: "The map that Zeisig &  So\u0308hne asked for, at last." } }],
    [{ kind: "killToFile", kill: "kill-some" }],
  ] satisfies EditBody[][])
    expect((await git.office.ask("product", "POST", "/api/changes/preview", { edits: one })).status).toBe(422);
  const base = (await git.preview("product", [{ kind: "facts", flag: "site.map", set: { owner: "team-y" } }])).base;
  const titled = await git.trySubmit("product", [{ kind: "facts", flag: "site.map", set: { owner: "team-y" } }], { base, title: `For ${NAMED}` });
  expect(titled.status).toBe(422);
  expect(github.complaints).toEqual([]);
  const everything = [...github.heard, ...github.asked, git.everything()];
  expect(everything.length).toBeGreaterThan(20);
  for (const text of everything) expect(CANARY.exec(text)?.[0], text.slice(0, 500)).toBeUndefined();
});

test("a plan over customers' own contexts gives counts: as Markdown, as the report of a review, as SARIF", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-contexts-"));
  try {
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    const git = (...args: readonly string[]): void => {
      const ran = spawnSync("git", ["-C", folder, "-c", "user.name=M", "-c", "user.email=m@example.com", ...args], { encoding: "utf8" });
      expect(ran.status, ran.stderr).toBe(0);
    };
    put("sluice.yaml", "project: p\nenvironments: { production: {}, staging: {} }\nteams: { team-x: {}, team-y: {} }\n");
    put(PHOTOS, PHOTOS_FILE);
    put(MAP, MAP_FILE);
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "flags");
    put(PHOTOS, PHOTOS_FILE.replace("default: off", "default: on"));
    put(
      "contexts.json",
      JSON.stringify(["canary-alpha", "Zeisig & Söhne"].map((customer) => ({ customer, targetingKey: `user of ${customer}`, company: NAMED }))),
    );
    const sluice = (...args: readonly string[]): string => {
      const ran = spawnSync(process.execPath, [join(import.meta.dirname, "../tools/sluice.mjs"), ...args], { cwd: folder, encoding: "utf8" });
      return `${ran.stdout}${ran.stderr}`;
    };
    const said = [
      sluice("plan", ".", "--base", "main", "--contexts", "contexts.json", "--format", "markdown"),
      sluice("plan", ".", "--base", "main", "--contexts", "contexts.json", "--json"),
      sluice("review", ".", "--base", "main", "--contexts", "contexts.json", "--report", "report.md", "--sarif", "a.sarif", "--code-quality", "q.json"),
    ];
    put(MAP, MAP_FILE.replace("default: off", "default: onn"));
    said.push(sluice("review", ".", "--base", "main", "--contexts", "contexts.json", "--sarif", "b.sarif"));
    expect(said[0]).toContain("2 of 2 would get something else: 2 on.");
    expect(readFileSync(join(folder, "b.sarif"), "utf8")).toContain("flag/unknown-variant");
    for (const text of [...said, ...["report.md", "a.sarif", "b.sarif", "q.json"].map((name) => readFileSync(join(folder, name), "utf8"))])
      expect(CANARY.exec(text)?.[0], text.slice(0, 500)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each([
  ["over a line's end", "asked for by Zeisig &\n    Söhne"],
  ["with other spaces", "asked for by Zeisig\u00a0&  Söhne"],
  ["with letters put together", "asked for by ZEISIG & SO\u0308HNE"],
])("a name is found %s", (_, text) => {
  expect(namedIn(text, [{ id: "z", key: "z-1", name: "Zeisig & Söhne" }], "")).toBe("Zeisig & Söhne");
  expect(namedIn(text, [{ id: "z", key: "z-1", name: "Zeisig & Töchter" }], "")).toBeUndefined();
});
