import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriersInBothThemes } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { findEntries } from "../../packages/distribution/src/entries.ts";
import { picture } from "./pictures.ts";
import { DESK, type Journey, PHONE, startJourney } from "./rig.ts";
import { DAY, FLAG, HOUR, MANY, TUESDAY } from "./world.ts";

const LIMIT = { timeout: 240_000 };
const project = readFileSync(join(findEntries().demoFlags, "sluice.yaml"), "utf8");
let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("a lift that waits for a second person", () => {
  beforeAll(async () => {
    const files = { "sluice.yaml": project.replace("decidedByPeople: true }", "decidedByPeople: true, liftNeedsTwo: true }") };
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 5), files });
    await journey.did("ines", "/api/kills", { environment: "production", flags: [FLAG], reason: "Voices are silent" });
    await journey.settled();
  });
  afterAll(() => journey?.stop());

  async function lift(page: Page): Promise<void> {
    await page.getByRole("button", { name: /^Lift the kill of Voice notes/ }).click();
    await page.getByRole("button", { name: "Lift it now" }).click();
  }
  const kills = async (): Promise<number> => ((await journey.ask("uma", "/api/kills")).body["kills"] as readonly unknown[]).length;

  test("is asked for by one, refused to the same one again, lapses after a day, is refused by another, and granted", LIMIT, async () => {
    const dele = await journey.page("dele", "kill", PHONE, { bypassCSP: true });
    await lift(dele);
    const asked = /^Dele Okafor asked for its lift .*Here that takes two people: it stays killed until somebody else lifts it too\.$/;
    await dele.getByText(asked).waitFor();
    expect(await kills()).toBe(1);
    expect(await barriersInBothThemes(dele)).toEqual([]);
    await picture(dele, "lift-asked");

    await lift(dele);
    await dele.getByText("You have asked for this lift already, and here it takes two people.", { exact: false }).waitFor();
    expect(await kills()).toBe(1);
    await picture(dele, "lift-refused");

    // Who may not lift reads whom to ask.
    const ines = await journey.page("ines", "kill", PHONE);
    await ines.getByText("In Production it takes two of them: one asks for the lift, another lifts.", { exact: false }).waitFor();
    expect(await ines.getByRole("button", { name: /^Lift the kill/ }).count()).toBe(0);

    await journey.advanceTo(TUESDAY + DAY + HOUR);
    const priya = await journey.page("priya", "kill", DESK, { bypassCSP: true });
    await priya.getByText("Voice notes in Production", { exact: false }).first().waitFor();
    expect(await priya.getByText("asked for its lift", { exact: false }).count()).toBe(0);
    await lift(priya);
    await priya.getByText(/^Priya Raman asked for its lift/).waitFor();
    expect(await kills()).toBe(1);

    await journey.advanceTo(TUESDAY + DAY + 2 * HOUR);
    await dele.reload();
    await dele.getByRole("button", { name: /^Refuse the lift of Voice notes/ }).click();
    await dele.getByText(/^Dele Okafor refused .* the lift that was asked for\. It stays killed; a lift is asked for anew\.$/).waitFor();
    expect(await kills()).toBe(1);
    expect(await barriersInBothThemes(dele)).toEqual([]);
    await picture(dele, "lift-no");
    await lift(priya);
    await priya.getByText(/^Priya Raman asked for its lift/).waitFor();
    await dele.reload();
    await dele.getByText(/^Priya Raman asked for its lift/).waitFor();
    await lift(dele);
    await dele.getByText(/asked for its lift/).waitFor({ state: "detached" });
    expect(await kills()).toBe(0);
  });
});
