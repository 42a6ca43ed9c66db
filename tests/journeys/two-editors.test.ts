import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("two people edit one plan", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: FILES });
  });
  afterAll(() => journey.stop());

  test("whoever saves second is told, overwrites nothing and loses nothing of what was typed", async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR }];
    const content = planOf("Snag lists", { flags: [{ flag: "site.snag-list", serve: "on" }], waves });
    const { release } = await journey.did("priya", "/api/releases", { content });
    const address = `plan?id=${String(release)}`;
    const [priya, paul] = [await journey.page("priya", address), await journey.page("paul", address)];
    const title = "What do customers get?";
    // Both have it open before either saves.
    for (const page of [priya, paul]) expect(await page.getByLabel(title).inputValue()).toBe("Snag lists");

    await priya.getByLabel(title).fill("Snag lists for foremen");
    await priya.getByRole("button", { name: "See what would happen" }).click();
    await priya.getByRole("button", { name: /^Save/ }).click();
    await priya.getByRole("heading", { name: "Snag lists for foremen" }).waitFor();

    await paul.getByLabel(title).fill("Snag lists for everybody on site");
    await paul.getByRole("button", { name: "See what would happen" }).click();
    await paul.getByRole("button", { name: /^Save/ }).click();
    await paul.getByText("Somebody has edited this release since you opened it.").waitFor();
    expect(await paul.getByLabel(title).inputValue()).toBe("Snag lists for everybody on site");
    const saved = async (): Promise<unknown> => (await journey.did("priya", `/api/releases/${String(release)}`))["content"];
    expect(await saved()).toMatchObject({ title: "Snag lists for foremen" });

    // The plan as it is now opens beside what was typed, which can be carried over from there.
    const [now] = await Promise.all([paul.waitForEvent("popup"), paul.getByRole("link", { name: "See the plan as it is now" }).click()]);
    await now.getByLabel(title).waitFor();
    expect(await now.getByLabel(title).inputValue()).toBe("Snag lists for foremen");
    await now.getByLabel(title).fill("Snag lists for everybody on site");
    await now.getByRole("button", { name: "See what would happen" }).click();
    await now.getByRole("button", { name: /^Save/ }).click();
    await now.getByRole("heading", { name: "Snag lists for everybody on site" }).waitFor();
    expect(await saved()).toMatchObject({ title: "Snag lists for everybody on site" });
  });
});
