import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, PHONE, startJourney } from "./rig.ts";
import { FILES, FLAG, MANY, TUESDAY } from "./world.ts";

const VOICE = "flags/diary/voice-notes.yaml";
let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("what is served that Git does not say", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 5), files: FILES });
  });
  afterAll(() => journey.stop());

  test("is one page: a kill and a file with a mistake stand there until each is gone", async () => {
    const page = await journey.page("dele", "drift", PHONE);
    await page.getByRole("heading", { name: "Everything is served as Git says." }).waitFor();
    await journey.did("ines", "/api/kills", { environment: "production", flags: [FLAG], reason: "Voices are silent" });
    await page.getByRole("heading", { name: "1 thing is served that Git does not say." }).waitFor();
    await page.getByText("“Voices are silent”").waitFor();
    // Its file says off already: what the kill takes is what releases give.
    await page.getByText("Switched off for everybody, whatever its file says and releases give.").waitFor();
    expect(await page.getByText(/^Decisions act at once/).innerText()).toMatch(/belongs into a file\. The newest commit here is [0-9a-f]{7}\.$/);
    await page.getByText(/by Inês Moura/).waitFor();
    await journey.commit((repository) => writeFileSync(join(repository, VOICE), (FILES[VOICE] ?? "").replace("kind: release", "kind: releese")), "a slip");
    await page.getByRole("heading", { name: "2 things are served that Git does not say." }).waitFor();
    await page.getByText("Its file has a mistake: it stays as it was.").waitFor();
    await page.getByRole("region", { name: "Drift" }).getByText("flags/diary/voice-notes.yaml:3:7", { exact: true }).waitFor();
    await page.getByRole("region", { name: "Drift" }).getByText('"releese"', { exact: false }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    await journey.commit((repository) => writeFileSync(join(repository, VOICE), FILES[VOICE] ?? ""), "mended");
    await page.getByRole("heading", { name: "1 thing is served that Git does not say." }).waitFor();
    await page.getByRole("link", { name: "Voice notes" }).click();
    await page.getByText("voice-notes.yaml").first().waitFor();
  });
});
