import { afterAll, beforeAll, expect, test } from "vitest";
import { type Journey, startJourney } from "./rig.ts";
import { DAY, FILES, FLAG, HOUR, MANY, MINUTE, planOf, TUESDAY } from "./world.ts";

let journey: Journey;
const customers = MANY.slice(0, 30);
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
});
afterAll(() => journey.stop());

test("inside a freeze a wave asks, or moves with its whole plan where the freeze says so, and a kill works", async () => {
  const start = TUESDAY + 2 * DAY;
  const plan = (title: string, flag: string): Readonly<Record<string, unknown>> =>
    planOf(title, {
      flags: [{ flag, serve: "on" }],
      waves: [
        { name: "Early track", audience: { tracks: ["early"] }, start: { atMs: start }, bakeMs: 2 * HOUR },
        { name: "Everybody", audience: {}, start: { atMs: start + 5 * HOUR }, bakeMs: HOUR },
      ],
    });
  const made = await journey.did("priya", "/api/releases", { content: plan("Site diary 2", FLAG) });
  const path = `/api/releases/${String(made["release"])}`;
  await journey.did("priya", `${path}/plan`, {});
  const waves = async (): Promise<readonly number[]> =>
    ((await journey.did("priya", path))["waves"] as readonly { readonly startsAtMs: number }[]).map(({ startsAtMs }) => startsAtMs);
  expect(await waves()).toEqual([start, start + 5 * HOUR]);

  // Only an admin declares one.
  const freeze = { environment: "production", fromMs: start - HOUR, untilMs: start + 3 * HOUR, policy: "shift", reason: "Year end" };
  expect((await journey.ask("priya", "/api/freezes", freeze)).status).toBe(403);
  await journey.did("ada", "/api/freezes", freeze);
  const [shift] = (await journey.did("ada", "/api/freezes"))["freezes"] as readonly { readonly id: string }[];
  // The whole plan moves by the same three hours, and says so beforehand.
  expect(await waves()).toEqual([start + 3 * HOUR, start + 8 * HOUR]);
  await journey.did("ada", `/api/freezes/${shift?.id ?? ""}/end`, {});
  expect(await waves()).toEqual([start, start + 5 * HOUR]);
  await journey.did("ada", "/api/freezes", { ...freeze, policy: "ask" });

  const client = await journey.client("journey");
  const who = (): readonly string[] => customers.flatMap(({ key }) => (client.getBoolean(FLAG, false, { targetingKey: "u", customer: key }) ? [key] : []));
  await journey.advanceTo(start + 16 * MINUTE);
  await journey.heard(client);
  expect([(await journey.did("priya", path))["phase"], who()]).toEqual(["needsDecision", []]);
  // Killing needs no open hours.
  const weather = (): boolean => client.getBoolean("diary.weather-strip", false, { targetingKey: "u", customer: "acme-build" });
  expect(weather()).toBe(true);
  await journey.did("ines", "/api/kills", { environment: "production", flags: ["diary.weather-strip"] });
  await journey.heard(client);
  expect(weather()).toBe(false);
  // After it a person gives a new start, and the plan goes on.
  await journey.did("priya", `${path}/move-wave`, { wave: 0, startAtMs: start + 4 * HOUR });
  await journey.advanceTo(start + 4 * HOUR);
  await journey.heard(client);
  expect(who()).toEqual(customers.flatMap(({ key, track }) => (track === "early" ? [key] : [])));
});
