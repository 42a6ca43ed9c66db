import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { msBetween, type Row } from "../../faults/rig/report.ts";
import { lift, pause, type Running } from "../../faults/rig/running.ts";
import type { Fleet } from "../../faults/rig/sdk-fleet.ts";
import { CHROMIUM, launchChromium } from "../../tests/chromium.ts";

const PHONE = { width: 390, height: 844 };
const ROUNDS = 5;
const EMAIL = "mara@example.com";
const PASSWORD = "a long enough password";

/**
 * How long a hand needs: to decide before each screen that is new to it (operator M of the keystroke-level model; Card, Moran and Newell, CACM
 * 23(7), 1980), to touch a button that the eye has found (a thumb's Fitts time for a target of 48 px some 300 px away, rounded up), and to type a
 * letter on glass (36.2 words of five letters a minute, the mean of 37,370 people; Palin et al., MobileHCI 2019).
 */
const DECIDE_MS = 1_350;
const TOUCH_MS = 600;
const LETTER_MS = 330;

/** Milliseconds of the hand alone, and of everything. */
interface Journey {
  readonly handMs: number;
  readonly wholeMs: number;
}

/** A hand that waits, before each touch and letter, as long as a person's does. */
class Hand {
  ms = 0;

  async takes(ms: number): Promise<void> {
    this.ms += ms;
    await pause(ms);
  }
}

/**
 * From the sign-in page, shown, to the last of the application processes that has the flag off: e-mail and password are the phone's to fill in, as
 * the form's `autocomplete` asks it to (one touch); then the kill switch, four letters, the feature, and the red button until it is through.
 */
async function oneJourney(page: Page, running: Running, { fleet, flag, name }: PhoneKill): Promise<Journey> {
  await fleet.read(flag, true);
  await page.goto(running.url);
  await page.getByRole("button", { name: "To the kill switch" }).waitFor();
  const hand = new Hand();
  const startNs = process.hrtime.bigint();
  await hand.takes(DECIDE_MS + TOUCH_MS);
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await hand.takes(TOUCH_MS);
  await page.getByRole("button", { name: "To the kill switch" }).click();
  await page.getByRole("searchbox", { name: "Find the feature to kill" }).waitFor();
  await hand.takes(DECIDE_MS);
  for (const letter of name.slice(0, 4).toLowerCase()) {
    await hand.takes(LETTER_MS);
    await page.keyboard.type(letter);
  }
  const found = page.getByRole("region", { name: "Find it" }).getByRole("button", { name: new RegExp(name) });
  await found.waitFor();
  await hand.takes(TOUCH_MS);
  await found.click();
  const button = page.getByRole("button", { name: `Kill ${name} in Production` });
  await button.waitFor();
  await hand.takes(DECIDE_MS + TOUCH_MS);
  await button.scrollIntoViewIfNeeded();
  await button.hover();
  await page.mouse.down();
  const all = await fleet.read(flag, false);
  await page.mouse.up();
  return { handMs: hand.ms, wholeMs: Math.max(...all.map((atNs) => msBetween(startNs, atNs))) };
}

interface PhoneKill {
  readonly fleet: Fleet;
  readonly flag: string;
  /** As people read it. */
  readonly name: string;
}

async function killInForce(running: Running): Promise<string> {
  const { kills } = (await running.ask("GET", "/api/kills?environment=production")).body as { readonly kills: readonly { readonly kill: string }[] };
  if (kills[0] === undefined) throw new Error("the phone's kill is not among those in force");
  return kills[0].kill;
}

/** Somebody on duty, who has an account, with a phone-sized Chromium: rows of the table; a row less where there is no Chromium. */
export async function measurePhone(running: Running, what: PhoneKill): Promise<readonly Row[]> {
  if (!existsSync(CHROMIUM)) return [];
  const made = await fetch(`${running.url}/api/first-sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: running.url, "sluice-request": "1" },
    body: JSON.stringify({ once: running.supervised.once, email: EMAIL, name: "Mara", password: PASSWORD }),
  });
  if (!made.ok) throw new Error(`the first account was answered ${made.status} ${await made.text()}`);
  const browser = await launchChromium();
  const journeys: Journey[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const context = await browser.newContext({ viewport: PHONE, hasTouch: true, locale: "en-GB" });
      journeys.push(await oneJourney(await context.newPage(), running, what));
      await context.close();
      await lift(running, await killInForce(running));
    }
  } finally {
    await browser.close();
  }
  return [
    { key: "phone.s", value: Math.max(...journeys.map(({ wholeMs }) => wholeMs)) / 1_000, target: "<= 10" },
    { key: "phone.handS", value: Math.max(...journeys.map(({ handMs }) => handMs)) / 1_000, target: "" },
  ];
}
