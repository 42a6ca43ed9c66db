import { afterAll, beforeAll, expect, test } from "vitest";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, MINUTE, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
const customers = MANY.slice(0, 30);
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
}, 60_000);
afterAll(() => journey.stop());

test(
  "eight deployments of a day change nothing that a customer sees, and a wave without its version asks and names the service",
  { timeout: 60_000 },
  async () => {
    const waves = [{ name: "Everybody", audience: {}, start: { atMs: TUESDAY + 9 * HOUR }, bakeMs: HOUR }];
    const content = planOf("Site diary 2", { waves, needs: [{ service: "site-api", version: "4.19.0" }] });
    const { release } = await journey.did("priya", "/api/releases", { content });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
    const client = await journey.client("journey");
    const who = (): readonly string[] => customers.flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [key] : []));
    const cells = async (): Promise<unknown> => (await journey.did("priya", `/api/releases/${String(release)}/customers?atMs=${TUESDAY + 8 * HOUR}`))["cells"];
    const before = await cells();
    const served = client.version;
    for (let deploy = 0; deploy < 8; deploy += 1) {
      await journey.advance(HOUR);
      await journey.did("dele", "/api/deployments", { service: "site-api", environment: "production", version: `4.18.${deploy}` });
    }
    await journey.settled();
    expect([who(), await cells(), client.version]).toEqual([[], before, served]);

    await journey.advanceTo(TUESDAY + 9 * HOUR + 16 * MINUTE);
    expect(await journey.did("priya", `/api/releases/${String(release)}`)).toMatchObject({
      phase: "needsDecision",
      undecided: expect.arrayContaining([expect.objectContaining({ service: "site-api", version: "4.19.0" })]),
    });
    // The version that comes after its hour starts nothing by itself; a person says when.
    await journey.did("dele", "/api/deployments", { service: "site-api", environment: "production", version: "4.19.0" });
    await journey.advance(DAY);
    await journey.heard(client);
    expect(who()).toEqual([]);
    await journey.did("priya", `/api/releases/${String(release)}/move-wave`, { wave: 0, startAtMs: journey.nowMs + HOUR });
    await journey.advance(HOUR);
    await journey.heard(client);
    expect(who()).toHaveLength(30);
  },
);
