import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM } from "./chromium.ts";
import { type Journey, startJourney, type Who } from "./journeys/rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./journeys/world.ts";

const LIMIT = { timeout: 420_000 };
/** A busy machine draws a page in many seconds; nothing here is about how soon. */
const DRAWN_MS_MAX = 120_000;
/** Pages that are open at once. */
const AT_ONCE = 5;

/** The console looks again each 5 s. */
const SLOWER_THAN_A_LOOK_MS = 8_000;

/** What the console keeps current for several pages. */
const LISTS = "**/api/flags";

interface Drawn {
  readonly who: Who;
  readonly address: string;
  /** What it cannot be drawn without, as a pattern of the browser's. */
  readonly asks: string;
  /** What stands there when it is drawn. */
  readonly says: RegExp;
}

/** A list that nobody is in. */
const LIST = { "segments/pilots.yaml": "key: pilots\ndescription: Who tries it first.\nby: customer\nlist: runtime\n" };

let journey: Journey;
let empty: Journey;
let pages: readonly Drawn[] = [];

const WEEKS = { name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR };
const answer = (status: number, code: string) => ({
  status,
  contentType: "application/json",
  body: JSON.stringify({ error: { code, message: "The role looks elsewhere.", fix: "Ask an admin." } }),
});

describe.skipIf(!existsSync(CHROMIUM))("every page draws what it cannot show", () => {
  beforeAll(async () => {
    journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 20), files: { ...FILES, ...LIST } });
    empty = await startJourney({ nowMs: TUESDAY, customers: [] });
    const { release } = await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves: [WEEKS], approvals: ["marketing"] }) });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    pages = [
      { who: "priya", address: "home", asks: "**/api/home", says: /waits? for you/ },
      { who: "priya", address: "releases", asks: "**/api/releases", says: /Site diary 2/ },
      { who: "priya", address: `release?id=${String(release)}`, asks: `**/api/releases/${String(release)}`, says: /Who decides next/ },
      { who: "priya", address: "plan", asks: LISTS, says: /Who gets what, and when/ },
      { who: "priya", address: `plan?id=${String(release)}`, asks: `**/api/releases/${String(release)}`, says: /Change the plan/ },
      { who: "priya", address: "calendar", asks: "**/api/calendar?*", says: /Site diary 2/ },
      { who: "jonas", address: "customers", asks: "**/api/customers", says: /Acme Build/ },
      { who: "jonas", address: "customer?id=id-acme-build", asks: "**/api/customers/id-acme-build/releases*", says: /Site diary 2/ },
      { who: "jonas", address: "lists", asks: "**/api/lists", says: /Who tries it first/ },
      { who: "jonas", address: "list?list=pilots&environment=production", asks: "**/api/lists/pilots?*", says: /Pilots has nobody in Production/ },
      { who: "ines", address: "approvals", asks: "**/api/home", says: /plan waits/ },
      { who: "ines", address: `kill?flag=${FLAG}`, asks: LISTS, says: /What is on|Kill Voice notes in/ },
      { who: "dele", address: "flags", asks: LISTS, says: /in use/ },
      { who: "dele", address: `flag?flag=${FLAG}`, asks: `**/api/flags/${FLAG}`, says: /voice-notes\.yaml/ },
      { who: "dele", address: "drift", asks: "**/api/drift", says: /served as Git says|served that Git does not say/ },
      { who: "uma", address: "audit", asks: "**/api/events?*", says: /Saved the plan of/ },
      { who: "ada", address: "settings", asks: "**/api/accounts", says: /Inês Moura/ },
    ];
  });
  afterAll(async () => {
    await journey?.stop();
    await empty?.stop();
  });

  /** A page of its own for each: nothing is left of the one before. */
  async function blank(who: Who): Promise<Page> {
    const page = await journey.blankPage(who);
    page.setDefaultTimeout(DRAWN_MS_MAX);
    return page;
  }

  /** Some at a time: much of each is waiting. */
  async function each<T>(some: readonly T[], look: (one: T) => Promise<void>): Promise<void> {
    for (let from = 0; from < some.length; from += AT_ONCE) await Promise.all(some.slice(from, from + AT_ONCE).map(look));
  }

  test("while it is asked for, without a word that it is empty", LIMIT, async () => {
    const found: string[] = [];
    await each(pages, async ({ who, address, asks, says }) => {
      const page = await blank(who);
      let go = (): void => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      await page.route(asks, async (route) => {
        await gate;
        await route.continue().catch(() => {});
      });
      await page.goto(`${journey.url}/#/${address}`);
      await page.locator("main .loading").first().waitFor();
      if (await page.getByText(/No (flag|release|customer|decision|list)|Nobody is in it|Nobody waits|could not be/).count())
        found.push(`${address} says that it is empty before it knows`);
      go();
      await page.getByText(says).first().waitFor();
      await page.context().close();
    });
    expect(found).toEqual([]);
  });

  test("with a server that answers more slowly than the console looks again: everything, once it is answered", LIMIT, async () => {
    const page = await blank("jonas");
    await page.route("**/api/customers**", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, SLOWER_THAN_A_LOOK_MS));
      await route.continue().catch(() => {});
    });
    await page.goto(`${journey.url}/#/customer?id=id-acme-build`);
    await page.getByText("Site diary 2").first().waitFor();
    await page.getByRole("heading", { name: "Nothing new for Acme Build" }).waitFor();
    await page.context().close();
  });

  test("forbidden: that it is the role, and whom to ask", LIMIT, async () => {
    await each(pages, async ({ who, address, asks }) => {
      const page = await blank(who);
      await page.route(asks, (route) => route.fulfill(answer(403, "notAllowed")));
      await page.goto(`${journey.url}/#/${address}`);
      const said = page.getByText(/Your role does not show/).or(page.getByText("The log could not be read."));
      await said.first().waitFor();
      await page.getByText("Ask an admin.").first().waitFor();
      await page.context().close();
    });
  });

  test("of a role that has no part in it: planning, importing, killing and exporting, as the server's own table says", LIMIT, async () => {
    for (const [who, address, says] of [
      ["uma", "plan", "Your role does not show how a release is planned"],
      ["jonas", "plan", "Your role does not show how a release is planned"],
      ["priya", "import", "Your role does not show the import"],
      ["uma", "kill", "Your role does not show the way to kill"],
    ] as const) {
      const page = await journey.page(who, address);
      await page.getByText(says).waitFor();
      await page.close();
    }
    for (const [who, path, body] of [
      ["uma", "/api/releases", { content: planOf("No", { waves: [WEEKS] }) }],
      ["jonas", "/api/releases", { content: planOf("No", { waves: [WEEKS] }) }],
      ["priya", "/api/customers/import", { base64: "", dryRun: true }],
      ["uma", "/api/kills", { environment: "production", flags: [FLAG] }],
    ] as const)
      expect((await journey.ask(who, path, body)).status, `${who} ${path}`).toBe(403);
  });

  test("in trouble: what happened, and a way to try again; it is shown as soon as it is answered", LIMIT, async () => {
    const ofOneQuestion = pages.filter(({ address }) => address !== "audit");
    await each(ofOneQuestion, async ({ who, address, asks, says }) => {
      const page = await blank(who);
      await page.route(asks, (route) => route.fulfill(answer(500, "internal")));
      await page.goto(`${journey.url}/#/${address}`);
      await page
        .getByText(/could not be shown/)
        .first()
        .waitFor();
      await page.unroute(asks);
      // Most pages ask again by themselves, which may be sooner than the press: then the button is gone, and pressing it does nothing.
      for (const again of await page.getByRole("button", { name: "Try again" }).elementHandles()) await again.dispatchEvent("click");
      await page.getByText(says).first().waitFor();
      await page.context().close();
    });
  });

  test("cut off: since when, with what was there still to read, and it comes back by itself", LIMIT, async () => {
    const cut = async ({ who, address, says }: Drawn): Promise<void> => {
      const page = await blank(who);
      await page.goto(`${journey.url}/#/${address}`);
      await page.getByText(says).first().waitFor();
      // A connection that stands is not cut by the browser's switch: it is the next question that nobody answers.
      await page.context().setOffline(true);
      await page.getByText(/^Cut off since 09:00, Berlin time\.$/).waitFor();
      expect(await page.getByText(says).count(), address).toBeGreaterThan(0);
      await page.context().setOffline(false);
      await page.getByText(/^Cut off since/).waitFor({ state: "detached" });
      await page.context().close();
    };
    await each(pages, cut);
  });

  test("nobody there: a session that has ended shows the door", LIMIT, async () => {
    const page = await journey.page("priya", "releases");
    page.setDefaultTimeout(DRAWN_MS_MAX);
    await page.getByText("Site diary 2").first().waitFor();
    await page.context().clearCookies();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await page.getByText("Site diary 2").count()).toBe(0);
  });

  test("empty: what it is for, and what fills it", LIMIT, async () => {
    const all = [
      ["jonas", "home", "No customer is registered yet"],
      ["priya", "releases", "No release yet"],
      ["jonas", "customers", "No customer yet"],
      ["jonas", "lists", "No list yet"],
      ["priya", "calendar", "Nothing starts"],
      ["ines", "approvals", "Nothing to agree to"],
      ["uma", "audit?show=holds", "No decision like that"],
      ["dele", "kill", "Nothing is killed right now."],
    ] as const;
    await each(all, async ([who, address, says]) => {
      const page = await empty.page(who, address);
      await page.getByText(says).first().waitFor();
      await page.context().close();
    });
    const page = await journey.page("jonas", "list?list=pilots&environment=production");
    await page.getByRole("heading", { name: "Nobody is in it" }).waitFor();
    await page.getByText("Put people in with the field above.").waitFor();
    await page.close();
  });
});
