import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barriersInBothThemes } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { DESK, type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

/** The third one is the company's own. */
const CUSTOMERS = MANY.slice(0, 6);
const OURS = "customer-002";
let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers: CUSTOMERS, files: FILES });
});
afterAll(() => journey.stop());

test.skipIf(!existsSync(CHROMIUM))(
  "a feature is pinned for one customer on its page, is there in the application and nowhere else, loses to a kill, and ends by itself",
  { timeout: 180_000 },
  async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + 20 * DAY }, bakeMs: HOUR }];
    const { release } = await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves }) });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    const client = await journey.client("journey");
    const who = async (): Promise<readonly string[]> => {
      await journey.settled();
      await journey.heard(client);
      return CUSTOMERS.flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [key] : []));
    };

    // Others than the company's own are not pinned past the gates of early access: the page does not even offer it.
    const other = await journey.page("jonas", "customer?id=id-acme-build");
    await other.getByRole("heading", { name: "Nothing new for Acme Build" }).waitFor();
    expect(await other.getByRole("heading", { name: /^Pin a feature/ }).count()).toBe(0);

    const page = await journey.page("priya", `customer?id=id-${OURS}`, DESK, { bypassCSP: true });
    const pinned = page.getByRole("region", { name: "Pinned features" });
    const form = page.getByRole("region", { name: "Pin a feature for Customer 002" });
    await form.getByLabel("Feature").selectOption({ label: "Voice notes in production" });
    await form.getByLabel("Gets").selectOption("on");
    await form.getByLabel("Until").fill("2026-11-27T09:00");
    await form.getByLabel("Why").fill("Trying it before the fair");
    await form.getByRole("button", { name: "Pin until Fri 27 Nov, 09:00" }).click();
    await pinned.getByText("on until Fri 27 Nov, 09:00").waitFor();
    await pinned.getByText("By Priya Raman, because: Trying it before the fair.").waitFor();
    await page.getByText("1 release has a pinned feature").waitFor();
    expect(await barriersInBothThemes(page)).toEqual([]);
    expect(await who()).toEqual([OURS]);

    // The flag's page names who is pinned, and anybody reads why.
    const flag = await journey.page("dele", `flag?flag=${FLAG}`);
    const row = flag.getByRole("region", { name: "Pinned for" });
    await row.getByRole("link", { name: "Customer 002" }).waitFor();
    await row.getByText("By Priya Raman, because: Trying it before the fair.").waitFor();

    // A kill wins, and lifting it gives back what was.
    const { kill } = await journey.did("dele", "/api/kills", { environment: "production", flags: [FLAG], reason: "Notes vanish" });
    expect(await who()).toEqual([]);
    await journey.did("dele", `/api/kills/${String(kill)}/lift`, {});
    expect(await who()).toEqual([OURS]);

    // It ends at its minute, without anybody, and the log says so in a sentence.
    await journey.advanceTo(TUESDAY + 3 * DAY - 1_000);
    expect(await who()).toEqual([OURS]);
    await journey.advanceTo(TUESDAY + 3 * DAY + 1_000);
    expect(await who()).toEqual([]);
    const log = await journey.page("priya", "audit");
    await log
      .getByText(/^A pin ended: Voice notes for a customer in production/)
      .first()
      .waitFor();
    await log
      .getByText(/^Pinned Voice notes at on for a customer in production until 27 Nov 2026/)
      .first()
      .waitFor();

    // Taken off before its time on the page.
    const again = { environment: "production", flag: FLAG, customer: `id-${OURS}`, serve: "on", untilMs: TUESDAY + 9 * DAY, reason: "Once more" };
    await journey.did("dele", "/api/pins", again);
    expect(await who()).toEqual([OURS]);
    await page.reload();
    await pinned.getByRole("button", { name: /^Take the pin off: Voice notes/ }).click();
    await pinned.waitFor({ state: "detached" });
    expect(await who()).toEqual([]);
  },
);
