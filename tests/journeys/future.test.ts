import { afterAll, beforeAll, expect, test } from "vitest";
import { type Journey, startJourney, type Who } from "./rig.ts";
import { DAY, FILES, HOUR, MANY, planOf, TUESDAY } from "./world.ts";

const customers = MANY.slice(0, 30);
let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ nowMs: TUESDAY, customers, files: FILES });
});
afterAll(() => journey.stop());

/** Tuesday 15 December 2026, 09:00 in Berlin. */
const ASKED = Date.UTC(2026, 11, 15, 8);

interface Said {
  readonly title: string;
  readonly state: { readonly state: string; readonly sinceMs?: number; readonly atMs?: number };
  readonly reasons: readonly { readonly kind: string }[];
}

const statesOf = (cells: Readonly<Record<string, Said>>): unknown => Object.fromEntries(Object.entries(cells).map(([title, { state }]) => [title, state]));

test("what an auditor and customer success are told of a day in three weeks is what that day brings, for every release", async () => {
  const plan = async (title: string, flag: string, more: Readonly<Record<string, unknown>>): Promise<void> => {
    const { release } = await journey.did("priya", "/api/releases", { content: planOf(title, { flags: [{ flag, serve: "on" }], ...more }) });
    await journey.did("priya", `/api/releases/${String(release)}/plan`, {});
  };
  const everybody = (atMs: number): readonly unknown[] => [{ name: "Everybody", audience: {}, start: { atMs }, bakeMs: 40 * DAY }];
  await plan("Voice notes", "diary.voice-notes", { waves: everybody(TUESDAY + 16 * DAY) });
  await plan("Snag lists", "site.snag-list", { waves: everybody(ASKED + DAY) });
  await plan("Rounding", "crew.timesheet-rounding", { waves: everybody(TUESDAY + 10 * DAY), approvals: ["marketing"] });
  const hold = { environment: "production", customers: ["id-acme-build"], fromMs: TUESDAY, untilMs: TUESDAY + 18 * DAY, reason: "Year end books" };
  await journey.did("jonas", "/api/holds", hold);

  const told = async (who: Who, query: string): Promise<Readonly<Record<string, Said>>> => {
    const { cells } = await journey.did(who, `/api/customers/id-acme-build/releases${query}`);
    return Object.fromEntries((cells as readonly Said[]).map((cell) => [cell.title, cell]));
  };
  const before = await told("jonas", `?atMs=${ASKED}`);
  expect(await told("uma", `?atMs=${ASKED}`)).toEqual(before);
  // By hand: the hold moves voice notes by two days; snag lists come a day later; nobody in marketing has agreed to the rounding.
  expect(before).toMatchObject({
    "Voice notes": { state: { state: "on", sinceMs: TUESDAY + 18 * DAY } },
    "Snag lists": { state: { state: "scheduled", atMs: ASKED + DAY } },
    Rounding: { state: { state: "needsDecision" } },
  });
  for (const { reasons } of Object.values(before)) expect(reasons.length).toBeGreaterThan(0);

  const client = await journey.client("journey");
  // The days pass one by one, as they do.
  const seen = new Map<number, unknown>();
  for (let atMs = TUESDAY + DAY; atMs < ASKED; atMs += 6 * HOUR) {
    await journey.advanceTo(atMs);
    seen.set(atMs, statesOf(await told("jonas", "")));
  }
  await journey.advanceTo(ASKED);
  await journey.heard(client);
  expect(statesOf(await told("jonas", ""))).toEqual(statesOf(before));
  // What was, is told as it was: each past moment as it was told then.
  for (const [atMs, states] of seen) expect(statesOf(await told("uma", `?atMs=${atMs}`)), new Date(atMs).toISOString()).toEqual(states);
  expect(await told("uma", `?atMs=${TUESDAY - DAY}`)).toEqual({});
  const has = (flag: string): boolean => client.getBoolean(flag, false, { targetingKey: "u", customer: "acme-build" });
  expect([has("diary.voice-notes"), has("site.snag-list"), has("crew.timesheet-rounding")]).toEqual([true, false, false]);
});
