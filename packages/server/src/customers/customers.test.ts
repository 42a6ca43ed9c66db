import { customerHash } from "@sluice/evaluation";
import { afterEach, expect, test } from "vitest";
import { type Answer, closeOffices, DAY_ONE, HOUR, Office } from "../testing/office.ts";

afterEach(closeOffices);

type Asker = Parameters<Office["ask"]>[0];
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const dry = (office: Office, role: Asker, text: string): Promise<Answer> =>
  office.ask(role, "POST", "/api/customers/import", { base64: base64(text), dryRun: true });
const apply = (office: Office, role: Asker, text: string, hash: unknown): Promise<Answer> =>
  office.ask(role, "POST", "/api/customers/import", { base64: base64(text), dryRun: false, hash });
async function imported(office: Office, role: Asker, text: string): Promise<Answer> {
  return apply(office, role, text, (await dry(office, role, text)).body["hash"]);
}
async function listed(office: Office, role: Asker = "auditor"): Promise<Record<string, Record<string, unknown>>> {
  const { customers } = (await office.ask(role, "GET", "/api/customers")).body as { readonly customers: readonly Record<string, unknown>[] };
  return Object.fromEntries(customers.map((each) => [String(each["key"]), each]));
}
const idOf = async (office: Office, key: string): Promise<string> => String((await listed(office))[key]?.["id"]);
const eventsOf = (office: Office): number => office.database.events.filter(({ facts }) => facts.kind === "customersChanged").length;

const FILE =
  "key,name,zone,track,tags,owner\nharrow,Harrow & Sons,America/New_York,late,enterprise,customerSuccess@example.com\nnord,Nordhaus,Europe/Copenhagen,,pro;test,\n";

test("a dry run says what a file would do and writes nothing; applying does exactly that, under the same hash", async () => {
  const office = await new Office().start();
  const before = eventsOf(office);
  const plan = await dry(office, "admin", FILE);
  expect(plan.body).toMatchObject({ isDone: false, added: 2, changed: 0, unchanged: 0, leftOut: 0, remarks: 0, problems: [], encoding: "UTF-8" });
  expect(plan.body["rows"]).toMatchObject([
    { line: 2, key: "harrow", kind: "added" },
    { line: 3, key: "nord", kind: "added" },
  ]);
  expect([eventsOf(office), (await office.store.customers()).length]).toEqual([before, 0]);
  expect((await dry(office, "admin", FILE)).body["hash"]).toBe(plan.body["hash"]);
  const done = await apply(office, "admin", FILE, plan.body["hash"]);
  expect(done.body).toMatchObject({ isDone: true, added: 2, hash: plan.body["hash"] });
  const { harrow, nord } = await listed(office);
  const one = async (id: unknown): Promise<unknown> => (await office.ask("auditor", "GET", `/api/customers?id=${String(id)}`)).body["customers"];
  expect([await one(nord?.["id"]), await one("nobody")]).toEqual([[nord], []]);
  expect(harrow).toMatchObject({
    name: "Harrow & Sons",
    zone: "America/New_York",
    track: "late",
    tags: ["enterprise"],
    owner: "customerSuccess",
    ownerName: "customerSuccess",
  });
  expect(nord).toMatchObject({ name: "Nordhaus", track: "standard", tags: ["pro", "test"], internal: true });
  const { salt = "" } = office.plane.decisions.environments["production"] ?? {};
  expect(office.plane.decisions.customers.get(String(harrow?.["id"]))?.hashes).toEqual({ production: customerHash(salt, "harrow") });
});

test("an import without the dry run's hash, or after anything has changed, writes nothing", async () => {
  const office = await new Office().start();
  const plan = await dry(office, "admin", FILE);
  expect((await apply(office, "admin", FILE, undefined)).body).toMatchObject({ error: { code: "badRequest", field: "hash" } });
  expect((await apply(office, "admin", FILE.replace("Nordhaus", "Nordhaus AS"), plan.body["hash"])).body).toMatchObject({ error: { code: "staleContent" } });
  await imported(office, "admin", "key,name\nnord,Nord\n");
  expect((await apply(office, "admin", FILE, plan.body["hash"])).body).toMatchObject({ error: { code: "staleContent" } });
  expect((await listed(office))["harrow"]).toBeUndefined();
});

test("a second import changes what differs, keeps what has no column, and says each change", async () => {
  const office = await new Office().start();
  await imported(office, "admin", FILE);
  const events = eventsOf(office);
  expect((await imported(office, "admin", FILE)).body).toMatchObject({ added: 0, changed: 0, unchanged: 2 });
  expect(eventsOf(office)).toBe(events);
  const plan = await dry(office, "admin", "key,name,zone\nharrow,Harrow Ltd,\nnord,,Europe/Oslo\n");
  expect(plan.body).toMatchObject({
    changed: 2,
    rows: [
      {
        key: "harrow",
        changes: [
          { field: "name", from: "Harrow & Sons", to: "Harrow Ltd" },
          { field: "zone", from: "America/New_York", to: "" },
        ],
      },
      { key: "nord", changes: [{ field: "zone", from: "Europe/Copenhagen", to: "Europe/Oslo" }] },
    ],
  });
  await imported(office, "admin", "key,name,zone\nharrow,Harrow Ltd,\nnord,,Europe/Oslo\n");
  const { harrow, nord } = await listed(office);
  expect(harrow).toMatchObject({ name: "Harrow Ltd", track: "late", owner: "customerSuccess" });
  expect(harrow).not.toHaveProperty("zone");
  expect(nord).toMatchObject({ name: "Nordhaus", zone: "Europe/Oslo" });
});

test("an owner that nobody knows is remarked on; customer success owns what it adds and leaves others' alone", async () => {
  const office = await new Office().start();
  const unknown = await imported(office, "admin", "key,owner\nharrow,mo@example.com\n");
  expect(unknown.body).toMatchObject({ added: 1, remarks: 1, problems: [{ line: 2, kind: "remark" }] });
  const mine = await imported(office, "customerSuccess", "key,track\nharrow,early\nnord,early\n");
  expect(mine.body).toMatchObject({ added: 1, leftOut: 1, problems: [{ line: 2, kind: "leftOut" }] });
  const list = await listed(office, "customerSuccess");
  expect(list["nord"]).toMatchObject({ owner: "customerSuccess", mayChange: true });
  expect(list["harrow"]).toMatchObject({ track: "standard", mayChange: false });
});

test("fifty thousand customers are imported in one decision of fifty events, and exported as they are", async () => {
  const office = await new Office().start();
  const rows = Array.from({ length: 50_000 }, (_, index) => `k${index},Name ${index},Europe/Berlin,standard,pro\n`);
  const before = eventsOf(office);
  const done = await imported(office, "admin", `key,name,zone,track,tags\n${rows.join("")}`);
  expect(done.body).toMatchObject({ isDone: true, added: 50_000, leftOut: 0 });
  expect(eventsOf(office) - before).toBe(50);
  const file = await office.ask("auditor", "GET", "/api/customers/export");
  expect(file.headers["content-type"]).toContain("text/csv");
  const back = file.text.split("\r\n").filter((line) => !/^(acme|bolt|crane),/.test(line));
  expect((await dry(office, "admin", back.join("\n"))).body).toMatchObject({ added: 0, changed: 0, unchanged: 50_000, leftOut: 0 });
}, 60_000);

test("what is no CSV is refused with a sentence, whoever may not import is refused before the file is read", async () => {
  const office = await new Office().start();
  expect(
    (await office.ask("admin", "POST", "/api/customers/import", { base64: Buffer.from([0x50, 0x4b, 3, 4]).toString("base64"), dryRun: true })).body,
  ).toMatchObject({
    error: { code: "fileNotRead", message: "This is a workbook (.xlsx), not a CSV." },
  });
  expect((await office.ask("product", "POST", "/api/customers/import", { base64: "", dryRun: true })).status).toBe(403);
});

test("a customer is registered and edited; its key never, and no key is two customers'", async () => {
  const office = await new Office().start();
  const harrow = { key: "harrow", name: "Harrow", track: "standard", zone: "Europe/London", tags: ["Pro", "pro "] };
  const made = await office.ask("customerSuccess", "POST", "/api/customers", harrow);
  expect(made.status).toBe(200);
  const customer = String(made.body["customer"]);
  expect((await listed(office))["harrow"]).toMatchObject({ id: customer, owner: "customerSuccess", tags: ["pro"] });
  expect((await office.ask("admin", "POST", "/api/customers", harrow)).body).toMatchObject({ error: { code: "keyTaken" } });
  expect((await office.ask("admin", "POST", "/api/customers", { ...harrow, customer, key: "other" })).body).toMatchObject({
    error: { code: "badRequest", field: "key" },
  });
  expect((await office.ask("admin", "POST", "/api/customers", { ...harrow, customer, zone: "Europe/Nowhere" })).body).toMatchObject({
    error: { field: "zone" },
  });
  expect((await office.ask("admin", "POST", "/api/customers", { ...harrow, customer, owner: "nobody" })).body).toMatchObject({ error: { field: "owner" } });
  expect((await office.ask("admin", "POST", "/api/customers", { ...harrow, customer, name: "Harrow & Sons" })).status).toBe(200);
  expect((await office.ask("customerSuccess", "POST", "/api/customers", { ...harrow, customer, name: "Mine?" })).body).toMatchObject({
    error: { code: "notYours" },
  });
  expect((await listed(office))["harrow"]).toMatchObject({ name: "Harrow & Sons" });
});

test("an erased customer leaves no name anywhere and an intact chain; who comes back has its old id and what it had", async () => {
  const office = await new Office().start();
  await imported(office, "admin", FILE);
  const nord = await idOf(office, "nord");
  expect((await office.ask("customerSuccess", "POST", `/api/customers/${nord}/erase`, {})).body).toMatchObject({ error: { code: "notYours" } });
  expect((await office.ask("admin", "POST", `/api/customers/${nord}/erase`, { reason: "Asked for" })).status).toBe(200);
  expect((await listed(office))["nord"]).toBeUndefined();
  expect(JSON.stringify([office.database.events, await office.store.customers()])).not.toContain("Nordhaus");
  expect((await office.store.verify()).broken).toBeUndefined();
  await imported(office, "admin", "key,name\nnord,Nord again\n");
  expect(await idOf(office, "nord")).toBe(nord);
});

test("a merged customer is found by both keys, and the holds of the one that is gone go on", async () => {
  const office = await new Office().start();
  await imported(office, "admin", FILE);
  const [harrow, nord] = [await idOf(office, "harrow"), await idOf(office, "nord")];
  const hold = { environment: "production", customers: [nord], fromMs: DAY_ONE, untilMs: DAY_ONE + 20 * HOUR, reason: "Payroll week" };
  expect((await office.ask("admin", "POST", "/api/holds", hold)).status).toBe(200);
  expect((await office.ask("admin", "POST", `/api/customers/${nord}/merge`, { into: harrow })).status).toBe(200);
  expect((await listed(office))["harrow"]).toMatchObject({ aliases: ["nord"] });
  const holds = (await office.ask("auditor", "GET", "/api/holds")).body["holds"] as readonly { readonly customers: readonly string[] }[];
  expect(holds.some(({ customers }) => customers.includes(harrow))).toBe(true);
  expect((await dry(office, "admin", "key,name\nnord,Nordhaus\n")).body).toMatchObject({ added: 0, changed: 1, rows: [{ key: "harrow" }] });
  expect((await dry(office, "admin", "key,name\nharrow,A\nnord,B\n")).body).toMatchObject({ leftOut: 1 });
  expect((await office.ask("admin", "POST", "/api/customers", { key: "nord", name: "N", track: "late" })).body).toMatchObject({ error: { code: "keyTaken" } });
});

test("customers get their hash in an environment that is newer than they are", async () => {
  const office = await new Office().start();
  await imported(office, "admin", FILE);
  office.commit({ "sluice.yaml": "project: p\nenvironments: { production: {}, staging: {} }\n" });
  await office.plane.adoption.lookNow();
  await office.time.turnTo(office.time.nowMs + 1);
  const { salt = "" } = office.plane.decisions.environments["staging"] ?? {};
  const harrow = office.plane.decisions.customers.get(await idOf(office, "harrow"));
  expect(harrow?.hashes["staging"]).toBe(customerHash(salt, "harrow"));
  expect(harrow?.track).toBe("late");
});

test("the same command again imports nothing twice", async () => {
  const office = await new Office().start();
  const { hash } = (await dry(office, "admin", FILE)).body;
  const body = { command: "import-once-1", base64: base64(FILE), dryRun: false, hash };
  const headers = { authorization: "Bearer token-of-admin-0123456789" };
  expect((await office.send("POST", "/api/customers/import", headers, body)).body).toMatchObject({ added: 2 });
  const events = eventsOf(office);
  expect((await office.send("POST", "/api/customers/import", headers, body)).status).toBe(200);
  expect([eventsOf(office), (await office.store.customers()).length]).toEqual([events, 2]);
});
