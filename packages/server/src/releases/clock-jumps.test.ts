import { afterEach, expect, test } from "vitest";
import { closeOffices, DAY_ONE, HOUR, MINUTE, Office } from "../testing/office.ts";

afterEach(closeOffices);

const NINE = DAY_ONE + 9 * HOUR;

/** An office with a release of two waves, at nine and at twelve, and a list of what its scheduler did when. */
async function planned(): Promise<{ readonly office: Office; readonly did: () => readonly string[] }> {
  const office = await new Office().start();
  const content = {
    title: "Photos on site reports",
    environment: "production",
    flags: [{ flag: "site.photos", serve: "on" }],
    risk: "visible",
    zone: "Europe/Berlin",
    waves: [
      { name: "Early", audience: { tracks: ["early"] }, start: { atMs: NINE }, bakeMs: HOUR },
      { name: "Everybody", audience: {}, start: { atMs: NINE + 3 * HOUR }, bakeMs: HOUR },
    ],
  };
  const saved = await office.ask("product", "POST", "/api/releases", { content });
  expect((await office.ask("product", "POST", `/api/releases/${String(saved.body["release"])}/plan`, {})).status).toBe(200);
  const kinds = ["waveStarted", "customersExposed", "releaseUndecided"];
  const did = (): readonly string[] => office.database.events.flatMap(({ facts }) => (kinds.includes(facts.kind) ? [facts.kind] : []));
  return { office, did };
}

/** The clock is put to another time, as after a correction or a sleep, and the scheduler looks on from there. */
async function jump(office: Office, toMs: number): Promise<void> {
  office.time.nowMs = toMs;
  await office.time.turnTo(toMs + 2_000);
}

test("a clock that jumps forward over a start by 15 minutes or less starts it", async () => {
  const { office, did } = await planned();
  await office.time.turnTo(NINE - MINUTE);
  await jump(office, NINE + 14 * MINUTE);
  expect(did()).toEqual(["waveStarted"]);
});

test("one that jumps over it by more asks a person, and starts nothing by itself", async () => {
  const { office, did } = await planned();
  await office.time.turnTo(NINE - MINUTE);
  await jump(office, NINE + 16 * MINUTE);
  expect(did()).toEqual(["releaseUndecided"]);
  await office.time.turnTo(NINE + 4 * HOUR);
  expect(did()).toEqual(["releaseUndecided"]);
  expect(office.exposure).toBeUndefined();
});

test("a clock that goes back over a start does nothing twice, and takes nothing away; the next start comes at its time", async () => {
  const { office, did } = await planned();
  await office.time.turnTo(NINE);
  const before = office.exposure;
  expect(did()).toEqual(["waveStarted"]);
  await jump(office, NINE - HOUR);
  expect([did(), office.exposure]).toEqual([["waveStarted"], before]);
  await office.time.turnTo(NINE + HOUR);
  expect([did(), office.exposure]).toEqual([["waveStarted"], before]);
  await office.time.turnTo(NINE + 3 * HOUR);
  expect(did()).toEqual(["waveStarted", "waveStarted"]);
});
