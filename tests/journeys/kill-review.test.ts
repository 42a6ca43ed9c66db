import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriersInBothThemes } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { picture } from "./pictures.ts";
import { type Journey, PHONE, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, TUESDAY } from "./world.ts";

const LIMIT = { timeout: 240_000 };
let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("a kill that is a day old", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 5), files: FILES });
    await journey.did("ines", "/api/kills", { environment: "production", flags: [FLAG], reason: "Voices are silent" });
    await journey.settled();
  });
  afterAll(() => journey?.stop());

  test("asks whether it is to stay, keeps still for as long as somebody says, and asks again; it lifts itself never", LIMIT, async () => {
    const page = await journey.page("dele", "kill", PHONE, { bypassCSP: true });
    const asks = page.getByText(/^Is it to stay\? Inês Moura was to look at it .* It stays killed until somebody says otherwise\.$/);
    await page
      .getByText(/by Inês Moura: Voices are silent/)
      .first()
      .waitFor();
    await journey.advanceTo(TUESDAY + DAY - HOUR);
    await page.reload();
    await page
      .getByText(/by Inês Moura: Voices are silent/)
      .first()
      .waitFor();
    expect(await asks.count()).toBe(0);

    await journey.advanceTo(TUESDAY + DAY + HOUR);
    await page.reload();
    await asks.waitFor();
    await page.getByRole("link", { name: "Make it permanent" }).waitFor();
    expect(await barriersInBothThemes(page)).toEqual([]);
    await picture(page, "kill-review");
    // Whoever may not lift sees that it asks, and decides nothing.
    const marketing = await journey.page("ines", "kill", PHONE);
    await marketing.getByText(/^Is it to stay\?/).waitFor();
    expect(await marketing.getByRole("button", { name: "Keep it for a week" }).count()).toBe(0);

    await page.getByRole("button", { name: "Keep it for a week" }).click();
    await asks.waitFor({ state: "detached" });
    await journey.advanceTo(TUESDAY + 8 * DAY + 2 * HOUR);
    await page.reload();
    await asks.waitFor();
    expect((await journey.ask("uma", "/api/kills")).body["kills"]).toMatchObject([{ flags: [FLAG] }]);
  });
});
