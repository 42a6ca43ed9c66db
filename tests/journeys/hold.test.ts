import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, MINUTE, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: FILES });
});
afterAll(() => journey.stop());

const START = TUESDAY + HOUR;

test.skipIf(!existsSync(CHROMIUM))(
  "a hold for one customer moves that customer alone: nothing at the planned start, and what was said at the end of the hold",
  { timeout: 180_000 },
  async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: START }, bakeMs: 4 * DAY }];
    const { release } = await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves }) });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    const client = await journey.client("journey");
    const who = (): readonly string[] =>
      MANY.slice(0, 20).flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [key] : []));

    const page = await journey.page("jonas", "customer?id=id-acme-build");
    await page.getByText("Will get").waitFor();
    // Friday 27 November, 09:00 in Berlin: three days from now.
    await page.getByLabel("Until").fill("2026-11-27T09:00");
    await page.getByLabel("Why").fill("Payroll week");
    // Before it is placed the page says what it moves, and for whom.
    await page.getByText("Site diary 2: today 10:00 → Fri 27 Nov, 09:00").waitFor();
    await page.getByText("No other customer moves.").waitFor();
    const dry = { environment: "production", customers: ["id-acme-build"], fromMs: TUESDAY, untilMs: TUESDAY + 3 * DAY };
    expect(await journey.did("jonas", "/api/holds/dry-run", { ...dry, command: undefined })).toEqual({
      moves: [{ release, title: "Site diary 2", customer: "id-acme-build", fromMs: START, toMs: TUESDAY + 3 * DAY }],
      moved: 1,
      keeps: 0,
    });
    expect((await journey.ask("priya", "/api/holds/dry-run", { ...dry, command: undefined })).status).toBe(403);
    await page.getByRole("button", { name: /^Hold until/ }).click();
    await page
      .getByText(/On hold until Fri 27 Nov, 09:00 by Jonas [^:]+: Payroll week/)
      .first()
      .waitFor();
    const end = TUESDAY + 3 * DAY;
    const cells = async (): Promise<unknown> => (await journey.did("jonas", "/api/customers/id-acme-build/releases"))["cells"];
    // Said before.
    expect(await cells()).toMatchObject([{ release, state: { state: "held", atMs: end, untilMs: end } }]);
    await page.getByText("Fri 27 Nov, 09:00", { exact: false }).first().waitFor();
    const calendar = await journey.page("priya", "calendar");
    await calendar.getByText(/^on hold until Fri 27 Nov by Jonas [^:]+: Payroll week$/).waitFor();

    await journey.advanceTo(START);
    await journey.heard(client);
    expect(who()).toEqual(MANY.slice(0, 20).flatMap(({ key }) => (key === "acme-build" ? [] : [key])));
    await journey.advanceTo(end - 1_000);
    await journey.heard(client);
    expect(who()).not.toContain("acme-build");
    await journey.advanceTo(end + MINUTE);
    await journey.heard(client);
    expect(who()).toHaveLength(20);
    expect(await cells()).toMatchObject([{ release, state: { state: "on" } }]);
  },
);
