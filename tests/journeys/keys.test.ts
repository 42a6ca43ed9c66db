import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../sdks/js-server/src/index.ts";
import { CHROMIUM } from "../chromium.ts";
import { until } from "../../faults/rig/running.ts";
import { type Journey, startJourney } from "./rig.ts";
import { FILES, TUESDAY } from "./world.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };
let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("keys of programs", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: [], files: FILES });
  });
  afterAll(() => journey.stop());

  test("an engineer makes one, sees it once, sees it used, and ends it after reading what that does; others only see them", async () => {
    const page = await journey.page("dele", "settings");
    const keys = page.getByRole("region", { name: "Keys of your programs" });
    await keys.getByLabel("Program").fill("ledger");
    await keys.getByLabel("Environment").selectOption("production");
    await keys.getByRole("button", { name: "Make a key" }).click();
    await keys.getByText("The key of ledger in production.", { exact: false }).waitFor();
    const secret = (await keys.locator(".once code").textContent()) ?? "";
    const client = createClient({ url: journey.url, key: secret, service: "ledger", waitMs: 20_000, log: silent });
    try {
      await client.ready();
      await until("it is let in", () => (client.version === undefined ? undefined : true));
      await keys.getByRole("button", { name: "Done, hide it" }).click();
      await page.reload();
      const row = keys.getByRole("listitem").filter({ hasText: "ledger" });
      await row.getByText("1 program connected", { exact: false }).waitFor();
      expect(await page.content()).not.toContain(secret);

      const seen = await journey.page("priya", "settings");
      await seen.getByText("Making and ending keys is for engineers and admins.").waitFor();
      expect(await seen.getByRole("button", { name: "End it: the key ledger of production" }).count()).toBe(0);

      await row.getByRole("button", { name: "End it: the key ledger of production" }).click();
      await row
        .getByText("1 program connected with it keeps the last answers and hears of nothing more, not even of kills. This cannot be taken back.")
        .waitFor();
      await row.getByRole("button", { name: "End it for good" }).click();
      await row.waitFor({ state: "detached" });
      await page.goto(`${journey.url}/#/audit`);
      await page.getByText(/Ended the key "ledger" of production/).waitFor();
    } finally {
      await client.close();
    }
  });
});
