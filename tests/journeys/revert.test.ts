import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriersInBothThemes } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { picture } from "./pictures.ts";
import { DESK, type Journey, PHONE, startJourney } from "./rig.ts";
import { DAY, FILES, MANY, planOf, TUESDAY } from "./world.ts";

const LIMIT = { timeout: 240_000 };
const PILOTS = "segments/site-pilots.yaml";
const pilots = (...customers: readonly string[]): string =>
  `key: site-pilots\ndescription: Customers that try the site plan first.\nby: customer\ninclude: [${customers.join(", ")}]\n`;
const FLAG = `key: site.plan-view
description: The site plan beside the diary.
kind: release
owner: team-site
created: 2026-11-02
expires: 2027-02-28
type: boolean
environments:
  production:
    rules: [{ if: { segment: site-pilots }, serve: on }]
    default: off
  staging: { default: on }
`;
const [first, second] = MANY.map(({ key }) => key);
let journey: Journey;

describe.skipIf(!existsSync(CHROMIUM))("an earlier form of a segment", () => {
  beforeAll(async () => {
    const files = { ...FILES, [PILOTS]: pilots(first ?? "", second ?? ""), "flags/site/plan-view.yaml": FLAG };
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 5), files });
    await journey.commit((repository) => writeFileSync(join(repository, PILOTS), pilots(first ?? "")), "one pilot less");
  });
  afterAll(() => journey?.stop());

  test("is looked at on its page, waits where it gives a feature to more, and is served once product has let it through", LIMIT, async () => {
    const page = await journey.page("dele", "segments", PHONE, { bypassCSP: true });
    await page.getByRole("link", { name: "Site pilots" }).click();
    await page.getByRole("heading", { name: "Site pilots", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Serve this …" }).click();
    await page.getByRole("button", { name: "Production", exact: true }).click();
    await page.getByText("1 customer gets it, of 5.").waitFor();
    const plan = page.getByRole("group", { name: /^Serve Site pilots as it was in/ });
    expect(await plan.locator("pre").innerText()).toContain(`+ include: [${first ?? ""}, ${second ?? ""}]`);
    await plan.getByText("It may give Plan view to more people, so it waits until Product or an admin lets it through.").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    expect(await barriersInBothThemes(page)).toEqual([]);
    await picture(page, "segment-plan");
    await plan.getByLabel("Why (for the log)").fill("It was taken from them by mistake");
    await plan.getByRole("button", { name: "Ask for it in Production" }).click();
    await page.getByText("Asked for: Site pilots is served as before in Production until somebody lets it through on Home.").waitFor();

    const home = await journey.page("priya", "home", DESK, { bypassCSP: true });
    const row = home.locator(".row.waiting", { hasText: "Revert asked for" });
    await row.getByText("More people may get Plan view: 1 customer of 5 at once.").waitFor();
    await row.getByText("“It was taken from them by mistake”").waitFor();
    await row.getByText("Plan view 1 customer gets it, of 5.").waitFor();
    expect(await row.locator("pre").innerText()).toContain(`+ include: [${first ?? ""}, ${second ?? ""}]`);
    await picture(home, "home-revert");
    await home.setViewportSize(PHONE);
    expect(await home.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    expect(await barriersInBothThemes(home)).toEqual([]);
    await picture(home, "home-revert");
    await row.getByRole("button", { name: "Let them have it" }).click();
    await row.waitFor({ state: "detached" });

    await page.getByText("Reverted in Production: what is served there is not what Git says.").waitFor();
    await picture(page, "segment-reverted");
    const drift = await journey.page("dele", "drift", DESK, { bypassCSP: true });
    await drift.getByText("The segment site-pilots is served as it was adopted at", { exact: false }).waitFor();
    await drift.getByRole("link", { name: "Plan view" }).waitFor();
    await picture(drift, "drift-segment");
    await journey.commit((repository) => writeFileSync(join(repository, PILOTS), pilots(first ?? "", second ?? "")), "Git says it too");
    await drift.getByRole("heading", { name: "Everything is served as Git says." }).waitFor();
  });

  test("that only takes away is served at once, and its end, which gives again, is an admin's", LIMIT, async () => {
    const page = await journey.page("dele", "segment?segment=site-pilots", DESK, { bypassCSP: true });
    await page.getByRole("listitem").filter({ hasText: "one pilot less" }).getByRole("button", { name: "Serve this …" }).click();
    await page.getByRole("button", { name: "Production", exact: true }).click();
    await page.getByText("1 customer loses it, of 5.").waitFor();
    await picture(page, "segment-takes");
    await page.getByRole("button", { name: "Revert in Production" }).click();
    await page.getByText("Reverted in Production: what is served there is not what Git says.").waitFor();
    await page.getByRole("button", { name: "Follow Git again" }).click();
    await page.getByText("Ask an admin to end it, or change the file in Git first.", { exact: false }).waitFor();
    const admin = await journey.page("ada", "segment?segment=site-pilots", PHONE);
    await admin.getByRole("button", { name: "Follow Git again" }).click();
    await admin.getByRole("button", { name: "Follow Git again" }).waitFor({ state: "detached" });
  });
});

describe.skipIf(!existsSync(CHROMIUM))("an earlier plan of a release", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 5), files: FILES });
  });
  afterAll(() => journey?.stop());

  test("is gone back to on its page, and who had agreed to it has agreed again", LIMIT, async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + 2 * DAY }, bakeMs: DAY }];
    const content = planOf("Site diary 2", { waves, approvals: ["marketing"] });
    const release = String((await journey.did("priya", "/api/releases", { content }))["release"]);
    await journey.did("priya", `/api/releases/${release}/plan`, {});
    const hashOf = async (): Promise<string> => String((await journey.did("uma", `/api/releases/${release}`))["contentHash"]);
    const agreed = await hashOf();
    await journey.did("ines", `/api/releases/${release}/approve`, { as: "marketing", contentHash: agreed });
    const later = planOf("Site diary 2, later", { waves: [{ ...waves[0], start: { atMs: TUESDAY + 4 * DAY } }], approvals: ["marketing"] });
    await journey.did("priya", "/api/releases", { release, expectedHash: agreed, content: later });
    const page = await journey.page("priya", `release?id=${release}`, PHONE, { bypassCSP: true });
    const card = page.getByRole("region", { name: "Earlier plans" });
    await card.getByRole("button", { name: "Go back to this …" }).click();
    await card.getByText('It was called "Site diary 2, later" and is called "Site diary 2".').waitFor();
    await card.getByText("The agreement of Marketing to exactly this plan counts again.").waitFor();
    await card.getByText("5 customers get it earlier.").waitFor();
    const drawn = card.getByRole("img", { name: /^Customers over time. As it is planned now: 5 .*\. By this plan: 5 .*\. 0 have it already\.$/ });
    await drawn.waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    expect(await barriersInBothThemes(page)).toEqual([]);
    await picture(page, "plan-back");
    await card.getByRole("button", { name: "Go back to this plan" }).click();
    await page.getByRole("heading", { name: "Site diary 2", exact: true }).waitFor();
    await page.getByText(/agreed on /).waitFor();
    expect(await hashOf()).toBe(agreed);
    const auditor = await journey.page("uma", `release?id=${release}`, DESK, { bypassCSP: true });
    await auditor.getByRole("heading", { name: "Earlier plans" }).waitFor();
    expect(await auditor.getByRole("button", { name: "Go back to this …" }).count()).toBe(0);
    await picture(auditor, "plan-back");
  });
});
