import { afterEach, expect, test } from "vitest";
import { closeOffices, DAY_ONE, flagFile, HOUR, Office, settle } from "../testing/office.ts";

afterEach(closeOffices);

const QA = { id: "qa", track: "internal" as const, tags: [], internal: true as const, hashes: { production: "qa00000000000000" } };
const wish = { environment: "production", flag: "site.photos", customer: "qa", serve: "on", untilMs: DAY_ONE + 48 * HOUR, reason: "Trying it before the demo" };

/** Names stand in the registry; `qa` is the company's own, and customer success looks after `acme` alone. */
async function opened(): Promise<Office> {
  const office = await new Office().start();
  office.commit({ "flags/site.cache.yaml": flagFile("site.cache").replace("kind: release", "kind: ops") });
  await office.plane.adoption.lookNow();
  await settle();
  await office.store.append([{ command: "qa", atMs: 0, facts: { kind: "customersChanged", set: [QA] }, personal: { by: "admin" } }], undefined);
  const named = { name: "Acme Build", key: "acme-build" };
  await office.store.saveCustomers([
    { id: "qa", key: "our-qa", name: "Our QA" },
    { id: "acme", ...named, owner: "customerSuccess" },
  ]);
  office.plane.hint();
  await settle();
  return office;
}

const served = (office: Office): unknown => office.plane.state("production")?.snapshot?.flags["site.photos"]?.pins;

test("a pin is placed, is served, says who, until when and why, and ends by itself", async () => {
  const office = await opened();
  const placed = await office.ask("engineer", "POST", "/api/pins", wish);
  expect(placed.status).toBe(201);
  expect(served(office)).toEqual([["customer", "qa00000000000000", "on"]]);
  const pin = String(placed.body["pin"]);
  const shown = {
    pin,
    environment: "production",
    flag: "site.photos",
    customer: "qa",
    name: "Our QA",
    key: "our-qa",
    serve: "on",
    atMs: DAY_ONE,
    untilMs: DAY_ONE + 48 * HOUR,
    who: "engineer",
    reason: "Trying it before the demo",
  };
  expect((await office.ask("engineer", "GET", "/api/pins?customer=qa")).body).toEqual({ pins: [{ ...shown, mayEnd: true }], of: 1 });
  expect((await office.ask("auditor", "GET", "/api/pins?flag=site.photos")).body).toEqual({ pins: [{ ...shown, mayEnd: false }], of: 1 });
  expect((await office.ask("engineer", "GET", "/api/pins?customerKey=our-qa&flag=site.photos")).body).toMatchObject({ pins: [{ pin }], of: 1 });
  for (const other of ["customer=acme", "customerKey=acme-build", "customer=qa&flag=site.cache"])
    expect((await office.ask("engineer", "GET", `/api/pins?${other}`)).body).toEqual({ pins: [], of: 0 });
  expect((await office.ask("engineer", "GET", "/api/pins?customerKey=nobody")).body).toMatchObject({ error: { code: "unknownCustomer" } });
  await office.time.turnTo(DAY_ONE + 48 * HOUR - 1);
  expect(served(office)).toBeDefined();
  await office.time.turnTo(DAY_ONE + 48 * HOUR);
  expect(served(office)).toBeUndefined();
  expect(office.database.events.at(-1)).toMatchObject({
    facts: { kind: "pinEnded", pin, expired: true },
    personal: { by: "scheduler" },
    atMs: DAY_ONE + 48 * HOUR,
  });
});

test("a pin is taken off by whoever may, once, and a repeated command is the same pin", async () => {
  const office = await opened();
  const first = await office.ask("product", "POST", "/api/pins", { ...wish, command: "one-command-1" });
  const again = await office.ask("product", "POST", "/api/pins", { ...wish, command: "one-command-1" });
  expect(again.body).toEqual(first.body);
  const path = `/api/pins/${String(first.body["pin"])}/end`;
  expect((await office.ask("customerSuccess", "POST", path, {})).body).toMatchObject({ error: { code: "notYours" } });
  expect((await office.ask("marketing", "POST", path, {})).status).toBe(403);
  expect((await office.ask("engineer", "POST", path, {})).status).toBe(200);
  expect(served(office)).toBeUndefined();
  expect((await office.ask("engineer", "POST", path, {})).body).toMatchObject({ error: { code: "unknownPin" } });
});

test("what a person could pin for a customer is what the decision then lets through", async () => {
  const office = await opened();
  const could = async (role: "engineer" | "product" | "customerSuccess" | "auditor", customer: string): Promise<unknown> =>
    (await office.ask(role, "GET", `/api/customers/${customer}/pinnable`)).body["flags"];
  const photos = { environment: "production", flag: "site.photos", variants: ["off", "on"] };
  expect(await could("engineer", "qa")).toEqual([{ ...photos, flag: "site.cache" }, photos]);
  expect(await could("product", "qa")).toEqual([photos]);
  expect([await could("customerSuccess", "qa"), await could("auditor", "qa"), await could("customerSuccess", "acme")]).toEqual([[], [], []]);
  const content = {
    title: "Photos",
    environment: "production",
    flags: [{ flag: "site.photos", serve: "on" }],
    risk: "visible",
    zone: "UTC",
    waves: [{ name: "All", audience: {}, start: { atMs: DAY_ONE + 24 * HOUR }, bakeMs: HOUR }],
    earlyAccessFromMs: DAY_ONE,
  };
  const release = String((await office.ask("product", "POST", "/api/releases", { content })).body["release"]);
  await office.ask("product", "POST", `/api/releases/${release}/plan`, {});
  expect(await could("customerSuccess", "acme")).toEqual([{ ...photos, variants: ["on"] }]);
  const { customer: _id, ...keyed } = { ...wish, customerKey: "acme-build" };
  expect((await office.ask("engineer", "POST", "/api/pins", keyed)).status).toBe(403);
  expect((await office.ask("customerSuccess", "POST", "/api/pins", { ...keyed, serve: "off" })).body).toMatchObject({ error: { code: "notOffered" } });
  expect((await office.ask("customerSuccess", "POST", "/api/pins", keyed)).status).toBe(201);
  expect((await office.ask("customerSuccess", "GET", "/api/pins")).body).toMatchObject({ pins: [{ customer: "acme", release, mayEnd: true }], of: 1 });
  const cells = (await office.ask("auditor", "GET", "/api/customers/acme/releases")).body["cells"];
  expect(cells).toMatchObject([
    { state: { state: "pinned", besides: { state: "scheduled" } }, reasons: [{ kind: "pinned", by: "customerSuccess" }, { kind: "wave" }] },
  ]);
});

test("a pin that says too little or names nobody is refused with what to do", async () => {
  const office = await opened();
  const refused = async (more: object): Promise<unknown> => {
    const { body } = await office.ask("admin", "POST", "/api/pins", { ...wish, ...more });
    const { code, field } = body["error"] as { readonly code: string; readonly field?: string };
    return `${code} ${field ?? ""}`;
  };
  expect([await refused({ reason: "" }), await refused({ customerKey: "our-qa" }), await refused({ customer: undefined })]).toEqual([
    "badRequest reason",
    "badRequest customer",
    "badRequest customer",
  ]);
  expect(await refused({ customer: undefined, customerKey: "nobody" })).toBe("unknownCustomer customerKey");
  expect([await refused({ untilMs: DAY_ONE }), await refused({ serve: "purple" }), await refused({ flag: "site.photo" })]).toEqual([
    "badWindow untilMs",
    "unknownVariant serve",
    "unknownFlag flag",
  ]);
});
