import { afterEach, expect, test } from "vitest";
import { closeOffices, DAY_ONE, flagFile, HOUR, MINUTE, Office } from "../testing/office.ts";

afterEach(closeOffices);
const DAY = 24 * HOUR;

const content = {
  title: "Photos on site reports",
  environment: "production",
  flags: [{ flag: "site.photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [
    { name: "Early", audience: { tracks: ["early"] }, start: { atMs: DAY_ONE + 9 * HOUR }, bakeMs: HOUR },
    { name: "Everybody", audience: {}, start: { atMs: DAY_ONE + 12 * HOUR }, bakeMs: HOUR },
  ],
};

async function planned(more: object = {}): Promise<{ readonly office: Office; readonly release: string; readonly hash: string }> {
  const office = await new Office().start();
  const saved = await office.ask("product", "POST", "/api/releases", { content: { ...content, ...more } });
  expect(saved.status).toBe(201);
  const release = String(saved.body["release"]);
  expect((await office.ask("product", "POST", `/api/releases/${release}/plan`, {})).status).toBe(200);
  return { office, release, hash: String((await office.ask("product", "GET", `/api/releases/${release}`)).body["contentHash"]) };
}

test("what the dry run says is what then happens, to the instant, and is served", async () => {
  const office = await new Office().start();
  const dry = await office.ask("product", "POST", "/api/releases/dry-run", { content });
  expect(dry.body).toMatchObject({
    conflicts: [],
    steps: [
      { atMs: DAY_ONE + 9 * HOUR, customers: ["acme"] },
      { atMs: DAY_ONE + 12 * HOUR, customers: ["bolt", "crane"] },
    ],
  });
  const saved = await office.ask("product", "POST", "/api/releases", { content });
  const release = String(saved.body["release"]);
  await office.ask("product", "POST", `/api/releases/${release}/plan`, {});
  await office.time.turnTo(DAY_ONE + 9 * HOUR - 1);
  expect(office.exposure).toBeUndefined();
  await office.time.turnTo(DAY_ONE + 9 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", keys: ["acme000000000000"] });
  await office.time.turnTo(DAY_ONE + 12 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", rest: true, except: [] });
  await office.time.turnTo(DAY_ONE + 13 * HOUR);
  expect((await office.ask("auditor", "GET", `/api/releases/${release}`)).body["phase"]).toBe("completed");
  const started = office.database.events.filter(({ facts }) => facts.kind === "waveStarted").map(({ atMs }) => atMs);
  expect(started).toEqual([DAY_ONE + 9 * HOUR, DAY_ONE + 12 * HOUR]);
});

test("an approval is asked of the right role, for exactly this content, and not of who edited last", async () => {
  const { office, release, hash } = await planned({ approvals: ["product", "marketing"] });
  expect((await office.ask("engineer", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: hash })).status).toBe(403);
  expect((await office.ask("product", "POST", `/api/releases/${release}/approve`, { as: "product", contentHash: hash })).body).toMatchObject({
    error: { code: "ownEdit" },
  });
  expect((await office.ask("marketing", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: "older" })).body).toMatchObject({
    error: { code: "staleContent" },
  });
  expect((await office.ask("marketing", "GET", "/api/home")).body["waiting"]).toMatchObject([{ kind: "approval", as: "marketing" }]);
  expect((await office.ask("marketing", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: hash })).status).toBe(200);
  expect((await office.ask("marketing", "GET", "/api/home")).body["waiting"]).toEqual([]);
});

test("what somebody asks to be changed waits for whoever owns the plan, until it is edited or the same role agrees after all", async () => {
  const { office, release, hash } = await planned({ approvals: ["marketing", "customerSuccess"] });
  const waiting = async (role: "product" | "admin"): Promise<unknown> => (await office.ask(role, "GET", "/api/home")).body["waiting"];
  const asked = async (): Promise<unknown> => (await office.ask("product", "GET", `/api/releases/${release}`)).body["changesAsked"];
  const askChange = (as: string, contentHash: unknown): Promise<unknown> =>
    office.ask(as as "marketing", "POST", `/api/releases/${release}/ask-change`, { as, contentHash, reason: "After the trade fair" });
  await askChange("marketing", hash);
  await askChange("customerSuccess", hash);
  expect(await asked()).toEqual([
    { role: "marketing", atMs: DAY_ONE, by: "marketing" },
    { role: "customerSuccess", atMs: DAY_ONE, by: "customerSuccess" },
  ]);
  // Whoever asked has spoken: the plan does not wait for them any more.
  expect((await office.ask("marketing", "GET", "/api/home")).body).toMatchObject({ waiting: [], asked: [{ as: "marketing", release: { release } }] });
  expect(await waiting("product")).toMatchObject([{ kind: "change", release: { release } }]);
  expect(await waiting("admin")).toEqual([]);
  await office.ask("marketing", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: hash });
  expect(await asked()).toEqual([{ role: "customerSuccess", atMs: DAY_ONE, by: "customerSuccess" }]);
  const edit = { content: { ...content, approvals: ["marketing", "customerSuccess"], title: "Photos" }, release, expectedHash: hash };
  expect((await office.ask("product", "POST", "/api/releases", edit)).status).toBe(201);
  expect([await asked(), await waiting("product")]).toEqual([[], []]);
});

test("a server that was away over a start asks, and goes on when a person has moved it", async () => {
  const { office, release } = await planned();
  office.time.nowMs = DAY_ONE + 9 * HOUR + 16 * MINUTE;
  await office.time.turnTo(office.time.nowMs + 1);
  const asked = await office.ask("product", "GET", `/api/releases/${release}`);
  expect(asked.body).toMatchObject({ phase: "needsDecision", undecided: [{ why: "missed", dueAtMs: DAY_ONE + 9 * HOUR }] });
  expect(office.exposure).toBeUndefined();
  const startAtMs = office.time.nowMs + 10 * MINUTE;
  expect((await office.ask("product", "POST", `/api/releases/${release}/move-wave`, { wave: 0, startAtMs })).status).toBe(200);
  await office.time.turnTo(startAtMs);
  expect(office.exposure).toEqual({ serve: "on", keys: ["acme000000000000"] });
});

test("a hold moves its customer; customer success may place it only for its own", async () => {
  const { office, release } = await planned();
  const hold = { environment: "production", customers: ["acme"], fromMs: DAY_ONE, untilMs: DAY_ONE + 20 * HOUR, reason: "Payroll week" };
  expect((await office.ask("customerSuccess", "POST", "/api/holds", hold)).body).toMatchObject({ error: { code: "notYours" } });
  expect((await office.ask("admin", "POST", "/api/holds", hold)).status).toBe(200);
  const cells = await office.ask("customerSuccess", "GET", `/api/releases/${release}/customers`);
  expect(cells.body["cells"]).toMatchObject([{ customer: "acme", state: { state: "held", atMs: DAY_ONE + 20 * HOUR } }, {}, {}]);
  await office.time.turnTo(DAY_ONE + 13 * HOUR);
  expect(office.exposure).toBeUndefined();
});

test("one number for one start, in a draft, a dry run, while a person must decide and in a pause: those whom a hold moves are told apart", async () => {
  const office = await new Office().start();
  const hold = (customers: readonly string[], hours: number): object => ({
    environment: "production",
    customers,
    fromMs: DAY_ONE,
    untilMs: DAY_ONE + hours * HOUR,
    reason: "Payroll week",
  });
  await office.ask("admin", "POST", "/api/holds", hold(["bolt"], 30));
  // Over before the start: it moves nobody.
  await office.ask("admin", "POST", "/api/holds", hold(["crane"], 10));
  const starts = [
    { wave: 0, atMs: DAY_ONE + 9 * HOUR, customers: 1, held: 0 },
    { wave: 1, atMs: DAY_ONE + 12 * HOUR, customers: 1, held: 0 },
    { wave: 1, atMs: DAY_ONE + 30 * HOUR, customers: 1, held: 1 },
  ];
  const held = [0, 1];
  const dry = (await office.ask("product", "POST", "/api/releases/dry-run", { content })).body as { readonly view: object; readonly conflicts: unknown };
  expect(dry.view).toMatchObject({ starts, waves: held.map((n) => ({ held: n })) });
  expect(dry.conflicts).toEqual([{ kind: "held", customers: ["bolt"], of: 1 }]);
  const release = String((await office.ask("product", "POST", "/api/releases", { content })).body["release"]);
  const view = async (): Promise<Readonly<Record<string, unknown>>> => (await office.ask("auditor", "GET", `/api/releases/${release}`)).body;
  const draft = await view();
  expect([draft["phase"], draft["starts"], draft["nextAtMs"]]).toEqual(["draft", starts, undefined]);
  await office.ask("product", "POST", `/api/releases/${release}/plan`, {});
  expect((await view())["starts"]).toEqual(starts);
  await office.ask("product", "POST", `/api/releases/${release}/pause`, {});
  const paused = await view();
  expect([paused["phase"], paused["starts"], paused["nextAtMs"]]).toEqual(["paused", starts, undefined]);
  await office.ask("product", "POST", `/api/releases/${release}/resume`, {});
  office.time.nowMs = DAY_ONE + 9 * HOUR + 20 * MINUTE;
  await office.time.turnTo(office.time.nowMs + 1);
  const asks = await view();
  expect([asks["phase"], asks["starts"], asks["nextAtMs"]]).toEqual(["needsDecision", starts, undefined]);
  const days = await office.ask("auditor", "GET", `/api/calendar?fromMs=${DAY_ONE}&untilMs=${DAY_ONE + 2 * DAY}`);
  expect(days.body["starts"]).toMatchObject([
    { kind: "asks", wave: 0, atMs: DAY_ONE + 9 * HOUR, customers: ["acme"], held: [] },
    { kind: "asks", wave: 1, atMs: DAY_ONE + 12 * HOUR, customers: ["crane"], held: [] },
    { kind: "asks", wave: 1, atMs: DAY_ONE + 30 * HOUR, customers: ["bolt"], held: ["bolt"] },
  ]);
  const move = await office.ask("product", "POST", `/api/releases/${release}/move-wave/dry-run`, { wave: 0, startAtMs: DAY_ONE + 11 * HOUR });
  expect(move.body).toMatchObject({ earlier: 0, later: 0, same: 0, again: 3 });
});

test("the course of a release has the numbers of its cells: who was given it, whom a kill takes it from, and the starts ahead", async () => {
  const office = await new Office().start();
  const release = String((await office.ask("product", "POST", "/api/releases", { content: { ...content, earlyAccessFromMs: DAY_ONE } })).body["release"]);
  await office.ask("product", "POST", `/api/releases/${release}/plan`, {});
  const of = async (): Promise<unknown> => {
    const { course, counts, starts } = (await office.ask("auditor", "GET", `/api/releases/${release}`)).body;
    return { course, counts, starts };
  };
  const one = { customers: 1 };
  const early = { ...one, atMs: DAY_ONE + HOUR };
  await office.time.turnTo(DAY_ONE + HOUR);
  await office.ask("admin", "POST", `/api/releases/${release}/opt-in`, { customer: "bolt" });
  const ahead = [
    { wave: 0, atMs: DAY_ONE + 9 * HOUR, customers: 1, held: 0 },
    { wave: 1, atMs: DAY_ONE + 12 * HOUR, customers: 1, held: 0 },
  ];
  expect(await of()).toEqual({ course: { given: [early], killed: [] }, counts: { earlyAccess: 1, scheduled: 2 }, starts: ahead });
  await office.time.turnTo(DAY_ONE + 9 * HOUR);
  const given = [early, { ...one, wave: 0, atMs: DAY_ONE + 9 * HOUR }];
  expect(await of()).toEqual({ course: { given, killed: [] }, counts: { earlyAccess: 1, on: 1, scheduled: 1 }, starts: ahead.slice(1) });
  await office.time.turnTo(DAY_ONE + 10 * HOUR);
  const facts = { kind: "flagsKilled" as const, kill: "k1", environment: "production", flags: ["site.photos"] };
  await office.store.append([{ command: "kill-site-photos", atMs: DAY_ONE + 10 * HOUR, facts, personal: { by: "admin" } }], undefined);
  office.plane.hint();
  const killed = [{ sinceMs: DAY_ONE + 10 * HOUR, customers: 2 }];
  await office.time.turnTo(DAY_ONE + 11 * HOUR);
  // Who has it early gets nothing more by a wave: nobody is counted twice.
  expect(await of()).toEqual({ course: { given, killed }, counts: { offKilled: 2, needsDecision: 1 }, starts: ahead.slice(1) });
  const days = await office.ask("auditor", "GET", `/api/calendar?fromMs=${DAY_ONE}&untilMs=${DAY_ONE + DAY}`);
  expect((days.body["starts"] as readonly object[])[0]).toMatchObject({ kind: "started", customers: ["acme"], killed: ["acme"] });
  await office.ask("product", "POST", `/api/releases/${release}/roll-back`, {});
  expect(await of()).toMatchObject({ course: { given }, counts: { notIncluded: 3 } });
});

test("a release says what those are called who agreed or ask for a change", async () => {
  const { office, release, hash } = await planned({ approvals: ["marketing", "customerSuccess"] });
  await office.ask("marketing", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: hash });
  await office.store.saveAccount({
    id: "marketing",
    email: "i@example.com",
    name: "Inês Moura",
    role: "marketing",
    passwordHash: "",
    failures: 0,
    lockedUntilMs: 0,
  });
  await office.ask("customerSuccess", "POST", `/api/releases/${release}/ask-change`, { as: "customerSuccess", contentHash: hash, reason: "Later" });
  const people = { marketing: "Inês Moura", product: "product", customerSuccess: "customerSuccess" };
  expect((await office.ask("auditor", "GET", `/api/releases/${release}`)).body["people"]).toEqual(people);
});

test("early access tells a customer's page what a press would answer: open beside a missing approval, closed by a hold or a missing version", async () => {
  const { office, release } = await planned({
    approvals: ["marketing"],
    earlyAccessFromMs: DAY_ONE + HOUR,
    needs: [{ service: "site-api", version: "2.0.0" }],
  });
  const early = async (customer: string): Promise<unknown> => {
    const { cells } = (await office.ask("auditor", "GET", `/api/customers/${customer}/releases`)).body;
    return (cells as readonly { readonly early?: unknown }[])[0]?.early;
  };
  const press = async (customer: string): Promise<number> => (await office.ask("admin", "POST", `/api/releases/${release}/opt-in`, { customer })).status;
  const fromMs = DAY_ONE + HOUR;
  expect([await early("acme"), await press("acme")]).toMatchObject([{ fromMs, isTaken: false, refusal: { fix: "Set its beginning in the release." } }, 409]);
  await office.time.turnTo(DAY_ONE + 2 * HOUR);
  expect(await early("acme")).toMatchObject({ refusal: { message: "This release needs site-api 2.0.0, which does not run in production yet." } });
  await office.ask("admin", "POST", "/api/deployments", { service: "site-api", environment: "production", version: "2.1.0" });
  const hold = { environment: "production", customers: ["bolt"], fromMs: DAY_ONE, untilMs: DAY_ONE + 30 * HOUR, reason: "Payroll week" };
  await office.ask("admin", "POST", "/api/holds", hold);
  expect([await early("bolt"), await press("bolt")]).toMatchObject([{ refusal: { message: "A hold says: nothing new for this customer." } }, 409]);
  // Marketing has not agreed: its word is about waves.
  expect([await early("acme"), await press("acme"), await early("acme")]).toEqual([{ fromMs, isTaken: false }, 200, { fromMs, isTaken: true }]);
  const asOfThen = (await office.ask("auditor", "GET", `/api/customers/acme/releases?atMs=${DAY_ONE + 5 * HOUR}`)).body["cells"];
  expect((asOfThen as readonly object[])[0]).not.toHaveProperty("early");
});

test("a plan that needs a version which does not run says so, in its view and for each wave of a dry run, until it runs", async () => {
  const needs = [{ service: "site-api", version: "2.0.0" }];
  const { office, release } = await planned({ needs });
  const why = [{ why: "deploymentMissing", ...needs[0] }];
  const dry = async (): Promise<unknown> =>
    (await office.ask("product", "POST", "/api/releases/dry-run", { content: { ...content, flags: [{ flag: "site.other", serve: "on" }], needs } })).body[
      "conflicts"
    ];
  office.commit({ "flags/site.other.yaml": flagFile("site.other") });
  await office.plane.adoption.lookNow();
  const asks = [
    { kind: "asks", wave: 0, customers: 1, held: 0, why },
    { kind: "asks", wave: 1, customers: 2, held: 0, why },
  ];
  const missing = async (): Promise<unknown> => (await office.ask("auditor", "GET", `/api/releases/${release}`)).body["missingVersions"];
  expect([await missing(), await dry()]).toEqual([needs, asks]);
  await office.ask("admin", "POST", "/api/deployments", { service: "site-api", environment: "production", version: "2.0.1" });
  expect([await missing(), await dry()]).toEqual([[], []]);
});

test("a dry run names customers without a time zone where their own clock counts, waves that reach nobody, and what is killed", async () => {
  const office = await new Office().start();
  const [early, everybody] = content.waves;
  const waves = [
    { ...early, name: "Late track", audience: { tracks: ["late"] } },
    { ...everybody, start: { local: "2026-12-01T12:00" } },
  ];
  const conflicts = async (more: object): Promise<unknown> =>
    (await office.ask("product", "POST", "/api/releases/dry-run", { content: { ...content, waves, ...more } })).body["conflicts"];
  const nobody = { kind: "nobody", wave: 0 };
  // Nobody of the three has a zone.
  expect(await conflicts({})).toEqual([nobody, { kind: "noZone", customers: ["acme", "bolt", "crane"], of: 3, zone: "Europe/Berlin" }]);
  expect(await conflicts({ waves: content.waves })).toEqual([]);
  const facts = { kind: "flagsKilled" as const, kill: "k1", environment: "production", flags: ["site.photos"] };
  await office.store.append([{ command: "kill-site-photos", atMs: DAY_ONE, facts, personal: { by: "admin" } }], undefined);
  office.plane.hint();
  await office.time.turnTo(DAY_ONE + MINUTE);
  expect(await conflicts({ waves: content.waves })).toEqual([{ kind: "killed", flags: ["site.photos"] }]);
});

test("nobody does what the table forbids their role", async () => {
  const { office, release } = await planned();
  for (const [role, step] of [
    ["engineer", "resume"],
    ["marketing", "pause"],
    ["customerSuccess", "cancel"],
    ["auditor", "roll-back"],
    ["marketing", "plan"],
  ] as const)
    expect((await office.ask(role, "POST", `/api/releases/${release}/${step}`, {})).body, `${role} ${step}`).toMatchObject({ error: { code: "notAllowed" } });
  expect((await office.ask("auditor", "POST", "/api/releases", { content })).status).toBe(403);
  expect((await office.ask("product", "POST", "/api/freezes", { environment: "production", fromMs: 0, untilMs: DAY_ONE + HOUR, reason: "x" })).status).toBe(
    403,
  );
});

test("the dry run of a move tells who gets it earlier and later, and the move does just that", async () => {
  const { office, release } = await planned();
  const move = { wave: 0, startAtMs: DAY_ONE + 10 * HOUR };
  expect((await office.ask("engineer", "POST", `/api/releases/${release}/move-wave/dry-run`, move)).status).toBe(403);
  expect((await office.ask("product", "POST", `/api/releases/${release}/move-wave/dry-run`, { ...move, startAtMs: 0 })).body).toMatchObject({
    error: { code: "badPlan", field: "startAtMs" },
  });
  const dry = await office.ask("product", "POST", `/api/releases/${release}/move-wave/dry-run`, move);
  expect(dry.body).toEqual({
    title: "Photos on site reports",
    waves: [
      { name: "Early", fromMs: DAY_ONE + 9 * HOUR, toMs: DAY_ONE + 10 * HOUR },
      { name: "Everybody", fromMs: DAY_ONE + 12 * HOUR, toMs: DAY_ONE + 13 * HOUR },
    ],
    earlier: 0,
    later: 3,
    same: 0,
    again: 0,
    conflicts: [],
  });
  const seq = (await office.ask("product", "GET", "/api/events")).body["events"];
  await office.ask("product", "POST", `/api/releases/${release}/move-wave/dry-run`, move);
  expect((await office.ask("product", "GET", "/api/events")).body["events"]).toEqual(seq);

  expect((await office.ask("product", "POST", `/api/releases/${release}/move-wave`, move)).status).toBe(200);
  await office.time.turnTo(DAY_ONE + 10 * HOUR);
  await office.time.turnTo(DAY_ONE + 13 * HOUR);
  const started = office.database.events.filter(({ facts }) => facts.kind === "waveStarted").map(({ atMs }) => atMs);
  expect(started).toEqual([DAY_ONE + 10 * HOUR, DAY_ONE + 13 * HOUR]);
});

test("the calendar holds what started, what is planned and what waits, and only what touches its window", async () => {
  const { office, release } = await planned();
  const window = (from: number, until: number): string => `/api/calendar?fromMs=${DAY_ONE + from * HOUR}&untilMs=${DAY_ONE + until * HOUR}`;
  const hold = { environment: "production", customers: ["crane"], fromMs: DAY_ONE, untilMs: DAY_ONE + 30 * HOUR, reason: "Payroll week" };
  await office.ask("admin", "POST", "/api/holds", hold);
  await office.ask("admin", "POST", "/api/freezes", {
    environment: "production",
    fromMs: DAY_ONE + 40 * HOUR,
    untilMs: DAY_ONE + 50 * HOUR,
    reason: "Year end",
  });
  await office.time.turnTo(DAY_ONE + 9 * HOUR);
  const day = (await office.ask("auditor", "GET", window(0, 24))).body;
  const start = { release, title: "Photos on site reports", environment: "production", phase: "inProgress" };
  // Home and the release count as the calendar does: the one on hold starts at another instant.
  const later = { wave: 1, atMs: DAY_ONE + 30 * HOUR, customers: 1, held: 1 };
  expect((await office.ask("auditor", "GET", `/api/releases/${release}`)).body["starts"]).toEqual([
    { wave: 1, atMs: DAY_ONE + 12 * HOUR, customers: 1, held: 0 },
    later,
  ]);
  const ahead = { release, title: "Photos on site reports", wave: "Everybody", customers: 1 };
  expect((await office.ask("auditor", "GET", "/api/home")).body["ahead"]).toEqual([
    { ...ahead, atMs: DAY_ONE + 12 * HOUR },
    { ...ahead, atMs: later.atMs },
  ]);
  expect(day["starts"]).toEqual([
    { ...start, wave: 0, waveName: "Early", atMs: DAY_ONE + 9 * HOUR, kind: "started", customers: ["acme"], held: [], killed: [] },
    { ...start, wave: 1, waveName: "Everybody", atMs: DAY_ONE + 12 * HOUR, kind: "planned", customers: ["bolt"], held: [], killed: [] },
  ]);
  expect([day["holds"], day["freezes"]]).toMatchObject([[{ customers: ["crane"] }], []]);
  // Crane, whose hold moves its start to the next day, has that hold here; before noon Bolt has neither.
  expect([day["later"], (await office.ask("auditor", "GET", window(0, 12))).body["later"]]).toEqual([0, 1]);
  const next = (await office.ask("auditor", "GET", window(24, 48))).body;
  expect(next["later"]).toBe(0);
  expect(next["starts"]).toMatchObject([{ atMs: DAY_ONE + 30 * HOUR, customers: ["crane"], held: ["crane"] }]);
  expect([next["holds"], next["freezes"]]).toMatchObject([[{ customers: ["crane"] }], [{ untilMs: DAY_ONE + 50 * HOUR }]]);
  for (const bad of ["/api/calendar", window(24, 0), window(0, 24 * 63), "/api/calendar?fromMs=x&untilMs=y"])
    expect((await office.ask("auditor", "GET", bad)).status, bad).toBe(400);

  // A server that is away over a start leaves it waiting for a person, at the instant when it was to begin.
  office.time.nowMs = DAY_ONE + 13 * HOUR;
  await office.time.turnTo(office.time.nowMs + 1);
  expect((await office.ask("auditor", "GET", window(0, 24))).body["starts"]).toMatchObject([
    { kind: "started", customers: ["acme"] },
    { kind: "asks", phase: "needsDecision", atMs: DAY_ONE + 12 * HOUR, customers: expect.arrayContaining(["bolt"]) },
  ]);
});

test("who is asked to agree sees how the plan differs from what was agreed to, or asks for another one in words", async () => {
  const { office, release, hash } = await planned({ approvals: ["marketing"] });
  const path = `/api/releases/${release}`;
  expect((await office.ask("marketing", "GET", `${path}/approvals`)).body).toEqual({ agreed: [], asked: [], editor: "product", isWhole: true });
  const wish = { as: "marketing", contentHash: hash, reason: "The words are not ready before ten" };
  for (const [role, body, code] of [
    ["engineer", wish, "notAllowed"],
    ["marketing", { ...wish, contentHash: "older" }, "staleContent"],
    ["marketing", { ...wish, reason: "  " }, "badPlan"],
    ["customerSuccess", { ...wish, as: "customerSuccess" }, "notAsked"],
  ] as const)
    expect((await office.ask(role, "POST", `${path}/ask-change`, body)).body, code).toMatchObject({ error: { code } });
  expect((await office.ask("marketing", "POST", `${path}/ask-change`, wish)).status).toBe(200);
  const asked = { role: "marketing", atMs: DAY_ONE, who: "marketing", reason: wish.reason };
  expect((await office.ask("product", "GET", `${path}/approvals`)).body).toEqual({ agreed: [], asked: [asked], editor: "product", isWhole: true });
  // It decides nothing: the plan still waits for the same agreement, which can be given.
  expect((await office.ask("marketing", "GET", path)).body).toMatchObject({ contentHash: hash, phase: "planned", missingApprovals: ["marketing"] });
  expect((await office.ask("marketing", "POST", `${path}/approve`, { as: "marketing", contentHash: hash })).status).toBe(200);
  expect((await office.ask("product", "GET", `${path}/approvals`)).body["agreed"]).toEqual([
    { role: "marketing", atMs: DAY_ONE, untilMs: DAY_ONE + 30 * DAY, who: "marketing" },
  ]);

  const [early, everybody] = content.waves;
  const later = { ...content, approvals: ["marketing"], waves: [{ ...early, start: { atMs: DAY_ONE + 10 * HOUR } }, everybody] };
  expect((await office.ask("product", "POST", "/api/releases", { release, expectedHash: hash, content: later })).status).toBe(201);
  const changes = [{ what: "waveStart", wave: "Early", from: { atMs: DAY_ONE + 9 * HOUR }, to: { atMs: DAY_ONE + 10 * HOUR } }];
  expect((await office.ask("marketing", "GET", `${path}/approvals`)).body).toEqual({
    agreed: [{ role: "marketing", atMs: DAY_ONE, untilMs: DAY_ONE + 30 * DAY, who: "marketing", changes }],
    asked: [],
    editor: "product",
    isWhole: true,
  });
  expect((await office.ask("marketing", "GET", "/api/releases/none/approvals")).status).toBe(404);
});

test("who agreed is asked again on Home when that word ends before the next start, and a start behind its end waits for a person", async () => {
  const { office, release, hash } = await planned({ approvals: ["marketing"] });
  const path = `/api/releases/${release}`;
  const asked = async (): Promise<readonly unknown[]> => (await office.ask("marketing", "GET", "/api/home")).body["waiting"] as readonly unknown[];
  const agree = (untilMs: number): Promise<{ readonly status: number }> =>
    office.ask("marketing", "POST", `${path}/approve`, { as: "marketing", contentHash: hash, untilMs });
  expect((await agree(DAY_ONE + 11 * HOUR)).status).toBe(200);
  // The first wave begins at nine, before the end: nobody is asked anything.
  expect(await asked()).toEqual([]);
  await office.time.turnTo(DAY_ONE + 9 * HOUR);
  expect(await asked()).toMatchObject([{ kind: "approval", as: "marketing", release: { missingApprovals: ["marketing"], phase: "inProgress" } }]);
  await office.time.turnTo(DAY_ONE + 12 * HOUR + 16 * MINUTE);
  expect((await office.ask("product", "GET", path)).body).toMatchObject({
    phase: "needsDecision",
    undecided: [{ why: "approvalEnded", role: "marketing", endedAtMs: DAY_ONE + 11 * HOUR }],
  });
  expect((await agree(DAY_ONE + 365 * DAY)).status).toBe(400);
  expect((await agree(DAY_ONE + 20 * DAY)).status).toBe(200);
  expect(await asked()).toEqual([]);
});

test("where a drill is asked for before everybody, the dry run and the release say which, and the wave starts once it went well", async () => {
  const office = new Office();
  office.commit({
    "sluice.yaml": "project: p\nenvironments: { production: { everybodyNeedsDrill: 30 } }\ndrills: { production: { flag: checks.fire-drill } }\n",
    "flags/checks.fire-drill.yaml": flagFile("checks.fire-drill"),
  });
  await office.start();
  const missing = { why: "drillMissing", environment: "production", withinDays: 30, flag: "checks.fire-drill" };
  const dry = async (): Promise<unknown> => (await office.ask("product", "POST", "/api/releases/dry-run", { content })).body["conflicts"];
  expect(await dry()).toEqual([{ kind: "asks", wave: 1, customers: 2, held: 0, why: [missing] }]);
  const release = String((await office.ask("product", "POST", "/api/releases", { content })).body["release"]);
  await office.ask("product", "POST", `/api/releases/${release}/plan`, {});
  const shown = async (): Promise<unknown> => (await office.ask("auditor", "GET", `/api/releases/${release}`)).body["missingDrill"];
  expect(await shown()).toEqual(missing);
  await office.time.turnTo(DAY_ONE + 9 * HOUR);
  const facts = { kind: "drillEnded" as const, kill: "k1", environment: "production", of: 2, confirmed: 2 };
  await office.store.append([{ command: "drilled", atMs: office.time.nowMs, facts, personal: { by: "engineer" } }], undefined);
  office.plane.hint();
  await office.plane.freshen();
  expect([await shown(), await dry()]).toEqual([undefined, expect.not.arrayContaining([expect.objectContaining({ why: [missing] })])]);
  await office.time.turnTo(DAY_ONE + 12 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", rest: true, except: [] });
});

test("going back to an earlier plan counts who agreed to that very content again, but whoever goes back", async () => {
  const { office, release, hash } = await planned({ approvals: ["engineer", "marketing"] });
  const view = async (): Promise<Readonly<Record<string, unknown>>> => (await office.ask("auditor", "GET", `/api/releases/${release}`)).body;
  for (const as of ["engineer", "marketing"] as const)
    expect((await office.ask(as, "POST", `/api/releases/${release}/approve`, { as, contentHash: hash })).status).toBe(200);
  expect((await view())["missingApprovals"]).toEqual([]);
  const later = { ...content, title: "Photos, later", approvals: ["engineer", "marketing"] };
  const edited = await office.ask("product", "POST", "/api/releases", { release, expectedHash: hash, content: later });
  expect(edited.status).toBe(201);
  const hashNow = String((await view())["contentHash"]);
  // What is agreed to meanwhile is of the other plan.
  await office.ask("marketing", "POST", `/api/releases/${release}/approve`, { as: "marketing", contentHash: hashNow });
  const plans = async (role: "product" | "engineer" | "auditor"): Promise<readonly Record<string, unknown>[]> =>
    (await office.ask(role, "GET", `/api/releases/${release}/plans`)).body["plans"] as readonly Record<string, unknown>[];
  const [newest, first] = await plans("auditor");
  expect([newest, first]).toMatchObject([
    { who: "product", isNow: true, changes: [], agreed: [{ role: "marketing" }] },
    {
      who: "product",
      isNow: false,
      changes: [{ what: "title", from: "Photos, later", to: "Photos on site reports" }],
      agreed: [{ role: "engineer" }, { role: "marketing" }],
    },
  ]);
  const back = (role: "product" | "engineer" | "marketing" | "customerSuccess", more: object = {}): ReturnType<Office["ask"]> =>
    office.ask(role, "POST", `/api/releases/${release}/revert`, { toSeq: first?.["seq"], expectedHash: hashNow, ...more });
  expect((await back("customerSuccess")).status).toBe(403);
  // It is planned already: an edit of it is product's.
  expect((await back("engineer")).status).toBe(403);
  expect((await back("product", { expectedHash: hash })).body).toMatchObject({ error: { code: "staleContent" } });
  expect((await back("product", { toSeq: 1 })).body).toMatchObject({ error: { code: "unknownVersion", field: "toSeq" } });
  const events = office.database.events.length;
  expect((await back("product", { dryRun: true })).body).toMatchObject({
    changes: [{ what: "title" }],
    agreed: [{ role: "engineer" }, { role: "marketing" }],
    dry: { steps: [{ customers: ["acme"] }, { customers: ["bolt", "crane"] }] },
  });
  expect(office.database.events.length).toBe(events);
  expect((await back("product")).status).toBe(200);
  expect(await view()).toMatchObject({ contentHash: hash, missingApprovals: [], content: { title: "Photos on site reports" } });
  await office.time.turnTo(DAY_ONE + 9 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", keys: ["acme000000000000"] });
  // The wave that is live is the same in both: any other could not be gone back to.
  expect((await office.ask("product", "POST", `/api/releases/${release}/revert`, { toSeq: newest?.["seq"], expectedHash: hash })).status).toBe(200);
});

test("an agreement that has ended, and that of whoever goes back, counts no more; a plan that would change a live wave is refused", async () => {
  const { office, release, hash } = await planned({ approvals: ["product"] });
  await office.store.saveAccount({ id: "paul", email: "paul@example.com", name: "Paul", role: "product", passwordHash: "", failures: 0, lockedUntilMs: 0 });
  const seqOf = async (index: number): Promise<unknown> =>
    ((await office.ask("auditor", "GET", `/api/releases/${release}/plans`)).body["plans"] as readonly { readonly seq: number }[])[index]?.seq;
  const facts = { kind: "releaseApproved" as const, release, role: "product" as const, contentHash: hash, untilMs: DAY_ONE + HOUR };
  await office.store.append([{ command: "agreed", atMs: DAY_ONE, facts, personal: { by: "paul" } }], undefined);
  office.plane.hint();
  await office.plane.freshen();
  const early = { ...content.waves[0], start: { atMs: DAY_ONE + 10 * HOUR } };
  const edited = { ...content, approvals: [], waves: [early, content.waves[1]] };
  expect((await office.ask("product", "POST", "/api/releases", { release, expectedHash: hash, content: edited })).status).toBe(201);
  const hashNow = String((await office.ask("auditor", "GET", `/api/releases/${release}`)).body["contentHash"]);
  await office.time.turnTo(DAY_ONE + 2 * HOUR);
  const dry = await office.ask("product", "POST", `/api/releases/${release}/revert`, { toSeq: await seqOf(1), expectedHash: hashNow, dryRun: true });
  expect(dry.body).toMatchObject({ agreed: [] });
  await office.time.turnTo(DAY_ONE + 10 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", keys: ["acme000000000000"] });
  const late = await office.ask("product", "POST", `/api/releases/${release}/revert`, { toSeq: await seqOf(1), expectedHash: hashNow });
  expect(late.body).toMatchObject({ error: { code: "badPlan", field: "waves.0" } });
});
