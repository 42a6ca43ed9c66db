import { afterAll, beforeAll, expect, test } from "vitest";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
const customers = MANY.slice(0, 30);
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
}, 60_000);
afterAll(() => journey.stop());

test("a customer that opts in has it before its wave, a hold keeps it from opting in, and opting out gives the wave back", { timeout: 60_000 }, async () => {
  const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + 10 * DAY }, bakeMs: HOUR }];
  const content = planOf("Site diary 2", { waves, earlyAccessFromMs: TUESDAY + DAY });
  const { release } = await journey.did("priya", "/api/releases", { content });
  const path = `/api/releases/${String(release)}`;
  await journey.did("priya", `${path}/plan`, {});
  const client = await journey.client("journey");
  const who = (): readonly string[] => customers.flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [key] : []));
  const acme = "id-acme-build";
  const early = await journey.ask("jonas", `${path}/opt-in`, { customer: acme });
  expect([early.status, early.body]).toMatchObject([409, { error: { code: "notOffered" } }]);
  await journey.advanceTo(TUESDAY + DAY);
  const hold = { environment: "production", customers: ["id-northgate-homes"], fromMs: TUESDAY, untilMs: TUESDAY + 5 * DAY, reason: "Payroll week" };
  await journey.did("jonas", "/api/holds", hold);
  const held = await journey.ask("jonas", `${path}/opt-in`, { customer: "id-northgate-homes" });
  expect([held.status, held.body]).toMatchObject([409, { error: { code: "notOffered" } }]);
  await journey.did("jonas", `${path}/opt-in`, { customer: acme });
  await journey.settled();
  await journey.heard(client);
  expect(who()).toEqual(["acme-build"]);
  await journey.did("jonas", `${path}/opt-out`, { customer: acme });
  await journey.settled();
  await journey.heard(client);
  expect(who()).toEqual([]);
  await journey.advanceTo(TUESDAY + 10 * DAY);
  await journey.heard(client);
  expect(who()).toHaveLength(30);
});
