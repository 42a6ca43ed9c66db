import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, PHONE, startJourney, type Who } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

/** A flag that runs the service: engineers and admins alone kill it. */
const OPS = "site.sync-pause";
const OPS_FILE = {
  [`flags/site/sync-pause.yaml`]: `key: ${OPS}
description: Stops the synchronisation of devices on site.
kind: ops
owner: team-site
created: 2026-11-02
type: boolean
environments:
  production: { default: off }
`,
};

let journey: Journey;
let release: string;

// Who may is the reviewed table of tests/roles, written down here by hand.
describe.skipIf(!existsSync(CHROMIUM))("pages offer what the role may do, and say whose it is where it may not", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: { ...FILES, ...OPS_FILE } });
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR }];
    release = String((await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves }) }))["release"]);
    await journey.did("priya", `/api/releases/${release}/plan`, {});
  });
  afterAll(() => journey?.stop());

  test.each([
    ["priya", true],
    ["ada", true],
    ["dele", false],
    ["ines", false],
    ["jonas", false],
    ["uma", false],
  ] as const)("a plan that is meant is changed by product and admins: %s", async (who, mayChange) => {
    const page = await journey.page(who, `release?id=${release}`);
    await page.getByRole("heading", { name: "Who decides next" }).waitFor();
    expect(await page.getByRole("link", { name: "Change the plan" }).count()).toBe(mayChange ? 1 : 0);
    if (who === "dele" || who === "ines") {
      await page.goto(`${journey.url}/#/plan?id=${release}`);
      await page.getByRole("heading", { name: "Your role does not show how this plan is changed" }).waitFor();
      await page.getByText("Product or an admin may change it.").waitFor();
      expect(await page.getByRole("textbox").count()).toBe(0);
    }
    await page.context().close();
  });

  test("a refusal has no name of the code in it", async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR }];
    const { contentHash } = await journey.did("dele", `/api/releases/${release}`);
    const refused = await journey.ask("dele", "/api/releases", { release, expectedHash: contentHash, content: planOf("Mine", { waves }) });
    expect(refused).toMatchObject({ status: 403, body: { error: { code: "notAllowed" } } });
    expect(JSON.stringify(refused.body)).not.toContain("planRelease");
  });

  test.each([
    ["dele", [FLAG, OPS]],
    ["ines", [FLAG]],
    ["jonas", [FLAG]],
    ["uma", []],
  ] as const)("Kill stands beside the flags that %s may kill, and on no other page of the rest", async (who: Who, killable: readonly string[]) => {
    const page = await journey.page(who, "flags");
    for (const key of [FLAG, OPS]) {
      await page.goto(`${journey.url}/#/flags`);
      const row = page.locator("tbody tr").filter({ hasText: key });
      await row.waitFor();
      expect(await row.getByRole("link", { name: /^Kill/ }).count(), `${who} ${key}`).toBe(killable.includes(key) ? 1 : 0);
      await page.goto(`${journey.url}/#/flag?flag=${key}`);
      await page.getByText("Owned by").waitFor();
      expect(await page.getByRole("main").getByRole("link", { name: /^Kill/ }).count(), `${who} ${key}`).toBe(killable.includes(key) ? 1 : 0);
    }
    await page.goto(`${journey.url}/#/release?id=${release}`);
    await page.getByRole("heading", { name: "Who decides next" }).waitFor();
    expect(await page.getByRole("main").getByRole("link", { name: "Kill" }).count()).toBe(killable.includes(FLAG) ? 1 : 0);
    await page.context().close();
  });

  test("the page that kills says who may, where a flag is not this role's to kill", async () => {
    const page = await journey.page("ines", `kill?flag=${OPS}`);
    await page.getByText("Engineering or an admin may kill it.").waitFor();
    expect(await page.getByRole("button", { name: /^Kill/ }).count()).toBe(0);
    await page.context().close();
  });

  test("on a phone Kill is one tap away and as quiet as the words beside it", async () => {
    const page = await journey.page("dele", "flags", PHONE);
    const row = page.locator("tbody tr").filter({ hasText: FLAG });
    await row.getByRole("link", { name: "Kill Voice notes" }).waitFor();
    // The red of the theme, drawn once, beside the colour that the row's link has.
    const [colour, red] = await page.evaluate<readonly [string, string]>(`(() => {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.color = "var(--kill)";
      const red = getComputedStyle(probe).color;
      probe.remove();
      return [getComputedStyle(document.querySelector(".row-kill")).color, red];
    })()`);
    expect(red).toMatch(/^rgb/);
    expect(colour).not.toBe(red);
    await row.getByRole("link", { name: "Kill Voice notes" }).click();
    await page.getByRole("button", { name: /^Kill Voice notes in Production/ }).waitFor();
    await page.context().close();
  });
});
