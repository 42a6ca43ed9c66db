import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "./chromium.ts";
import { type Journey, startJourney } from "./journeys/rig.ts";
import { DAY, FILES, HOUR, MANY, planOf, TUESDAY } from "./journeys/world.ts";

/** Five hours after nine in Berlin on that Tuesday. */
const START = TUESDAY + 5 * HOUR;
let journey: Journey;

const focused = (page: Page): Promise<string> => page.evaluate<string>("document.activeElement.textContent.trim()");

describe.skipIf(!existsSync(CHROMIUM))("lists, the calendar and clocks", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: FILES });
    for (const [title, flag, startMs] of [
      ["Site diary 2", "diary.voice-notes", START],
      ["Snag lists", "site.snag-list", START + DAY],
    ] as const) {
      const waves = [{ name: "Everybody", audience: {}, start: { atMs: startMs }, bakeMs: HOUR }];
      const { release } = await journey.did("priya", "/api/releases", { content: planOf(title, { flags: [{ flag, serve: "on" }], waves }) });
      await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    }
  });
  afterAll(() => journey?.stop());

  test("rows are gone through by j and k, and by arrows from a row or the search; Enter opens; the list of keys says so", async () => {
    const page = await journey.page("priya", "releases");
    await page.getByRole("link", { name: "Snag lists" }).waitFor();
    const rows = await page.locator("tbody a.name").allInnerTexts();
    expect(rows.toSorted()).toEqual(["Site diary 2", "Snag lists"]);
    await page.keyboard.press("j");
    expect(await focused(page)).toBe(rows[0]);
    await page.keyboard.press("j");
    expect(await focused(page)).toBe(rows[1]);
    await page.keyboard.press("j");
    expect(await focused(page)).toBe(rows[1]);
    await page.keyboard.press("k");
    expect(await focused(page)).toBe(rows[0]);
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe(rows[1]);
    await page.getByPlaceholder("Find a release or a flag").fill("jk");
    expect(await page.getByPlaceholder("Find a release or a flag").inputValue()).toBe("jk");
    await page.getByPlaceholder("Find a release or a flag").fill("snag");
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe("Snag lists");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/release\?id=/);
    await page.getByRole("heading", { name: "Snag lists" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("The next row of a list, the one before").waitFor();
  });

  test.each([
    ["customers", "tbody a.name", 20],
    ["flags", "tbody a.name", 10],
    ["home", "a.row", 2],
    ["audit", ".decision summary", 4],
    ["calendar", "button.start", 2],
  ] as const)("the rows of %s are gone through by j", async (address, rows, least) => {
    const page = await journey.page("priya", address);
    await page
      .locator(`main ${rows}`)
      .nth(least - 1)
      .waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    expect(await focused(page)).toBe((await page.locator(`main ${rows}`).nth(1).textContent())?.trim());
    await page.close();
  });

  test("a start is dragged to another day of the calendar, asks first, and moves by its button alone", async () => {
    const page = await journey.page("priya", "calendar");
    const start = page.getByRole("button", { name: /^Site diary 2, Everybody: scheduled/ });
    await start.waitFor();
    const waves = async (): Promise<unknown> =>
      (
        (await journey.did("priya", "/api/releases"))["releases"] as readonly { readonly content: { readonly title: string }; readonly nextAtMs: number }[]
      ).find(({ content }) => content.title === "Site diary 2")?.nextAtMs;
    const row = page.getByRole("row").filter({ has: start });
    // Monday is the first day of the week that is shown: Thursday is the fourth.
    await start.dragTo(row.getByRole("cell").nth(3));
    const panel = page.getByRole("dialog");
    await panel.getByText("What this moves").waitFor();
    expect(await waves()).toBe(START);
    await panel.getByRole("button", { name: "Move it to Thu 26 Nov, 14:00" }).click();
    await panel.waitFor({ state: "detached" });
    expect(await waves()).toBe(START + 2 * DAY);
    // The same with keys: a day back.
    await page.getByRole("button", { name: /^Site diary 2, Everybody: scheduled/ }).focus();
    await page.keyboard.press("Alt+ArrowLeft");
    await panel.getByRole("button", { name: "Move it to tomorrow 14:00" }).click();
    await panel.waitFor({ state: "detached" });
    expect(await waves()).toBe(START + DAY);
  });

  test("every time is by the clock that the bar names, fields and days too, and the bar says which environment a page is about", async () => {
    const page = await journey.page("priya", "home");
    const clock = page.getByLabel("Times are shown in");
    expect(await clock.inputValue()).toBe("Europe/Berlin");
    await page.getByText("09:00, Berlin time").waitFor();
    await page.getByText("All environments").waitFor();
    await clock.selectOption("Asia/Kolkata");
    // Berlin is an hour ahead of UTC in November, Kolkata five and a half.
    await page.getByText("13:30, Kolkata time").waitFor();
    await page
      .getByRole("link", { name: /Snag lists/ })
      .first()
      .click();
    await page.getByText("tomorrow 18:30").first().waitFor();
    await page.getByRole("button", { name: "Move the start …" }).click();
    await page.getByLabel("Start Everybody at").waitFor();
    expect(await page.getByLabel("Start Everybody at").inputValue()).toBe("2026-11-25T18:30");
    await page.locator(".environment-chip").filter({ hasText: "Production" }).waitFor();
    await page.getByLabel("Start Everybody at").fill("2026-11-25T20:00");
    await page.getByRole("button", { name: "Move it tomorrow 20:00" }).click();
    await page.getByText("tomorrow 20:00").first().waitFor();
    const { releases } = await journey.did("priya", "/api/releases");
    const snags = (releases as readonly { readonly content: { readonly title: string }; readonly nextAtMs: number }[]).find(
      ({ content }) => content.title === "Snag lists",
    );
    expect(snags?.nextAtMs).toBe(Date.UTC(2026, 10, 25, 14, 30));
    await page.goto(`${journey.url}/#/customer?id=id-customer-005`);
    await page.getByRole("button", { name: "Show times by their clock" }).click();
    await page.getByText(/^Times in Los Angeles time/).waitFor();
  });
});
