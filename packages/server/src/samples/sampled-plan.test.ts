import { createHmac } from "node:crypto";
import type { PlannedChangeView } from "@sluice/contract";
import { customerHash } from "@sluice/evaluation";
import { afterEach, describe, expect, test } from "vitest";
import { closeOffices, DAY_ONE, flagFile, Office, SAMPLING_SECRET } from "../testing/office.ts";

afterEach(closeOffices);

const PHOTOS = "flags/site.photos.yaml";
const ATTRIBUTES =
  "attributes: { plan: { sampled: plain }, seats: { type: number, sampled: hashed }, country: { sampled: hashed }, customer: { sampled: hashed }, city: string, version: { type: version, sampled: hashed } }\n";
const SETTINGS = "project: p\nenvironments: { production: {} }\n";
const when = (condition: string): string => flagFile("site.photos", `    default: off\n    rules: [{ id: some, if: ${condition}, serve: on }]\n`);

const KEY = `ssk_${createHmac("sha256", SAMPLING_SECRET).update("sluice-sampling-1\nproduction").digest("base64url")}`;
const hash = (path: string, value: string | number): string =>
  (typeof value)[0] +
  createHmac("sha256", KEY)
    .update(`${path}\n${JSON.stringify(value)}`)
    .digest("base64url")
    .slice(0, 22);

/** What applications ask with: every second one is of Germany, every third one pro, seats 0 to 9, one customer of four. */
const PEOPLE = Array.from({ length: 60 }, (_, at) => ({
  plan: at % 3 === 0 ? "pro" : "free",
  seats: at % 10,
  country: at % 2 === 0 ? "DE" : "FR",
  customer: `customer-${at}`,
  version: `1.${at}.0`,
}));

async function opened(settings = SETTINGS + ATTRIBUTES): Promise<Office> {
  const office = new Office();
  office.commit({ "sluice.yaml": settings });
  await office.start();
  const contexts = PEOPLE.map(({ plan, ...rest }) => ({
    plain: { plan, city: "canary-city" },
    hashed: Object.fromEntries(Object.entries(rest).map(([path, value]) => [path, hash(path, value)])),
  }));
  const told = await office.send("POST", "/internal/v1/samples", { authorization: "Bearer internal" }, { environment: "production", contexts });
  expect(told.status).toBe(204);
  return office;
}

async function planOf(office: Office, text: string): Promise<PlannedChangeView | undefined> {
  const { status, body, text: bytes } = await office.ask("auditor", "POST", "/api/plan", { files: { [PHOTOS]: text } });
  expect(status, bytes).toBe(200);
  expect(bytes).not.toMatch(/canary|customer-\d|"DE"/);
  return (body["changes"] as readonly PlannedChangeView[])[0];
}
const countOf = (is: (person: (typeof PEOPLE)[number]) => boolean): number => PEOPLE.filter(is).length;

describe("a plan over sampled contexts", () => {
  test.each<[string, string, (person: (typeof PEOPLE)[number]) => boolean]>([
    ["a plain attribute", "{ plan: { equals: pro } }", ({ plan }) => plan === "pro"],
    ["a hashed text that is compared whole", "{ country: { equals: DE } }", ({ country }) => country === "DE"],
    ["a hashed text that is another", "{ country: { notEquals: DE } }", ({ country }) => country !== "DE"],
    ["a hashed number among some", "{ seats: { in: [1, 2, 3] } }", ({ seats }) => seats >= 1 && seats <= 3],
    ["a hashed number that is none of some", "{ seats: { notIn: [1, 2, 3] } }", ({ seats }) => seats < 1 || seats > 3],
    ["a value that is there at all", "{ country: { exists: true } }", () => true],
    [
      "several of these",
      "{ all: [{ plan: { equals: pro } }, { not: { country: { equals: DE } } }] }",
      ({ plan, country }) => plan === "pro" && country !== "DE",
    ],
    [
      "a customer's key that nobody registered",
      "{ customer: { in: [customer-1, customer-2] } }",
      ({ customer }) => /-[12]$/.test(customer) && customer.length === 10,
    ],
  ])("counts by %s", async (_what, condition, is) => {
    const office = await opened();
    const changes = countOf(is);
    expect((await planOf(office, when(condition)))?.samples).toEqual({ asked: 60, changes, untold: 0, gets: changes === 0 ? [] : [["on", changes]] });
  });

  test("tells those apart whose value it would have to look into, and still counts where it is one that the rules name", async () => {
    const office = await opened();
    const any = when('{ any: [{ version: { semver: ">=1.30.0" } }, { version: { in: [1.0.0, 1.59.0] } }] }');
    // Of 60 two have a version that the rules name: of these it can be told, and one of them is new enough or named either way.
    expect((await planOf(office, any))?.samples).toEqual({ asked: 2, changes: 2, untold: 58, gets: [["on", 2]] });
    expect((await planOf(office, when('{ version: { semver: ">=1.30.0" } }')))?.samples).toEqual({ asked: 0, changes: 0, untold: 60, gets: [] });
  });

  test("names what is not sampled, and keeps customers and contexts apart", async () => {
    const office = await opened();
    await office.store.saveCustomers([{ id: "c1", key: "customer-1", name: "Canary AG" }]);
    const planned = await planOf(office, when("{ any: [{ city: { equals: Berlin } }, { plan: { equals: pro } }] }"));
    expect(planned?.counts).toEqual({ asked: 1, changes: 0, onHold: 0, gets: [], unknown: ["city", "plan"] });
    expect(planned?.samples).toEqual({ asked: 60, changes: 20, untold: 0, gets: [["on", 20]], unknown: ["city"] });
  });

  test("knows registered customers behind their hash: a share by customer is counted for them, and exactly for them", async () => {
    const office = await opened();
    const known = PEOPLE.slice(0, 20).map(({ customer }) => customer);
    await office.store.saveCustomers(known.map((key, at) => ({ id: `c${at}`, key, name: `Canary ${at}` })));
    const share = flagFile("site.photos", "    default: off\n    rules: [{ id: part, serve: { share: 50, of: on, by: customer } }]\n");
    const planned = await planOf(office, share);
    expect(planned?.samples).toEqual({ asked: 20, changes: planned?.counts?.changes, untold: 40, gets: planned?.counts?.gets });
    expect(planned?.counts?.changes).toBeGreaterThan(0);
  });

  test("says nothing of a change that changes no one, and nothing where nothing is sampled", async () => {
    const office = await opened();
    office.commit({ [PHOTOS]: when("{ any: [{ plan: { equals: pro } }, { country: { equals: DE } }] }") });
    expect((await planOf(await opened(SETTINGS), when("{ plan: { equals: pro } }")))?.samples).toBeUndefined();
    const { body } = await office.ask("auditor", "POST", "/api/plan", { files: { [PHOTOS]: flagFile("site.photos") } });
    expect([body["changes"], body["sampledDays"]]).toEqual([[], undefined]);
  });

  test("forgets what a commit declares no longer, at once", async () => {
    const office = await opened();
    expect((await office.ask("auditor", "GET", "/api/sampling")).body).toMatchObject({
      attributes: expect.arrayContaining([{ path: "plan", how: "plain" }]),
      environments: [{ environment: "production", contexts: 60 }],
    });
    const salt = office.plane.decisions.environments["production"]?.salt ?? "";
    expect(customerHash(salt, "customer-1")).not.toBe(hash("customer", "customer-1"));
    office.commit({ "sluice.yaml": SETTINGS });
    await office.plane.adoption.lookNow();
    await office.time.turnTo(DAY_ONE + 10_000);
    expect(office.database.samples.get("production")?.size).toBe(0);
    expect((await office.ask("auditor", "GET", "/api/sampling")).body).toMatchObject({ attributes: [], environments: [{ contexts: 0 }] });
  });
});
