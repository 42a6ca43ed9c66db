import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { type RunningGitHub, startGitHub } from "@sluice/github/testing";

/** The files of examples/pipelines, run as the systems that they are written for run them. */
const repository = join(import.meta.dirname, "..");
const pipelines = join(repository, "examples/pipelines");
const folder = mkdtempSync(join(tmpdir(), "sluice-pipelines-"));
const sluice = `${process.execPath} ${join(repository, "tools/sluice.mjs")}`;
let github: RunningGitHub;

const flag = (rest: string): string =>
  `key: site.photos\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { ${rest} } }\n`;
function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const git = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync("git", ["-C", folder, "-c", "user.name=M", "-c", "user.email=m@example.com", ...args], { encoding: "utf8" });

beforeAll(() => {
  put("flags/sluice.yaml", "project: p\nenvironments: { production: {} }\n");
  put("flags/flags/site/photos.yaml", flag("default: off"));
  put("event.json", JSON.stringify({ pull_request: { number: 7 } }));
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "flags");
  git("update-ref", "refs/remotes/origin/main", "HEAD");
});
beforeEach(async () => {
  github = await startGitHub({ token: "token-of-the-job" });
});
afterEach(() => github.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As a runner starts a step: bash, an environment of the job's own, and the checkout as folder. */
async function run(script: string, env: Readonly<Record<string, string>>): Promise<{ readonly code: number | null; readonly text: string }> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn("bash", ["-e", "-o", "pipefail", "-c", script], { cwd: folder, env: { PATH, HOME, SLUICE: sluice, ...env } });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, text };
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required: boolean }>>;
  readonly runs: { readonly using: string; readonly steps: readonly { readonly run: string; readonly env: Readonly<Record<string, string>> }[] };
}

/** A composite action's step with its inputs put in, as GitHub does: every expression must be an input. */
async function runAction(given: Readonly<Record<string, string>>): Promise<{ readonly code: number | null; readonly text: string }> {
  const { inputs, runs } = parse(readFileSync(join(pipelines, "github-action/action.yml"), "utf8")) as Action;
  expect([runs.using, runs.steps.length]).toEqual(["composite", 1]);
  const [step] = runs.steps;
  const valueOf = (name: string): string => {
    const input = inputs[name];
    if (input === undefined) throw new Error(`no input ${name}`);
    return given[name] ?? (input.default ?? "").replace("${{ github.token }}", "token-of-the-job");
  };
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, text]) => [name, text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input: string) => valueOf(input))]),
  );
  expect(`${JSON.stringify(env)} ${step?.run ?? ""}`).not.toContain("${{");
  const job = { GITHUB_ACTIONS: "true", GITHUB_EVENT_PATH: join(folder, "event.json"), GITHUB_REPOSITORY: "acme/flags", GITHUB_API_URL: github.url };
  return run(step?.run ?? "", { ...job, GITHUB_STEP_SUMMARY: join(folder, "summary.md"), ...env });
}

test("the GitHub action comments, annotates and ends with 1 for a mistake; the summary has the report", async () => {
  put("flags/flags/site/photos.yaml", flag("default: on"));
  const fine = await runAction({ folder: "flags", base: "main" });
  expect([fine.code, github.comments.get(7)?.length]).toEqual([0, 1]);
  expect(github.comments.get(7)?.[0]?.body).toContain("1 change waits for a person");
  expect(readFileSync(join(folder, "summary.md"), "utf8")).toContain("1 change waits for a person");
  put("flags/flags/site/photos.yaml", flag("default: onn"));
  const bad = await runAction({ folder: "flags", base: "main" });
  expect([bad.code, github.comments.get(7)?.length]).toEqual([1, 1]);
  expect(bad.text).toContain("::error file=flags/flags/site/photos.yaml,line=6,");
  expect(JSON.parse(readFileSync(join(folder, "sluice.sarif"), "utf8"))).toMatchObject({ version: "2.1.0" });
});

test("a run of a fork, without secrets and with a token that may only read, ends well all the same", async () => {
  put("flags/flags/site/photos.yaml", flag("default: off"));
  github.troubles.push({ status: 403 });
  const { code, text } = await runAction({ folder: "flags", base: "main", url: "https://flags.example", token: "" });
  expect(code).toBe(0);
  expect(text).toContain("No comment: this run may only read");
});

test("the GitHub action holds a change against the approvals that the branch asks for, as far as its token sees", async () => {
  const project = "project: p\nenvironments: { production: {} }\n";
  const from = "approvals:\n  - { environment: production, when: waits, from: [owners] }\n";
  put("flags/sluice.yaml", `${project}teams:\n  team-x: { github: ["@Mira", "@acme/x"] }\n${from}`);
  put("flags/flags/site/photos.yaml", flag("default: off"));
  spawnSync("bash", ["-c", `${sluice} codeowners flags --write`], { cwd: folder });
  git("add", "-A");
  git("commit", "-q", "-m", "approvals");
  const base = git("rev-parse", "HEAD").stdout.trim();
  put("flags/flags/site/photos.yaml", flag("default: on"));
  git("commit", "-q", "-a", "-m", "on");
  const headSha = git("rev-parse", "HEAD").stdout.trim();
  const pull = { number: 7, title: "on", body: "", author: "nina", headRef: "on", headSha, baseRef: "main", baseSha: base, headRepository: "acme/flags" };
  github.pulls.set(7, { ...pull, state: "open" });
  const review = async (...by: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> => {
    github.reviews.set(
      7,
      by.map((one) => ({ by: one, state: "APPROVED", commit: headSha, association: "MEMBER" })),
    );
    const { code } = await runAction({ folder: "flags", base, approvals: "true" });
    return { code, said: github.comments.get(7)?.[0]?.body ?? "" };
  };
  const none = await review("nina");
  expect([none.code, none.said]).toEqual([1, expect.stringContaining("- ⏳ it waits for a person in production (`site.photos`): 0 of 1 approval of `team-x`")]);
  // A workflow's token is not let look into teams: GitHub refuses.
  github.troubles.push({ status: 403, of: /memberships/ });
  const unseen = await review("olga");
  expect([unseen.code, unseen.said]).toEqual([1, expect.stringContaining("This token cannot see who is in `@acme/x`")]);
  const given = await review("mira");
  expect([given.code, given.said]).toEqual([0, expect.stringContaining("1 of 1 approval of `team-x`: `mira`")]);
  expect(given.said).not.toContain("codeowners --write");
  expect((await runAction({ folder: "flags", base })).code).toBe(0);
  put("flags/flags/site/photos.yaml", flag("default: on").replace("owner: team-x", "owner: team-y"));
  put("flags/sluice.yaml", `${project}teams:\n  team-x: { github: ["@Mira"] }\n  team-y: { github: ["@olga"] }\n${from}`);
  expect((await review("mira")).said).toContain("sluice codeowners --write");
  expect(github.complaints).toEqual([]);
  git("reset", "-q", "--hard", "refs/remotes/origin/main");
});

test("the GitLab job and the Jenkins step run, fail for a mistake, and leave their reports", async () => {
  const { "review-flags": job } = parse(readFileSync(join(pipelines, "gitlab-ci.yml"), "utf8")) as {
    readonly "review-flags": { readonly script: readonly string[]; readonly artifacts: { readonly reports: Readonly<Record<string, string>> } };
  };
  const step = /sh '(.+)'/.exec(readFileSync(join(pipelines, "Jenkinsfile"), "utf8"))?.[1] ?? "";
  const base = git("rev-parse", "main").stdout.trim();
  for (const { script, env, reports } of [
    { script: job.script.join("\n"), env: { CI_MERGE_REQUEST_DIFF_BASE_SHA: base }, reports: Object.values(job.artifacts.reports) },
    { script: step, env: { CHANGE_TARGET: "main" }, reports: ["sluice.sarif", "flags.xml"] },
  ]) {
    put("flags/flags/site/photos.yaml", flag("default: on"));
    for (const report of reports) rmSync(join(folder, report), { force: true });
    expect(await run(script, env)).toMatchObject({ code: 0, text: expect.stringContaining("1 change waits for a person") });
    expect(reports.filter((report) => !existsSync(join(folder, report)))).toEqual([]);
    put("flags/flags/site/photos.yaml", flag("default: onn"));
    expect((await run(script, env)).code).toBe(1);
  }
});

test("the workflow hands over what the action takes", () => {
  const { inputs } = parse(readFileSync(join(pipelines, "github-action/action.yml"), "utf8")) as Action;
  const workflow = parse(readFileSync(join(pipelines, "github-workflow.yml"), "utf8")) as {
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: { readonly review: { readonly steps: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, string>> }[] } };
  };
  const step = workflow.jobs.review.steps.find(({ uses }) => uses?.startsWith("./") === true);
  expect(Object.keys(step?.with ?? {}).filter((name) => inputs[name] === undefined)).toEqual([]);
  expect(Object.entries(inputs).filter(([name, { required }]) => required && step?.with?.[name] === undefined)).toEqual([]);
  expect(workflow.permissions["pull-requests"]).toBe("write");
});
