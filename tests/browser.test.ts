import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createClient, type SluiceClient } from "@sluice/node";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchChromium } from "./chromium.ts";
import { FlagRepository, flagPath, flagText } from "../faults/rig/flag-repository.ts";
import { kill, lift, makeFolder, pause, type Running, startSluice, until } from "../faults/rig/running.ts";
import { type PageServer, servePage } from "./browser/page-server.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const PEOPLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ada: { targetingKey: "ada", customer: "acme-build", plan: "pro" },
  bob: { targetingKey: "bob", customer: "other-build", plan: "starter" },
};

interface Shown {
  readonly pro: boolean;
  readonly all: boolean;
  readonly server: boolean;
  readonly reason?: string;
  readonly changes: number;
  readonly problems: readonly string[];
}

const folder = makeFolder("browser");
let running: Running;
let site: PageServer;
let browser: Browser;
let backEnd: SluiceClient;

/** A flag of the drill that pages may see. */
const forPages = (key: string, variant: "on" | "off"): string => flagText(key, variant).replace("off: off\n", "off: off\nexpose: [browser]\n");

async function shown(page: Page): Promise<Shown | undefined> {
  const text = (await page.locator("body").textContent()) ?? "";
  return text.startsWith("{") ? JSON.parse(text) : undefined;
}

async function untilShown(page: Page, what: string, fits: (seen: Shown) => boolean): Promise<Shown> {
  let last: Shown | undefined;
  try {
    return await until(what, async () => ((last = await shown(page)) !== undefined && fits(last) ? last : undefined), 20_000);
  } catch (error) {
    throw new Error(`${what}; the page shows ${JSON.stringify(last)}`, { cause: error });
  }
}

/** A page of its own, with what it asked Sluice and what its policy refused. */
async function visit(who: string, context = browser.newContext()): Promise<{ readonly page: Page; readonly asked: string[]; readonly refused: string[] }> {
  const page = await (await context).newPage();
  const asked: string[] = [];
  const refused: string[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(running.url)) asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) refused.push(message.text());
  });
  page.on("pageerror", (error) => refused.push(String(error)));
  await page.goto(`${site.origin}/?who=${who}`);
  return { page, asked, refused };
}

const answersAsked = (asked: readonly string[]): number => asked.filter((one) => one === "GET /browser/v1/answers").length;
const honestToken = (who: string): string => (PEOPLE[who] === undefined ? "" : (backEnd.contextToken(PEOPLE[who]) ?? ""));

/** A token that the SDK would not make. */
function handMade(claims: object, secret = running.supervised.contextSecrets["production"] ?? "", header: object = { alg: "HS256" }): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

describe.skipIf(!existsSync(CHROMIUM))("a page in Chromium", () => {
  beforeAll(async () => {
    site = await servePage();
    const repository = new FlagRepository(join(folder.path, "flags"), ["area-0.flag-0"]);
    repository.write(flagPath("web.pro"), forPages("web.pro", "off").replace("{ plan: { in: [starter] } }", "{ customer: { in: [acme-build] } }"));
    repository.write(flagPath("web.all"), forPages("web.all", "on"));
    repository.commit("Flags for pages");
    running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, run: "sources", browserOrigins: [site.origin] });
    site.sluice = running.url;
    site.tokenOf = honestToken;
    backEnd = createClient({ url: running.url, key: running.sdkKey, log: silent, contextSecret: running.supervised.contextSecrets["production"] ?? "" });
    await backEnd.ready();
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await backEnd?.close();
    await running?.supervised.stop();
    await site?.close();
    folder.remove();
  });

  test("shows each person's own answers, and to nobody the public ones, under the strictest policy", async () => {
    const visits = await Promise.all([visit("ada"), visit("bob"), visit("nobody")]);
    const seen = await Promise.all(visits.map(({ page }) => untilShown(page, "answers", ({ all }) => all)));
    expect(seen.map(({ pro, server, problems }) => ({ pro, server, problems }))).toEqual([
      { pro: true, server: false, problems: [] },
      { pro: false, server: false, problems: [] },
      { pro: false, server: false, problems: [] },
    ]);
    expect(visits.flatMap(({ refused }) => refused)).toEqual([]);
    // No rule, no segment and no flag of the servers' ever reaches a page.
    const body = await visits[0].page.evaluate(async (url) => (await fetch(`${url}/browser/v1/answers?environment=production`)).text(), running.url);
    expect(Object.keys(JSON.parse(body).answers)).toEqual(["web.all"]);
    await Promise.all(visits.map(({ page }) => page.context().close()));
  });

  test("tells the server what went wrong in it, and which keys it has no answer for", async () => {
    const { page, refused } = await visit("ada");
    await untilShown(page, "answers", ({ all }) => all);
    await page.evaluate(`flags.track("export", { flag: "web.all", failed: true }); flags.getBoolean("web.al", false);`);
    // Whoever leaves the page takes nothing along.
    await page.goto("about:blank");
    const headers = { authorization: `Bearer ${running.supervised.operatorKey}` };
    const listed = await until("the key is listed", async () => {
      const { keys } = (await (await fetch(`${running.url}/api/unknown-keys`, { headers })).json()) as { readonly keys: readonly { readonly key: string }[] };
      return keys.find(({ key }) => key === "web.al");
    });
    expect(listed).toMatchObject({ environment: "production", service: "pages", nearest: ["web.all"] });
    expect(refused).toEqual([]);
    await page.context().close();
  });

  test("changes when somebody kills, from the stream alone, and back when the kill is lifted", async () => {
    const visits = await Promise.all([visit("ada"), visit("bob"), visit("nobody")]);
    await Promise.all(visits.map(({ page }) => untilShown(page, "answers", ({ all }) => all)));
    await until("every page listens", () => (visits.every(({ asked }) => asked.includes("GET /browser/v1/stream")) ? true : undefined));
    await pause(200);
    const before = visits.map(({ asked }) => answersAsked(asked));
    const start = performance.now();
    const killed = await kill(running, ["web.all"]);
    const seen = await Promise.all(visits.map(({ page }) => untilShown(page, "the kill", ({ all }) => !all)));
    console.log(`three pages show the kill after ${Math.round(performance.now() - start)} ms, the request for it included`);
    expect(seen.map(({ all, reason }) => [all, reason])).toEqual(visits.map(() => [false, "DISABLED"]));
    expect(visits.map(({ asked }) => answersAsked(asked))).toEqual(before);
    await lift(running, killed.kill);
    await Promise.all(visits.map(({ page }) => untilShown(page, "the lift", ({ all }) => all)));
    await Promise.all(visits.map(({ page }) => page.context().close()));
  });

  test(
    "goes on with the last good answers while the process that serves it is ended and started again, and hears the next kill",
    { timeout: 180_000 },
    async () => {
      const { page } = await visit("ada");
      await untilShown(page, "answers", ({ pro }) => pro);
      // Another is there within a second: each is ended, until the page has asked where none is.
      let last = 0;
      await untilShown(page, "trouble", ({ problems }) => {
        const now = running.supervised.pids.fanout;
        if (now !== undefined && now !== last) process.kill((last = now), "SIGKILL");
        return problems.length > 0;
      });
      expect(await shown(page)).toMatchObject({ pro: true, all: true });
      await until("another process", async () => {
        const now = running.supervised.pids.fanout;
        return now !== undefined && now !== last && (await running.ask("GET", "/health").catch(() => undefined))?.status === 200 ? true : undefined;
      });
      const killed = await kill(running, ["web.pro"]);
      await untilShown(page, "the kill", ({ pro }) => !pro);
      await lift(running, killed.kill);
      await untilShown(page, "the lift", ({ pro }) => pro);
      await page.context().close();
    },
  );

  test("shows defaults and says why when its token is forged, expired, of another environment, or too large", async () => {
    const now = Math.floor(Date.now() / 1_000);
    const whole = { aud: "production", exp: now + 600, sub: "subject-of-eve", ctx: PEOPLE["ada"] };
    const { contextSecrets } = running.supervised;
    const tokens: Readonly<Record<string, string>> = {
      contextForged: handMade(whole, "slc_of_somebody_else_0123456789abcdef01234567"),
      contextExpired: handMade({ ...whole, exp: now - 61 }),
      contextNotYet: handMade({ ...whole, nbf: now + 300 }),
      contextTooLong: handMade({ ...whole, exp: now + 3_600 }),
      contextWrongAudience: handMade({ ...whole, aud: "staging" }),
      contextAlgorithm: handMade(whole, contextSecrets["production"], { alg: "none" }),
      contextMalformed: running.sdkKey,
      contextTooLarge: "x".repeat(8_001),
    };
    for (const [code, token] of Object.entries(tokens)) {
      site.tokenOf = () => token;
      const { page } = await visit("ada");
      const seen = await untilShown(page, code, ({ problems }) => problems.length > 0);
      expect([seen.pro, seen.all, seen.problems[0]], code).toEqual([false, false, expect.stringContaining(code)]);
      await page.context().close();
    }
    site.tokenOf = honestToken;
  });

  test("asks its back end for another token when the one it has is no longer good", async () => {
    const expired = handMade({ aud: "production", exp: Math.floor(Date.now() / 1_000) - 61, sub: "subject-of-ada", ctx: PEOPLE["ada"] });
    const handed = [expired];
    site.tokenOf = (who) => handed.shift() ?? honestToken(who);
    const { page } = await visit("ada");
    expect(await untilShown(page, "answers for the second token", ({ pro }) => pro)).toMatchObject({ all: true, problems: [] });
    site.tokenOf = honestToken;
    await page.context().close();
  });

  test("keeps two people in one browser apart, also when the server is away", async () => {
    const context = await browser.newContext();
    const { page } = await visit("ada", Promise.resolve(context));
    await untilShown(page, "Ada's answers", ({ pro }) => pro);
    // In the same moment, before any answer can have come.
    const between = await page.evaluate(() => {
      const { flags } = globalThis as unknown as { flags: { identify(token?: string): Promise<void>; getDetails(key: string): unknown } };
      void flags.identify();
      return [flags.getDetails("web.pro") ?? "nothing", JSON.stringify(Object.values({ ...localStorage })).includes("web.pro")];
    });
    expect(between).toEqual(["nothing", false]);
    await page.evaluate(() => (globalThis as unknown as { signIn(who: string): Promise<void> }).signIn("bob"));
    await untilShown(page, "Bob's answers", ({ pro, all }) => !pro && all);
    await page.evaluate(() => (globalThis as unknown as { signIn(who: string): Promise<void> }).signIn("ada"));
    await untilShown(page, "Ada's answers again", ({ pro }) => pro);

    await context.route(`${running.url}/**`, (route) => route.abort());
    await page.goto(`${site.origin}/?who=ada`);
    await untilShown(page, "what Ada saw last", ({ pro, all }) => pro && all);
    await page.goto(`${site.origin}/?who=bob`);
    const seen = await untilShown(page, "nothing of Ada's", ({ problems }) => problems.length > 0);
    expect([seen.pro, seen.all]).toEqual([false, false]);
    await context.close();
  });

  test("of an origin that is not configured gets nothing", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${site.origin.replace("127.0.0.1", "localhost")}/?who=ada`);
    const seen = await untilShown(page, "the refusal", ({ problems }) => problems.length > 0);
    expect([seen.pro, seen.all, seen.problems[0]]).toEqual([false, false, expect.stringContaining("Failed to fetch")]);
    await context.close();
  });
});
