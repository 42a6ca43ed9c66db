import { execFileSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@sluice/node";
import { openStore, secretHash } from "@sluice/store";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "./chromium.ts";
import { makeFolder, type Running, startSluice, until } from "../faults/rig/running.ts";
import { writeDemoReleases } from "../packages/distribution/src/demo-releases.ts";

const PEOPLE = { product: "Priya Raman", customerSuccess: "Jonas Weber", admin: "Ada Admin" } as const;
type Who = keyof typeof PEOPLE;
const FLAG = "crew.timesheet-rounding";
const silent = { info: () => {}, warn: () => {}, error: () => {} };

const folder = makeFolder("journey");
let running: Running;
let browser: Browser | undefined;

beforeAll(async () => {
  const repository = join(folder.path, "flags");
  cpSync(new URL("../examples/shop-floor/flags-repository", import.meta.url), repository, { recursive: true });
  const git = (...given: readonly string[]): void =>
    void execFileSync("git", ["-C", repository, "-c", "user.name=Mara", "-c", "user.email=mara@example.com", ...given]);
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
  running = await startSluice({ data: join(folder.path, "data"), source: repository, pollMs: 1_000, run: "sources" });
  const store = await openStore(`sqlite:${join(folder.path, "data", "store.db")}`);
  try {
    await writeDemoReleases(store, Date.now());
    for (const role of Object.keys(PEOPLE) as Who[]) {
      await store.saveAccount({ id: role, email: `${role}@example.com`, name: PEOPLE[role], role, passwordHash: "", failures: 0, lockedUntilMs: 0 });
      for (const kind of ["session", "token"] as const)
        await store.saveGrant({ hash: secretHash(`${kind}-of-${role}-0123456789`), kind, account: role, expiresAtMs: Number.MAX_SAFE_INTEGER });
    }
  } finally {
    await store.close();
  }
  if (existsSync(CHROMIUM)) browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await running.supervised.stop();
  folder.remove();
});

let commands = 0;
async function ask(who: Who, path: string, body?: object): Promise<Record<string, unknown>> {
  const sent = body === undefined ? undefined : { command: `journey-command-${++commands}`, ...body };
  const reply = await running.ask(body === undefined ? "GET" : "POST", path, sent, { authorization: `Bearer token-of-${who}-0123456789` });
  expect(reply.status, `${path}: ${JSON.stringify(reply.body)}`).toBeLessThan(300);
  return reply.body as Record<string, unknown>;
}

async function pageOf(who: Who, hash: string): Promise<Page> {
  if (browser === undefined) throw new Error("there is no browser");
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "Europe/Berlin", locale: "en-GB" });
  await context.addCookies([{ name: "sluice_session", value: `session-of-${who}-0123456789`, url: running.url }]);
  const page = await context.newPage();
  await page.goto(`${running.url}/#/${hash}`);
  return page;
}

test("a wave reaches its customers in a running application and nobody else, a kill takes it away, a lift gives back who had it", async () => {
  const client = createClient({ url: running.url, key: running.sdkKey, service: "journey", version: "1.0.0", waitMs: 20_000, log: silent });
  await client.ready();
  const has = (customer: string): boolean => client.getBoolean(FLAG, false, { targetingKey: "u1", customer });
  const start = Date.now() + 2_500;
  const content = {
    title: "Hours rounded to the quarter, now",
    environment: "production",
    flags: [{ flag: FLAG, serve: "on" }],
    risk: "minor",
    zone: "Europe/Berlin",
    waves: [
      { name: "Early", audience: { tracks: ["early"] }, start: { atMs: start }, bakeMs: 3_600_000 },
      { name: "Everybody", audience: {}, start: { atMs: start + 86_400_000 }, bakeMs: 0 },
    ],
  };
  const dry = await ask("product", "/api/releases/dry-run", { command: undefined, content });
  const predicted = (dry["steps"] as { readonly atMs: number; readonly customers: readonly string[] }[])[0];
  const { release } = await ask("product", "/api/releases", { content });
  await ask("product", `/api/releases/${String(release)}/plan`, {});
  expect([has("northgate-homes"), has("acme-build")]).toEqual([false, false]);
  await until("the early track has it", () => (has("northgate-homes") ? true : undefined), 20_000);
  expect(Date.now()).toBeGreaterThanOrEqual(start);
  // Every customer is asked through the SDK: who has it is exactly who the page said before.
  const { customers } = (await ask("product", "/api/customers")) as { readonly customers: readonly { readonly id: string; readonly key: string }[] };
  expect(customers.filter(({ key }) => has(key)).map(({ id }) => id)).toEqual(
    customers.filter(({ id }) => predicted?.customers.includes(id)).map(({ id }) => id),
  );
  const { kill } = await ask("product", "/api/kills", { environment: "production", flags: [FLAG] });
  await until("nobody has it", () => (customers.some(({ key }) => has(key)) ? undefined : true), 10_000);
  expect((await ask("product", `/api/releases/${String(release)}`))["phase"]).toBe("paused");
  await ask("admin", `/api/kills/${String(kill)}/lift`, {});
  await until("the early track has it again", () => (has("northgate-homes") ? true : undefined), 10_000);
  expect(has("acme-build")).toBe(false);
  await client.close();
});

test.skipIf(!existsSync(CHROMIUM))("a product manager plans a release on the page, and customer success holds a customer there", async () => {
  const page = await pageOf("product", "plan");
  await page.getByLabel("What do customers get?").fill("Snag lists for everybody");
  await page.getByLabel("Flags that it turns on").selectOption("billing.invoice-export");
  await page.getByRole("button", { name: "See what would happen" }).click();
  await page.getByText("customers get it with Everybody").waitFor();
  await page.getByRole("button", { name: "Save as a draft" }).click();
  await page.getByRole("heading", { name: "Snag lists for everybody" }).waitFor();
  await page.getByRole("button", { name: /^Plan it: 2 customers first, / }).click();
  await page.getByText("Scheduled").first().waitFor();
  const id = new URLSearchParams(new URL(page.url()).hash.split("?")[1]).get("id") ?? "";
  expect((await ask("product", `/api/releases/${id}`))["phase"]).toBe("planned");

  const customers = (await ask("admin", "/api/customers"))["customers"] as { readonly id: string; readonly key: string }[];
  const acme = customers.find(({ key }) => key === "ulm-hochbau")?.id ?? "";
  const customer = await pageOf("admin", `customer?id=${acme}`);
  await customer.getByLabel("Why").fill("A bridge is handed over");
  await customer.getByRole("button", { name: /^Hold until/ }).click();
  await customer
    .getByText(/On hold until/)
    .first()
    .waitFor();
  const cells = (await ask("admin", `/api/customers/${acme}/releases`))["cells"] as { readonly release: string; readonly state: { readonly state: string } }[];
  expect(cells.find(({ release }) => release === "demo-diary")?.state.state).toBe("held");
});
