import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, PHONE, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, MINUTE, planOf, TUESDAY } from "./world.ts";

const SNAGS = "site.snag-list";
const more = { [`flags/site/snag-list.yaml`]: (FILES["flags/diary/voice-notes.yaml"] ?? "").replace(FLAG, SNAGS) };

let journey: Journey;
let killed: string;
let asks: string;

describe.skipIf(!existsSync(CHROMIUM))("pages agree with one another, and with the clock of the day that they show", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: { ...FILES, ...more } });
    const planned = async (content: Readonly<Record<string, unknown>>): Promise<string> => {
      const { release } = await journey.did("priya", "/api/releases", { content });
      await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
      return String(release);
    };
    const ourselves = { name: "Ourselves", audience: { tracks: ["internal"] }, start: { atMs: TUESDAY + HOUR } };
    killed = await planned(
      planOf("Voice notes", {
        waves: [
          { ...ourselves, bakeMs: HOUR },
          { name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR },
        ],
      }),
    );
    // The second wave is due while the first is watched: it waits for a person.
    asks = await planned(
      planOf("Snag lists", {
        flags: [{ flag: SNAGS, serve: "on" }],
        waves: [
          { ...ourselves, bakeMs: DAY },
          { name: "Everybody", audience: {}, start: { atMs: TUESDAY + 2 * HOUR }, bakeMs: HOUR },
        ],
      }),
    );
    await journey.advanceTo(TUESDAY + HOUR);
    await journey.did("ines", "/api/kills", { environment: "production", flags: [FLAG], reason: "notes are cut off" });
    await journey.advanceTo(TUESDAY + 2 * HOUR + 16 * MINUTE);
  });
  afterAll(() => journey?.stop());

  test("what a kill paused is paused on every page, and waits for no other decision", async () => {
    const page = await journey.page("priya", "releases");
    await page.locator("tbody tr").filter({ hasText: "Voice notes" }).getByText("Paused, by a kill").waitFor();
    await page.goto(`${journey.url}/#/release?id=${killed}`);
    await page.locator(".title-line").getByText("Paused, by a kill").waitFor();
    const row = page.locator("table.cells tbody tr").filter({ hasText: "Acme Build" });
    await row.locator(".state").getByText("Paused").waitFor();
    expect(await page.locator("table.cells .state").getByText("Waits for a decision").count()).toBe(0);
    await page.goto(`${journey.url}/#/customer?id=id-acme-build`);
    await page.getByRole("region", { name: "Paused" }).getByText("Voice notes").waitFor();
    await page.getByRole("region", { name: "Waits for a decision" }).getByText("Snag lists").waitFor();
    await page.goto(`${journey.url}/#/calendar`);
    await page.getByRole("button", { name: /^Voice notes, Everybody: paused, tomorrow 09:00/ }).waitFor();
    await page.getByRole("heading", { name: /1 start for 7 customers waits for a decision\./ }).waitFor();
    // Where nothing starts anyway.
    const freeze = (days: number): Promise<unknown> =>
      journey.did("ada", "/api/freezes", { environment: "production", fromMs: TUESDAY + days * DAY, untilMs: TUESDAY + days * DAY + HOUR, reason: "Year end" });
    await freeze(4);
    await page.getByRole("heading", { name: /decision\. There is a release freeze\.$/ }).waitFor();
    await freeze(5);
    await page.getByRole("heading", { name: /decision\. There are 2 release freezes\.$/ }).waitFor();
    await page.context().close();
  });

  test("the time that is offered to who decides is one at which it can start", async () => {
    const page = await journey.page("priya", `release?id=${asks}`);
    // Ourselves began Tuesday 10:00 and are watched for a day.
    await page.getByRole("button", { name: "Plan it tomorrow 10:00" }).waitFor();
    await page.getByText("7 customers who wait are due then").waitFor();
    expect(await page.getByText("will not start by itself").count()).toBe(0);
    await page.locator('input[type="datetime-local"]').fill("2026-11-24T13:00");
    await page.getByText("7 customers who wait are due then, and as things stand it would wait for a decision again").waitFor();
    await page.context().close();
  });

  test("what starts ahead is told by the day that is shown", async () => {
    await journey.did("priya", `/api/releases/${asks}/move-wave`, { wave: 1, startAtMs: TUESDAY + 2 * DAY });
    // Wednesday, 09:00: the start of Thursday is tomorrow there, and the day after tomorrow today.
    const page = await journey.page("jonas", `customer?id=id-acme-build&at=${TUESDAY + DAY}`);
    await page.getByRole("region", { name: "Will get" }).getByText("Scheduled, tomorrow 09:00").waitFor();
    // The week before, by customer: 13 of 20 got something on the Tuesday after it, and 7 get it on that Thursday.
    await page.goto(`${journey.url}/#/calendar?rows=customers&day=2026-11-16`);
    await page.getByText(/^20 customers have nothing in this week and starts after it: they are not listed\.$/).waitFor();
    await page.context().close();
  });

  test("the page that kills names who loses it, before it is killed", async () => {
    const page = await journey.page("ines", `kill?flag=${SNAGS}`);
    // Thirteen of the company's own have it.
    await page.getByText(/^Lose it: (Customer 0(0[2-9]|1[0-4]), ){7}Customer 0(0[2-9]|1[0-4]) and 5 more\.$/).waitFor();
    await page.context().close();
  });

  test("on a phone no filter is cut off, and an empty date says so in words", async () => {
    const page = await journey.page("priya", "audit", PHONE);
    await page.getByRole("link", { name: "Everything", exact: true }).waitFor();
    const rights = await page.locator(".filters > .chip").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().right));
    expect(rights.length).toBe(8);
    expect(Math.max(...rights)).toBeLessThanOrEqual(PHONE.width);
    await page.goto(`${journey.url}/#/plan`);
    await page.getByRole("region", { name: "Early access" }).getByText("No date yet").waitFor();
    expect(await page.locator(".moment:not(:has(.moment-words))").count()).toBe(0);
    await page.context().close();
  });

  test("one word for the company's own: the table of customers and what an import expects", async () => {
    const page = await journey.page("jonas", "customers");
    await page
      .getByRole("row", { name: /Customer 002/ })
      .getByText("ourselves", { exact: true })
      .waitFor();
    await page.goto(`${journey.url}/#/import`);
    await page.getByText("ourselves, early, standard or late: when it usually gets things").waitFor();
    await page.context().close();
  });

  test("a list in an environment that is none says which there are", async () => {
    const page = await journey.page("dele", "list?list=pilots&environment=undefined");
    await page.getByRole("heading", { name: "This address names no environment there is" }).waitFor();
    expect(await page.getByRole("link", { name: "Production" }).getAttribute("href")).toBe("#/list?list=pilots&environment=production");
    expect(await page.getByRole("main").innerText()).not.toContain("undefined");
    await page.context().close();
  });
});
