import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gitIn, type GitHubStandIn, type RunningGitHub, startGitHub } from "@sluice/github/testing";
import { afterEach, expect, test } from "vitest";
import { kill, makeFolder, type Running, startSluice, until, untilHealthy } from "../faults/rig/running.ts";
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

type Push = (branch: string, files: Readonly<Record<string, string>>) => string;

interface Company {
  readonly github: RunningGitHub;
  /** Where flags of the shop are, beside its code: a further source. */
  readonly shop: GitHubStandIn;
  readonly running: Running;
  readonly push: Push;
  readonly pushShop: Push;
}

/** Somebody's clone of a new repository at the stand-in. */
function desk(bare: string, path: string): Push {
  for (const folder of [bare, path]) mkdirSync(folder, { recursive: true });
  gitIn(bare, "init", "-q", "--bare", "-b", "main");
  gitIn(path, "init", "-q", "-b", "main");
  return (branch, files) => {
    if (branch !== gitIn(path, "branch", "--show-current")) gitIn(path, "checkout", "-q", "-B", branch);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    }
    gitIn(path, "add", "-A");
    gitIn(path, "commit", "-q", "-m", "a change");
    gitIn(path, "push", "-q", bare, branch);
    return gitIn(path, "rev-parse", "HEAD");
  };
}

/** Opens a pull request of a pushed commit, and says so. Answers when the server has taken it. */
async function open(github: GitHubStandIn, number: number, headSha: string): Promise<void> {
  gitIn(github.folder ?? "", "update-ref", `refs/pull/${number}/head`, headSha);
  github.pulls.set(number, {
    number,
    title: "More",
    body: "",
    author: "nina",
    headRef: "more",
    headSha,
    baseRef: "main",
    baseSha: gitIn(github.folder ?? "", "rev-parse", "main"),
    headRepository: github.repository,
    state: "open",
  });
  expect((await github.deliver("pull-request-opened", { number, pull_request: { number } })).status).toBe(202);
}

/** A server that is a GitHub App, as real processes, started as its owner starts it; it looks at the repositories by itself only every ten minutes. */
async function company(): Promise<Company> {
  const folder = makeFolder("github-app");
  ends.push(() => folder.remove());
  const at = (name: string): string => join(folder.path, name);
  const [push, pushShop] = [desk(at("git/acme/flags.git"), at("desk")), desk(at("git/acme/shop.git"), at("shop-desk"))];
  push("main", {
    "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
    "flags/shop/banner.yaml": flag("shop.banner", "ops", "    default: off\n"),
    "flags/shop/photos.yaml": flag("shop.photos", "release", "    default: off\n"),
  });
  pushShop("main", { "flags/shop/pay.yaml": flag("shop.pay", "ops", "    default: off\n") });
  const github = await startGitHub({ git: at("git") });
  ends.push(() => github.close());
  const shop = github.addRepository("acme/shop");
  const { id, privateKey: pem, webhookSecret: webhook_secret } = github.app;
  writeFileSync(at("github-app.json"), JSON.stringify({ id, pem, webhook_secret, api: github.url, external_url: "https://flags.example.com" }));
  writeFileSync(at("sources.yaml"), `shop: { url: ${shop.gitUrl} }\n`);
  const running = await startSluice({
    data: at("data"),
    source: github.gitUrl,
    run: "sources",
    pollMs: 600_000,
    environment: { SLUICE_GITHUB_APP: at("github-app.json"), SLUICE_SOURCES: at("sources.yaml") },
  });
  ends.push(() => running.supervised.stop());
  for (const one of [github, shop]) one.hookUrl = `${running.url}/hooks/github`;
  await untilHealthy(running, 60_000);
  for (const key of CUSTOMERS) {
    const made = await running.ask("POST", "/api/customers", { command: `new-${key}`, key, name: `Canary ${key} AG`, track: "standard", tags: [] });
    expect(made.status, JSON.stringify(made.body)).toBeLessThan(300);
  }
  return { github, shop, running, push, pushShop };
}

const asked = (client: SluiceClient, key: string, customer: string): boolean => client.getBoolean(key, false, { targetingKey: "u", customer });

test("a pull request is checked over the server's customers, merged and served; what exposes them waits for a person", LIMIT, async () => {
  const { github, running, push } = await company();
  const headSha = push("more", {
    "flags/shop/banner.yaml": flag("shop.banner", "ops", "    default: on\n"),
    "flags/shop/photos.yaml": flag("shop.photos", "release", forTwo),
  });
  await open(github, 1, headSha);
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

interface Health {
  readonly source?: { readonly github?: object; readonly further?: readonly { readonly name: string; readonly github?: { readonly trouble?: string } }[] };
}
const commentOf = (github: GitHubStandIn, number: number): string | undefined => github.comments.get(number)?.[0]?.body;
const told = (github: GitHubStandIn, number: number): Promise<string> => until("the comment", () => commentOf(github, number), 60_000);

test("one App at two repositories: each is told of its own changes, by a token that opens it alone; one that is gone is the only one", LIMIT, async () => {
  const { github, shop, running, push, pushShop } = await company();
  const more = push("more", { "flags/shop/photos.yaml": flag("shop.photos", "release", forTwo) });
  const pay = pushShop("more", { "flags/shop/pay.yaml": flag("shop.pay", "ops", forTwo) });
  await open(github, 1, more);
  await open(shop, 1, pay);
  const [ofFlags, ofShop] = [await told(github, 1), await told(shop, 1)];
  expect(ofFlags).toContain("**`shop.photos`** in production: 2 of 5 would get something else: 2 on.");
  expect(ofShop).toContain("**`shop.pay`** in production: 2 of 5 would get something else: 2 on.");
  expect([ofFlags.includes("shop.pay"), ofShop.includes("shop.photos")]).toEqual([false, false]);
  expect([github.checkRuns.map((run) => run.headSha), shop.checkRuns.map((run) => run.headSha)]).toEqual([[more], [pay]]);

  const client = createClient({ url: running.url, key: running.sdkKey, environment: "production", log: quiet });
  ends.push(() => client.close());
  await client.ready();
  expect(asked(client, "shop.pay", "acme")).toBe(false);
  gitIn(shop.folder ?? "", "update-ref", "refs/heads/main", pay);
  await shop.deliver("push", { ref: "refs/heads/main" });
  await until("what the shop merged is served", () => (asked(client, "shop.pay", "acme") ? true : undefined));

  shop.installation = "removed";
  shop.endTokens();
  await shop.deliver("installation-deleted", {});
  const health = await until("health says which", async () => {
    const { source } = (await running.ask("GET", "/health")).body as Health;
    const trouble = source?.further?.find(({ name }) => name === "shop")?.github?.trouble;
    return trouble === undefined ? undefined : { main: source?.github, trouble };
  });
  expect(health).toEqual({ main: { app: github.app.id }, trouble: "the GitHub App is not installed on acme/shop" });
  await open(github, 2, push("again", { "flags/shop/banner.yaml": flag("shop.banner", "ops", "    default: on\n") }));
  expect(await told(github, 2)).toContain("**`shop.banner`** in production: 5 of 5 would get something else: 5 on.");
  expect(asked(client, "shop.pay", "acme")).toBe(true);
  expect([...github.heard, ...shop.heard].join("\n")).not.toContain("Canary");
  expect([...github.complaints, ...shop.complaints]).toEqual([]);
});
