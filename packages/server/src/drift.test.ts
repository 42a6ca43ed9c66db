import type { DriftView } from "@sluice/contract";
import type { Facts } from "@sluice/releases";
import { afterEach, expect, test } from "vitest";
import { closeOffices, DAY_ONE, flagFile, HOUR, Office, settle } from "./testing/office.ts";

afterEach(closeOffices);

const PHOTOS = "flags/site.photos.yaml";
const on = (key: string): string => flagFile(key, "    default: on\n");

async function driftOf(office: Office, query = ""): Promise<DriftView> {
  const { status, body } = await office.ask("auditor", "GET", `/api/drift${query}`);
  expect(status).toBe(200);
  return body as unknown as DriftView;
}

async function happened(office: Office, facts: Facts, personal: { readonly by: string; readonly reason?: string }): Promise<void> {
  await office.store.append([{ command: `it-happened-${facts.kind}-${office.plane.decisions.seq}`, atMs: office.time.nowMs, facts, personal }], undefined);
  office.plane.hint();
  await settle();
}

async function merged(office: Office, files: Readonly<Record<string, string>>): Promise<void> {
  office.commit(files);
  await office.plane.adoption.lookNow();
}

test("a commit that would lift a customer's kill by reading the customer elsewhere, or take an environment away, serves nothing until a person lets it", async () => {
  const office = await new Office().start();
  await happened(
    office,
    { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"], scope: { customers: ["0123456789abcdef"] } },
    { by: "marketing" },
  );
  const adopted = office.plane.decisions.commit;
  const settings = "project: p\nenvironments: { production: {} }\n";
  await merged(office, { "sluice.yaml": `${settings}customer: account.id\n` });
  expect(office.plane.decisions.commit).toBe(adopted);
  expect(office.plane.state("production")?.snapshot?.customer).toBe("customer");
  const words = "reads the customer from account.id and no longer from customer, while kills, pins or releases of single customers are in force";
  const [held] = (await driftOf(office)).drift.filter(({ kind }) => kind === "heldCommit");
  expect(held?.what).toContain(words);
  const { body } = await office.ask("auditor", "POST", "/api/plan", { files: { "sluice.yaml": `${settings}customer: account.id\n` } });
  expect(body).toMatchObject({ held: { removed: 0, moves: { customer: { was: "customer", is: "account.id" } } } });
  await merged(office, { "sluice.yaml": settings });
  expect((await driftOf(office)).drift.map(({ kind }) => kind)).toEqual(["kill"]);
});

test("where Git says everything that is served, there is no drift", async () => {
  const office = await new Office().start();
  expect(await driftOf(office)).toEqual({ commit: office.plane.decisions.commit, drift: [], of: 0 });
});

test("a kill, a pin and an older form are told with since when, who, why, whose they are and what to do; oldest first", async () => {
  const office = await new Office().start();
  const adopted = office.plane.decisions.seq;
  await merged(office, { [PHOTOS]: flagFile("site.photos").replace("A flag.", "Another.") });
  office.time.nowMs = DAY_ONE + HOUR;
  await happened(
    office,
    { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] },
    { by: "marketing", reason: "Photos are upside down" },
  );
  office.time.nowMs = DAY_ONE + 2 * HOUR;
  expect((await office.ask("admin", "POST", "/api/reverts", { environment: "production", flag: "site.photos", toSeq: adopted })).status).toBe(201);
  const { drift, of } = await driftOf(office);
  expect([of, drift]).toEqual([
    2,
    [
      {
        kind: "kill",
        environments: ["production"],
        flags: ["site.photos"],
        of: 1,
        sinceMs: DAY_ONE + HOUR,
        owners: ["team-x"],
        who: "marketing",
        reason: "Photos are upside down",
        what: "Switched off for everybody, whatever its file says and releases give.",
        cure: "Lift the kill, or make it permanent: write into its file that it is off for everybody, and the kill ends with that commit.",
        kill: { id: "k1", reviewAtMs: DAY_ONE + 25 * HOUR },
        edits: [{ kind: "killToFile", kill: "k1" }],
      },
      {
        kind: "revert",
        environments: ["production"],
        flags: ["site.photos"],
        of: 1,
        sinceMs: DAY_ONE + 2 * HOUR,
        owners: ["team-x"],
        what: `Served as it was adopted at ${adopted}, not as its file says.`,
        cure: "Put that form into the file; the revert ends when both agree, or when somebody ends it.",
        edits: [{ kind: "revertToFile", revert: expect.stringMatching(/^r[0-9a-f]{10}$/) }],
      },
    ],
  ]);
  expect((await driftOf(office, "?environment=staging")).of).toBe(0);
});

test("a kill asks a day after it was placed whether it is to stay, at its own time where it has one, and again when it was kept; it never lifts", async () => {
  const office = await new Office().start();
  const killed = { kind: "flagsKilled", environment: "production", flags: ["site.photos"] } as const;
  await happened(office, { ...killed, kill: "k1" }, { by: "marketing" });
  await happened(office, { ...killed, kill: "k2", reviewAtMs: DAY_ONE + 3 * HOUR }, { by: "marketing" });
  const asksAt = async (): Promise<unknown> => (await driftOf(office)).drift.map(({ kill }) => [kill?.id, ((kill?.reviewAtMs ?? 0) - DAY_ONE) / HOUR]);
  expect(await asksAt()).toEqual([
    ["k1", 24],
    ["k2", 3],
  ]);
  await office.time.turnTo(DAY_ONE + 30 * 24 * HOUR);
  expect(await asksAt()).toEqual([
    ["k1", 24],
    ["k2", 3],
  ]);
  for (const [role, status] of [
    ["marketing", 403],
    ["auditor", 403],
    ["engineer", 200],
  ] as const)
    expect((await office.ask(role, "POST", "/api/kills/k1/keep", { hours: 168, reason: "The printer is still on fire" })).status, role).toBe(status);
  expect(await asksAt()).toEqual([
    ["k1", (30 + 7) * 24],
    ["k2", 3],
  ]);
  const again = { command: "the-same-command", hours: 5 };
  const first = await office.ask("product", "POST", "/api/kills/k2/keep", again);
  await office.time.turnTo(DAY_ONE + 31 * 24 * HOUR);
  expect((await office.ask("product", "POST", "/api/kills/k2/keep", again)).body).toEqual(first.body);
  expect(await asksAt()).toContainEqual(["k2", 30 * 24 + 5]);
  for (const [kill, hours, status] of [
    ["k9", 24, 404],
    ["k1", 0, 400],
    ["k1", 2_161, 400],
  ] as const)
    expect((await office.ask("admin", "POST", `/api/kills/${kill}/keep`, { hours })).status, `${kill} ${hours}`).toBe(status);
  expect(Object.keys(office.plane.state("production")?.snapshot?.kills ?? {})).toEqual(["k1", "k2"]);
});

test("what a merge could not change is told since the merge that said it first, until Git and what is served agree", async () => {
  const office = await new Office().start();
  await merged(office, { "flags/site.other.yaml": flagFile("site.other") });
  office.time.nowMs = DAY_ONE + HOUR;
  await merged(office, { [PHOTOS]: on("site.photos"), "flags/site.other.yaml": flagFile("site.other").replace("default: off", "default: nothing") });
  office.time.nowMs = DAY_ONE + 2 * HOUR;
  await merged(office, { "flags/site.third.yaml": flagFile("site.third") });
  const { drift } = await driftOf(office);
  expect(drift.map(({ kind, flags, owners, sinceMs }) => ({ kind, flags, owners, sinceMs })).toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
    { kind: "broken", flags: ["site.other"], owners: ["team-x"], sinceMs: DAY_ONE + HOUR },
    { kind: "enlargement", flags: ["site.photos"], owners: ["team-x"], sinceMs: DAY_ONE + HOUR },
  ]);
  expect(drift.find(({ kind }) => kind === "enlargement")?.edits).toEqual([{ kind: "takeBack", flag: "site.photos", environment: "production" }]);
  await merged(office, { [PHOTOS]: flagFile("site.photos"), "flags/site.other.yaml": flagFile("site.other") });
  expect((await driftOf(office)).drift).toEqual([]);
});

test("a commit that waits as a whole is one entry, of no environment", async () => {
  const office = await new Office().start();
  const names = ["a", "b", "c", "d", "e"].map((name) => `site.${name}`);
  await merged(office, Object.fromEntries(names.map((name) => [`flags/${name}.yaml`, flagFile(name)])));
  await merged(office, Object.fromEntries(names.map((name) => [`flags/${name}.yaml`, ""])));
  const { drift } = await driftOf(office);
  expect(drift).toMatchObject([
    { kind: "heldCommit", environments: [], flags: [], of: 0, what: expect.stringContaining("removes 5 of 6 flags, so nothing of it is served.") },
  ]);
});
