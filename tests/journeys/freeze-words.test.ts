import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, PHONE, startJourney } from "./rig.ts";
import { DAY, FILES, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
let release: string;
const freeze = { environment: "production", fromMs: TUESDAY + 2 * DAY - HOUR, untilMs: TUESDAY + 3 * DAY, reason: "Year end" };

describe.skipIf(!existsSync(CHROMIUM))("near a freeze stands what becomes of a start inside it", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: FILES });
    const content = planOf("Voice notes", {
      waves: [
        { name: "Ourselves", audience: { tracks: ["internal"] }, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR },
        { name: "Everybody", audience: {}, start: { atMs: TUESDAY + 2 * DAY }, bakeMs: HOUR },
      ],
    });
    const made = await journey.did("priya", "/api/releases", { content });
    release = String(made["release"]);
    await journey.did("priya", `/api/releases/${release}/plan`, {});
  });
  afterAll(() => journey?.stop());

  const cases = [
    { policy: "ask", fate: "waits for a decision when its time comes." },
    { policy: "shift", fate: "moves to the end of the freeze, and what follows it by as much." },
  ];
  for (const { policy, fate } of cases)
    test(`a freeze whose policy is ${policy}`, async () => {
      const before = (await journey.did("ada", "/api/freezes"))["freezes"] as readonly { readonly id: string }[];
      for (const { id } of before) await journey.did("ada", `/api/freezes/${id}/end`, {});
      const page = await journey.page("priya", `release?id=${release}`);
      await page.getByText("the other 7 Thu 26 Nov, 09:00").waitFor();
      expect(await page.getByText("lies in the release freeze").count()).toBe(0);
      await journey.did("ada", "/api/freezes", { ...freeze, policy });
      await page.getByText(`Everybody, planned for Thu 26 Nov, 09:00, lies in the release freeze until Fri 27 Nov, 09:00: it ${fate}`).waitFor();
      await page.goto(`${journey.url}/#/calendar`);
      await page.locator(".calendar-legend").getByText(`A start inside the freeze ${fate}`).waitFor();
      await page.setViewportSize(PHONE);
      await page.getByText(`nothing starts, deploys go on, and a kill works. A start inside it ${fate}`).waitFor();
      await page.context().close();
    });
});
