import { existsSync } from "node:fs";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, TUESDAY } from "./world.ts";

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers: [], files: FILES });
});
afterAll(() => journey?.stop());

/** What a person may need from an empty project to a release that is planned for 5,000 customers (releases.md, target 9). */
const INTERACTIONS_MAX = 12;
const CUSTOMERS = 5_000;
const TRACKS = ["internal", "early", "standard", "late"] as const;
/** Every hundredth is the company's own, every tenth of the others early. */
const trackOf = (index: number): (typeof TRACKS)[number] =>
  index % 100 === 0 ? "internal" : index % 10 === 1 ? "early" : index % 10 === 2 ? "late" : "standard";
const csv = [
  "key,name,zone,track",
  ...Array.from({ length: CUSTOMERS }, (_, index) => `builder-${index},Builder ${index},Europe/Berlin,${trackOf(index)}`),
].join("\n");

/** Counts what a person does: presses, fields that are filled or chosen, files. */
class Hand {
  readonly did: string[] = [];
  async press(target: Locator, what: string): Promise<void> {
    this.did.push(`press ${what}`);
    await target.click();
  }
  async fill(target: Locator, value: string): Promise<void> {
    this.did.push(`fill ${value}`);
    await target.fill(value);
  }
  async choose(target: Locator, value: string): Promise<void> {
    this.did.push(`choose ${value}`);
    await target.selectOption(value);
  }
  async file(target: Locator, name: string): Promise<void> {
    this.did.push(`choose the file ${name}`);
    await target.setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(csv) });
  }
}

test.skipIf(!existsSync(CHROMIUM))(
  "from an empty project to a release that is planned for an imported list of 5,000 customers, nobody does more than twelve things",
  { timeout: 180_000 },
  async () => {
    const hand = new Hand();
    // Customer success registers whom it looks after; that is not a product manager's to do.
    const jonas = await journey.page("jonas", "home");
    await hand.press(jonas.getByRole("link", { name: "Import a list" }), "Import a list");
    await hand.file(jonas.getByLabel(/Choose a CSV file/), "customers.csv");
    await hand.press(jonas.getByRole("button", { name: "Import 5000 customers" }), "Import 5000 customers");
    await jonas.getByRole("heading", { name: "5000 customers are imported." }).waitFor();

    const priya = await journey.page("priya", "home");
    await hand.press(priya.getByRole("link", { name: "Plan a release" }), "Plan a release");
    await hand.fill(priya.getByLabel("What do customers get?"), "Voice notes in the diary");
    await hand.choose(priya.getByLabel("Flags that it turns on"), FLAG);
    await hand.fill(priya.getByLabel(/^At/).first(), "2026-11-26T14:00");
    await hand.press(priya.getByRole("button", { name: "See what would happen" }), "See what would happen");
    await hand.press(priya.getByRole("button", { name: "Save as a draft" }), "Save as a draft");
    await hand.press(priya.getByRole("button", { name: /^Plan it/ }), "Plan it");
    await priya.getByText("Nobody has it; this is a draft.").waitFor({ state: "detached" });

    const [release] = (await journey.did("priya", "/api/releases"))["releases"] as readonly {
      readonly phase: string;
      readonly waves: readonly { readonly customers: number; readonly startsAtMs: number }[];
    }[];
    // By hand: 50 of every 5,000 are the company's own, 500 are early, everybody else comes last.
    expect(release?.phase).toBe("planned");
    expect(release?.waves.map(({ customers }) => customers)).toEqual([50, 500, 4_450]);
    // The plan begins with waves on the 25th, the 26th and the 1st at nine; the first was moved by a day and five hours, and they with it.
    expect(release?.waves.map(({ startsAtMs }) => (startsAtMs - TUESDAY - 5 * 3_600_000) / DAY)).toEqual([2, 3, 8]);
    console.log(`${hand.did.length} interactions: ${hand.did.join(", ")}`);
    expect(hand.did.length).toBeLessThanOrEqual(INTERACTIONS_MAX);
  },
);
