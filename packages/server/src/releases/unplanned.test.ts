// What nobody planned, end to end: what is decided, what is served, and what pages are told.
import { afterEach, describe, expect, test } from "vitest";
import { closeOffices, DAY_ONE, HOUR, Office } from "../testing/office.ts";

afterEach(closeOffices);

const NINE = DAY_ONE + 9 * HOUR;
const NOON = DAY_ONE + 12 * HOUR;
const ACME = "acme000000000000";
type Wave = { readonly name: string; readonly audience: object; readonly start: object; readonly bakeMs: number };
const early: Wave = { name: "Early", audience: { tracks: ["early"] }, start: { atMs: NINE }, bakeMs: HOUR };
const everybody: Wave = { name: "Everybody", audience: {}, start: { atMs: NOON }, bakeMs: HOUR };
const content = (waves: readonly Wave[]): object => ({
  title: "Photos on site reports",
  environment: "production",
  flags: [{ flag: "site.photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves,
});

class Planned {
  readonly office: Office;
  readonly path: string;
  constructor(office: Office, path: string) {
    this.office = office;
    this.path = path;
  }

  async view(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.office.ask("auditor", "GET", this.path)).body;
  }

  /** The cells by customer, at a time. */
  async cells(atMs: number = this.office.time.nowMs): Promise<Readonly<Record<string, unknown>>> {
    const { cells } = (await this.office.ask("auditor", "GET", `${this.path}/customers?atMs=${atMs}`)).body;
    return Object.fromEntries((cells as readonly { readonly customer: string; readonly state: unknown }[]).map(({ customer, state }) => [customer, state]));
  }
}

async function planned(waves: readonly Wave[] = [early, everybody], office?: Office): Promise<Planned> {
  const at = office ?? (await new Office().start());
  const saved = await at.ask("product", "POST", "/api/releases", { content: content(waves) });
  expect(saved.status).toBe(201);
  const path = `/api/releases/${String(saved.body["release"])}`;
  expect((await at.ask("product", "POST", `${path}/plan`, {})).status).toBe(200);
  return new Planned(at, path);
}

async function registered(office: Office, customer: object): Promise<string> {
  const made = await office.ask("admin", "POST", "/api/customers", { track: "standard", ...customer });
  expect(made.status).toBe(200);
  return String(made.body["customer"]);
}

const hashOf = (office: Office, customer: string): string => office.plane.decisions.customers.get(customer)?.hashes["production"] ?? "";

test("a hold that ends inside a freeze: its customer starts when both are over, as the page said", async () => {
  const one = await planned([{ ...everybody, start: { atMs: NINE } }]);
  const { office } = one;
  const [heldUntilMs, frozenUntilMs] = [DAY_ONE + 20 * HOUR, DAY_ONE + 30 * HOUR];
  const window = { environment: "production", reason: "Payroll week" };
  await office.ask("admin", "POST", "/api/holds", { ...window, customers: ["acme"], fromMs: DAY_ONE, untilMs: heldUntilMs });
  await office.ask("admin", "POST", "/api/freezes", { ...window, fromMs: DAY_ONE + 18 * HOUR, untilMs: frozenUntilMs, policy: "shift" });
  expect(await one.cells()).toMatchObject({ acme: { state: "held", atMs: frozenUntilMs, untilMs: heldUntilMs }, bolt: { state: "scheduled", atMs: NINE } });
  await office.time.turnTo(NINE);
  await office.time.turnTo(heldUntilMs);
  expect([await one.cells(), office.exposure]).toMatchObject([
    { acme: { state: "held" }, bolt: { state: "on" } },
    { rest: true, except: [ACME] },
  ]);
  await office.time.turnTo(frozenUntilMs);
  expect([await one.cells(), office.exposure]).toMatchObject([{ acme: { state: "on", sinceMs: frozenUntilMs } }, { rest: true, except: [] }]);
});

test("a freeze that asks over a customer's hold: the wave asks once, at its own time, and the hold moves nothing of that", async () => {
  const one = await planned();
  const { office } = one;
  const window = { environment: "production", reason: "Year end" };
  await office.ask("admin", "POST", "/api/holds", { ...window, customers: ["acme"], fromMs: DAY_ONE, untilMs: DAY_ONE + 20 * HOUR });
  await office.ask("admin", "POST", "/api/freezes", { ...window, fromMs: DAY_ONE + 8 * HOUR, untilMs: DAY_ONE + 30 * HOUR, policy: "ask" });
  await office.time.turnTo(NINE);
  await office.time.turnTo(DAY_ONE + 40 * HOUR);
  expect(await one.view()).toMatchObject({ phase: "needsDecision", undecided: [{ why: "frozen" }] });
  expect(office.database.events.filter(({ facts }) => facts.kind === "releaseUndecided").map(({ atMs }) => atMs)).toEqual([NINE]);
  expect(office.exposure).toBeUndefined();
});

test("a customer without a time zone gets a wave by customers' own clocks at that time in the release's zone", async () => {
  const office = await new Office().start();
  const york = await registered(office, { key: "harrow", name: "Harrow", zone: "America/New_York" });
  const one = await planned([{ ...everybody, start: { local: "2026-12-01T09:00" } }], office);
  // Nine o'clock is 08:00 UTC in Berlin and 14:00 UTC in New York.
  expect(await one.cells()).toMatchObject({ acme: { state: "scheduled", atMs: DAY_ONE + 8 * HOUR }, [york]: { atMs: DAY_ONE + 14 * HOUR } });
  await office.time.turnTo(DAY_ONE + 8 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", rest: true, except: [hashOf(office, york)] });
  await office.time.turnTo(DAY_ONE + 14 * HOUR);
  expect(office.exposure).toEqual({ serve: "on", rest: true, except: [] });
});

describe("a customer that, while a wave that it waits in rolls out,", () => {
  const away = { key: "harrow", name: "Harrow", zone: "America/New_York" };
  /** Berlin's part of the wave has it, New York's waits until two in the afternoon. */
  async function rolling(): Promise<{ readonly office: Office; readonly one: Planned; readonly york: string; readonly hash: string }> {
    const office = await new Office().start();
    const york = await registered(office, away);
    const hash = hashOf(office, york);
    const one = await planned([{ ...everybody, start: { local: "2026-12-01T09:00" } }], office);
    await office.time.turnTo(DAY_ONE + 8 * HOUR);
    expect(office.exposure).toEqual({ serve: "on", rest: true, except: [hash] });
    return { office, one, york, hash };
  }

  test("is renamed waits as it did, and gets it as the same one", async () => {
    const { office, one, york, hash } = await rolling();
    expect((await office.ask("admin", "POST", "/api/customers", { ...away, track: "standard", customer: york, name: "Harrow & Sons" })).status).toBe(200);
    expect([await one.cells(), hashOf(office, york)]).toMatchObject([{ [york]: { state: "scheduled", atMs: DAY_ONE + 14 * HOUR } }, hash]);
    await office.time.turnTo(DAY_ONE + 14 * HOUR);
    expect(office.exposure).toEqual({ serve: "on", rest: true, except: [] });
    expect(JSON.stringify(office.database.events)).not.toContain("Harrow");
  });

  test("is merged into one that has it gets nothing by that, then or at its time, and is on no page; the release completes", async () => {
    const { office, one, york, hash } = await rolling();
    const into = await registered(office, { key: "nord", name: "Nordhaus" });
    expect((await office.ask("admin", "POST", `/api/customers/${york}/merge`, { into })).status).toBe(200);
    expect(Object.keys(await one.cells()).sort()).toEqual(["acme", "bolt", "crane", into].sort());
    expect((await office.ask("auditor", "GET", `/api/customers/${york}/releases`)).status).toBe(404);
    await office.time.turnTo(DAY_ONE + 15 * HOUR);
    expect(office.exposure).toEqual({ serve: "on", rest: true, except: [hash] });
    expect(await one.view()).toMatchObject({ phase: "completed" });
  });

  test("is erased gets nothing by that, then or at its time; the release completes and its chain is whole", async () => {
    const { office, one, york, hash } = await rolling();
    expect((await office.ask("admin", "POST", `/api/customers/${york}/erase`, { reason: "Asked for" })).status).toBe(200);
    await office.time.turnTo(DAY_ONE + 15 * HOUR);
    expect(office.exposure).toEqual({ serve: "on", rest: true, except: [hash] });
    expect(await one.view()).toMatchObject({ phase: "completed", counts: { on: 3 } });
    expect((await office.store.verify()).broken).toBeUndefined();
  });
});

test("an audience of nobody begins at its own time, gives nothing, and keeps nothing behind it waiting", async () => {
  const one = await planned([{ ...early, audience: { tags: ["nobody-has-this"] } }, everybody]);
  const { office } = one;
  expect((await one.view())["waves"]).toMatchObject([{ customers: 0 }, { customers: 3 }]);
  await office.time.turnTo(NINE);
  expect(await one.view()).toMatchObject({ phase: "inProgress", waves: [{ phase: "live", customers: 0, exposed: 0 }, { phase: "pending" }] });
  expect(office.exposure).toBeUndefined();
  await office.time.turnTo(NOON);
  expect(office.exposure).toEqual({ serve: "on", rest: true, except: [] });
});

test("an audience of everybody reaches whoever is registered later, at once, and the page counts them", async () => {
  const one = await planned([everybody]);
  const { office } = one;
  await office.time.turnTo(NOON);
  const late = await registered(office, { key: "late", name: "Late" });
  expect(office.exposure).toEqual({ serve: "on", rest: true, except: [] });
  expect(await one.cells()).toMatchObject({ acme: { state: "on" }, [late]: { state: "on" } });
  expect(await one.view()).toMatchObject({ counts: { on: 4 }, waves: [{ everybody: true, customers: 4, exposed: 4 }] });
});

test("a plan edited while it rolls out: what is live stays as it is and cannot be edited, what is ahead moves", async () => {
  const one = await planned();
  const { office } = one;
  await office.time.turnTo(NINE);
  const edit = async (waves: readonly Wave[]): Promise<unknown> => {
    const { release, contentHash } = await one.view();
    return (await office.ask("product", "POST", "/api/releases", { content: content(waves), release, expectedHash: contentHash })).body;
  };
  expect(await edit([{ ...early, audience: {} }, everybody])).toMatchObject({ error: { code: "badPlan", field: "waves.0" } });
  await edit([early, { ...everybody, start: { atMs: NOON + HOUR } }]);
  expect(office.exposure).toEqual({ serve: "on", keys: [ACME] });
  expect(await one.cells()).toMatchObject({ acme: { state: "on", sinceMs: NINE }, bolt: { state: "scheduled", atMs: NOON + HOUR } });
  await office.time.turnTo(NOON);
  expect(office.exposure).toEqual({ serve: "on", keys: [ACME] });
  await office.time.turnTo(NOON + HOUR);
  expect(office.exposure).toEqual({ serve: "on", rest: true, except: [] });
});

describe("a release whose owner's account is removed", () => {
  async function left(): Promise<Planned> {
    const one = await planned();
    expect((await one.office.ask("admin", "POST", "/api/accounts/product/remove", {})).status).toBe(200);
    return one;
  }
  const waiting = async ({ office }: Planned, role: "admin" | "engineer"): Promise<unknown> => (await office.ask(role, "GET", "/api/home")).body["waiting"];

  test("is not stopped and not started by that; who may take it over is told, by name, and nobody else", async () => {
    const one = await left();
    const { office } = one;
    expect(await one.view()).toMatchObject({ phase: "planned", owner: "product", ownerGoneAtMs: DAY_ONE, people: { product: "product" } });
    expect(await waiting(one, "admin")).toMatchObject([{ kind: "noOwner", owner: "product", release: { phase: "planned" } }]);
    expect(await waiting(one, "engineer")).toEqual([]);
    await office.time.turnTo(NINE);
    expect([office.exposure, (await one.view())["phase"]]).toEqual([{ serve: "on", keys: [ACME] }, "inProgress"]);
  });

  test("is taken over by product or an admin: plan and agreement stay, and what is asked for is asked of the new owner", async () => {
    const one = await left();
    const { office, path } = one;
    const { contentHash } = await one.view();
    expect((await office.ask("engineer", "POST", `${path}/take-over`, {})).body).toMatchObject({ error: { code: "notAllowed" } });
    expect((await office.ask("admin", "POST", `${path}/take-over`, {})).status).toBe(200);
    expect(await one.view()).toMatchObject({ phase: "planned", owner: "admin", contentHash });
    expect((await one.view())["ownerGoneAtMs"]).toBeUndefined();
    expect(await waiting(one, "admin")).toEqual([]);
    expect((await office.ask("admin", "POST", `${path}/take-over`, {})).body).toMatchObject({ error: { code: "hasOwner" } });
    await office.time.turnTo(NINE);
    expect(office.exposure).toEqual({ serve: "on", keys: [ACME] });
  });

  test("is theirs again when they are invited again", async () => {
    const one = await left();
    expect((await one.office.ask("admin", "POST", "/api/accounts/product/invite-again", {})).status).toBeLessThan(300);
    expect((await one.view())["ownerGoneAtMs"]).toBeUndefined();
    expect(await waiting(one, "admin")).toEqual([]);
  });
});
