import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EditBody, SentChange } from "@sluice/contract";
import { QuickTime, type RunningGitHub, signedIn, startGitHub } from "@sluice/github/testing";
import { afterEach, describe, expect, test } from "vitest";
import { CANARIES, GitOffice, PHOTOS, PHOTOS_FILE } from "../testing/git-office.ts";
import { closeOffices, DAY_ONE } from "../testing/office.ts";
import { githubPullRequests } from "./adapters/github-pull-requests.ts";

interface AtGitHub {
  readonly git: GitOffice;
  readonly github: RunningGitHub;
  readonly waits: QuickTime;
}

const made: AtGitHub[] = [];
/** `change` alters what is sent, as a mistake of ours would. */
async function opened(change?: (body: string) => string): Promise<AtGitHub> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-github-edits-"));
  const waits = new QuickTime(DAY_ONE);
  const github = await startGitHub({ git: folder, nowMs: () => waits.nowMs });
  const { client, tokens } = signedIn(github, waits, change);
  const pullRequests = githubPullRequests(client, { owner: "acme", name: "flags" }, "main");
  const git = new GitOffice({}, { folder, url: github.gitUrl, signIn: () => tokens.token(), pullRequests });
  git.git(git.remote, "config", "http.receivepack", "true");
  const all = { git: await git.start(), github, waits };
  made.push(all);
  return all;
}
afterEach(async () => {
  await closeOffices();
  for (const { git, github } of made.splice(0)) {
    await github.close();
    git.remove();
  }
});

const ON: readonly EditBody[] = [{ kind: "serving", flag: "site.photos", environment: "production", default: "on" }];
async function sent({ git }: AtGitHub, more: Readonly<Record<string, unknown>> = {}): Promise<SentChange> {
  const done = await git.submit("engineer", ON, more);
  if (done.outcome !== "sent") throw new Error(done.outcome);
  return done.change;
}
const state = async ({ git }: AtGitHub): Promise<unknown> => {
  git.office.time.nowMs += 6_000;
  const { body } = await git.office.ask("auditor", "GET", "/api/changes");
  return (body["sent"] as readonly SentChange[])[0]?.state;
};

describe("a change at GitHub", () => {
  test("is a pull request of the App with the person's commit, as GitHub describes one, and its state is GitHub's", async () => {
    const at = await opened();
    const { git, github } = at;
    const change = await sent(at, { title: "Photos for everybody" });
    expect(change).toMatchObject({ way: "review", pullRequest: 1, link: "https://github.com/acme/flags/pull/1", state: "open" });
    const pull = github.pulls.get(1);
    expect(pull).toMatchObject({
      title: "Photos for everybody",
      body: "Made in the console by engineer.\n\n- site.photos in production: 2 of 2 customers would get something else; it waits for a person.",
      headRef: change.branch,
      baseRef: "main",
    });
    expect(git.text(PHOTOS, change.branch)).toBe(PHOTOS_FILE.replace("default: off", "default: on"));
    expect(git.git(git.remote, "show", "-s", "--format=%an", change.branch ?? "")).toBe("engineer");
    expect(await state(at)).toBe("open");
    if (pull !== undefined) Object.assign(pull, { state: "closed", isMerged: true });
    expect(await state(at)).toBe("merged");
    expect(github.complaints).toEqual([]);
    for (const canary of CANARIES.flat()) expect([...github.heard, git.everything()].join("\n")).not.toContain(canary);
  });

  test("that somebody closes there is closed here", async () => {
    const at = await opened();
    await sent(at);
    Object.assign(at.github.pulls.get(1) ?? {}, { state: "closed" });
    expect(await state(at)).toBe("closed");
  });

  test.each([
    ["a 502", { status: 502 }],
    ["a 502 after it was done", { status: 502, isDone: true as const }],
    ["a secondary limit that asks to wait", { status: 403, headers: { "retry-after": "20" } }],
    ["a 409", { status: 409 }],
  ])("comes through %s with one pull request", async (_what, trouble) => {
    const at = await opened();
    at.github.troubles.push({ of: /^POST .*\/pulls$/, ...trouble });
    expect((await sent(at)).pullRequest).toBe(1);
    expect(at.github.pulls.size).toBe(1);
    expect(at.waits.waitedMs).toEqual("headers" in trouble ? [20_000] : []);
  });

  test("waits for a person where GitHub asks to wait for an hour; sent again it is the same branch and one pull request", async () => {
    const at = await opened();
    const { git, github } = at;
    const { base } = await git.preview("engineer", ON);
    github.troubles.push({ of: /^POST .*\/pulls$/, status: 403, headers: { "retry-after": "3600" } });
    const lost = await git.trySubmit("engineer", ON, { base, command: "command-of-it" });
    expect([lost.status, lost.text]).toEqual([503, expect.stringContaining("Nothing is lost")]);
    const branches = git.branches;
    expect(branches).toHaveLength(2);
    const change = await sent(at, { base, command: "command-of-it" });
    expect([change.pullRequest, git.branches, github.pulls.size]).toEqual([1, branches, 1]);
    expect(change.commit).toBe(git.git(git.remote, "rev-parse", change.branch ?? ""));
  });

  test.each(["head", "base"])("with %s spelt otherwise in the request is refused by GitHub's own description", async (field) => {
    const at = await opened((body) => body.replace(`"${field}":`, `"${field}s":`));
    const refused = await at.git.trySubmit("engineer", ON);
    expect(refused.status).toBe(503);
    expect(at.github.complaints.length).toBeGreaterThan(0);
  });

  test("is not sent where the App was taken away, and the flag is served on", async () => {
    const at = await opened();
    const { base } = await at.git.preview("engineer", ON);
    at.github.installation = "removed";
    at.github.endTokens();
    expect((await at.git.trySubmit("engineer", ON, { base })).status).toBe(503);
    expect(at.git.branches).toEqual(["main"]);
    expect(at.git.office.plane.state("production")?.snapshot?.flags["site.photos"]).toBeDefined();
  });
});
