import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers: MANY, files: FILES });
});
afterAll(() => journey.stop());

const START = TUESDAY + 5 * HOUR;
const content = planOf("Site diary 2", {
  approvals: ["customerSuccess", "marketing"],
  waves: [
    { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: START }, bakeMs: HOUR },
    { name: "Everybody", audience: {}, start: { atMs: START + 7 * DAY }, bakeMs: HOUR },
  ],
});

test.skipIf(!existsSync(CHROMIUM))(
  "a product manager plans it, two people agree on their pages, and at the start the early track has it and nobody else",
  async () => {
    // Four of the early track are on hold, which moves them and nobody else.
    const held = MANY.filter(({ track }) => track === "early").slice(1, 5);
    await journey.did("jonas", "/api/holds", {
      environment: "production",
      customers: held.map(({ key }) => `id-${key}`),
      fromMs: TUESDAY,
      untilMs: START + 3 * DAY,
      reason: "Payroll week",
    });
    const dry = await journey.did("priya", "/api/releases/dry-run", { command: undefined, content });
    const steps = dry["steps"] as readonly { readonly atMs: number; readonly customers: readonly string[] }[];
    const first = steps.find(({ atMs }) => atMs === START)?.customers ?? [];
    // Counted by hand from the registry: 62 on the early track, less the four on hold.
    expect(first).toHaveLength(58);
    const { release } = await journey.did("priya", "/api/releases", { content });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});

    const jonas = await journey.page("jonas", `release?id=${String(release)}`);
    await jonas.getByText("58 get it today 14:00; 4 more after their hold, Fri 27 Nov, 14:00; ").waitFor();
    await jonas.getByRole("button", { name: "Agree for Customer Success" }).click();
    await jonas
      .getByText(/^agreed /)
      .first()
      .waitFor();
    const ines = await journey.page("ines", "approvals");
    await ines.getByRole("link", { name: "Site diary 2" }).waitFor();
    await ines.getByRole("button", { name: /^Agree to start / }).click();
    await ines.getByText("Nobody waits for your word.").waitFor();

    const client = await journey.client("journey");
    const shop = await journey.shop();
    const [early, standard] = [await journey.page("priya", `${shop}/?customer=northgate-homes`), await journey.page("priya", `${shop}/?customer=acme-build`)];
    const voice = { name: /^Voice note/ };
    await early.getByText("Harbour").or(early.getByRole("heading")).first().waitFor();
    expect(await early.getByRole("img", voice).count()).toBe(0);
    const has = (key: string): boolean => client.getBoolean(FLAG, false, { targetingKey: "u", customer: key });
    await journey.advanceTo(START - 1_000);
    await journey.heard(client);
    expect(MANY.filter(({ key }) => has(key))).toEqual([]);
    await journey.advanceTo(START);
    await journey.heard(client);
    expect(
      MANY.filter(({ key }) => has(key))
        .map(({ key }) => `id-${key}`)
        .sort(),
    ).toEqual([...first].sort());
    expect([has("northgate-homes"), has("acme-build")]).toEqual([true, false]);
    await early.getByRole("img", voice).first().waitFor();
    expect(await standard.getByRole("img", voice).count()).toBe(0);

    const page = await journey.page("priya", `release?id=${String(release)}`);
    await page.getByText("On for 58 of 412 customers").first().waitFor();
    const events = (await journey.did("priya", "/api/events?limit=100"))["events"] as readonly {
      readonly facts: { readonly kind: string; readonly release?: string };
    }[];
    expect(
      events
        .filter(({ facts }) => facts.release === release)
        .map(({ facts }) => facts.kind)
        .sort(),
    ).toEqual(["releaseApproved", "releaseApproved", "releasePlanned", "releaseSaved", "waveStarted"].sort());
  },
);

test("an edit voids what was agreed, and the wave asks instead of starting", async () => {
  const waves = [{ name: "Everybody", audience: {}, start: { atMs: START + DAY }, bakeMs: HOUR }];
  const snags = { ...content, title: "Snag lists", flags: [{ flag: "site.snag-list", serve: "on" }], waves };
  const { release } = await journey.did("priya", "/api/releases", { content: snags });
  const id = String(release);
  await journey.did("priya", `/api/releases/${id}/plan`, {});
  const { contentHash } = await journey.did("priya", `/api/releases/${id}`);
  await journey.did("jonas", `/api/releases/${id}/approve`, { as: "customerSuccess", contentHash });
  await journey.did("ines", `/api/releases/${id}/approve`, { as: "marketing", contentHash });
  await journey.did("priya", "/api/releases", { release: id, expectedHash: contentHash, content: { ...snags, title: "Snag lists for all" } });
  const stale = await journey.ask("ines", `/api/releases/${id}/approve`, { as: "marketing", contentHash });
  expect(stale.status).toBe(409);
  const client = await journey.client("journey-edit");
  await journey.advanceTo(START + DAY + 16 * 60_000);
  await journey.heard(client);
  expect((await journey.did("priya", `/api/releases/${id}`))["phase"]).toBe("needsDecision");
  expect(MANY.filter(({ key }) => client.getBoolean("site.snag-list", false, { targetingKey: "u", customer: key }))).toEqual([]);
});
