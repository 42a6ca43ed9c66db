import { afterAll, beforeAll, expect, test } from "vitest";
import { type Journey, startJourney } from "./rig.ts";
import { FILES, FLAG, MANY, MINUTE, planOf, TUESDAY } from "./world.ts";

const customers = MANY.slice(0, 120);
let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
});
afterAll(() => journey.stop());

const EVERY_MS = 10_000;
const UNTIL = TUESDAY + 12 * MINUTE;

test("what pages said beforehand is what applications answer, for every customer, every ten seconds", async () => {
  const waves = [
    { name: "Ourselves", audience: { tracks: ["internal"] }, start: { atMs: TUESDAY + 2 * MINUTE }, bakeMs: MINUTE },
    { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: TUESDAY + 4 * MINUTE + 7_000 }, bakeMs: MINUTE },
    { name: "A third of the rest", audience: { share: 33_000 }, start: { atMs: TUESDAY + 6 * MINUTE }, bakeMs: MINUTE },
    { name: "Everybody", audience: {}, start: { atMs: TUESDAY + 8 * MINUTE }, bakeMs: MINUTE },
  ];
  const { release } = await journey.did("priya", "/api/releases", { content: planOf("Site diary 2", { waves }) });
  const path = `/api/releases/${String(release)}`;
  await journey.did("priya", `${path}/plan`, {});
  const holdFor = (key: string, untilMs: number): Promise<unknown> =>
    journey.did("jonas", "/api/holds", { environment: "production", customers: [`id-${key}`], fromMs: TUESDAY, untilMs, reason: "Payroll" });
  await holdFor("acme-build", TUESDAY + 10 * MINUTE + 3_000);
  await holdFor("northgate-homes", TUESDAY + 5 * MINUTE);

  // Asked before anything has started: what each customer has at each of the instants.
  const instants = Array.from({ length: (UNTIL - TUESDAY) / EVERY_MS }, (_, index) => TUESDAY + (index + 1) * EVERY_MS);
  const said = new Map<number, readonly string[]>();
  for (const atMs of instants) {
    const cells = (await journey.did("priya", `${path}/customers?atMs=${atMs}`))["cells"] as readonly {
      readonly customer: string;
      readonly state: { readonly state: string };
    }[];
    said.set(
      atMs,
      cells
        .filter(({ state }) => state.state === "on")
        .map(({ customer }) => customer)
        .sort(),
    );
  }
  // The prediction is worth something: it changes at least six times and ends with everybody.
  expect(new Set([...said.values()].map((keys) => keys.length)).size).toBeGreaterThanOrEqual(6);
  expect(said.get(UNTIL)).toHaveLength(120);

  const client = await journey.client("journey");
  for (const atMs of instants) {
    await journey.advanceTo(atMs);
    await journey.heard(client);
    const has = customers.flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [`id-${key}`] : []));
    expect([...has].sort(), `at ${new Date(atMs).toISOString()}`).toEqual(said.get(atMs));
  }
});
