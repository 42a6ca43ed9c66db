import type { ListChanged, ListView, WaitingListView } from "@sluice/contract";
import { compileSnapshot, customerHash, encodePatch, evaluate } from "@sluice/evaluation";
import type { Role } from "@sluice/releases";
import { diffSnapshots } from "@sluice/snapshot";
import { secretHash } from "@sluice/store";
import { afterEach, expect, test } from "vitest";
import { type Answer, closeOffices, DAY_ONE, flagFile, HOUR, Office } from "../testing/office.ts";

afterEach(closeOffices);

const RULE = "    rules: [{ if: { segment: pilots }, serve: on }]\n    default: off\n";
const FILES = {
  "sluice.yaml": "project: p\nenvironments: { production: {}, staging: {} }\n",
  "segments/pilots.yaml": "key: pilots\ndescription: Who tries it first.\nby: customer\nlist: runtime\n",
  "segments/people.yaml": "key: people\nlist: runtime\n",
  "flags/site.photos.yaml": flagFile("site.photos", RULE),
  "flags/site.limit.yaml": flagFile("site.limit", "    rules: [{ if: { segment: people }, serve: on }]\n    default: off\n").replace(
    "kind: release",
    "kind: ops",
  ),
};

/** A release flag for the customers of one list, an ops flag for the users of another. */
async function office(files: Readonly<Record<string, string>> = {}): Promise<Office> {
  const made = new Office();
  made.commit({ ...FILES, ...files });
  return made.start();
}
const change = (made: Office, role: Role, list: string, body: object): Promise<Answer> =>
  made.ask(role, "POST", `/api/lists/${list}`, { environment: "production", ...body });
const told = ({ body }: Answer): ListChanged => body as unknown as ListChanged;
const show = async (made: Office, query = ""): Promise<ListView> =>
  (await made.ask("auditor", "GET", `/api/lists/pilots?environment=production${query}`)).body as unknown as ListView;
const waiting = async (made: Office): Promise<readonly WaitingListView[]> =>
  (await made.ask("auditor", "GET", "/api/lists")).body["waiting"] as readonly WaitingListView[];
const decide = async (made: Office, role: Role, isAccepted: boolean): Promise<Answer> => {
  const [first] = await waiting(made);
  return made.ask(role, "POST", `/api/list-changes/${first?.change ?? "none"}`, { environment: "production", isAccepted });
};
/** What a customer or user gets now. */
function answer(made: Office, context: object, flag = "site.photos"): string {
  const snapshot = made.plane.state("production")?.snapshot;
  return snapshot === undefined ? "nothing" : (evaluate(compileSnapshot(snapshot), flag, { ...context }).variant ?? "none");
}

test("a person who may let more people have a release puts customers into a list, and SDKs answer by it", async () => {
  const made = await office();
  const done = await change(made, "product", "pilots", { add: ["acme", "Łódź 4", "acme"], reason: "they asked" });
  expect([done.status, told(done)]).toMatchObject([
    200,
    { outcome: "changed", added: 2, removed: 0, members: 2, enlarges: [{ flag: "site.photos" }], waits: false },
  ]);
  expect(["acme", "Łódź 4", "bolt"].map((customer) => answer(made, { customer }))).toEqual(["on", "on", "off"]);
  expect(made.plane.state("staging")?.snapshot?.segments?.["pilots"]).toEqual({ by: "customer" });
  expect(told(await change(made, "product", "pilots", { add: ["acme"] }))).toMatchObject({ outcome: "nothing", added: 0, members: 2 });
  expect(told(await change(made, "customerSuccess", "pilots", { remove: ["acme"] }))).toMatchObject({
    outcome: "changed",
    removed: 1,
    members: 1,
    enlarges: [],
  });
  expect(answer(made, { customer: "acme" })).toBe("off");
});

test("the log holds hashes and no id; the page shows ids, a page at a time, and whether somebody is in it", async () => {
  const made = await office();
  await made.store.saveCustomers([{ id: "acme", key: "acme", name: "Acme" }]);
  const ids = ["acme", ...Array.from({ length: 700 }, (_, at) => `customer-${at}`)];
  await change(made, "product", "pilots", { add: ids });
  expect(JSON.stringify(await made.store.read(0, 100))).not.toContain("customer-1");
  const first = await show(made, "&id=customer-699");
  const second = await show(made, `&after=${first.after ?? ""}&id=Acme`);
  expect([first.members, first.by, first.flags, first.changedBy, first.shown.length, second.shown.length, second.after]).toEqual([
    701,
    "customer",
    ["site.photos"],
    "product",
    500,
    201,
    undefined,
  ]);
  expect(new Set([...first.shown, ...second.shown].map(({ id }) => id))).toEqual(new Set(ids));
  expect([first.asked, second.asked]).toEqual([
    { id: "customer-699", isMember: true },
    { id: "Acme", isMember: false },
  ]);
  await change(made, "product", "pilots", { remove: ids.slice(1) });
  const salt = made.plane.decisions.environments["production"]?.salt ?? "";
  expect([...(await made.store.listedIds("production", "pilots"))]).toEqual([[customerHash(salt, "acme"), "acme"]]);
});

test.each(["engineer", "customerSuccess"] as const)(
  "what the role %s adds waits where it gives a release to more; product lets it through or says no",
  async (role) => {
    const made = await office();
    const done = await change(made, role, "pilots", { add: ["acme"], remove: ["bolt"] });
    expect([done.status, told(done)]).toMatchObject([200, { outcome: "waits", waits: true, added: 1, members: 0 }]);
    expect(answer(made, { customer: "acme" })).toBe("off");
    expect(await waiting(made)).toMatchObject([
      {
        list: "pilots",
        environment: "production",
        add: 1,
        remove: 0,
        named: ["acme"],
        askedBy: role,
        enlarges: [{ flag: "site.photos", why: ["More may get on by rule 1."] }],
      },
    ]);
    expect((await decide(made, role, true)).status).toBe(403);
    expect((await decide(made, "product", false)).status).toBe(200);
    expect([answer(made, { customer: "acme" }), await waiting(made), (await made.store.listedIds("production", "pilots")).size]).toEqual(["off", [], 0]);
    expect((await made.ask("product", "POST", "/api/list-changes/lx", { environment: "production", isAccepted: true })).body).toMatchObject({
      error: { code: "notWaiting" },
    });
    await change(made, role, "pilots", { add: ["acme"] });
    expect((await decide(made, "product", true)).status).toBe(200);
    expect([answer(made, { customer: "acme" }), await waiting(made)]).toEqual(["on", []]);
  },
);

test("the operator key of a machine turns nothing on by itself, and decides nothing", async () => {
  const made = await office();
  const headers = { authorization: "Bearer operator-key-0123456789" };
  await made.store.saveGrant({ hash: secretHash("operator-key-0123456789"), kind: "operator", expiresAtMs: Number.MAX_SAFE_INTEGER });
  const send = (url: string, body: object): Promise<Answer> => made.send("POST", url, headers, { environment: "production", ...body });
  expect(told(await send("/api/lists/pilots", { command: "machine-1", add: ["acme"] }))).toMatchObject({ outcome: "waits" });
  expect(told(await send("/api/lists/people", { command: "machine-2", add: ["u1"] }))).toMatchObject({ outcome: "changed" });
  expect([answer(made, { customer: "acme" }), answer(made, { targetingKey: "u1" }, "site.limit")]).toEqual(["off", "on"]);
  const [first] = await waiting(made);
  expect((await send(`/api/list-changes/${first?.change ?? ""}`, { command: "machine-3", isAccepted: true })).body).toMatchObject({
    error: { code: "notAllowed" },
  });
});

test("lists that no release flag asks, and environments where nobody needs to decide, change at once for everybody who may", async () => {
  const made = await office();
  expect(told(await change(made, "engineer", "people", { add: ["u1", "u2"] }))).toMatchObject({ outcome: "changed", enlarges: [] });
  expect(told(await change(made, "engineer", "pilots", { environment: "staging", add: ["acme"] }))).toMatchObject({ outcome: "changed" });
  expect((await change(made, "marketing", "people", { add: ["u3"] })).status).toBe(403);
});

test("leaving a list waits where a not stands before it", async () => {
  const made = await office({
    "flags/site.photos.yaml": flagFile("site.photos", "    rules: [{ if: { not: { segment: pilots } }, serve: on }]\n    default: off\n"),
  });
  expect(told(await change(made, "engineer", "pilots", { add: ["acme"] }))).toMatchObject({ outcome: "changed" });
  expect(told(await change(made, "engineer", "pilots", { remove: ["acme"] }))).toMatchObject({ outcome: "waits" });
  expect(answer(made, { customer: "acme" })).toBe("off");
});

test("a customer on hold joins no list that gives it a release, and may join others", async () => {
  const made = await office({ "segments/calm.yaml": "key: calm\nby: customer\nlist: runtime\n" });
  const salt = made.plane.decisions.environments["production"]?.salt ?? "";
  const facts = { kind: "customersChanged", set: [{ id: "acme", track: "standard", tags: [], hashes: { production: customerHash(salt, "acme") } }] } as const;
  await made.store.append([{ command: "hashes-of-acme", atMs: 0, facts, personal: { by: "admin" } }], undefined);
  made.plane.hint();
  await made.ask("admin", "POST", "/api/holds", {
    environment: "production",
    customers: ["acme"],
    fromMs: DAY_ONE,
    untilMs: DAY_ONE + HOUR,
    reason: "year end",
  });
  const held = await change(made, "product", "pilots", { add: ["acme", "bolt"] });
  expect([held.status, held.body]).toMatchObject([
    409,
    { error: { code: "customersHeld", message: "One of these customers is on hold: nothing new for them (acme)." } },
  ]);
  expect(answer(made, { customer: "bolt" })).toBe("off");
  expect(told(await change(made, "product", "calm", { add: ["acme"] }))).toMatchObject({ outcome: "changed" });
  expect(told(await change(made, "product", "pilots", { add: ["bolt"] }))).toMatchObject({ outcome: "changed" });
  await made.time.turnTo(DAY_ONE + HOUR);
  expect(told(await change(made, "product", "pilots", { add: ["acme"] }))).toMatchObject({ outcome: "changed" });
});

test("a dry run says what would happen, and nothing does", async () => {
  const made = await office();
  const head = await made.store.head();
  expect(told(await change(made, "engineer", "pilots", { add: ["acme"], dryRun: true }))).toMatchObject({
    outcome: "dryRun",
    waits: true,
    added: 1,
    members: 1,
    enlarges: [{ flag: "site.photos" }],
  });
  expect(told(await change(made, "product", "pilots", { add: ["acme"], dryRun: true }))).toMatchObject({ outcome: "dryRun", waits: false });
  expect([await made.store.head(), (await made.store.listedIds("production", "pilots")).size]).toEqual([head, 0]);
});

test("what is wrong is said with the nearest right name, and nothing happens", async () => {
  const made = await office();
  const code = async (list: string, body: object): Promise<unknown> => (await change(made, "product", list, body)).body["error"];
  expect(await code("pilot", { add: ["a"] })).toMatchObject({ code: "unknownList", fix: "Did you mean pilots?" });
  expect(await code("zzz", { add: ["a"] })).toMatchObject({ code: "unknownList", fix: 'Write "list: runtime" in segments/zzz.yaml.' });
  expect(await code("pilots", {})).toMatchObject({ code: "noMembers" });
  expect(await code("pilots", { environment: "produktion", add: ["a"] })).toMatchObject({ code: "unknownEnvironment", fix: "Did you mean production?" });
  expect(await code("pilots", { add: Array.from({ length: 10_001 }, (_, at) => `c${at}`) })).toMatchObject({ code: "badRequest", field: "add" });
  expect(await code("pilots", { add: ["a\u0000"] })).toMatchObject({ code: "badRequest" });
  expect(await code("pilots", { add: ["a".repeat(201)] })).toMatchObject({ code: "badRequest" });
});

test("the same command again is the same change, and for another list it is refused", async () => {
  const made = await office();
  const body = { command: "the-same-one", environment: "production", add: ["acme"] };
  const [first, again] = [await made.ask("product", "POST", "/api/lists/pilots", body), await made.ask("product", "POST", "/api/lists/pilots", body)];
  expect([first.body, again.body]).toMatchObject([
    { outcome: "changed", seq: expect.any(Number) },
    { outcome: "changed", seq: first.body["seq"] },
  ]);
  expect((await made.ask("product", "POST", "/api/lists/people", body)).body).toMatchObject({ error: { code: "commandReused" } });
});

test("a list of 100,000 is full, and an edit of it is a small patch", async () => {
  const made = await office();
  const hashes = Array.from({ length: 100_000 }, (_, at) => at.toString(16).padStart(16, "0"));
  const put = Array.from({ length: 10 }, (_, part) => ({
    command: `put-${part}-in`,
    atMs: 0,
    personal: { by: "ada" },
    facts: { kind: "listChanged" as const, environment: "production", list: "people", add: hashes.slice(part * 10_000, (part + 1) * 10_000), remove: [] },
  }));
  await made.store.append(put, undefined);
  await made.plane.freshen();
  const full = await change(made, "engineer", "people", { add: ["one-more"] });
  expect(full.body).toMatchObject({ error: { code: "tooMany", message: "people would have 100001 members; 100000 are allowed." } });
  expect(answer(made, { targetingKey: "one-more" }, "site.limit")).toBe("off");
  const fewer = { kind: "listChanged" as const, environment: "production", list: "people", add: [], remove: hashes.slice(0, 1) };
  await made.store.append([{ command: "take-one-out", atMs: 0, personal: { by: "ada" }, facts: fewer }], undefined);
  await made.plane.freshen();
  const before = made.plane.state("production")?.snapshot;
  expect(told(await change(made, "engineer", "people", { add: ["one-more"] }))).toMatchObject({ outcome: "changed", members: 100_000 });
  expect(answer(made, { targetingKey: "one-more" }, "site.limit")).toBe("on");
  const after = made.plane.state("production")?.snapshot;
  const patch = before && after && diffSnapshots(before, after);
  expect(patch && encodePatch(patch).length).toBeLessThan(150);
}, 180_000);
