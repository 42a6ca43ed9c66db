import { createHash } from "node:crypto";
import { compileSnapshot, customerHash, evaluate } from "@sluice/evaluation";
import { afterEach, describe, expect, test } from "vitest";
import { closeOffices, DAY_ONE, flagFile, HOUR, Office } from "./testing/office.ts";

afterEach(closeOffices);

const PHOTOS = "flags/site.photos.yaml";
const on = (key: string): string => flagFile(key, "    default: on\n");
const given = (key: string, customers: readonly string[]): string =>
  flagFile(key, `    default: off\n    rules:\n      - { id: some, if: { customer: { in: [${customers.join(", ")}] } }, serve: on }\n`);

interface Counted {
  readonly environment: string;
  readonly flag: string;
  readonly isSame: boolean;
  readonly waits: readonly string[];
  readonly notes: readonly string[];
  readonly counts?: {
    readonly asked: number;
    readonly changes: number;
    readonly onHold: number;
    readonly gets: readonly (readonly [string, number])[];
    readonly unknown?: readonly string[];
  };
  readonly page: string;
}

async function opened(customers: readonly string[] = ["acme", "bolt", "crane"]): Promise<Office> {
  const office = await new Office().start();
  await office.store.saveCustomers(customers.map((id) => ({ id, key: id, name: `${id} AG` })));
  const salt = office.plane.decisions.environments["production"]?.salt ?? "";
  const set = customers.map((id) => ({
    id,
    track: id === "acme" ? ("early" as const) : ("standard" as const),
    tags: [],
    hashes: { production: customerHash(salt, id) },
  }));
  await office.store.append([{ command: "hashes", atMs: DAY_ONE, facts: { kind: "customersChanged", set }, personal: { by: "admin" } }], undefined);
  await office.plane.adoption.lookNow();
  return office;
}

async function planOf(office: Office, files: Readonly<Record<string, string | null>>): Promise<readonly Counted[]> {
  const { status, body, text } = await office.ask("auditor", "POST", "/api/plan", { files });
  expect(status, text).toBe(200);
  expect(text).not.toMatch(/ AG/);
  return body["changes"] as readonly Counted[];
}

describe("a plan that the server makes", () => {
  test("counts registered customers, says who is on hold, and that it waits for a person", async () => {
    const office = await opened();
    const hold = { environment: "production", customers: ["bolt"], fromMs: DAY_ONE - HOUR, untilMs: DAY_ONE + 48 * HOUR, reason: "payroll" };
    expect((await office.ask("admin", "POST", "/api/holds", { ...hold, fromMs: DAY_ONE })).status).toBe(200);
    expect(await planOf(office, { [PHOTOS]: on("site.photos") })).toEqual([
      {
        environment: "production",
        flag: "site.photos",
        how: "changes",
        isSame: false,
        waits: ["More may get on by the default."],
        notes: [],
        counts: { asked: 3, changes: 3, onHold: 1, gets: [["on", 3]] },
        page: "/#/home",
      },
    ]);
  });

  test("leaves everything as it is: nothing is adopted, and the same question has the same answer", async () => {
    const office = await opened();
    const before = office.plane.decisions.seq;
    const first = await planOf(office, { [PHOTOS]: on("site.photos") });
    expect(await planOf(office, { [PHOTOS]: on("site.photos") })).toEqual(first);
    expect(office.plane.decisions.seq).toBe(before);
    expect(await planOf(office, { [PHOTOS]: flagFile("site.photos") })).toEqual([]);
  });

  test("says that no one changes where rules are only written otherwise, and counts none", async () => {
    const office = await opened();
    office.commit({ [PHOTOS]: given("site.photos", ["acme", "bolt"]) });
    await office.plane.adoption.lookNow();
    await office.ask("admin", "POST", "/api/enlargements", {
      environment: "production",
      flag: "site.photos",
      form: (await waiting(office))[0]?.form,
      isAccepted: true,
    });
    expect(await planOf(office, { [PHOTOS]: given("site.photos", ["bolt", "acme"]) })).toMatchObject([
      { isSame: true, waits: [], counts: { asked: 3, changes: 0, gets: [] } },
    ]);
  });

  test("knows what people decided: a release that gives a variant, a kill, a pin that would hang in the air", async () => {
    const office = await opened();
    const content = {
      title: "Photos",
      owner: "product",
      environment: "production",
      flags: [{ flag: "site.photos", serve: "on" }],
      risk: "visible",
      zone: "Europe/Berlin",
      waves: [{ name: "Early", audience: { tracks: ["early"] }, start: { atMs: DAY_ONE + HOUR }, bakeMs: HOUR }],
    };
    const saved = await office.ask("product", "POST", "/api/releases", { content });
    await office.ask("product", "POST", `/api/releases/${String(saved.body["release"])}/plan`, {});
    await office.time.turnTo(DAY_ONE + HOUR);
    expect(office.exposure).toBeDefined();
    // acme has it by the release already, so only the others would change.
    expect(await planOf(office, { [PHOTOS]: on("site.photos") })).toMatchObject([
      { notes: ["A release that is not over gives on of it."], counts: { changes: 2, gets: [["on", 2]] } },
    ]);
    expect(await planOf(office, { [PHOTOS]: null })).toMatchObject([
      { how: "goes", notes: ["Its file goes, and it stays as it is served: a release that is not over gives it to somebody."], counts: { changes: 0 } },
    ]);
    const without = on("site.photos")
      .replace("variants: { on: true, off: false }", "variants: { yes: true, off: false }")
      .replace("default: on", "default: yes");
    expect((await planOf(office, { [PHOTOS]: without }))[0]?.notes).toContain("A release that is not over gives on of it, which would be gone.");
    const killed = { kind: "flagsKilled" as const, kill: "k1", environment: "production", flags: ["site.photos"] };
    await office.store.append([{ command: "kill-site-photos", atMs: DAY_ONE, facts: killed, personal: { by: "admin" } }], undefined);
    const [change] = await planOf(office, { [PHOTOS]: on("site.photos") });
    expect(change).toMatchObject({ counts: { changes: 0 } });
    expect(change?.notes).toContain("It is killed now: the change is seen when the kill is lifted.");
  });

  test("names attributes that decide and that it does not know of customers, through segments and prerequisites", async () => {
    const office = await opened();
    const rules = (more: string): string => `    default: off\n    rules: [${more}]\n`;
    const files = {
      [PHOTOS]: flagFile("site.photos", rules("{ id: r, if: { segment: paying }, serve: on }, { id: s, serve: { share: 10, of: on } }")),
      "segments/paying.yaml": "key: paying\nby: customer\ninclude: [acme]\nif: { plan: { in: [pro] } }\n",
      "flags/site.pins.yaml": flagFile("site.pins", "    prerequisites: [{ flag: site.photos, serves: on }]\n    default: on\n"),
      "flags/site.maps.yaml": given("site.maps", ["acme"]),
    };
    const told = (await planOf(office, files)).map(({ flag, counts }) => [flag, counts?.changes, counts?.unknown]);
    expect(told).toEqual([
      ["site.maps", 3, undefined],
      ["site.photos", 1, ["plan", "targetingKey"]],
      ["site.pins", 3, undefined],
    ]);
  });

  test("a list of the console that is put in another one's place is no one's being the same", async () => {
    const office = await opened();
    const list = (key: string): string => `key: ${key}\ndescription: Whom we ask first.\nby: customer\nlist: runtime\n`;
    const by = (segment: string): string => flagFile("site.photos", `    default: off\n    rules: [{ id: r, if: { segment: ${segment} }, serve: on }]\n`);
    office.commit({ [PHOTOS]: by("pilots"), "segments/pilots.yaml": list("pilots"), "segments/testers.yaml": list("testers") });
    await office.plane.adoption.lookNow();
    expect((await planOf(office, { [PHOTOS]: by("testers") })).map(({ isSame, waits }) => [isSame, waits])).toEqual([
      [false, ["More may get on by the rule r."]],
    ]);
  });

  test("refuses what is no definition, and names flags that would stay as they are for a mistake", async () => {
    const office = await opened();
    for (const path of ["../secrets.yaml", "flags/../../x.yaml", "README.md", "flags/a.txt"]) {
      const refused = await office.ask("engineer", "POST", "/api/plan", { files: { [path]: "x" } });
      expect([path, refused.status, refused.body["error"]]).toMatchObject([path, 400, { code: "badRequest", field: "files" }]);
    }
    const { body } = await office.ask("engineer", "POST", "/api/plan", { files: { [PHOTOS]: on("site.photos").replace("default: on", "default: onn") } });
    expect(body).toMatchObject({ broken: ["site.photos"], changes: [] });
    expect((await office.ask("engineer", "POST", "/api/plan", { files: { [PHOTOS]: 3 } })).status).toBe(400);
  });
});

/** What each customer gets of each flag now, by the snapshot that is served. */
function answersIn(office: Office, flags: readonly string[], customers: readonly string[]): ReadonlyMap<string, string> {
  const snapshot = office.plane.state("production")?.snapshot;
  if (snapshot === undefined) throw new Error("nothing is served");
  const compiled = compileSnapshot(snapshot);
  return new Map(
    flags.flatMap((flag) => customers.map((customer) => [`${flag} ${customer}`, evaluate(compiled, flag, { customer }).variant ?? "none"] as const)),
  );
}

const waiting = async (office: Office): Promise<readonly { readonly flag: string; readonly form: string }[]> =>
  (await office.ask("product", "GET", "/api/enlargements")).body["enlargements"] as readonly { readonly flag: string; readonly form: string }[];

async function merge(office: Office, files: Readonly<Record<string, string>>): Promise<void> {
  office.commit(files);
  await office.plane.adoption.lookNow();
  for (const { flag, form } of await waiting(office))
    expect((await office.ask("product", "POST", "/api/enlargements", { environment: "production", flag, form, isAccepted: true })).status).toBe(200);
}

/** Flags that changed for somebody, with how many and what they get: counted by asking everybody before and after. */
function counted(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const found: Record<string, Record<string, number>> = {};
  for (const [place, variant] of after) {
    const flag = place.split(" ")[0] ?? "";
    if (before.get(place) !== variant) (found[flag] ??= {})[variant] = (found[flag]?.[variant] ?? 0) + 1;
  }
  return found;
}

test("thirty plans say beforehand what asking every customer before and after the merge says", { timeout: 60_000 }, async () => {
  const customers = Array.from({ length: 20 }, (_, index) => `c${index}`);
  const flags = ["site.a", "site.b", "site.c"];
  const office = await opened(customers);
  let draws = 0;
  const draw = (below: number): number =>
    createHash("sha256")
      .update(`plans ${(draws += 1)}`)
      .digest()
      .readUInt32BE(0) % below;
  const file = (flag: string): string => {
    const some = customers.filter(() => draw(3) === 0);
    const forms = [
      on(flag),
      flagFile(flag),
      given(flag, some.length === 0 ? ["nobody"] : some),
      flagFile(flag, `    default: { share: ${draw(100)}, of: on, by: customer }\n`),
      flagFile(flag, `    prerequisites: [{ flag: ${flags[0]}, serves: on }]\n    default: on\n`),
    ];
    return forms[draw(flag === flags[0] ? 4 : 5)] ?? "";
  };
  await merge(office, Object.fromEntries(flags.map((flag) => [`flags/${flag}.yaml`, flagFile(flag)])));
  let changing = 0;
  for (let plan = 0; plan < 30; plan++) {
    const files = Object.fromEntries(flags.filter(() => draw(2) === 0).map((flag) => [`flags/${flag}.yaml`, file(flag)]));
    const said = await planOf(office, files);
    const before = answersIn(office, flags, customers);
    await merge(office, files);
    const really = counted(before, answersIn(office, flags, customers));
    const told = Object.fromEntries(
      said.flatMap(({ flag, counts }) => (counts === undefined || counts.changes === 0 ? [] : [[flag, Object.fromEntries(counts.gets)]])),
    );
    expect({ plan, files, changes: told }).toEqual({ plan, files, changes: really });
    changing += Object.keys(really).length;
    // What is said to be the same is the same.
    for (const { flag, isSame } of said) if (isSame) expect(really[flag]).toBeUndefined();
  }
  expect(changing).toBeGreaterThan(15);
});
