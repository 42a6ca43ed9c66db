import { afterAll, beforeAll, expect, test } from "vitest";
import { type Journey, type JourneyCustomer, startJourney } from "./rig.ts";
import { FILES, FLAG, HOUR, planOf } from "./world.ts";

/**
 * Nine in the morning on Sunday 25 October 2026, by hand: Sydney has changed to summer time (UTC+11), London and Berlin leave it that very
 * night (UTC and UTC+1), Kolkata never changes (UTC+5:30), Los Angeles changes a week later (still UTC-7).
 */
const NINE: Readonly<Record<string, number>> = {
  "Australia/Sydney": Date.UTC(2026, 9, 24, 22),
  "Asia/Kolkata": Date.UTC(2026, 9, 25, 3, 30),
  "Europe/Berlin": Date.UTC(2026, 9, 25, 8),
  "Europe/London": Date.UTC(2026, 9, 25, 9),
  "America/Los_Angeles": Date.UTC(2026, 9, 25, 16),
};
const customers: readonly JourneyCustomer[] = Object.keys(NINE).map((zone) => ({ key: zone, name: zone, zone, track: "standard" }));
let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: Date.UTC(2026, 9, 23, 12), customers, files: FILES });
});
afterAll(() => journey.stop());

test("nine in the morning is each customer's own, over a change of the clocks", async () => {
  const waves = [{ name: "Everybody", audience: {}, start: { local: "2026-10-25T09:00" }, bakeMs: HOUR }];
  const { release } = await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves }) });
  await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
  const cells = (await journey.did("priya", `/api/releases/${String(release)}/customers`))["cells"] as readonly {
    readonly customer: string;
    readonly state: { readonly atMs?: number };
  }[];
  expect(Object.fromEntries(cells.map(({ customer, state }) => [customer.slice(3), state.atMs]))).toEqual(NINE);
  const client = await journey.client("journey");
  const who = (): readonly string[] => customers.flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [key] : []));
  const expected: string[] = [];
  for (const [zone, atMs] of Object.entries(NINE).toSorted(([, a], [, b]) => a - b)) {
    await journey.advanceTo(atMs - 1_000);
    await journey.heard(client);
    expect([...who()].sort()).toEqual([...expected].sort());
    expected.push(zone);
    await journey.advanceTo(atMs);
    await journey.heard(client);
    expect([...who()].sort()).toEqual([...expected].sort());
  }
});
