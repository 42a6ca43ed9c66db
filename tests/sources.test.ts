import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChangePreview, ChangeSent, EditBody, SourceHealth } from "@sluice/contract";
import type { LoggedEvent } from "@sluice/releases";
import { afterEach, expect, test } from "vitest";
import { kill, lift, makeFolder, newCommand, type Running, startSluice, until } from "../faults/rig/running.ts";
import { createClient, type SluiceClient } from "../sdks/js-server/src/index.ts";
import { HostedRepository, HttpHost, SshHost, sshd } from "./git-hosts.ts";

const LIMIT = { timeout: 240_000 };
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const TOKEN = "shop-secret-token";
if (sshd === undefined) console.log("skipped: a source over SSH, because sshd is not on this machine.");

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const flag = (key: string, served: string): string =>
  `key: ${key}\ndescription: A flag.\nkind: ops\nowner: team-x\ntype: boolean\noff: off\nenvironments:\n  production: ${served}\n`;
const [ON, OFF] = ["{ default: on }", "{ default: off }"];
const IN_EUROPE = "{ rules: [{ if: { segment: europe }, serve: on }], default: off }";

/** A company's three places: the central repository and the shop's, each at a host of its own, and a folder of a monorepo. */
interface Company {
  readonly central: HostedRepository;
  readonly shop: HostedRepository;
  readonly platform: HostedRepository;
  readonly shopHost: HttpHost;
  readonly running: Running;
  readonly client: SluiceClient;
  /** What the host of that repository sends after a push. */
  readonly hook: (address: string) => Promise<void>;
  readonly health: () => Promise<SourceHealth>;
}

/** The server looks by itself once an hour: everything else happens because a webhook says so. */
async function company(program: string): Promise<Company> {
  const folder = makeFolder("sources");
  ends.push(() => folder.remove());
  const at = (name: string): string => join(folder.path, name);
  const central = new HostedRepository(at("central"), "flags", {
    "sluice.yaml": "project: p\nenvironments: { production: {} }\nedits: { facts: direct }\n",
    "segments/europe.yaml": "key: europe\nif: { country: { in: [DE, FR] } }\n",
    "flags/banner.yaml": flag("banner", ON),
  });
  const shop = new HostedRepository(at("shop"), "shop", { "README.md": "The shop.\n", "flags/shop/pay.yaml": flag("shop.pay", IN_EUROPE) });
  const platform = new HostedRepository(at("platform"), "platform", {
    "services/billing/flags/billing/invoice.yaml": flag("billing.invoice", "{ prerequisites: [{ flag: shop.pay, serves: on }], default: on }"),
    "services/other/flags/not-ours.yaml": flag("not-ours", ON),
  });
  const [centralHost, shopHost, ssh] = [await HttpHost.start(at("central")), await HttpHost.start(at("shop"), TOKEN), await SshHost.start(program, at("ssh"))];
  ends.push(
    () => centralHost.goAway(),
    () => shopHost.goAway(),
    () => ssh.close(),
  );
  writeFileSync(at("token"), `${TOKEN}\n`);
  const list = [
    `shop: { url: ${shopHost.url}/shop.git, tokenFile: token }`,
    `billing: { url: "${ssh.url}${platform.bare}", folder: services/billing, sshKey: ${ssh.clientKey}, knownHosts: ${ssh.knownHosts} }`,
  ];
  writeFileSync(at("sources.yaml"), `${list.join("\n")}\n`);
  const running = await startSluice({
    data: at("data"),
    source: `${centralHost.url}/flags.git`,
    run: "sources",
    pollMs: 3_600_000,
    environment: { SLUICE_SOURCES: at("sources.yaml") },
  });
  ends.push(() => running.supervised.stop());
  const client = createClient({ url: running.url, key: running.sdkKey, service: "app", log: quiet });
  ends.push(() => client.close());
  await client.ready();
  return {
    central,
    shop,
    platform,
    shopHost,
    running,
    client,
    hook: async (address) => {
      const body = { ref: "refs/heads/main", repository: { clone_url: address } };
      expect((await running.ask("POST", "/hooks/git", body, {})).status).toBe(202);
    },
    health: async () => ((await running.ask("GET", "/health")).body as { readonly source: SourceHealth }).source,
  };
}

const paris = { targetingKey: "u1", country: "FR" };
const answers = (client: SluiceClient): readonly boolean[] => ["banner", "shop.pay", "billing.invoice"].map((key) => client.getBoolean(key, false, paris));
const serves = (client: SluiceClient, wanted: readonly boolean[]): Promise<true> =>
  until(`the SDK answers ${wanted.join(", ")}`, () => (answers(client).join() === wanted.join() ? true : undefined));

async function adopted({ running }: Company): Promise<readonly (readonly [string | undefined, string])[]> {
  const { events } = (await running.ask("GET", "/api/events?after=0&limit=200")).body as { readonly events: readonly LoggedEvent[] };
  return events.flatMap(({ facts }) => (facts.kind === "commitAdopted" ? [[facts.source, facts.commit] as const] : []));
}

async function edit(running: Running, edits: readonly EditBody[]): Promise<ChangeSent> {
  const preview = await running.ask("POST", "/api/changes/preview", { edits });
  expect(preview.status, JSON.stringify(preview.body)).toBe(200);
  const { base } = preview.body as ChangePreview;
  const sent = await running.ask("POST", "/api/changes", { command: newCommand(), edits, base });
  expect(sent.status, JSON.stringify(sent.body)).toBe(200);
  return sent.body as ChangeSent;
}

const healthOf = ({ further = [] }: SourceHealth, name: string): NonNullable<SourceHealth["further"]>[number] | undefined =>
  further.find((one) => one.name === name);

test.skipIf(sshd === undefined)("three sources over HTTP with a token, SSH and a folder of a monorepo make one server", LIMIT, async () => {
  const own = await company(sshd ?? "");
  const { central, shop, platform, running, client, hook, health } = own;
  const [shopUrl, platformUrl] = [`${own.shopHost.url}/shop.git`, `git@127.0.0.1:${platform.bare}`];
  // Flags of all three, one with a segment and one with a prerequisite of another repository.
  await serves(client, [true, true, true]);
  expect(client.getBoolean("shop.pay", false, { targetingKey: "u2", country: "US" })).toBe(false);
  expect(client.getBoolean("not-ours", false, paris)).toBe(false);
  const first = await adopted(own);
  expect(new Map(first)).toEqual(
    new Map([
      [undefined, central.host("rev-parse", "main")],
      ["shop", shop.host("rev-parse", "main")],
      ["billing", platform.host("rev-parse", "main")],
    ]),
  );
  const told = JSON.stringify(await health());
  expect(told).toContain("folder services/billing");
  expect(told).not.toContain(TOKEN);

  // A push to one is served without the others being looked at: theirs waits for its own hook.
  const later = platform.push({ "services/billing/flags/billing/invoice.yaml": flag("billing.invoice", OFF) });
  const pushed = shop.push({ "flags/shop/pay.yaml": flag("shop.pay", ON), "src/shop.ts": "flags" });
  await hook(shopUrl);
  await until("the shop's commit is served", () => (client.getBoolean("shop.pay", false, { targetingKey: "u2", country: "US" }) ? true : undefined));
  expect((await adopted(own)).slice(first.length)).toEqual([["shop", pushed]]);
  expect(client.getBoolean("billing.invoice", false, paris)).toBe(true);
  await hook(platformUrl);
  await serves(client, [true, true, false]);
  expect((await adopted(own)).at(-1)).toEqual(["billing", later]);

  // A kill needs no repository, and a host that is away takes nothing away.
  await own.shopHost.goAway();
  await hook(shopUrl);
  await until("the trouble is told", async () => healthOf(await health(), "shop")?.trouble);
  expect(healthOf(await health(), "billing")?.trouble).toBeUndefined();
  platform.push({ "services/billing/flags/billing/invoice.yaml": flag("billing.invoice", ON) });
  await hook(platformUrl);
  await serves(client, [true, true, true]);
  const killed = await kill(running, ["shop.pay"]);
  await serves(client, [true, false, true]);
  await lift(running, killed.kill);
  await serves(client, [true, true, true]);
  const missed = shop.push({ "flags/shop/pay.yaml": flag("shop.pay", OFF) });
  await own.shopHost.comeBack();
  await hook(shopUrl);
  await serves(client, [true, false, true]);
  await until("health tells that it is back", async () => {
    const { commit, trouble } = healthOf(await health(), "shop") ?? {};
    return commit === missed && trouble === undefined ? true : undefined;
  });

  // The same key in another repository keeps what is served, and is told with both places.
  const before = answers(client);
  platform.push({ "services/billing/flags/shop/pay.yaml": flag("shop.pay", ON) });
  await hook(platformUrl);
  await until("the duplicate is told", async () => (JSON.stringify(await health()).includes("flags/shop/pay.yaml of the source shop") ? true : undefined));
  expect(answers(client)).toEqual(before);
  platform.push({ "services/billing/flags/shop/pay.yaml": "" });
  await hook(platformUrl);
  await until("nothing is wrong any more", async () => ((await health()).further?.every(({ problems }) => problems.length === 0) === true ? true : undefined));

  // A change goes to the repository that holds the flag, with its own sign-in: directly, or for a review.
  const centralWas = central.host("rev-parse", "main");
  const words = await edit(running, [{ kind: "facts", flag: "shop.pay", set: { description: "Pays in the shop." } }]);
  expect(words).toMatchObject({ outcome: "sent", change: { source: "shop", way: "direct", state: "merged" } });
  expect(shop.host("show", "main:flags/shop/pay.yaml")).toContain("Pays in the shop.");
  const reviewed = await edit(running, [{ kind: "serving", flag: "billing.invoice", environment: "production", default: "off", rules: [] }]);
  if (reviewed.outcome !== "sent") throw new Error(reviewed.outcome);
  expect(reviewed.change).toMatchObject({ source: "billing", way: "review" });
  expect(platform.host("show", `${reviewed.change.branch ?? ""}:services/billing/flags/billing/invoice.yaml`)).toContain("default: off");
  const both = await running.ask("POST", "/api/changes/preview", {
    edits: ["shop.pay", "billing.invoice"].map((flag): EditBody => ({ kind: "facts", flag, set: { owner: "team-y" } })),
  });
  expect(both.status).not.toBe(200);
  expect(both.body).toMatchObject({ error: { code: "changeRefused", message: "The change is about several repositories: shop, billing." } });
  expect(central.host("rev-parse", "main")).toBe(centralWas);
  expect(central.host("for-each-ref", "--format=%(refname)", "refs/heads")).toBe("refs/heads/main");
});

test.skipIf(sshd === undefined)("a key that the host does not know is a trouble of that source alone, which names no secret", LIMIT, async () => {
  const folder = makeFolder("sources");
  ends.push(() => folder.remove());
  const at = (name: string): string => join(folder.path, name);
  const central = new HostedRepository(at("central"), "flags", {
    "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
    "flags/banner.yaml": flag("banner", ON),
  });
  const shop = new HostedRepository(at("shop"), "shop", { "flags/pay.yaml": flag("pay", ON) });
  const [right, other] = [await SshHost.start(sshd ?? "", at("ssh")), await SshHost.start(sshd ?? "", at("ssh-2"))];
  ends.push(
    () => right.close(),
    () => other.close(),
  );
  for (const [name, key, hosts, word] of [
    ["stranger", other.clientKey, right.knownHosts, "Permission denied"],
    ["impostor", right.clientKey, other.knownHosts, "Host key verification failed"],
  ] as const) {
    writeFileSync(at("sources.yaml"), `${name}: { url: "${right.url}${shop.bare}", sshKey: ${key}, knownHosts: ${hosts} }\n`);
    const running = await startSluice({ data: at(`data-${name}`), source: central.bare, run: "sources", environment: { SLUICE_SOURCES: at("sources.yaml") } });
    try {
      const trouble = await until("the trouble is told", async () => {
        const { source } = (await running.ask("GET", "/health")).body as { readonly source: SourceHealth };
        return healthOf(source, name)?.trouble;
      });
      expect(trouble).toContain(word);
      const client = createClient({ url: running.url, key: running.sdkKey, service: "app", log: quiet });
      await client.ready();
      expect(client.getBoolean("banner", false, paris)).toBe(true);
      await client.close();
    } finally {
      await running.supervised.stop();
    }
  }
});
