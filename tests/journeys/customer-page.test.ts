import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("the page of a customer promises no more than the plans do", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 3), files: FILES });
    const everybody = (atMs: number): readonly unknown[] => [{ name: "Everybody", audience: {}, start: { atMs }, bakeMs: HOUR }];
    const planned = async (title: string, flag: string, more: Readonly<Record<string, unknown>>): Promise<void> => {
      const { release } = await journey.did("priya", "/api/releases", { content: planOf(title, { flags: [{ flag, serve: "on" }], ...more }) });
      await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    };
    // Neither in the order of their starts nor in the opposite one, whatever the order in which they are kept.
    await planned("Rounding", "crew.timesheet-rounding", { waves: everybody(TUESDAY + 10 * DAY), approvals: ["marketing"] });
    await planned("Voice notes", FLAG, { waves: everybody(TUESDAY + 3 * DAY), needs: [{ service: "site-api", version: "9.9.0" }] });
    await planned("Snag lists", "site.snag-list", { waves: everybody(TUESDAY + 5 * DAY) });
  });
  afterAll(() => journey?.stop());

  test("the heading says how many starts hang on an agreement or a version, and they are listed by their time", async () => {
    const page = await journey.page("jonas", "customer?id=id-acme-build");
    const heading = "Acme Build has 0 releases today and gets 3 more by Friday 4 December, 2 of them only if somebody agrees or a version runs.";
    await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
    expect(await page.getByRole("region", { name: "Will get" }).locator("a.row b").allTextContents()).toEqual(["Voice notes", "Snag lists", "Rounding"]);
    await page.context().close();
  });

  test("beside what could be had early stands what cannot", async () => {
    const page = await journey.page("jonas", "customer?id=id-acme-build");
    const early = page.getByRole("region", { name: "Could have early" });
    await early.locator(".row").filter({ hasText: "Snag lists" }).getByText("No early access: nobody gets it before their wave.").waitFor();
    expect(await early.locator(".row").count()).toBe(3);
    await page.context().close();
  });

  test("before a hold is lifted the page says what starts sooner, and the lift does just that", async () => {
    const hold = { environment: "production", customers: ["id-acme-build"], fromMs: TUESDAY, untilMs: TUESDAY + 7 * DAY, reason: "Payroll week" };
    await journey.did("jonas", "/api/holds", hold);
    const page = await journey.page("jonas", "customer?id=id-acme-build");
    const moves = page.locator(".effect").filter({ hasText: "What lifting the hold moves" });
    await moves.getByText("Snag lists: Tue 1 Dec, 09:00 → Sun 29 Nov, 09:00").waitFor();
    await moves.getByText("Voice notes: Tue 1 Dec, 09:00 → Fri 27 Nov, 09:00").waitFor();
    // It lies behind the hold.
    expect(await moves.getByText("Rounding").count()).toBe(0);
    await page.getByRole("button", { name: "Lift the hold now (it would end Tue 1 Dec, 09:00)" }).click();
    await page.getByRole("region", { name: "Will get" }).getByText("Scheduled, Sun 29 Nov, 09:00").waitFor();
    await page.context().close();
  });

  test("of a day ahead it says what will be", async () => {
    const page = await journey.page("jonas", `customer?id=id-acme-build&at=${TUESDAY + 6 * DAY}`);
    // By then snag lists are on, and voice notes have waited three days for a version.
    const heading =
      "Acme Build will have 1 release on Monday 30 November and will get 1 more by Friday 4 December, only if somebody agrees. 1 release will wait for a decision.";
    await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
    await page.context().close();
  });
});
