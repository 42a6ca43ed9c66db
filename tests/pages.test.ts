import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriersInBothThemes } from "./barriers.ts";
import { CHROMIUM } from "./chromium.ts";
import { DESK, type Journey, PHONE, startJourney, type Who } from "./journeys/rig.ts";
import { DAY, FILES, HOUR, MANY, planOf, TUESDAY } from "./journeys/world.ts";

/** A busy machine checks a page in many seconds; nothing here is about how soon. */
const LIMIT = { timeout: 420_000 };
const FLAGS = 200;
const LAPTOP = { width: 1366, height: 850 };

/** Two hundred flags more, so that lists are as long as a company's. */
const files: Readonly<Record<string, string>> = {
  ...FILES,
  ...Object.fromEntries(
    Array.from({ length: FLAGS }, (_, index) => [
      `flags/area-${index % 8}/feature-${index}.yaml`,
      `key: area-${index % 8}.feature-${index}
description: The feature number ${index} of a company that has many, with a sentence about it.
kind: release
owner: team-site
created: 2026-11-02
expires: 2027-02-28
type: boolean
environments:
  production: { default: ${index % 3 === 0 ? "on" : "off"} }
  staging: { default: on }
`,
    ]),
  ),
};

/** Words of those who build it, which nobody needs to know who decides with it (first-hour.md 19). */
const JARGON =
  /\b(variants?|buckets?|payload|evaluat\w+|snapshot|impression|strategy|boolean|JSON|SDK|targetingKey|context|hash|cron|UTC offset|toggle|webhook|epoch|undefined|null|NaN)\b/i;

interface Shown {
  readonly who: Who;
  readonly address: string;
  /** What stands there when it is drawn. */
  readonly says: RegExp;
  /** Pages of engineers may use engineers' words. */
  readonly forEngineers?: true;
}

let journey: Journey;
let pages: readonly Shown[] = [];

describe.skipIf(!existsSync(CHROMIUM))("the console with 261 flags and 120 customers", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 120), files });
    const waves = [
      { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: TUESDAY + HOUR }, bakeMs: HOUR },
      { name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR },
    ];
    const { id } = await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves }) }).then(({ release }) => ({ id: String(release) }));
    await journey.did("priya", `/api/releases/${id}/plan`, {});
    const asks = planOf("Snag lists", { flags: [{ flag: "site.snag-list", serve: "on" }], approvals: ["marketing"], waves: waves.slice(1) });
    const asked = String((await journey.did("priya", "/api/releases", { content: asks }))["release"]);
    await journey.did("priya", `/api/releases/${asked}/plan`, {});
    const hold = { environment: "production", customers: ["id-acme-build"], fromMs: TUESDAY, untilMs: TUESDAY + 4 * DAY, reason: "Payroll week" };
    await journey.did("jonas", "/api/holds", hold);
    await journey.advanceTo(TUESDAY + HOUR);
    await journey.advanceTo(TUESDAY + 2 * HOUR);
    pages = [
      { who: "priya", address: "home", says: /Today|two days/ },
      { who: "priya", address: "releases", says: /Site diary 2/ },
      { who: "priya", address: `release?id=${id}`, says: /On for 62 of 120 customers/ },
      { who: "priya", address: "plan", says: /Who gets what, and when/ },
      { who: "priya", address: "calendar", says: /Site diary 2/ },
      { who: "jonas", address: "customers", says: /Acme Build/ },
      { who: "jonas", address: "customer?id=id-acme-build", says: /What this moves/ },
      { who: "jonas", address: "import", says: /Import a list of customers/ },
      { who: "ines", address: "approvals", says: /Agree to start/ },
      { who: "ines", address: "kill?flag=diary.voice-notes", says: /from the 62 of 120 customers/ },
      { who: "ines", address: `kill?of=release&name=${id}&title=Site%20diary%202`, says: /the release Site diary 2 in Production/ },
      { who: "dele", address: "flags", says: /261 in use/, forEngineers: true },
      { who: "dele", address: "flags?owner=team-site&kind=ops", says: /\b1 of 261/, forEngineers: true },
      { who: "dele", address: "flag?flag=diary.voice-notes", says: /For 62 customers/, forEngineers: true },
      { who: "priya", address: "change?flag=diary.voice-notes", says: /What it is for/ },
      { who: "dele", address: "change?flag=diary.voice-notes", says: /Add a rule in Production/, forEngineers: true },
      { who: "priya", address: "changes", says: /Nothing was sent yet/ },
      { who: "dele", address: "segments", says: /Named groups that rules ask/, forEngineers: true },
      { who: "uma", address: "audit", says: /Every decision/, forEngineers: true },
      { who: "ada", address: "settings", says: /People/, forEngineers: true },
    ];
  });
  afterAll(() => journey?.stop());

  async function drawn(page: Page, { address, says }: Shown): Promise<void> {
    await page.goto(`${journey.url}/#/${address}`);
    await page.getByText(says).first().waitFor();
  }

  const widths = [
    ["at a desk", DESK],
    ["on a phone", PHONE],
  ] as const;
  test.each(widths)("has no barrier on any page %s, in the light and in the dark, and nothing hangs over the edge", LIMIT, async (_where, size) => {
    const open = new Map<Who, Page>();
    const found: string[] = [];
    for (const shown of pages) {
      const page = open.get(shown.who) ?? (await journey.page(shown.who, "home", size, { bypassCSP: true }));
      open.set(shown.who, page);
      await drawn(page, shown);
      found.push(...(await barriersInBothThemes(page)).map((each) => `${shown.address} ${each}`));
      const isWide = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth + 1");
      if (isWide) found.push(`${shown.address} is wider than the screen`);
    }
    expect(found).toEqual([]);
  });

  test("comes up by itself where the first question was answered by nobody", LIMIT, async () => {
    const page = await journey.page("priya", "");
    let asked = 0;
    await page.route("**/api/me", (route) => (++asked <= 2 ? route.fulfill({ status: 503, body: "{}", contentType: "application/json" }) : route.continue()));
    await page.goto(`${journey.url}/#/plan`);
    await page.reload();
    await page.getByLabel("What do customers get?").waitFor();
    expect(asked).toBeGreaterThan(2);
    await page.close();
  });

  test("speaks plainly on the pages of those who do not build", LIMIT, async () => {
    const found: string[] = [];
    for (const shown of pages.filter(({ forEngineers }) => forEngineers === undefined)) {
      const page = await journey.page(shown.who, "home");
      await drawn(page, shown);
      const text = await page.locator("main").innerText();
      // Names that people gave are theirs.
      const jargon = JARGON.exec(text);
      if (jargon !== null) found.push(`${shown.address}: ${text.slice(Math.max(0, jargon.index - 40), jargon.index + 40)}`);
      await page.close();
    }
    expect(found).toEqual([]);
  });

  test("tells on a flag's page who changed its file in Git, and says so where Git gives no answer", LIMIT, async () => {
    const page = await journey.page("uma", "flag?flag=diary.voice-notes");
    const card = page.getByRole("region", { name: "Its file in Git" });
    await card.getByText("first").waitFor();
    await card.getByText(/^Mara, /).waitFor();
    expect(await card.getByRole("listitem").count()).toBe(1);
    await page.route("**/commits", (route) =>
      route.fulfill({ json: { file: "flags/diary/voice-notes.yaml", commits: [], isMore: false, unavailable: "noAnswer" } }),
    );
    await page.reload();
    await card.getByText("Git did not tell it in time.", { exact: false }).waitFor();
    await page.getByText("voice-notes.yaml").first().waitFor();
    await page.close();
  });

  test("narrows the flags to a team and a kind, by an address that can be sent to somebody", LIMIT, async () => {
    const page = await journey.page("dele", "flags");
    const names = page.locator(".flags tbody .name");
    await page.getByLabel("Team").selectOption("team-accounts");
    await page.getByText("7 of 261").waitFor();
    await page
      .getByRole("group", { name: "Show only" })
      .getByRole("link", { name: /^Experiment/ })
      .click();
    await page.getByText("2 of 261").waitFor();
    expect(await names.allInnerTexts()).toEqual(["Invite layout", "Digest hour"]);
    const sent = await journey.page("dele", page.url());
    await sent.getByText("2 of 261").waitFor();
    expect(await sent.locator(".flags tbody .name").allInnerTexts()).toEqual(["Invite layout", "Digest hour"]);
    await sent.getByLabel("Team").selectOption("");
    await sent.getByText("6 of 261").waitFor();
    await page.close();
    await sent.close();
  });

  test.each([
    ["a laptop", LAPTOP],
    ["a phone", PHONE],
  ] as const)("shows the state of every environment in the first rows of the flags on %s, and Kill one press away", LIMIT, async (_name, size) => {
    const page = await journey.page("dele", "flags", size);
    const row = page.locator("tbody tr, .flags li").first();
    await row.waitFor();
    for (const part of [row.getByRole("link", { name: /Kill/ }), row.locator(".state").nth(0), row.locator(".state").nth(1)]) {
      const box = await part.boundingBox();
      expect(box).not.toBeNull();
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(size.width);
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(size.height);
    }
    await row.getByRole("link", { name: /Kill/ }).click();
    await page.getByRole("button", { name: /^Kill .* in Production/ }).waitFor();
  });
});
