import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers } from "../barriers.ts";
import { CHROMIUM } from "../chromium.ts";
import { DESK, type Journey, PHONE, startJourney } from "./rig.ts";
import { Reviews } from "./reviews.ts";
import { FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

const VOICE = "flags/diary/voice-notes.yaml";
const PART = "environments/production/diary/voice-notes.yaml";
const APART = (FILES[VOICE] ?? "").replace("  production: { default: off }\n", "");
const PART_FILE = "# Whoever changes this asks the people of the diary first.\n\ndefault: off   # until all is translated\n";
/** The page is looked through for barriers by a script of the test's. */
const CHECKED = { bypassCSP: true };
let journey: Journey;
let reviews: Reviews;
const textAt = (branch: string, path: string): string => `${reviews.host("show", `${branch}:${path}`)}\n`;
const touched = (branch: string): readonly string[] => reviews.host("show", "--format=", "--name-status", branch).split("\n");

describe.skipIf(!existsSync(CHROMIUM))("a flag whose production stands in a file of its own", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 40), files: { ...FILES, [VOICE]: APART, [PART]: PART_FILE } });
    reviews = new Reviews(journey);
  });
  afterAll(() => journey.stop());

  test("a product manager makes a complete release its default: a commit of hers on that file, merged and served", async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: journey.nowMs + HOUR }, bakeMs: HOUR }];
    const release = String((await journey.did("priya", "/api/releases", { content: planOf("Voice notes", { waves }) }))["release"]);
    await journey.did("priya", `/api/releases/${release}/plan`, {});
    await journey.advance(HOUR);
    await journey.advance(HOUR);
    const page = await journey.page("priya", `release?id=${release}`, DESK, CHECKED);
    await page.getByRole("link", { name: "Make it the default" }).click();
    const does = page.getByRole("region", { name: "What it does" });
    await does.getByText("Voice notes in Production: no customer gets anything else.").waitFor();
    await does.getByText(PART, { exact: true }).waitFor();
    await does.getByText("-default: off   # until all is translated").waitFor();
    await does.getByText("+default: on   # until all is translated").waitFor();
    expect(await does.getByText(VOICE, { exact: true }).count()).toBe(0);
    expect(await barriers(page, "light")).toEqual([]);
    await page.getByRole("button", { name: "Send it for review" }).click();
    await page.getByRole("heading", { name: "Sent for review" }).waitFor();
    const [branch = ""] = reviews.branches;
    expect(touched(branch)).toEqual([`M\t${PART}`]);
    expect(textAt(branch, PART)).toBe(PART_FILE.replace("default: off", "default: on"));
    expect(reviews.host("show", "-s", "--format=%an <%ae>|%(trailers:key=Sluice-Decision,valueonly)", branch)).toBe(
      `Priya Raman <priya@example.com>|${release}`,
    );
    await reviews.merge(branch);
    const client = await journey.client("diary");
    expect(client.getBoolean(FLAG, false, { targetingKey: "u", customer: MANY[0]?.key ?? "" })).toBe(true);
    await page.goto(`${journey.url}/#/flag?flag=${FLAG}`);
    const definition = page.getByRole("region", { name: "Definition" });
    await definition.getByRole("heading", { name: PART }).waitFor();
    await definition.getByText("default: on   # until all is translated").waitFor();
    await page.getByRole("region", { name: "Its files in Git" }).getByText("Priya Raman", { exact: false }).waitFor();
    expect(await barriers(page, "dark")).toEqual([]);
    await page.close();
  });

  test("an engineer's rule goes into that file and his words into the flag's, in one commit; a crossing of one of them is told by its name", async () => {
    const page = await journey.page("dele", `change?flag=${FLAG}`, PHONE, CHECKED);
    await page.getByLabel("What it is for").fill("Lets people on site speak a diary entry, in any language.");
    await page.getByRole("button", { name: "Add a rule in Production" }).click();
    await page.getByLabel("Who, as JSON").fill('{ "plan": { "in": ["pro"] } }');
    await page.getByLabel("Id", { exact: true }).fill("pro-first");
    await page.getByRole("combobox", { name: /^Gets/ }).selectOption("off");
    await page.getByRole("button", { name: "See what it does" }).click();
    await page.getByText("+rules: [{ id: pro-first, if: { plan: { in: [pro] } }, serve: off }]").waitFor();
    await page.getByLabel(`Changed lines of ${VOICE}`).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")).toBe(false);
    const theirs = textAt("main", PART).replace("until all is translated", "for good");
    await journey.commit((repository) => writeFileSync(join(repository, PART), theirs), "for good");
    await page.getByRole("button", { name: "Send it for review" }).click();
    const conflict = page.getByRole("alert", { name: "Changed meanwhile" });
    await conflict.getByText(PART, { exact: true }).waitFor();
    expect(await conflict.getByText(VOICE, { exact: true }).count()).toBe(0);
    expect(await barriers(page, "light")).toEqual([]);
    await page.getByRole("button", { name: "Put yours on top: show it first" }).click();
    await page.getByLabel(`Changed lines of ${PART}`).getByText("default: on   # for good").waitFor();
    const before = reviews.branches;
    await page.getByRole("button", { name: "Send it for review" }).click();
    await page.getByRole("heading", { name: "Sent for review" }).waitFor();
    const branch = reviews.branches.find((one) => !before.includes(one)) ?? "";
    expect(touched(branch)).toEqual([`M\t${PART}`, `M\t${VOICE}`]);
    expect(textAt(branch, PART)).toBe(theirs.replace("default:", "rules: [{ id: pro-first, if: { plan: { in: [pro] } }, serve: off }]\ndefault:"));
    await page.close();
  });
});
