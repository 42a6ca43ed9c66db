import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppKeyUnusable, InstallationTokens, NotInstalled } from "./app-sign-in.ts";
import { type CheckAnnotation, type CheckReport, putCheckRun } from "./check-run.ts";
import { type GitHubClient, GitHubUnavailable } from "./github-client.ts";
import { putComment } from "./pull-request-comment.ts";
import { suggestChanges } from "./suggested-review.ts";
import { type Suggestion, SUGGESTION_MARK } from "./suggestions.ts";
import { type RunningGitHub, startGitHub } from "./testing/github-stand-in.ts";
import { QuickTime, signedIn } from "./testing/signed-in.ts";
import { gitIn } from "./testing/stand-in-git.ts";

const NOON = Date.UTC(2026, 10, 29, 12);
const repository = { owner: "acme", name: "flags" };
const place = { repository, app: 4_711, headSha: "a".repeat(40), name: "Sluice" };
const comments = "/repos/acme/flags/issues/7/comments";

let github: RunningGitHub;
let time: QuickTime;
let client: GitHubClient;
let tokens: InstallationTokens;

beforeEach(async () => {
  time = new QuickTime(NOON);
  github = await startGitHub({ nowMs: () => time.nowMs });
  ({ client, tokens } = signedIn(github, time));
});
const folders: string[] = [];
afterEach(async () => {
  await github.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const signIns = (): number => github.asked.filter((one) => one.endsWith("/access_tokens")).length;
const read = (): Promise<unknown> => client.ask({ method: "GET", path: comments });

describe("the App's sign-in", () => {
  test("asks once for a token, for whoever asks meanwhile, and again five minutes before it ends", async () => {
    await Promise.all([read(), read(), read()]);
    expect(signIns()).toBe(1);
    time.nowMs += 54 * 60_000;
    await read();
    expect(signIns()).toBe(1);
    time.nowMs += 2 * 60_000;
    await read();
    expect(signIns()).toBe(2);
  });

  test("is for the one repository", async () => {
    await read();
    expect(github.heard.filter((body) => body !== "")).toEqual(['{"repositories":["flags"]}']);
  });

  test("takes a new token where GitHub no longer takes the one it has, once", async () => {
    await read();
    github.endTokens();
    expect(await read()).toMatchObject({ kind: "done", status: 200 });
    expect(signIns()).toBe(2);
    github.troubles.push({ status: 401 }, { status: 401, of: /comments/ });
    expect(await client.ask({ method: "GET", path: comments })).toMatchObject({ kind: "refused", status: 401 });
  });

  test("says where the App was taken away or suspended, and comes back by itself", async () => {
    github.installation = "removed";
    await expect(tokens.token()).rejects.toThrow(new NotInstalled("the GitHub App is not installed on acme/flags"));
    github.installation = "suspended";
    await expect(tokens.token()).rejects.toThrow("the GitHub App is suspended on acme/flags");
    github.installation = "there";
    expect(await tokens.token()).toMatch(/^ghs_/);
  });

  test("refuses a key that is none before anything is asked", () => {
    const options = { api: github.url, repository, http: { request: read, stream: read } as never, clock: time.clock, timers: time.timers, waitMsMax: 0 };
    expect(() => new InstallationTokens({ ...options, app: { id: 1, privateKey: "-----BEGIN" } })).toThrow(AppKeyUnusable);
  });

  test("is refused by GitHub where its clock is more than a minute ahead", async () => {
    const ahead = new QuickTime(NOON + 3 * 60_000);
    await expect(signedIn(github, ahead).tokens.token()).rejects.toThrow("'Issued at' claim");
  });
});

describe("a request", () => {
  test("waits as long as a limit says, and not longer than it may", async () => {
    await read();
    github.troubles.push({ status: 403, headers: { "retry-after": "7" } }, { status: 429, headers: { "retry-after": "9" } });
    expect(await client.ask({ method: "POST", path: comments, body: { body: "x" } })).toMatchObject({ kind: "done" });
    expect(time.waitedMs).toEqual([7_000, 9_000]);
    expect(github.comments.get(7)?.length).toBe(1);
    github.troubles.push({ status: 403, headers: { "retry-after": "3600" } });
    await expect(read()).rejects.toMatchObject({ name: "GitHubUnavailable", waitMs: 3_600_000 });
    expect(time.waitedMs).toEqual([7_000, 9_000]);
  });

  test("waits for the reset of the hourly limit by the clock, and gives up after four tries", async () => {
    await read();
    const full = { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOON / 1_000 + 30) } };
    github.troubles.push(full, full, full, full);
    await expect(read()).rejects.toBeInstanceOf(GitHubUnavailable);
    expect(time.waitedMs).toEqual([30_000, 0, 0]);
    expect(github.troubles).toEqual([]);
  });

  test("comes through 502 where repeating it is harmless, and leaves a POST to its caller", async () => {
    await read();
    github.troubles.push({ status: 502 }, { status: 502 });
    expect(await read()).toMatchObject({ kind: "done" });
    github.troubles.push({ status: 502, isDone: true });
    await expect(client.ask({ method: "POST", path: comments, body: { body: "x" } })).rejects.toBeInstanceOf(GitHubUnavailable);
    expect(github.comments.get(7)?.length).toBe(1);
  });

  test("that moves a branch which somebody else has moved is an answer, and is not sent again", async () => {
    await read();
    github.troubles.push({ status: 409, of: /^PATCH .*\/git\/refs\// });
    const move = { method: "PATCH" as const, path: "/repos/acme/flags/git/refs/heads/main", body: { sha: "a".repeat(40) } };
    expect(await client.ask(move)).toMatchObject({ kind: "refused", status: 409 });
    expect(github.asked.filter((one) => one.startsWith("PATCH")).length).toBe(1);
  });

  test("that GitHub refuses is an answer with its word", async () => {
    expect(await client.ask({ method: "PATCH", path: "/repos/acme/flags/issues/comments/9", body: { body: "x" } })).toEqual({
      kind: "refused",
      status: 404,
      message: "Not Found",
    });
  });
});

const annotation = (line: number): CheckAnnotation => ({
  path: "flags/a.yaml",
  start_line: line,
  end_line: line,
  start_column: 1,
  end_column: 4,
  annotation_level: "failure",
  message: "It is wrong.",
  title: "field/value",
});
const report: CheckReport = {
  fingerprint: "f1",
  conclusion: "failure",
  title: "1 mistake",
  summary: "### Mistakes",
  annotations: [annotation(1)],
  detailsUrl: "https://flags.example.com/",
};

describe("a check", () => {
  test("brings its annotations fifty at a time and ends with the last", async () => {
    await putCheckRun(client, place, { ...report, annotations: Array.from({ length: 120 }, (_, line) => annotation(line + 1)) });
    expect(github.checkRuns).toMatchObject([{ name: "Sluice", status: "completed", conclusion: "failure", externalId: "f1", pages: 3 }]);
    expect(github.checkRuns[0]?.annotations.map((one) => one["start_line"])).toEqual(Array.from({ length: 120 }, (_, line) => line + 1));
    expect(github.complaints).toEqual([]);
  });

  test("of more annotations than anybody reads says how many are left out", async () => {
    await putCheckRun(client, place, { ...report, annotations: Array.from({ length: 512 }, (_, line) => annotation(line + 1)) });
    expect(github.checkRuns[0]?.annotations.length).toBe(500);
    expect(github.checkRuns[0]?.summary).toContain("12 more mistakes and warnings");
  });

  test("that says the same already is left as it is, unless somebody asked for another run", async () => {
    expect(await putCheckRun(client, place, report)).toBe("said");
    expect(await putCheckRun(client, place, report)).toBe("same");
    expect(await putCheckRun(client, place, { ...report, isAsked: true })).toBe("said");
    expect(await putCheckRun(client, place, { ...report, fingerprint: "f2" })).toBe("said");
    expect(github.checkRuns.map(({ externalId }) => externalId)).toEqual(["f1", "f1", "f2"]);
  });

  test("whose answer was lost is made once, and one that was cut off is made again", async () => {
    github.troubles.push({ status: 502, isDone: true, of: /^POST .*check-runs$/ });
    expect(await putCheckRun(client, place, report)).toBe("same");
    expect(github.checkRuns.length).toBe(1);
    const many = { ...report, fingerprint: "f2", annotations: Array.from({ length: 60 }, (_, line) => annotation(line + 1)) };
    github.troubles.push(...Array.from({ length: 4 }, () => ({ status: 502, of: /^PATCH/ })));
    expect(await putCheckRun(client, place, many)).toBe("said");
    expect(github.checkRuns.map(({ status, annotations }) => [status, annotations.length])).toEqual([
      ["completed", 1],
      ["in_progress", 50],
      ["completed", 60],
    ]);
  });
});

describe("a comment", () => {
  test("is written once where GitHub wrote it and lost the answer", async () => {
    github.troubles.push({ status: 502, isDone: true, of: /^POST .*comments$/ });
    expect(await putComment(client, { repository, pull: 7, kind: "review of /" }, "Hello")).toBe("same");
    expect(github.comments.get(7)?.map(({ body }) => body)).toEqual(["<!-- sluice review of / -->\nHello"]);
  });
});

describe("a comment of a workflow's", () => {
  test("that the App may not change is left, and its own is written once beside it", async () => {
    const mark = "<!-- sluice review of / -->";
    github.comments.set(7, [{ id: 1, body: `${mark}\nof a workflow`, isForeign: true }]);
    const put = (body: string): Promise<string> => putComment(client, { repository, pull: 7, kind: "review of /" }, body);
    expect([await put("One"), await put("One"), await put("Two")]).toEqual(["created", "same", "updated"]);
    expect(github.comments.get(7)?.map(({ body }) => body)).toEqual([`${mark}\nof a workflow`, `${mark}\nTwo`]);
  });
});

/** A pull request of two files whose lines the stand-in shows, in real Git. */
function withPull(at: RunningGitHub): void {
  const folder = at.folder ?? "";
  mkdirSync(folder, { recursive: true });
  gitIn(folder, "init", "-q", "-b", "main");
  gitIn(folder, "commit", "-q", "--allow-empty", "-m", "begin");
  const baseSha = gitIn(folder, "rev-parse", "HEAD");
  writeFileSync(join(folder, "a.yaml"), "one\ntwo\nthree\n");
  gitIn(folder, "add", "a.yaml");
  gitIn(folder, "commit", "-q", "-m", "more");
  const headSha = gitIn(folder, "rev-parse", "HEAD");
  at.pulls.set(7, {
    number: 7,
    title: "",
    body: "",
    author: "nina",
    headRef: "more",
    headSha,
    baseRef: "main",
    baseSha,
    headRepository: "acme/flags",
    state: "open",
  });
}

describe("the stand-in", () => {
  const suggestion: Suggestion = { path: "a.yaml", startLine: 1, endLine: 2, body: `${SUGGESTION_MARK}\nWords` };
  const acts: Readonly<Record<string, (by: GitHubClient) => Promise<unknown>>> = {
    "a comment": (by) => putComment(by, { repository, pull: 7, kind: "k" }, "Hello"),
    "a suggested change": async (by) => {
      const made = await suggestChanges(by, { repository, pull: 7, headSha: github.pulls.get(7)?.headSha ?? "" }, [suggestion]);
      // A review that is refused is no failure of ours: the pull request may have moved on.
      if (made === 0) throw new Error("422: refused");
    },
    "a check": (by) => putCheckRun(by, place, { ...report, annotations: Array.from({ length: 51 }, (_, line) => annotation(line + 1)) }),
  };

  test.each(Object.keys(acts))("complains of any one field of %s that is spelt wrongly", async (what) => {
    const act = acts[what] ?? (async () => {});
    const git = mkdtempSync(join(tmpdir(), "sluice-stand-in-"));
    folders.push(git);
    const shared = { git, nowMs: (): number => time.nowMs };
    await github.close();
    github = await startGitHub(shared);
    withPull(github);
    await act(signedIn(github, time).client);
    expect(github.complaints).toEqual([]);
    const fields = new Set(github.heard.flatMap((body) => [...body.matchAll(/"(\w+)":/g)].map(([, name = ""]) => name)));
    expect(fields.size).toBeGreaterThan(1);
    for (const field of fields) {
      const other = await startGitHub(shared);
      for (const [number, pull] of github.pulls) other.pulls.set(number, pull);
      const wrong = signedIn(other, time, (body) => body.replaceAll(`"${field}":`, `"${field}s":`));
      await expect(act(wrong.client), field).rejects.toThrow("422");
      expect(other.complaints.length, field).toBe(1);
      await other.close();
    }
  });
});
