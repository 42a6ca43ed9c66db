import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

const VOICE = "flags/diary/voice-notes.yaml";
const customers = MANY.slice(0, 20);
let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("what waits for somebody", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
  });
  afterAll(() => journey.stop());

  test("a request for a change reaches the owner's home and the release, in its words, and an edit answers it", async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR }];
    const content = planOf("Snag lists", { flags: [{ flag: "site.snag-list", serve: "on" }], approvals: ["marketing"], waves });
    const { release } = await journey.did("priya", "/api/releases", { content });
    const path = `/api/releases/${String(release)}`;
    await journey.did("priya", `${path}/plan`, {});
    const { contentHash } = await journey.did("priya", path);
    await journey.did("ines", `${path}/ask-change`, { as: "marketing", contentHash, reason: "Not in the week of the trade fair" });

    const home = await journey.page("priya", "home");
    await home.getByText("Asked for a change before it is agreed to").waitFor();
    await home.getByText("Not in the week of the trade fair").waitFor();
    const page = await journey.page("paul", `release?id=${String(release)}`);
    await page.getByText("Inês Moura, Marketing, asks for a change").waitFor();
    await page.getByText("Wants a change").waitFor();
    // Somebody else's plan is not this person's to answer.
    const other = await journey.page("paul", "home");
    await other.getByText("Nothing waits for you").waitFor();

    await home.getByRole("link", { name: "Change the plan" }).click();
    await home.getByLabel("What do customers get?").fill("Snag lists, after the fair");
    await home.getByRole("button", { name: "See what would happen" }).click();
    await home.getByRole("button", { name: "Save the changed plan" }).click();
    await home.getByText("asked to agree to this plan").waitFor();
    expect(await home.getByText("asks for a change").count()).toBe(0);
    expect((await journey.did("priya", "/api/home"))["waiting"]).toEqual([]);
  });

  test("a merge that gives a release to more waits on the home of who decides, with whom it reaches, and no earlier", async () => {
    const client = await journey.client("journey");
    const who = (): number => customers.filter(({ key }) => client.getBoolean(FLAG, false, { targetingKey: "u", customer: key })).length;
    const wider = (FILES[VOICE] ?? "").replace("production: { default: off }", "production: { default: on }");
    expect(wider).not.toBe(FILES[VOICE]);
    await journey.commit((repository) => writeFileSync(join(repository, VOICE), wider), "Voice notes for everybody");
    await journey.heard(client);
    expect(who()).toBe(0);
    const marketing = await journey.page("ines", "home");
    await marketing
      .getByText(/ waits? for you\./)
      .first()
      .waitFor();
    expect(await marketing.getByText("Merged, and not given to anybody yet").count()).toBe(0);

    const home = await journey.page("paul", "home");
    await home.getByText("One thing waits for you.").waitFor();
    await home.getByText("20 customers of 20 would get something else at once: Acme Build, Customer 002").waitFor();
    await home.getByText("Mara: Voice notes for everybody").waitFor();
    await home.getByRole("button", { name: "Let them have it" }).click();
    await home.getByText("Nothing waits for you.").waitFor();
    await journey.settled();
    await journey.heard(client);
    expect(who()).toBe(20);
  });

  test("a release whose owner's account is removed goes on, and is taken over on the home of who may", async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + 2 * DAY }, bakeMs: HOUR }];
    const { release } = await journey.did("priya", "/api/releases", {
      content: planOf("Crew diary", { flags: [{ flag: "site.snag-list", serve: "on" }], waves }),
    });
    await journey.did("ada", "/api/accounts/priya/remove", {});
    const page = await journey.page("dele", `release?id=${String(release)}`);
    await page.getByText("Nobody answers for it any more. The account of Priya Raman was removed").waitFor();
    await page.getByText("Product or an admin can take it over.").waitFor();
    const home = await journey.page("paul", "home");
    const row = home.locator(".waiting").filter({ hasText: "Crew diary" });
    await row.getByText("The account of Priya Raman was removed").waitFor();
    await row.getByRole("button", { name: "Answer for it" }).click();
    await row.waitFor({ state: "detached" });
    await page.getByText("Paul Ost answers for it.").waitFor();
    expect((await journey.did("dele", `/api/releases/${String(release)}`))["owner"]).toBe("paul");
  });
});
