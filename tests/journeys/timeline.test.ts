import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, PHONE, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

const SNAGS = "site.snag-list";
/** By hand: of the first 20, 13 are the company's own, 6 are on the early track, and Acme is on none of these. */
const customers = MANY.slice(0, 20);
const held = ["id-acme-build", "id-customer-015"];
let journey: Journey;

/** How many customers each layer of the drawing reaches, edge by edge. */
const edges = (page: Page, look: string): Promise<readonly number[]> =>
  page.locator(`.timeline .edge.${look}`).evaluateAll((all) => all.map((each) => Number(each.getAttribute("data-customers"))));
/** Where a layer begins, in the drawing's own measure. */
const beginsAt = (page: Page, look: string): Promise<number> =>
  page
    .locator(`.timeline .edge.${look}`)
    .first()
    .evaluate((edge) => Number(/^M([\d.]+)/.exec(edge.getAttribute("d") ?? "")?.[1]));

async function planned(title: string, more: Readonly<Record<string, unknown>>): Promise<string> {
  const { release } = await journey.did("priya", "/api/releases", { content: planOf(title, more) });
  await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
  return String(release);
}

describe.skipIf(!existsSync(CHROMIUM))("the drawing of a release says what its headline, its plan and its table say", () => {
  let killed: string;
  let asks: string;

  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
    const hold = { environment: "production", customers: held, fromMs: TUESDAY, untilMs: TUESDAY + 5 * DAY, reason: "Payroll week" };
    await journey.did("jonas", "/api/holds", hold);
    const own = { name: "Ourselves", audience: { tracks: ["internal"] }, start: { atMs: TUESDAY + HOUR }, bakeMs: HOUR };
    killed = await planned("Voice notes", { waves: [own, { name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR }] });
    asks = await planned("Snag lists", {
      flags: [{ flag: SNAGS, serve: "on" }],
      approvals: ["marketing"],
      waves: [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + 2 * HOUR }, bakeMs: HOUR }],
    });
    await journey.advanceTo(TUESDAY + HOUR);
  });
  afterAll(() => journey.stop());

  test("while it goes on: whom a hold moves rises at the end of the hold", async () => {
    const page = await journey.page("priya", `release?id=${killed}`);
    // A release and its flag have names of their own.
    await page.getByText("Release of the flag Voice notes", { exact: true }).waitFor();
    await page.getByText("On for 13 of 20 customers. 5 more get it tomorrow 09:00; 2 more after their hold, Sun 29 Nov, 09:00.").waitFor();
    expect([await edges(page, "has"), await edges(page, "planned")]).toEqual([
      [13, 13, 13],
      [18, 20],
    ]);
    const said = (await page.locator(".timeline svg").getAttribute("aria-label")) ?? "";
    for (const words of ["Ourselves, 13 customers", "Everybody, 5 customers, tomorrow 09:00", "Everybody, after a hold, 2 customers, Sun 29 Nov, 09:00"])
      expect(said).toContain(words);
  });

  test("killed: from the instant of the kill on, with the holds of those who wait", async () => {
    await journey.advanceTo(TUESDAY + 3 * HOUR);
    await journey.did("ines", "/api/kills", { environment: "production", flags: [FLAG], reason: "notes are cut off" });
    await journey.advanceTo(TUESDAY + 6 * HOUR);
    const page = await journey.page("priya", `release?id=${killed}`);
    await page.getByText("Killed for 13 of 20 customers.").waitFor();
    await page.locator(".timeline .edge.killed").first().waitFor({ state: "attached" });
    // Given at 10:00, killed at 12:00, now 15:00: two fifths of the way.
    const [given, kill, now] = [await beginsAt(page, "has"), await beginsAt(page, "killed"), Number(await page.locator(".timeline .now").getAttribute("x1"))];
    expect((kill - given) / (now - given)).toBeCloseTo(2 / 5, 2);
    expect([await edges(page, "has"), await edges(page, "killed")]).toEqual([
      [13, 0],
      [13, 13, 13],
    ]);
    expect(await page.locator(".timeline [data-hold] title").allTextContents()).toEqual([
      "Acme Build: on hold until Sun 29 Nov by Jonas Weber: Payroll week",
      "Customer 015: on hold until Sun 29 Nov by Jonas Weber: Payroll week",
    ]);
  });

  test("what many customers share is said once, and opens in each row: who killed it and why, who placed the hold and why", async () => {
    const page = await journey.page("uma", `release?id=${killed}`);
    const notes = page.getByRole("list", { name: "What several customers have in common" });
    // Who decides next, for somebody who does not.
    await page
      .getByText("Engineering, Product or an admin lifts the kill, then Product or an admin goes on. If nobody does, it stays as it is: killed for 13.")
      .waitFor();
    const deciding = await page.getByRole("region", { name: "Who decides next" }).innerText();
    expect(deciding.indexOf("If nobody does")).toBeLessThan(deciding.indexOf("This plan asks nobody to agree."));
    await notes.getByText("13 customers do not have it: killed today 12:00 by Inês Moura: notes are cut off.").waitFor();
    await notes.getByText("Acme Build and Customer 015 are on hold until Sun 29 Nov, 09:00 by Jonas Weber: Payroll week.").waitFor();
    const row = page.getByRole("row", { name: /Acme Build/ });
    expect(await row.getByText("Payroll week").isVisible()).toBe(false);
    await row.locator("summary", { hasText: "the whole reason for Acme Build" }).click();
    await row.getByText("paused by a kill; on hold until Sun 29 Nov, 09:00 by Jonas Weber: Payroll week.").waitFor();
    const other = page.getByRole("row", { name: /Customer 003/ });
    await other.locator("summary", { hasText: "the whole reason for Customer 003" }).click();
    await other.getByText("killed today 12:00 by Inês Moura: notes are cut off.").waitFor();
  });

  test("the calendar and the page of the flag say that it is killed, by whom and why", async () => {
    const page = await journey.page("priya", "calendar");
    await page.getByRole("button", { name: /^Voice notes, Ourselves: killed, today 10:00, 13 customers/ }).waitFor();
    const flag = await journey.page("dele", `flag?flag=${FLAG}`);
    await flag.getByText("Since today 12:00, Berlin time, by Inês Moura: notes are cut off").waitFor();
  });

  test("on Home whoever may not lift reads who may, and whoever may has the button", async () => {
    const [marketing, engineer] = [await journey.page("ines", "home"), await journey.page("dele", "home")];
    await marketing.getByText("The flag Voice notes in Production").waitFor();
    await marketing.getByText("Your role does not lift kills. Engineering, Product or an admin can lift it: ask one of them.").waitFor();
    expect(await marketing.getByRole("button", { name: /^Lift/ }).count()).toBe(0);
    await engineer.getByRole("button", { name: /^Lift the kill of Voice notes/ }).waitFor();
    expect(await engineer.getByText("Your role does not lift kills.").count()).toBe(0);
  });

  test("nobody goes on while it is killed, and the button says why; once the kill is lifted it goes on", async () => {
    const page = await journey.page("priya", `release?id=${killed}`);
    const onward = page.getByRole("button", { name: "Go on" });
    await onward.waitFor();
    expect(await onward.isDisabled()).toBe(true);
    await page.getByText("Not while it is killed: nobody could get it.").waitFor();
    expect(await journey.ask("priya", `/api/releases/${killed}/resume`, {})).toMatchObject({ status: 409, body: { error: { code: "stillKilled" } } });
    const [{ kill } = { kill: "" }] = (await journey.did("dele", "/api/kills"))["kills"] as readonly { readonly kill: string }[];
    await journey.did("dele", `/api/kills/${kill}/lift`, {});
    await page.getByText("A kill paused it, and is lifted: whoever had it has it again.").waitFor();
    await onward.click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    expect((await journey.did("priya", `/api/releases/${killed}`))["phase"]).toBe("inProgress");
    // Its history has the kill and the lift, although neither names the release.
    const history = page.getByRole("region", { name: "Decisions" }).getByRole("listitem");
    const kills = history.filter({ hasText: "Killed Voice notes in production" });
    await kills.filter({ hasText: "12:00" }).filter({ hasText: "Because: notes are cut off" }).filter({ hasText: "Inês Moura" }).waitFor();
    await history
      .filter({ hasText: `Lifted kill ${kill} in production` })
      .filter({ hasText: "15:00" })
      .filter({ hasText: "Dele Okafor" })
      .waitFor();
  });

  test("a draft on a phone reaches its only start, and a freeze says its hour", async () => {
    const content = planOf("Weather", { waves: [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + 10 * DAY }, bakeMs: HOUR }] });
    const { release } = await journey.did("priya", "/api/releases", { content });
    // Friday 4 December, 09:00 to 18:00, over the start.
    const freeze = { environment: "production", fromMs: TUESDAY + 10 * DAY, untilMs: TUESDAY + 10 * DAY + 9 * HOUR, reason: "Year end" };
    await journey.did("ada", "/api/freezes", freeze);
    const page = await journey.page("priya", `release?id=${String(release)}`, PHONE);
    await page.locator(".timeline").getByText("Freeze to Fri 4 Dec, 18:00").waitFor();
    const step = await page.locator(".timeline .step.planned").last().boundingBox();
    expect(step?.width).toBeGreaterThan(8);
    expect((step?.x ?? 0) + (step?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
    // Its label stands on paper: the stripes of the freeze do not run through it.
    const label = page.locator(".timeline text.label").filter({ hasText: "Everybody" });
    const [text, paper] = [await label.boundingBox(), await page.locator(".timeline .label-paper").first().boundingBox()];
    expect(paper?.x).toBeLessThanOrEqual((text?.x ?? 0) + 1);
    expect((paper?.x ?? 0) + (paper?.width ?? 0)).toBeGreaterThanOrEqual((text?.x ?? 0) + (text?.width ?? 0) - 6);
  });

  test("where a person must decide: what was planned, and the holds", async () => {
    const page = await journey.page("priya", `release?id=${asks}`);
    await page.getByText("It waits for a decision: 18 customers were to get it today 11:00, and 2 more after their hold, Sun 29 Nov, 09:00.").waitFor();
    await page.locator(".timeline .edge.asks").first().waitFor({ state: "attached" });
    expect(await edges(page, "asks")).toEqual([18, 20]);
    expect(await page.locator(".timeline [data-hold]").count()).toBe(2);
    const looksOn = await journey.page("uma", `release?id=${asks}`);
    await looksOn.getByText("Product or an admin chooses a new start. If nobody does, it stays as it is: nobody has it.").waitFor();
    await page.locator(".timeline").getByText("18 customers, was planned today 11:00").waitFor();
  });
});
