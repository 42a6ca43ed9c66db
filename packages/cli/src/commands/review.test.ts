import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RunningGitHub, startGitHub } from "@sluice/github/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runHere } from "../testing/command-run.ts";

const flag = (key: string, rest = "default: off"): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nenvironments: { production: { ${rest} } }\n`;

let folder = "";
let github: RunningGitHub;

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-review-"));
  github = await startGitHub({ token: "a-token-of-the-workflow" });
  put("infra/flags/sluice.yaml", "project: p\nenvironments: { production: {} }\n");
  put("infra/flags/flags/site/photos.yaml", flag("site.photos"));
  const git = (...args: readonly string[]): unknown => spawnSync("git", ["-C", folder, "-c", "user.name=M", "-c", "user.email=m@example.com", ...args]);
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "flags");
  put("event.json", JSON.stringify({ pull_request: { number: 7 } }));
  for (const name of ["GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS", "SLUICE_URL", "SLUICE_TOKEN"]) vi.stubEnv(name, "");
  vi.stubEnv("SLUICE_URL", undefined);
  vi.stubEnv("SLUICE_TOKEN", undefined);
  vi.stubEnv("GITHUB_EVENT_PATH", join(folder, "event.json"));
  vi.stubEnv("GITHUB_REPOSITORY", "acme/flags");
  vi.stubEnv("GITHUB_API_URL", github.url);
  vi.stubEnv("GITHUB_TOKEN", "a-token-of-the-workflow");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await github.close();
  rmSync(folder, { recursive: true, force: true });
});

async function review(...more: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly said: string }> {
  const run = await runHere(["review", join(folder, "infra/flags"), "--base", "HEAD", ...more]);
  process.exitCode = undefined;
  return run;
}
const own = (): readonly string[] => (github.comments.get(7) ?? []).map(({ body }) => body);

describe("a change that is reviewed", () => {
  test("is said to change no one, or what it means, and waits are counted", async () => {
    expect(await review()).toEqual({ code: 0, said: "", out: "## Flags: no mistakes\n\n### What it means\n\nNo one changes." });
    put("infra/flags/flags/site/photos.yaml", flag("site.photos", "default: on"));
    put("everybody.json", JSON.stringify([{ name: "Canary AG", plan: "team" }]));
    const { code, out } = await review("--contexts", join(folder, "everybody.json"));
    expect([code, out.split("\n").slice(0, 5)]).toEqual([
      0,
      [
        "## Flags: no mistakes, 1 change waits for a person",
        "",
        "### What it means",
        "",
        "- **`site.photos`** in production: 1 of 1 would get something else: 1 on.",
      ],
    ]);
    expect(out).not.toContain("Canary");
  });

  test("with mistakes ends with 1, and names them as annotation, SARIF, code quality and JUnit with the path from the repository's root", async () => {
    vi.stubEnv("GITHUB_ACTIONS", "true");
    put("infra/flags/flags/site/photos.yaml", flag("site.photos", "default: onn"));
    put("infra/flags/tests/photos.yaml", "flag: site.photos\ntests:\n  - name: nobody\n    context: { targetingKey: a }\n    expect: off\n");
    const file = (name: string): string => join(folder, name);
    const files = ["--sarif", file("a.sarif"), "--code-quality", file("q.json"), "--junit", file("j.xml"), "--report", file("report.md")];
    const { code, out } = await review(...files);
    expect(code).toBe(1);
    expect(out).toContain("::error file=infra/flags/flags/site/photos.yaml,line=6,");
    expect(out).toContain("- ❌ `infra/flags/flags/site/photos.yaml:6`");
    expect(out).toContain("Not said while a file has mistakes that keep its flag as it is served.");
    const sarif = JSON.parse(readFileSync(file("a.sarif"), "utf8"));
    expect(sarif.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("infra/flags/flags/site/photos.yaml");
    expect(JSON.parse(readFileSync(file("q.json"), "utf8"))[0].location.path).toBe("infra/flags/flags/site/photos.yaml");
    expect(readFileSync(file("j.xml"), "utf8")).toContain("<skipped/>");
    expect(readFileSync(file("report.md"), "utf8")).toMatch(/^## Flags: \d mistakes?/);
  });

  test("says nothing that becomes a link, a mention or a picture in the report", async () => {
    put("infra/flags/flags/site/photos.yaml", flag("site.photos").replace("owner: team-x", 'owner: "@acme ![x](https://evil.example/x.png) <img>"\nkindd: x'));
    const { out } = await review();
    expect(out).not.toMatch(/@acme|!\[x\]\(|<img>/);
  });
});

describe("the comment of a pull request", () => {
  test("is written once and kept up to date, among those of others", async () => {
    github.comments.set(
      7,
      Array.from({ length: 130 }, (_, index) => ({ id: index + 1, body: `Number ${index}` })),
    );
    expect((await review("--comment")).said).toBe("The pull request has the comment now.");
    expect((await review("--comment")).said).toBe("The comment of the pull request says it already.");
    put("infra/flags/flags/site/photos.yaml", flag("site.photos", "default: on"));
    expect((await review("--comment")).said).toBe("The comment of the pull request says it now.");
    expect(own().length).toBe(131);
    expect(own().at(-1)).toBe(`<!-- sluice review of infra/flags/ -->\n${(await review()).out}`);
    expect(own().slice(0, 130)).toEqual(Array.from({ length: 130 }, (_, index) => `Number ${index}`));
  });

  test("waits for a limit that is short, and comes through an outage", async () => {
    github.troubles.push({ status: 502 }, { status: 403, headers: { "retry-after": "0" } }, { status: 429, headers: { "retry-after": "0" } });
    expect(await review("--comment")).toMatchObject({ code: 0, said: "The pull request has the comment now." });
    expect(own().length).toBe(1);
  });

  test("is given up with what to do where GitHub asks to wait for an hour or knows the token no more", async () => {
    github.troubles.push({ status: 403, headers: { "retry-after": "3600" } });
    expect(await review("--comment")).toMatchObject({ code: 3, said: expect.stringContaining("Run the job again.") });
    vi.stubEnv("GITHUB_TOKEN", "another");
    expect(await review("--comment")).toMatchObject({ code: 3, said: expect.stringContaining("401 Bad credentials") });
    expect(own()).toEqual([]);
  });

  test("is left away in a run that may only read, which fails for its mistakes alone", async () => {
    github.troubles.push({ status: 403 });
    expect(await review("--comment")).toMatchObject({ code: 0, said: "No comment: this run may only read, as runs of forks do." });
  });

  test("is cut where GitHub takes no more, and nothing is asked where there is no pull request or no token", async () => {
    for (let index = 0; index < 1_500; index += 1) put(`infra/flags/flags/site/f${index}.yaml`, flag(`site.f${index}`));
    await review("--comment");
    expect([own()[0]?.length, own()[0]?.endsWith("the whole of it stands in the check of this change.")]).toEqual([expect.any(Number), true]);
    expect(own()[0]?.length).toBeLessThanOrEqual(65_536);
    const asked = github.asked.length;
    vi.stubEnv("GITHUB_TOKEN", "");
    expect(await review("--comment")).toMatchObject({ code: 2, said: expect.stringContaining("pull-requests: write") });
    put("event.json", JSON.stringify({ push: {} }));
    expect(await review("--comment")).toMatchObject({ code: 2, said: expect.stringContaining("there is none to comment on") });
    expect(github.asked.length).toBe(asked);
  });

  test("the stand-in refuses what GitHub's description does not know", async () => {
    const ask = (method: string, path: string, body?: object): Promise<number> =>
      fetch(github.url + path, {
        method,
        headers: { authorization: "Bearer a-token-of-the-workflow", "user-agent": "t" },
        body: body === undefined ? null : JSON.stringify(body),
      }).then(({ status }) => status);
    const path = "/repos/acme/flags/issues/7/comments";
    expect(await ask("POST", path, { body: "x" })).toBe(201);
    expect(await ask("POST", path, { text: "x" })).toBe(422);
    expect(await ask("POST", path, { body: 3 })).toBe(422);
    expect(await ask("GET", `${path}?pages=1`)).toBe(422);
    expect(await ask("GET", "/repos/acme/flags/issues/seven/comments")).toBe(422);
    expect(await ask("PUT", path, { body: "x" })).toBe(422);
  });
});
