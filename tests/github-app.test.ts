import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gitIn, type RunningGitHub, startGitHub } from "@sluice/github/testing";
import { afterEach, expect, test } from "vitest";
import { isHealthy, kill, makeFolder, type Running, startSluice, until } from "../faults/rig/running.ts";
import { createClient, type SluiceClient } from "../sdks/js-server/src/index.ts";

const LIMIT = { timeout: 240_000 };
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const CUSTOMERS = ["acme", "bolt", "crane", "delta", "ember"];

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const flag = (key: string, kind: string, served: string): string =>
  `key: ${key}\ndescription: A flag.\nkind: ${kind}\nowner: team-x\ntype: boolean\nvariants: { on: true, off: false }\noff: off\nenvironments:\n  production:\n${served}`;
const forTwo = "    default: off\n    rules:\n      - { id: first, if: { customer: { in: [acme, bolt] } }, serve: on }\n";

interface Company {
  readonly github: RunningGitHub;
  readonly running: Running;
  readonly push: (branch: string, files: Readonly<Record<string, string>>) => string;
}

/** A server that is a GitHub App, as real processes, started as its owner starts it; it looks at the repository by itself only every ten minutes. */
async function company(): Promise<Company> {
  const folder = makeFolder("github-app");
  ends.push(() => folder.remove());
  const [bare, desk] = [join(folder.path, "git/acme/flags.git"), join(folder.path, "desk")];
  for (const path of [bare, desk]) mkdirSync(path, { recursive: true });
  gitIn(bare, "init", "-q", "--bare", "-b", "main");
  gitIn(desk, "init", "-q", "-b", "main");
  const push: Company["push"] = (branch, files) => {
    if (branch !== gitIn(desk, "branch", "--show-current")) gitIn(desk, "checkout", "-q", "-B", branch);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(desk, path)), { recursive: true });
      writeFileSync(join(desk, path), text);
    }
    gitIn(desk, "add", "-A");
    gitIn(desk, "commit", "-q", "-m", "a change");
    gitIn(desk, "push", "-q", bare, branch);
    return gitIn(desk, "rev-parse", "HEAD");
  };
  push("main", {
    "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
    "flags/shop/banner.yaml": flag("shop.banner", "ops", "    default: off\n"),
    "flags/shop/photos.yaml": flag("shop.photos", "release", "    default: off\n"),
  });
  const github = await startGitHub({ git: join(folder.path, "git") });
  ends.push(() => github.close());
  const { id, privateKey: pem, webhookSecret: webhook_secret } = github.app;
  const file = join(folder.path, "github-app.json");
  writeFileSync(file, JSON.stringify({ id, pem, webhook_secret, api: github.url, external_url: "https://flags.example.com" }));
  const running = await startSluice({
    data: join(folder.path, "data"),
    source: github.gitUrl,
    run: "sources",
    pollMs: 600_000,
    environment: { SLUICE_GITHUB_APP: file },
  });
  ends.push(() => running.supervised.stop());
  github.hookUrl = `${running.url}/hooks/github`;
  await until("the server serves", async () => ((await isHealthy(running)) ? true : undefined), 60_000);
  return { github, running, push };
}

const asked = (client: SluiceClient, key: string, customer: string): boolean => client.getBoolean(key, false, { targetingKey: "u", customer });

test("a pull request is checked over the server's customers, merged and served; what exposes them waits for a person", LIMIT, async () => {
  const { github, running, push } = await company();
  for (const key of CUSTOMERS) {
    const made = await running.ask("POST", "/api/customers", { command: `new-${key}`, key, name: `Canary ${key} AG`, track: "standard", tags: [] });
    expect(made.status, JSON.stringify(made.body)).toBeLessThan(300);
  }
  const headSha = push("more", {
    "flags/shop/banner.yaml": flag("shop.banner", "ops", "    default: on\n"),
    "flags/shop/photos.yaml": flag("shop.photos", "release", forTwo),
  });
  gitIn(github.folder ?? "", "update-ref", "refs/pull/1/head", headSha);
  github.pulls.set(1, {
    number: 1,
    title: "More",
    body: "",
    author: "nina",
    headRef: "more",
    headSha,
    baseRef: "main",
    baseSha: gitIn(github.folder ?? "", "rev-parse", "main"),
    headRepository: "acme/flags",
    state: "open",
  });
  expect((await github.deliver("pull-request-opened", { number: 1, pull_request: { number: 1 } })).status).toBe(202);
  const comment = await until("the comment", () => github.comments.get(1)?.[0]?.body, 60_000);
  expect(comment).toContain("- **`shop.banner`** in production: 5 of 5 would get something else: 5 on.");
  expect(comment).toContain("- **`shop.photos`** in production: 2 of 5 would get something else: 2 on.");
  expect(comment).toContain("Waits for a person to decide.");
  expect(github.checkRuns).toMatchObject([{ name: "Sluice", headSha, conclusion: "success", title: "No mistakes, 1 change waits for a person" }]);
  expect(github.heard.join("\n")).not.toContain("Canary");

  const client = createClient({ url: running.url, key: running.sdkKey, environment: "production", log: quiet });
  ends.push(() => client.close());
  await client.ready();
  expect([asked(client, "shop.banner", "acme"), asked(client, "shop.photos", "acme")]).toEqual([false, false]);
  gitIn(github.folder ?? "", "update-ref", "refs/heads/main", headSha);
  await github.deliver("push", { ref: "refs/heads/main" });
  await until("what applies by itself is served", () => (asked(client, "shop.banner", "acme") ? true : undefined));
  expect(asked(client, "shop.photos", "acme")).toBe(false);
  const { enlargements } = (await running.ask("GET", "/api/enlargements")).body as {
    readonly enlargements: readonly { readonly flag: string; readonly form: string }[];
  };
  expect(enlargements.map((one) => one.flag)).toEqual(["shop.photos"]);
  const accepted = { command: "let-through", environment: "production", flag: "shop.photos", form: enlargements[0]?.form, isAccepted: true };
  expect(await running.ask("POST", "/api/enlargements", accepted)).toMatchObject({ status: 200 });
  await until("what waited is served", () => (asked(client, "shop.photos", "acme") ? true : undefined));
  expect([asked(client, "shop.photos", "bolt"), asked(client, "shop.photos", "crane")]).toEqual([true, false]);

  github.installation = "removed";
  github.endTokens();
  await github.deliver("installation-deleted", {});
  const health = await until("health says it", async () => {
    const { body } = await running.ask("GET", "/health");
    const { status, source } = body as { readonly status: string; readonly source?: { readonly github?: { readonly trouble?: string } } };
    return source?.github?.trouble === undefined ? undefined : { status, trouble: source.github.trouble };
  });
  expect(health).toEqual({ status: "degraded", trouble: "the GitHub App is not installed on acme/flags" });
  expect(asked(client, "shop.photos", "acme")).toBe(true);
  await kill(running, ["shop.photos"]);
  await until("a kill works without GitHub", () => (asked(client, "shop.photos", "acme") ? undefined : true));
  expect(github.complaints).toEqual([]);
});
