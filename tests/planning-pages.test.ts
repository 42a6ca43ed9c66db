import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@sluice/node";
import { openStore, secretHash } from "@sluice/store";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers, barriersInBothThemes } from "./barriers.ts";
import { CHROMIUM, launchChromium } from "./chromium.ts";
import { makeFolder, type Running, startSluice } from "../faults/rig/running.ts";
import { writeDemoReleases } from "../packages/distribution/src/demo-releases.ts";

const PEOPLE = { product: "Priya Raman", admin: "Ada Admin", marketing: "Inês Moura" } as const;
type Who = keyof typeof PEOPLE;
/** Words of engineers that no page for everybody may show. */
const JARGON = /\b(variants?|buckets?|payload|evaluation|boolean|toggle|strategy|cron|webhook|JSON|epoch|undefined|null|NaN)\b/i;

const folder = makeFolder("planning-pages");
let running: Running;
let browser: Browser;

async function pageOf(who: Who, hash: string, width = 1440): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
    bypassCSP: true,
    reducedMotion: "reduce",
  });
  await context.addCookies([{ name: "sluice_session", value: `session-of-${who}-0123456789`, url: running.url }]);
  const page = await context.newPage();
  await page.goto(`${running.url}/#/${hash}`);
  await page.getByRole("main").getByRole("heading").first().waitFor();
  return page;
}

describe.skipIf(!existsSync(CHROMIUM))("pages of planning, in Chromium against real processes", () => {
  beforeAll(async () => {
    const repository = join(folder.path, "flags");
    cpSync(new URL("../examples/shop-floor/flags-repository", import.meta.url), repository, { recursive: true });
    const git = (...given: readonly string[]): void =>
      void execFileSync("git", ["-C", repository, "-c", "user.name=Mara", "-c", "user.email=mara@example.com", ...given]);
    writeFileSync(join(repository, "segments", "pilots.yaml"), "key: pilots\ndescription: Customers who try things with us.\nby: customer\nlist: runtime\n");
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "first");
    running = await startSluice({ data: join(folder.path, "data"), source: repository, pollMs: 1_000, run: "sources" });
    const store = await openStore(`sqlite:${join(folder.path, "data", "store.db")}`);
    try {
      await writeDemoReleases(store, Date.now());
      for (const role of Object.keys(PEOPLE) as Who[]) {
        await store.saveAccount({ id: role, email: `${role}@example.com`, name: PEOPLE[role], role, passwordHash: "", failures: 0, lockedUntilMs: 0 });
        await store.saveGrant({ hash: secretHash(`session-of-${role}-0123456789`), kind: "session", account: role, expiresAtMs: Number.MAX_SAFE_INTEGER });
      }
    } finally {
      await store.close();
    }
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await running?.supervised.stop();
    folder.remove();
  });

  test("hinder nobody, fit the window, and speak plainly, in both themes, wide and on a phone", { timeout: 240_000 }, async () => {
    const { freezes } = (await running.ask("GET", "/api/freezes")).body as { readonly freezes: readonly { readonly fromMs: number }[] };
    const frozen = new Date(freezes[0]?.fromMs ?? Number.NaN).toISOString().slice(0, "2026-12-20".length);
    // The month of the freeze, whichever month it is today; the other pages: tests/pages.test.ts.
    const calendar = "calendar?span=month&rows=customers";
    for (const hash of [calendar, `${calendar}&day=${frozen}`, "lists", "list?list=pilots&environment=production"])
      for (const width of [1440, 390]) {
        const page = await pageOf("admin", hash, width);
        await page.waitForFunction("document.querySelector('.loading') === null");
        expect(await barriersInBothThemes(page), `${hash} at ${width}`).toEqual([]);
        expect(await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth"), hash).toBeLessThanOrEqual(0);
        expect(JARGON.exec(await page.getByRole("main").innerText())?.[0], hash).toBeUndefined();
        await page.context().close();
      }
  });

  test("people are put into a list by pasting them, after a look at what that does, and taken out again", async () => {
    const page = await pageOf("admin", "list?list=pilots&environment=production");
    await page.getByText("Nobody is in it").waitFor();
    await page.getByLabel("One a line").fill('ulm-hochbau\r\n"Łódź 4"\n\nulm-hochbau');
    await page.getByRole("button", { name: "See what 2 lines would do" }).click();
    await page.getByText("2 join, so that the list has 2 members. Nobody gets a release by that.").waitFor();
    await page.getByRole("button", { name: "Put 2 in" }).click();
    await page.getByRole("heading", { name: "Pilots has 2 members in Production." }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "Łódź 4" }).waitFor();
    await page.getByLabel("Key of the customer or user").fill("Łódź 5");
    await page.getByRole("button", { name: "Look" }).click();
    await page.getByText("Łódź 5 is not in the list.").waitFor();
    await page.getByLabel("One a line").fill("Łódź 4");
    await page.getByLabel("Take out").check();
    await page.getByRole("button", { name: "See what 1 line would do" }).click();
    await page.getByRole("button", { name: "Take 1 out" }).click();
    await page.getByRole("heading", { name: "Pilots has 1 member in Production." }).waitFor();
    await page.getByRole("link", { name: "Lists" }).first().click();
    await page.getByText("Changed", { exact: false }).first().waitFor();
    await page.context().close();
  });

  test("are all found by the palette with keys alone", async () => {
    const page = await pageOf("product", "home");
    await page.keyboard.press("Control+k");
    expect(await barriers(page, "light")).toEqual([]);
    await page.keyboard.type("ulm hoch");
    await page.getByRole("option", { name: "Ulm Hochbau" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/customer\?id=/);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await page.waitForURL(/#\/calendar/);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("Flags says which flag an application asks for that nobody has defined, by whom, how often and what is meant", async () => {
    const flags = createClient({ url: running.url, key: running.sdkKey, service: "site-web", version: "4.2.0", waitMs: 20_000 });
    await flags.ready();
    const page = await pageOf("product", "flags");
    for (let times = 0; times < 3; times++) flags.getBoolean("diary.photo-pinz", false);
    // What a process has counted, it tells at its end at the latest; the page, open since before, asks again by itself.
    await flags.close();
    const banner = page.getByRole("region", { name: "Asked for and not defined" });
    await banner.getByText(/^diary\.photo-pinz in production, by site-web 4\.2\.0, 3 times, last today \d\d:\d\d\. Is diary\.photo-pins meant\?$/).waitFor();
    await page.context().close();
  });

  test("a start moves only when its button is pressed, after it is told what that does", async () => {
    const page = await pageOf("product", `calendar?span=month&day=${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}`);
    await page
      .getByRole("button", { name: /scheduled/ })
      .first()
      .focus();
    await page.keyboard.press("Alt+ArrowRight");
    const panel = page.getByRole("dialog");
    await panel.getByText("What this moves").waitFor();
    await panel.getByText("lose anything").waitFor();
    expect(JARGON.exec(await panel.innerText())?.[0]).toBeUndefined();
    const moves = async (): Promise<number> => {
      const { body } = await running.ask("GET", "/api/events?kinds=waveMoved");
      return (body as { readonly events: readonly unknown[] }).events.length;
    };
    expect(await moves()).toBe(0);
    await panel.getByRole("button", { name: /^Move it to/ }).click();
    await panel.waitFor({ state: "detached" });
    expect(await moves()).toBe(1);
  });

  test("whoever is asked to agree asks for a change in words, then agrees", async () => {
    const page = await pageOf("product", "approvals");
    await page.getByRole("button", { name: "Ask for a change …" }).first().click();
    await page.getByLabel(/What should change/).fill("After the trade fair, please");
    await page.getByRole("button", { name: "Ask for this change" }).click();
    await page.getByText(/^You asked for a change today .*“After the trade fair, please”\. Waiting for /).waitFor();
    await page
      .getByRole("button", { name: /^Agree to/ })
      .first()
      .click();
    await page.getByText("Nobody waits for your word.").waitFor();
  });

  test("the audit checks every decision and narrows to one kind; keys are told by their fingerprint", async () => {
    const page = await pageOf("admin", "audit?show=holds");
    await page.getByText("Payroll week").waitFor();
    expect(await page.getByText("Saved the plan of").count()).toBe(0);
    await page.getByRole("button", { name: "Check every decision" }).click();
    await page.getByText(/^All \d+ decisions are as they were written/).waitFor();
    await page.goto(`${running.url}/#/settings`);
    await page.getByText(createHash("sha256").update(running.sdkKey).digest("hex").slice(0, 8)).waitFor();
  });

  test("a list is looked at as soon as it is chosen, and imported by its button", async () => {
    const page = await pageOf("admin", "import");
    const csv = "key,name,zone,track\nneubau-nord,Neubau Nord,Europe/Berlin,early\nkap-bau,Kap Bau,Europe/Berlinn,late\n";
    await page.getByLabel(/Choose a CSV file/).setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await page.getByRole("heading", { name: "This list adds 1 customer and changes 0. 1 row is left out." }).waitFor();
    await page.getByText("Europe/Berlinn").first().waitFor();
    await page.getByRole("button", { name: "Import 1 customer" }).click();
    await page.getByRole("heading", { name: "1 customer is imported." }).waitFor();
    const { body } = await running.ask("GET", "/api/customers");
    expect(
      (body as { readonly customers: readonly { readonly key: string }[] }).customers.filter(({ key }) => /neubau|kap-bau/.test(key)).map(({ key }) => key),
    ).toEqual(["neubau-nord"]);
  });
});
