// `npm run bench -- pages [--rounds N] [--json]`: from opening a page to its content, on the larger company, in real Chromium against real processes.
import type { Browser } from "playwright-core";
import { numberOption, percentile, print, type Row } from "../../faults/rig/report.ts";
import { launchChromium } from "../../tests/chromium.ts";
import { LARGE } from "../world/large-company.ts";
import { type LargeServer, startLargeServer } from "../world/large-server.ts";

const DAY = 24 * 3_600_000;
const PAGES: Readonly<Record<string, string>> = {
  home: "home",
  releases: "releases",
  release: "release?id=large-release-07",
  customers: "customers",
  customer: "customer?id=large-0123",
  calendar: "calendar",
  flags: "flags",
};
const PAGE_MS_MAX = 60_000;

/** In the page: when it shows a heading and nothing of it is still loading, by the page's own clock, which begins with the navigation. */
const NOTE_WHEN_SHOWN = `
  const look = () => {
    const main = document.querySelector("main");
    if (globalThis.shownMs === undefined && main?.querySelector("h1, h2") && document.querySelector(".loading") === null && !main.textContent.includes("Loading"))
      globalThis.shownMs = performance.now();
    if (globalThis.shownMs === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);`;

/** Milliseconds of one opening, in a browser context of its own: nothing is cached. */
async function open(browser: Browser, { running, sessions }: LargeServer, hash: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "Europe/Berlin", locale: "en-GB", bypassCSP: true });
  try {
    await context.addCookies([{ name: "sluice_session", value: sessions.product, url: running.url }]);
    const page = await context.newPage();
    await page.addInitScript(NOTE_WHEN_SHOWN);
    await page.goto(`${running.url}/#/${hash}`);
    await page.waitForFunction("globalThis.shownMs !== undefined", undefined, { timeout: PAGE_MS_MAX });
    const text = await page.getByRole("main").innerText();
    if (text.trim().length < 40) throw new Error(`${hash} shows nothing: ${JSON.stringify(text)}`);
    return await page.evaluate<number>("globalThis.shownMs");
  } finally {
    await context.close();
  }
}

const rounds = numberOption("--rounds", 5);
const server = await startLargeServer((nowMs) => ({
  nowMs,
  nextMs: (release) => nowMs + (1 + (release % 6)) * DAY,
  heldUntilMs: (hold) => nowMs + (1 + (hold % 15)) * DAY,
}));
try {
  const browser = await launchChromium();
  try {
    const times: Record<string, number[]> = {};
    for (let round = 0; round < rounds; round += 1)
      for (const [name, hash] of Object.entries(PAGES)) (times[name] ??= []).push(await open(browser, server, hash));
    const rows = Object.entries(times).flatMap(([name, all]): Row[] => [
      { key: `page.${name}.interactiveMs`, value: percentile(all, 0.5), target: "<= 1000" },
      { key: `page.${name}.leastMs`, value: Math.min(...all), target: "" },
    ]);
    print({
      name: "pages",
      rows,
      notes: `${LARGE.customers} customers, ${LARGE.flags} flags, ${LARGE.releases} releases in progress, ${LARGE.holds} holds. From navigation to the page's content with nothing left loading; an empty cache each time; median and least of ${rounds}.`,
    });
  } finally {
    await browser.close();
  }
} finally {
  await server.stop();
}
