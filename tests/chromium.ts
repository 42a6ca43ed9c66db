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

/** A headless Chromium; whoever launches it closes it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}
