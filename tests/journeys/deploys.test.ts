import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM } from "../chromium.ts";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, MINUTE, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
const customers = MANY.slice(0, 30);
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
});
afterAll(() => journey?.stop());

/** The command as a pipeline runs it, from sources. */
const sluice = join(import.meta.dirname, "../../packages/distribution/src/sluice.ts");
async function record(version: string): Promise<string> {
  const given = ["deploy", "record", "--service", "site-api", "--environment", "production", "--version", version, "--id", `run-of-${version}`];
  const environment = { ...process.env, SLUICE_URL: journey.url, SLUICE_TOKEN: "token-of-dele-0123456789" };
  const { stdout } = await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", sluice, ...given], { env: environment });
  return stdout;
}

test.skipIf(!existsSync(CHROMIUM))(
  "eight deployments of a day change nothing that a customer sees, and a wave without its version asks and names the service",
  { timeout: 180_000 },
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
    const said: string[] = [];
    for (let deploy = 0; deploy < 8; deploy += 1) {
      await journey.advance(HOUR);
      said.push(await record(`4.18.${deploy}`));
    }
    for (const line of said) expect(line).toMatch(/^site-api 4\.18\.\d runs in production \(decision \d+\)/);
    // A pipeline that tries again is answered with the same decision, and has not deployed again.
    expect(await record("4.18.7")).toBe(said.at(-1));
    await journey.settled();
    expect([who(), await cells(), client.version]).toEqual([[], before, served]);
    const home = await journey.page("priya", "home");
    const day = home.getByRole("region", { name: "The last 24 hours" });
    await day.getByText("site-api 4.18.7").waitFor();
    expect((await day.locator(".pair > span").allInnerTexts()).map((text) => text.replace(/\s+/g, " "))).toEqual(["8 deployments", "0 releases began a wave"]);

    await journey.advanceTo(TUESDAY + 9 * HOUR + 16 * MINUTE);
    expect(await journey.did("priya", `/api/releases/${String(release)}`)).toMatchObject({
      phase: "needsDecision",
      undecided: expect.arrayContaining([expect.objectContaining({ service: "site-api", version: "4.19.0" })]),
    });
    // The version that comes after its hour starts nothing by itself; a person says when.
    await record("4.19.0");
    await journey.advance(DAY);
    await journey.heard(client);
    expect(who()).toEqual([]);
    await journey.did("priya", `/api/releases/${String(release)}/move-wave`, { wave: 0, startAtMs: journey.nowMs + HOUR });
    await journey.advance(HOUR);
    await journey.heard(client);
    expect(who()).toHaveLength(30);
  },
);
