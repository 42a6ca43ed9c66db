import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, HOUR, MANY, MINUTE, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
let voice: string;

describe.skipIf(!existsSync(CHROMIUM))("sentences about a plan leave nobody out", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: FILES });
    const planned = async (content: Readonly<Record<string, unknown>>): Promise<string> => {
      const { release } = await journey.did("priya", "/api/releases", { content });
      await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
      return String(release);
    };
    // By hand: of the first 20, 13 are the company's own, 6 are on the early track, and Acme, in London, is on none of these.
    voice = await planned(
      planOf("Voice notes", {
        approvals: ["product"],
        waves: [
          { name: "Ourselves", audience: { tracks: ["internal"] }, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR },
          { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: TUESDAY + 2 * DAY }, bakeMs: HOUR },
          { name: "Everybody", audience: {}, start: { local: "2026-12-02T09:00" }, bakeMs: HOUR },
        ],
      }),
    );
    await planned(
      planOf("Snag lists", {
        flags: [{ flag: "site.snag-list", serve: "on" }],
        waves: [{ name: "Everybody", audience: {}, start: { local: "2026-12-02T09:00" }, bakeMs: HOUR }],
      }),
    );
  });
  afterAll(() => journey?.stop());

  test("the last wave is in the headline of the release, on Home and on Approvals", async () => {
    const whole = "Nobody has it yet. 13 get it tomorrow 09:00, 6 more Thu 26 Nov, 09:00 and 1 more Wed 2 Dec, 10:00, if Product agrees.";
    const page = await journey.page("paul", `release?id=${voice}`);
    for (const where of [`release?id=${voice}`, "home", "approvals"]) {
      await page.goto(`${journey.url}/#/${where}`);
      await page.getByText(whole).first().waitFor();
    }
  });

  test("what goes by the customers' own clocks says so, with what the first of them shows", async () => {
    const page = await journey.page("priya", `release?id=${voice}`);
    await page.getByText("Each by the customer's own clock (10:00 Berlin time: 09:00 in London).").waitFor();
    await page.goto(`${journey.url}/#/releases`);
    // Nine in Sydney, in December, is eleven the evening before in Berlin.
    await page.locator("tbody tr").filter({ hasText: "Snag lists" }).getByText("23:00 Berlin time: 09:00 on Wed 2 Dec in Sydney").waitFor();
    expect(await page.locator("tbody tr").filter({ hasText: "Voice notes" }).getByText("Berlin time:").count()).toBe(0);
  });

  test("where the first wave waits for a decision, those behind it are counted too", async () => {
    const { release } = await journey.did("priya", "/api/releases", {
      content: planOf("Rounding", {
        flags: [{ flag: "crew.timesheet-rounding", serve: "on" }],
        approvals: ["marketing"],
        waves: [
          { name: "Ourselves", audience: { tracks: ["internal"] }, start: { atMs: TUESDAY + HOUR }, bakeMs: HOUR },
          { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: TUESDAY + 2 * DAY }, bakeMs: HOUR },
        ],
      }),
    });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    await journey.advanceTo(TUESDAY + HOUR + 16 * MINUTE);
    const page = await journey.page("priya", `release?id=${String(release)}`);
    await page.getByText("It waits for a decision: 13 customers were to get it today 10:00. 6 more customers come after them.").waitFor();
  });
});
