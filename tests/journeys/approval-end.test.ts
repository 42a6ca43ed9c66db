import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("an approval that its giver ends on a day of their own", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: FILES });
  });
  afterAll(() => journey.stop());

  test("counts until then for the starts before it, is asked for again behind it, and nothing starts without it", async () => {
    const waves = [
      { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR },
      { name: "Others", audience: {}, start: { atMs: TUESDAY + 9 * DAY }, bakeMs: HOUR },
    ];
    const { release } = await journey.did("priya", "/api/releases", { content: planOf("Voice notes", { waves, approvals: ["marketing"] }) });
    const path = `/api/releases/${String(release)}`;
    await journey.did("priya", `${path}/plan`, {});

    const ines = await journey.page("ines", "approvals");
    const until = ines.getByLabel("Counts until");
    // Thirty days, unless somebody says otherwise.
    expect(await until.inputValue()).toBe("2026-12-24");
    // The day reads as days do in sentences, whatever form the browser's language has for it.
    expect(await ines.locator(".approval .moment-words").textContent()).toBe("Thu 24 Dec");
    await until.fill("2026-11-27");
    await ines.getByText("Your word counts for this very plan until Fri 27 Nov.", { exact: false }).waitFor();
    await ines.getByRole("button", { name: "Agree to start tomorrow 09:00" }).click();
    await ines.getByText("Nobody waits for your word.").waitFor();
    // Midnight in Berlin, where she is.
    expect((await journey.did("priya", path))["approvals"]).toMatchObject([{ role: "marketing", untilMs: Date.UTC(2026, 10, 26, 23) }]);

    await journey.advanceTo(TUESDAY + DAY);
    expect((await journey.did("priya", path))["phase"]).toBe("inProgress");
    // The next start lies behind the end: she is asked while there is time.
    await ines.reload();
    await ines.getByText("1 plan waits for your word.").waitFor();
    await ines.getByText("Inês Moura agreed on Tue 24 Nov, counts until Fri 27 Nov, 00:00", { exact: false }).waitFor();
    await journey.advanceTo(TUESDAY + 4 * DAY);
    await ines.reload();
    await ines.getByText("Inês Moura agreed on Tue 24 Nov, which counted until Fri 27 Nov, 00:00", { exact: false }).waitFor();

    await journey.advanceTo(TUESDAY + 9 * DAY);
    await journey.advanceTo(TUESDAY + 9 * DAY + 16 * 60_000);
    const asks = await journey.did("priya", path);
    expect([asks["phase"], asks["undecided"]]).toEqual(["needsDecision", [{ why: "approvalEnded", role: "marketing", endedAtMs: Date.UTC(2026, 10, 26, 23) }]]);
    const page = await journey.page("priya", `release?id=${String(release)}`);
    await page.getByText("Marketing had agreed, until Fri 27 Nov, 00:00; nobody agreed again before it was time.").waitFor();
  });
});
