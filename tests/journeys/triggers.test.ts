import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriersInBothThemes } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { picture } from "./pictures.ts";
import { DESK, type Journey, PHONE, startJourney } from "./rig.ts";
import { FILES, FLAG, MANY, TUESDAY } from "./world.ts";

const LIMIT = { timeout: 240_000 };
let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("an alert that may kill", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 5), files: FILES });
  });
  afterAll(() => journey?.stop());

  test("is given a name and a feature on the page Settings, armed by the lines that stand there, and kills that feature", LIMIT, async () => {
    const page = await journey.page("ada", "settings", DESK, { bypassCSP: true });
    const card = page.getByRole("region", { name: "Alerts that may kill" });
    await card.getByText("No alert may switch anything off.").waitFor();
    await card.getByLabel("Name of the alert").fill("On Call");
    await card.getByText("Only small letters, digits and dashes, at most 50.").waitFor();
    await card.getByLabel("Name of the alert").fill("on-call");
    await card.getByLabel("Sent by").selectOption({ label: "Alertmanager" });
    await card.getByLabel("Kills").selectOption({ label: "Voice notes" });
    // What may not be killed by an alert beside others is not offered.
    expect(await card.getByLabel("Kills").locator("option").allInnerTexts()).not.toContain("Batch size");
    const lines = await card.getByLabel("Lines for sluice.yaml").innerText();
    await picture(page, "triggers-new");
    await journey.commit((repository) => appendFileSync(join(repository, "sluice.yaml"), `\n${lines}\n`), "An alert may kill the voice notes");

    await card.getByText("Kills Voice notes in Production, at most 6 times an hour.").waitFor();
    const address = `${journey.url}/triggers/on-call`;
    await card.getByText(address).waitFor();
    await card.getByRole("button", { name: "Show the secret of on-call" }).click();
    const secret = await card
      .locator(".once code")
      .filter({ hasText: /\w{10}/ })
      .innerText();
    expect(await barriersInBothThemes(page)).toEqual([]);
    await picture(page, "triggers-armed");

    const alert = {
      status: "firing",
      alerts: [
        {
          status: "firing",
          labels: { alertname: "Voices" },
          annotations: { summary: "Voices are silent" },
          startsAt: new Date(TUESDAY).toISOString(),
          fingerprint: "f1",
        },
      ],
      groupKey: "g1",
      version: "4",
    };
    const send = (credential: string): Promise<Response> =>
      fetch(address, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${credential}` }, body: JSON.stringify(alert) });
    expect((await send("not the secret at all, but as long")).status).toBe(401);
    expect((await send(secret)).status).toBe(201);
    await page.goto(`${journey.url}/#/kill`);
    await page.getByText(/by the trigger on-call: Voices are silent/).waitFor();

    const phone = await journey.page("dele", "settings", PHONE, { bypassCSP: true });
    await phone.getByText("Kills Voice notes in Production, at most 6 times an hour.").waitFor();
    expect(await phone.getByRole("button", { name: "Show the secret of on-call" }).count()).toBe(0);
    expect(await phone.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    await picture(phone, "triggers");
    expect(FLAG).toBe("diary.voice-notes");
  });
});
