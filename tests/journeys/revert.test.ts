import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { DESK, type Journey, PHONE, startJourney } from "./rig.ts";
import { FILES, MANY, TUESDAY } from "./world.ts";

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

/** Pictures for whoever looks at them, where a folder is named. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["SLUICE_PICTURES"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const [theme, scheme] of [
    ["light", "light"],
    ["dark", "dark"],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: join(folder, `${name}-${page.viewportSize()?.width ?? 0}-${theme}.png`), fullPage: true });
  }
}

describe.skipIf(!existsSync(CHROMIUM))("an earlier form of a segment", () => {
  beforeAll(async () => {
    const files = { ...FILES, [PILOTS]: pilots(first ?? "", second ?? ""), "flags/site/plan-view.yaml": FLAG };
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 5), files });
    await journey.commit((repository) => writeFileSync(join(repository, PILOTS), pilots(first ?? "")), "one pilot less");
  }, 90_000);
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
    for (const theme of ["light", "dark"] as const) expect(await barriers(page, theme)).toEqual([]);
    await picture(page, "segment-plan");
    await plan.getByLabel("Why (for the log)").fill("It was taken from them by mistake");
    await plan.getByRole("button", { name: "Ask for it in Production" }).click();
    await page.getByText("Asked for: Site pilots is served as before in Production until somebody lets it through on Home.").waitFor();

    const home = await journey.page("priya", "home", DESK, { bypassCSP: true });
    const row = home.locator(".row.waiting", { hasText: "Revert asked for" });
    await row.getByText("More people may get Plan view: 1 customer of 5 at once.").waitFor();
    await row.getByText("“It was taken from them by mistake”").waitFor();
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
