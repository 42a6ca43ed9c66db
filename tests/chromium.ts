import { type Browser, chromium } from "playwright-core";

/** Debian's Chromium; tests of pages are skipped where it is missing, which CI forbids. */
export const CHROMIUM = "/usr/bin/chromium";

/** Without the services that a browser calls home with: the machine of a test has no network. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a page is waited for: tests say that something is shown, never how soon. */
const PATIENCE_MS = 90_000;

/** A headless Chromium; whoever launches it closes it. */
export async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  browser.on("context", (context) => context.setDefaultTimeout(PATIENCE_MS));
  return browser;
}
