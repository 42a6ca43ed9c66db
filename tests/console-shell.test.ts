import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "./chromium.ts";
import { type Journey, PHONE, startJourney, type Who } from "./journeys/rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./journeys/world.ts";

let journey: Journey;
let release: string;
let kill: string;

describe.skipIf(!existsSync(CHROMIUM))("what stands around every page, and what is killed now", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: FILES });
    const waves = [{ name: "Early track", audience: { tracks: ["early"] }, start: { atMs: TUESDAY + HOUR }, bakeMs: HOUR }];
    const content = planOf("Site diary 2", { waves: [...waves, { name: "All", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR }] });
    release = String((await journey.did("priya", "/api/releases", { content }))["release"]);
    await journey.did("priya", `/api/releases/${release}/plan`, {});
    const asks = planOf("Snag lists", { flags: [{ flag: "site.snag-list", serve: "on" }], approvals: ["marketing"], waves });
    await journey.did("priya", `/api/releases/${String((await journey.did("priya", "/api/releases", { content: asks }))["release"])}/plan`, {});
    await journey.advanceTo(TUESDAY + HOUR);
    kill = String((await journey.did("ines", "/api/kills", { environment: "production", flags: [FLAG], reason: "Photos vanish after saving" }))["kill"]);
    await journey.advanceTo(TUESDAY + 2 * HOUR);
  });
  afterAll(() => journey?.stop());

  /** The top of what matches first, in pixels from the top of the page. */
  async function topOf(page: Page, selector: string): Promise<number> {
    const box = await page.locator(selector).first().boundingBox();
    if (box === null) throw new Error(`${selector} is not drawn`);
    return box.y;
  }

  // As reviewed by hand in tests/roles: engineers, product managers and admins lift.
  test.each([
    ["dele", true],
    ["priya", true],
    ["ines", false],
    ["jonas", false],
    ["ada", true],
    ["uma", false],
  ] as const)("Home of %s begins with what is killed, since when, by whom and why", async (who, mayLift) => {
    const page = await journey.page(who, "home");
    const card = page.getByRole("region", { name: "Killed now" });
    await card.getByText("Voice notes in Production").waitFor();
    await card.getByText("Since today 10:00, Berlin time, by Inês Moura: Photos vanish after saving").waitFor();
    expect(await card.getByRole("link", { name: "Site diary 2" }).getAttribute("href")).toBe(`#/release?id=${release}`);
    expect(await topOf(page, ".in-force")).toBeLessThan(await topOf(page, "h1"));
    expect(await card.getByRole("button", { name: /^Lift/ }).count()).toBe(mayLift ? 1 : 0);
    await page.close();
  });

  test("the list of flags says since when and by whom, and Releases that a kill paused it", async () => {
    const page = await journey.page("dele", "flags");
    const row = page.locator("tbody tr").filter({ hasText: FLAG });
    await row.getByText("since today 10:00, by Inês Moura").waitFor();
    await page.goto(`${journey.url}/#/releases`);
    await page.locator("tbody tr").filter({ hasText: "Site diary 2" }).getByText("Paused, by a kill").waitFor();
    await page.close();
  });

  test("on Kill it stands above the search, and on a phone too", async () => {
    for (const size of [undefined, PHONE]) {
      const page = await journey.page("ines", "kill", size);
      await page.getByRole("region", { name: "Killed now" }).waitFor();
      expect(await topOf(page, ".in-force")).toBeLessThan(await topOf(page, 'input[type="search"]'));
      await page.close();
    }
  });

  test("what waits and what begins is asked for once a look, by the rail and every page together", async () => {
    const page = await journey.page("ines", "");
    await page.goto("about:blank");
    const asked = { home: 0, lists: 0 };
    page.on("request", (request) => {
      if (request.url().endsWith("/api/home")) asked.home += 1;
      if (request.url().endsWith("/api/flags")) asked.lists += 1;
    });
    await page.goto(`${journey.url}/#/home`);
    await page.getByText("Do you agree, for Marketing?").waitFor();
    await page.locator(".nav .count.ask").waitFor();
    for (const [address, says] of [
      ["approvals", "1 plan waits for your word."],
      ["releases", "Snag lists"],
      ["home", "Do you agree, for Marketing?"],
    ] as const) {
      await page.goto(`${journey.url}/#/${address}`);
      await page.getByText(says).first().waitFor();
    }
    expect(asked.home).toBeGreaterThan(0);
    // The lists are asked for once a look, and a look is every few seconds or when something was decided.
    expect(asked.home).toBeLessThanOrEqual(asked.lists);
    await page.close();
  });

  test("no two pages have the same picture beside their name", async () => {
    const page = await journey.page("ada", "home");
    const links = page.locator(".nav a");
    await links.first().waitFor();
    const pictures = await Promise.all((await links.all()).map((link) => link.locator("svg").innerHTML()));
    expect(pictures).toHaveLength(13);
    expect(new Set(pictures).size).toBe(13);
    await page.close();
  });

  const bars: readonly (readonly [Who, string])[] = [
    ["dele", "Flags"],
    ["priya", "Calendar"],
    ["ines", "Calendar"],
    ["jonas", "Customers"],
    ["ada", "Calendar"],
    ["uma", "Audit"],
  ];
  test.each(bars)("on a phone %s has four pages, Kill and everything else under More, none of them cut", async (who, own) => {
    const page = await journey.page(who, "home", PHONE);
    const bar = page.getByRole("navigation", { name: "Main, phone" });
    await bar.getByRole("link", { name: "Home" }).waitFor();
    const named = await bar
      .locator("> *")
      .evaluateAll((all: readonly { readonly innerText: string }[]) => all.map(({ innerText }) => innerText.split("\n")[0]?.trim()));
    expect(named).toEqual(["Home", "Releases", own, "Approvals", "More", "Kill"]);
    const cut = await bar
      .locator("> *")
      .evaluateAll(
        (all: readonly { readonly scrollWidth: number; readonly clientWidth: number }[]) =>
          all.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length,
      );
    expect(cut).toBe(0);
    await bar.getByRole("button", { name: "More" }).click();
    const sheet = page.getByRole("dialog", { name: "More pages" });
    const others = ["Calendar", "Customers", "Lists", "Flags", "Segments", "Changes", "Drift", "Audit", "Settings"].filter((title) => title !== own);
    expect((await sheet.getByRole("link").allInnerTexts()).map((text) => text.trim())).toEqual(others);
    await sheet.getByText("Times are shown in").first().waitFor();
    await sheet.getByRole("button", { name: "Sign out" }).waitFor();
    await sheet.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    expect(await sheet.count()).toBe(0);
    await bar.getByRole("link", { name: /^Kill/ }).click();
    await page.getByRole("heading", { name: "Kill", exact: true }).waitFor();
    await page.close();
  });

  test("the bar of a phone says where one is, whole, on every page", async () => {
    const page = await journey.page("ada", "home", PHONE);
    for (const address of [
      "home",
      "releases",
      "calendar",
      "customers",
      "import",
      "lists",
      "approvals",
      "flags",
      "audit",
      "settings",
      "kill",
      `release?id=${release}`,
      "plan",
    ]) {
      await page.goto(`${journey.url}/#/${address}`);
      const title = page.locator(".bar > b");
      await title.waitFor();
      const isWhole = await title.evaluate((it: { readonly scrollWidth: number; readonly clientWidth: number }) => it.scrollWidth <= it.clientWidth);
      expect(isWhole, address).toBe(true);
    }
    await page.close();
  });

  test("a field for a time reads as sentences do, with its clock, until it is edited", async () => {
    const page = await journey.page("uma", "audit");
    const field = page.getByLabel("Date and time");
    const words = page.locator(".moment-words");
    await field.waitFor();
    // Two hours after 09:00 in Berlin.
    expect(await words.textContent()).toBe("Tue 24 Nov, 11:00 Berlin time");
    await field.focus();
    expect(await words.isVisible()).toBe(false);
    await field.fill("2027-01-07T08:30");
    await page.getByLabel("Customer").focus();
    expect(await words.textContent()).toBe("Thu 7 Jan 2027, 08:30 Berlin time");
    await page.getByLabel("Customer").fill("Acme Build");
    await page.getByRole("link", { name: "Show Acme Build, Thu 7 Jan 2027, 08:30" }).waitFor();
    await page.close();
  });

  test("the log names whoever was invited", async () => {
    await journey.did("ada", "/api/accounts", { email: "nils@example.com", name: "Nils Holm", role: "marketing" });
    const page = await journey.page("uma", "audit");
    await page.getByText("Invited Nils Holm for Marketing").waitFor();
    await page.close();
  });

  test("somebody with a session is never called invited", async () => {
    const page = await journey.page("ada", "settings");
    await page.getByText("Inês Moura").waitFor();
    expect(await page.getByText("Can sign in").count()).toBe(7);
    // Nils has not used his link.
    expect(await page.getByText("Invited", { exact: true }).count()).toBe(1);
    await page.close();
  });

  // The last: what it lifts is what the others look at.
  test("is lifted on Home by whoever may, after it has said what that does", async () => {
    const page = await journey.page("dele", "home");
    const card = page.getByRole("region", { name: "Killed now" });
    await card.getByRole("button", { name: "Lift the kill of Voice notes" }).click();
    await card.getByText("Lifting gives Voice notes back in Production").waitFor();
    await card.getByRole("button", { name: "Lift it now" }).click();
    await card.waitFor({ state: "detached" });
    const { kills } = await journey.did("dele", "/api/kills");
    expect((kills as readonly { readonly kill: string }[]).map((each) => each.kill)).not.toContain(kill);
    await page.close();
  });
});
