import { compileSnapshot, evaluate } from "@sluice/evaluation";
import { afterEach, expect, test } from "vitest";
import { type Answer, closeOffices, flagFile, Office } from "./testing/office.ts";

afterEach(closeOffices);

const ON = flagFile("site.photos", "    default: on\n");
const PATH = "flags/site.photos.yaml";

async function merged(office: Office, files: Readonly<Record<string, string>>): Promise<void> {
  office.commit(files);
  await office.plane.adoption.lookNow();
}
/** What somebody of this customer gets in production now. */
function answer(office: Office, flag = "site.photos", customer = "acme"): string {
  const snapshot = office.plane.state("production")?.snapshot;
  if (snapshot === undefined) return "nothing is served";
  const { variant, cause } = evaluate(compileSnapshot(snapshot), flag, { customer, targetingKey: "u1" });
  return variant ?? cause;
}
async function waiting(office: Office): Promise<readonly Record<string, unknown>[]> {
  return (await office.ask("product", "GET", "/api/enlargements")).body["enlargements"] as readonly Record<string, unknown>[];
}
const decide = async (office: Office, role: "product" | "engineer" | "admin", isAccepted: boolean, more: object = {}): Promise<Answer> => {
  const [first] = await waiting(office);
  return office.ask(role, "POST", "/api/enlargements", { environment: "production", flag: first?.["flag"], form: first?.["form"], isAccepted, ...more });
};

test("a merge that gives a release to more people is adopted but for that flag, and waits with what it would do", async () => {
  const office = await new Office().start();
  await office.store.saveCustomers([{ id: "acme", key: "acme", name: "Acme" }]);
  await merged(office, { [PATH]: ON, "flags/site.other.yaml": flagFile("site.other") });
  expect([answer(office), answer(office, "site.other")]).toEqual(["off", "off"]);
  expect(await waiting(office)).toMatchObject([
    {
      flag: "site.photos",
      environment: "production",
      isRefused: false,
      why: ["More may get on by the default."],
      served: flagFile("site.photos"),
      wanted: ON,
      author: "Mara",
      customers: { of: 1, changes: 1, named: ["Acme"] },
    },
  ]);
});

test("somebody with the role lets it through; nobody else does", async () => {
  const office = await new Office().start();
  await merged(office, { [PATH]: ON });
  expect((await decide(office, "engineer", true)).status).toBe(403);
  expect(answer(office)).toBe("off");
  expect((await decide(office, "product", true)).status).toBe(200);
  expect([answer(office), await waiting(office)]).toEqual(["on", []]);
  await merged(office, { "flags/site.other.yaml": flagFile("site.other") });
  expect(answer(office)).toBe("on");
});

test("a refusal stays until the file changes; then it waits anew, or is in force where it is harmless", async () => {
  const office = await new Office().start();
  await merged(office, { [PATH]: ON });
  expect((await decide(office, "product", false, { reason: "Not before the fair" })).status).toBe(200);
  expect(await waiting(office)).toMatchObject([{ isRefused: true }]);
  await merged(office, { "flags/site.other.yaml": flagFile("site.other") });
  expect(await waiting(office)).toMatchObject([{ isRefused: true }]);
  await merged(office, { [PATH]: ON.replace("A flag.", "A flag, really.") });
  expect([answer(office), await waiting(office)]).toMatchObject(["off", [{ isRefused: false }]]);
  await merged(office, { [PATH]: flagFile("site.photos").replace("A flag.", "Off again.") });
  expect(await waiting(office)).toEqual([]);
});

test("what is decided is the form that was looked at and no later one", async () => {
  const office = await new Office().start();
  await merged(office, { [PATH]: ON });
  const [seen] = await waiting(office);
  await merged(office, { [PATH]: ON.replace("A flag.", "Another.") });
  const late = await office.ask("product", "POST", "/api/enlargements", {
    environment: "production",
    flag: "site.photos",
    form: seen?.["form"],
    isAccepted: true,
  });
  expect(late.body).toMatchObject({ error: { code: "staleContent" } });
  expect(answer(office)).toBe("off");
});

test("a new flag that would be on at once is not served, a segment that grows keeps its flag as it was", async () => {
  const office = await new Office().start();
  const segment = (keys: string): string => `key: some\ndescription: Some.\nby: customer\ninclude: [${keys}]\n`;
  const rule = "    default: off\n    rules:\n      - if: { segment: some }\n        serve: on\n";
  await merged(office, { "segments/some.yaml": segment("bolt"), "flags/site.some.yaml": flagFile("site.some", rule) });
  expect([answer(office, "site.some", "bolt"), (await waiting(office))[0]?.["served"]]).toEqual(["unknownFlag", undefined]);
  expect((await decide(office, "admin", true)).status).toBe(200);
  expect(answer(office, "site.some", "bolt")).toBe("on");
  await merged(office, { "segments/some.yaml": segment("bolt, acme") });
  expect([answer(office, "site.some", "acme"), answer(office, "site.some", "bolt"), (await waiting(office)).length]).toEqual(["off", "on", 1]);
  await merged(office, { "segments/some.yaml": segment("acme") });
  expect([answer(office, "site.some", "acme"), answer(office, "site.some", "bolt")]).toEqual(["off", "on"]);
  await merged(office, { "segments/some.yaml": `${segment("bolt")}exclude: [bolt]\n` });
  expect([answer(office, "site.some", "bolt"), await waiting(office)]).toEqual(["off", []]);
});

test("a flag of another kind is edited by merging, unless a release waits for it", async () => {
  const office = await new Office().start();
  const ops = (key: string, rest: string): string => flagFile(key, rest).replace("kind: release", "kind: ops");
  const child = flagFile("site.photos", "    prerequisites: [{ flag: site.gate, serves: on }]\n    default: on\n");
  await merged(office, {
    "flags/site.gate.yaml": ops("site.gate", "    default: off\n"),
    "flags/site.ops.yaml": ops("site.ops", "    default: off\n"),
    [PATH]: child,
  });
  expect((await decide(office, "product", true)).status).toBe(200);
  await merged(office, { "flags/site.ops.yaml": ops("site.ops", "    default: on\n"), "flags/site.gate.yaml": ops("site.gate", "    default: on\n") });
  expect([answer(office, "site.ops"), answer(office, "site.gate"), answer(office)]).toEqual(["on", "off", "off"]);
  expect(await waiting(office)).toMatchObject([{ flag: "site.gate" }]);
});

test("where merges decide, nothing waits; saying so takes effect behind the commit that says it", async () => {
  const office = await new Office().start();
  const open = "project: p\nenvironments: { production: { decidedByPeople: false } }\n";
  await merged(office, { "sluice.yaml": open, [PATH]: ON });
  expect([answer(office), (await waiting(office)).length]).toEqual(["off", 1]);
  await merged(office, { [PATH]: ON.replace("A flag.", "Again.") });
  expect([answer(office), (await waiting(office)).length]).toEqual(["on", 0]);
});

test("a kill covers what waits, and letting it through lifts no kill", async () => {
  const office = await new Office().start();
  await merged(office, { [PATH]: ON });
  const facts = { kind: "flagsKilled" as const, kill: "k1", environment: "production", flags: ["site.photos"] };
  await office.store.append([{ command: "kill-photos", atMs: 1, facts, personal: { by: "admin" } }], undefined);
  expect((await decide(office, "product", true)).status).toBe(200);
  expect(answer(office)).toBe("off");
});
