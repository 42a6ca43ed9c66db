import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@sluice/ports/node";
import { createClient, type SluiceClient } from "@sluice/node";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Sample, serveSpa, startServerSample } from "./browser/react-samples.ts";
import { CHROMIUM, launchChromium } from "./chromium.ts";
import { FlagRepository, flagPath, flagText } from "../faults/rig/flag-repository.ts";
import { kill, lift, makeFolder, type Running, startSluice, until } from "../faults/rig/running.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const PEOPLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ada: { targetingKey: "ada", customer: "acme-build" },
  bob: { targetingKey: "bob", customer: "other-build" },
};
const ON = "This week|Photos are on the plan.";
const OFF = "This week|Photos are in the list.";

const folder = makeFolder("react");
let running: Running;
let browser: Browser;
let backEnd: SluiceClient;
let spa: Sample;
let served: Sample;

/** A flag of the drill that pages may see. */
const forPages = (key: string, variant: "on" | "off"): string => flagText(key, variant).replace("off: off\n", "off: off\nexpose: [browser]\n");

interface Visit {
  readonly page: Page;
  /** Requests to Sluice, by path. */
  readonly asked: string[];
  /** What the browser or React complained about. */
  readonly refused: string[];
}

/** Records what the page shows, from its first element on: title and first sentence, each state once until it changes. */
const RECORD = `
  const shown = (globalThis.shown = []);
  globalThis.loads = Number(sessionStorage.getItem("loads") ?? 0) + 1;
  sessionStorage.setItem("loads", String(globalThis.loads));
  new MutationObserver(() => {
    const [title, sentence] = [document.querySelector("h1")?.textContent, document.querySelector("main > p")?.textContent];
    const state = title + "|" + sentence;
    if (title && sentence && shown.at(-1) !== state) shown.push(state);
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;
interface Recorded {
  readonly shown: readonly string[];
  readonly loads: number;
}
const recorded = (page: Page): Promise<Recorded> => page.evaluate(() => (({ shown, loads }) => ({ shown, loads }))(globalThis as unknown as Recorded));

async function visit(origin: string, context: BrowserContext): Promise<Visit> {
  const page = await context.newPage();
  const asked: string[] = [];
  const refused: string[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(running.url)) asked.push(new URL(request.url()).pathname);
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource|net::ERR/.test(message.text())) refused.push(message.text());
  });
  page.on("pageerror", (error) => refused.push(String(error)));
  await page.addInitScript({ content: RECORD });
  await page.goto(origin);
  return { page, asked, refused };
}

async function signedIn(who: string): Promise<BrowserContext> {
  const context = await browser.newContext();
  await context.addCookies([{ name: "who", value: who, url: spa.origin }]);
  return context;
}

const untilShown = (page: Page, state: string): Promise<unknown> =>
  until(`the page shows ${state}`, async () => ((await recorded(page)).shown.at(-1) === state ? true : undefined), 20_000);
const streamsOf = (visits: readonly Visit[]): number =>
  visits.reduce((sum, { asked }) => sum + asked.filter((path) => path === "/browser/v1/stream").length, 0);

describe.skipIf(!existsSync(CHROMIUM))("the React samples in Chromium", () => {
  beforeAll(async () => {
    const [spaPort, servedPort] = [await freePort(), await freePort()];
    const repository = new FlagRepository(join(folder.path, "flags"), ["area-0.flag-0"]);
    repository.write(
      flagPath("web.photo-pins"),
      forPages("web.photo-pins", "off").replace("{ plan: { in: [starter] } }", "{ customer: { in: [acme-build] } }"),
    );
    repository.write(flagPath("web.week-view"), forPages("web.week-view", "on"));
    repository.commit("Flags for pages");
    const origins = [spaPort, servedPort].map((port) => `http://127.0.0.1:${port}`);
    running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, run: "sources", browserOrigins: origins });
    const contextSecret = running.supervised.contextSecrets["production"] ?? "";
    backEnd = createClient({ url: running.url, key: running.sdkKey, log: silent, contextSecret });
    await backEnd.ready();
    const tokenOf = (who: string): string => (PEOPLE[who] === undefined ? "" : (backEnd.contextToken(PEOPLE[who]) ?? ""));
    spa = await serveSpa({ sluice: running.url, folder: folder.path, tokenOf, port: spaPort });
    served = await startServerSample({
      folder: folder.path,
      port: servedPort,
      environment: { SLUICE_URL: running.url, SLUICE_SDK_KEY: running.sdkKey, SLUICE_CONTEXT_SECRET: contextSecret },
    });
    browser = await launchChromium();
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await spa?.close();
    await backEnd?.close();
    await running?.supervised.stop();
    folder.remove();
  });

  test("a single-page application shows the person's flags at once, and a kill without a reload, under the strictest policy", async () => {
    const context = await signedIn("ada");
    const { page, refused, asked } = await visit(spa.origin, context);
    await untilShown(page, ON);
    await until("it listens", () => (asked.includes("/browser/v1/stream") ? true : undefined));
    const killed = await kill(running, ["web.photo-pins"]);
    await untilShown(page, OFF);
    await lift(running, killed.kill);
    await untilShown(page, ON);
    expect(await recorded(page)).toEqual({ shown: [ON, OFF, ON], loads: 1 });
    expect(refused).toEqual([]);
    await context.close();
  });

  test("shows nothing of the one before when somebody else signs in", async () => {
    const context = await signedIn("ada");
    const { page, refused } = await visit(spa.origin, context);
    await untilShown(page, ON);
    await page.getByRole("button", { name: "Sign in as Bob" }).click();
    await untilShown(page, OFF);
    const { shown, loads } = await recorded(page);
    // Once Ada's pins are gone they never come back.
    expect([shown[0], shown.slice(1).some((state) => state.includes("on the plan")), loads]).toEqual([ON, false, 1]);
    expect(refused).toEqual([]);
    await context.close();
  });

  test("starts with what the person saw last when Sluice is away", async () => {
    const context = await signedIn("ada");
    const first = await visit(spa.origin, context);
    await untilShown(first.page, ON);
    await first.page.close();
    await context.route(`${running.url}/**`, (route) => route.abort());
    const second = await visit(spa.origin, context);
    await untilShown(second.page, ON);
    expect((await recorded(second.page)).shown).toEqual([ON]);
    await context.close();
  });

  test("has one connection for all tabs of a person, and another tab takes over when the leading one is closed", async () => {
    const context = await signedIn("ada");
    const tabs: Visit[] = [];
    for (let count = 0; count < 3; count += 1) {
      const tab = await visit(spa.origin, context);
      await untilShown(tab.page, ON);
      tabs.push(tab);
      await until("one tab listens", () => (streamsOf(tabs) > 0 ? true : undefined));
    }
    const killed = await kill(running, ["web.photo-pins"]);
    await Promise.all(tabs.map(({ page }) => untilShown(page, OFF)));
    await lift(running, killed.kill);
    await Promise.all(tabs.map(({ page }) => untilShown(page, ON)));
    expect(streamsOf(tabs)).toBe(1);
    const [leader, ...rest] = tabs;
    expect(leader?.asked).toContain("/browser/v1/stream");
    await leader?.page.close();
    await until("another tab listens", () => (streamsOf(rest) > 0 ? true : undefined));
    const again = await kill(running, ["web.photo-pins"]);
    await Promise.all(rest.map(({ page }) => untilShown(page, OFF)));
    expect(streamsOf(rest)).toBe(1);
    await lift(running, again.kill);
    await context.close();
  });

  test("a server-rendered page has its answers in the HTML, no word about the person, and one state from the first paint on", async () => {
    const html = await (await fetch(served.origin)).text();
    expect(html).toContain("<h1>This week</h1><p>Photos are on the plan.</p>");
    // The part that came later, in the same response.
    expect(html).toContain("<li>Monday: two photos</li>");
    expect(html).not.toMatch(/acme-build|eyJ|targetingKey/);
    const context = await browser.newContext();
    const { page, refused, asked } = await visit(served.origin, context);
    await until("the page listens", () => (asked.includes("/browser/v1/stream") ? true : undefined));
    const killed = await kill(running, ["web.photo-pins"]);
    await untilShown(page, OFF);
    await lift(running, killed.kill);
    await untilShown(page, ON);
    expect(await recorded(page)).toEqual({ shown: [ON, OFF, ON], loads: 1 });
    expect(refused).toEqual([]);
    await context.close();
  });

  test("a kill between the server's render and the page's arrives as an ordinary update", async () => {
    const context = await browser.newContext();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await context.route("**/browser.js", async (route) => {
      await held;
      await route.continue();
    });
    const opening = visit(served.origin, context);
    const page = await until("the page is open", () => context.pages()[0]);
    await page.locator("main > p", { hasText: "on the plan" }).waitFor();
    const killed = await kill(running, ["web.photo-pins"]);
    release();
    const { refused } = await opening;
    await untilShown(page, OFF);
    expect((await recorded(page)).shown).toEqual([ON, OFF]);
    expect(refused).toEqual([]);
    await lift(running, killed.kill);
    await context.close();
  });
});
