import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, PHONE, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers: MANY.slice(0, 80), files: FILES });
});
afterAll(() => journey.stop());

test.skipIf(!existsSync(CHROMIUM))(
  "marketing kills on a phone, two applications lose the feature, the release pauses, and a lift gives back exactly who had it",
  { timeout: 180_000 },
  async () => {
    const waves = [
      { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: TUESDAY + HOUR }, bakeMs: HOUR },
      { name: "Everybody", audience: {}, start: { atMs: TUESDAY + DAY }, bakeMs: HOUR },
    ];
    const { release } = await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves }) });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    const [one, two] = [await journey.client("site-api"), await journey.client("worker")];
    const who = (client: typeof one): readonly string[] =>
      MANY.slice(0, 80).flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [key] : []));
    await journey.advanceTo(TUESDAY + HOUR);
    await journey.heard(one);
    await journey.heard(two);
    const before = who(one);
    // By hand: 62 of the first 80 are on the early track.
    expect(before).toHaveLength(62);

    const phone = await journey.page("ines", `kill?flag=${FLAG}`, PHONE);
    await phone.getByText("from the 62 of 80 customers who have it now").waitFor();
    const button = phone.getByRole("button", { name: /^Kill Voice notes in/ });
    await button.scrollIntoViewIfNeeded();
    await button.hover();
    await phone.mouse.down();
    await phone.getByLabel("2 of 2 processes confirmed, 0 missing").waitFor();
    await phone.mouse.up();
    expect([who(one), who(two)]).toEqual([[], []]);
    expect((await journey.did("priya", `/api/releases/${String(release)}`))["phase"]).toBe("paused");
    // Nothing starts while it is paused, whatever the plan said.
    await journey.advanceTo(TUESDAY + DAY);
    await journey.heard(one);
    expect(who(one)).toEqual([]);

    const [killed] = (await journey.did("dele", "/api/kills"))["kills"] as readonly { readonly kill: string }[];
    await journey.did("dele", `/api/kills/${killed?.kill ?? ""}/lift`, {});
    await journey.heard(one);
    await journey.heard(two);
    expect([who(one), who(two)]).toEqual([before, before]);
  },
);
