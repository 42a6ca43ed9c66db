import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAppSettings } from "@sluice/github";
import { type RunningGitHub, startGitHub } from "@sluice/github/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runHere } from "../testing/command-run.ts";

let folder = "";
let github: RunningGitHub;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-github-app-"));
  github = await startGitHub({});
});
afterEach(async () => {
  await github.close();
  rmSync(folder, { recursive: true, force: true });
});

const manifest = async (...more: readonly string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await runHere(["github-app", "manifest", "--url", "https://flags.example.com/", ...more])).out);

test("the manifest asks for the least: contents are read, and nothing is administered", async () => {
  expect(await manifest()).toMatchObject({
    public: false,
    hook_attributes: { url: "https://flags.example.com/hooks/github", active: true },
    default_permissions: { metadata: "read", contents: "read", checks: "write", pull_requests: "write", merge_queues: "read" },
    default_events: ["check_run", "merge_group", "pull_request", "pull_request_review", "push"],
  });
  expect((await manifest("--edits", "--teams"))["default_permissions"]).toEqual({
    metadata: "read",
    contents: "write",
    checks: "write",
    pull_requests: "write",
    merge_queues: "read",
    members: "read",
  });
});

test("the page sends it to the organisation at GitHub, and nothing of it becomes HTML", async () => {
  const page = join(folder, "app.html");
  const run = await runHere(["github-app", "manifest", "--url", "https://flags.example.com", "--name", '"><script>', "--organisation", "acme", "--page", page]);
  expect(run.code).toBe(0);
  const text = readFileSync(page, "utf8");
  expect(text).toContain('action="https://github.com/organizations/acme/settings/apps/new"');
  expect(text).not.toContain("<script>");
  expect(await runHere(["github-app", "manifest", "--url", "flags.example.com"])).toMatchObject({ code: 2 });
});

test("the App of a code is written into a file of one's own that the server reads, once", async () => {
  const file = join(folder, "github-app.json");
  const code = github.manifestCode({ name: "Sluice", html_url: "https://github.com/apps/sluice", external_url: "https://flags.example.com" });
  const run = await runHere(["github-app", "create", code, "--file", file, "--api", github.url]);
  expect(run).toMatchObject({ code: 0, said: "" });
  expect(run.out).toContain("https://github.com/apps/sluice/installations/new");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readAppSettings(readFileSync(file, "utf8"), "https://github.com/acme/flags.git")).toEqual({
    app: { id: github.app.id, privateKey: github.app.privateKey },
    webhookSecret: github.app.webhookSecret,
    api: "https://api.github.com",
    repository: { owner: "acme", name: "flags" },
    url: "https://flags.example.com",
  });
  const before = readFileSync(file, "utf8");
  expect(await runHere(["github-app", "create", code, "--file", file, "--api", github.url])).toMatchObject({ code: 2 });
  expect(await runHere(["github-app", "create", code, "--file", join(folder, "b.json"), "--api", github.url])).toMatchObject({ code: 3 });
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(github.complaints).toEqual([]);
});
