import { customerHash, type FlagForm } from "@sluice/evaluation";
import type { Proposal, ReleaseContent } from "@sluice/releases";
import { describe, expect, test } from "vitest";
import { FLAGS, RunningFanout } from "./testing/running-fanout.ts";
import { settle } from "./testing/test-world.ts";

const CUSTOMERS = ["acme", "brick", "crane", "dome"];
const content: ReleaseContent = {
  title: "Checkout 2",
  owner: "pia",
  environment: "production",
  flags: [
    { flag: "shop.checkout", serve: "on" },
    { flag: "shop.gift", serve: "on" },
  ],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [{ name: "First", audience: {}, start: { atMs: 0 }, bakeMs: 0 }],
};

const hash = (key: string): string => customerHash("salt-p", key);

/** A release of two flags that three of four customers have; `shop.limits` is an ops flag; `more` is of the form of `shop.gift`. */
async function running(more: Pick<FlagForm, "pins" | "rules"> = {}): Promise<RunningFanout> {
  const fanout = await new RunningFanout().prepare();
  const set = CUSTOMERS.map((key) => ({ id: `id-${key}`, track: "standard" as const, tags: [], hashes: { production: hash(key) } }));
  const facts: readonly Proposal["facts"][] = [
    { kind: "customersChanged", set },
    { kind: "releaseSaved", release: "r1", content, contentHash: "h" },
    { kind: "releasePlanned", release: "r1" },
    {
      kind: "waveStarted",
      release: "r1",
      wave: 0,
      environment: "production",
      members: set.slice(0, 3).map(({ id }) => id),
      exposed: set.slice(0, 3).map(({ id }) => id),
    },
  ];
  for (const [index, each] of facts.entries())
    await fanout.store.append([{ command: `setup-${index}`, atMs: 0, facts: each, personal: { by: "pia" } }], index + 1);
  const exposure = { serve: "on", keys: CUSTOMERS.slice(0, 3).map(hash).sort() };
  const flags = {
    "shop.checkout": { exposure },
    "shop.gift": { exposure, ...more },
    "shop.limits": { rules: [{ serve: "on" }] },
  };
  const everything = fanout.api.everything;
  fanout.api.everything = () =>
    everything().map((message) => (message.kind === "snapshot" ? { ...message, snapshot: fanout.snapshot(5, { flags }), folded: 5 } : message));
  return fanout.start();
}

const bulk = (fanout: RunningFanout, body: Record<string, unknown>, as = "max"): ReturnType<RunningFanout["json"]> =>
  fanout.jsonIn(400, "POST", "/api/kills", { as, body: { environment: "production", ...body } });

describe("a bulk kill", () => {
  test("of a release is one event and one patch, and pauses the release", async () => {
    const fanout = await running();
    const sdk = await fanout.stream();
    const { status, body } = await bulk(fanout, { command: "command-1", of: { kind: "release", name: "r1" } });
    expect({ status, flags: body["flags"] }).toEqual({ status: 201, flags: ["shop.checkout", "shop.gift"] });
    expect(fanout.database.events.at(-1)?.facts).toEqual({
      kind: "flagsKilled",
      kill: body["kill"],
      environment: "production",
      flags: ["shop.checkout", "shop.gift"],
      of: { kind: "release", name: "r1" },
      journal: expect.any(String),
      counter: expect.any(Number),
    });
    const killed = { [String(body["kill"])]: { flags: ["shop.checkout", "shop.gift"] } };
    expect(sdk.named("patch")).toEqual([expect.objectContaining({ base: 5, to: 6, set: expect.objectContaining({ kills: killed }) })]);
    const again = await bulk(fanout, { command: "command-1", of: { kind: "release", name: "r1" } });
    expect(again.body).toEqual(body);
    expect((await bulk(fanout, { command: "command-1", of: { kind: "release", name: "r2" } })).status).toBe(409);
  });

  test("without a store goes the emergency way under its target, and is the same kill when it is repeated and when the store is back", async () => {
    const fanout = await running();
    fanout.store.trouble = "refuses";
    const first = await bulk(fanout, { command: "command-1", of: { kind: "dependants", name: "shop.checkout" } });
    expect(first.body).toMatchObject({ emergency: true, flags: ["shop.checkout", "shop.gift"] });
    expect((await bulk(fanout, { command: "command-1", of: { kind: "dependants", name: "shop.checkout" } })).body).toEqual(first.body);
    fanout.store.trouble = "none";
    await fanout.world.advance(5_000);
    await settle();
    expect(fanout.database.events.at(-1)?.facts).toMatchObject({
      kind: "flagsKilled",
      kill: first.body["kill"],
      of: { kind: "dependants", name: "shop.checkout" },
    });
  });

  test("names flags or a target, and customers by key or by hash", async () => {
    const fanout = await running();
    const wrong = [
      { command: "command-1" },
      { command: "command-2", flags: ["shop.gift"], of: { kind: "team", name: "x" } },
      { command: "command-3", of: { kind: "everything", name: "x" } },
      { command: "command-4", flags: ["shop.gift"], customers: ["acme"], scope: { customers: [hash("acme")] } },
    ];
    for (const body of wrong) expect((await bulk(fanout, body)).status).toBe(400);
    expect(fanout.database.events).toHaveLength(5);
  });

  test("for customers named by key covers their hashes, and the log keeps the keys where they can be erased", async () => {
    const fanout = await running();
    await bulk(fanout, { command: "command-1", flags: ["shop.gift"], customers: ["dome", "acme", "acme"] });
    const event = fanout.database.events.at(-1);
    expect(event?.facts).toMatchObject({ scope: { customers: [hash("acme"), hash("dome")].sort() } });
    expect(JSON.stringify(event?.facts)).not.toContain("acme");
    expect(event?.personal?.customers).toEqual(["dome", "acme", "acme"]);
  });
});

describe("the blast radius", () => {
  test("of a scope that the kill would refuse is refused in the same words", async () => {
    const fanout = await running();
    for (const scope of [{ segment: "nobodys" }, { versions: "not a range" }]) {
      const query = new URLSearchParams({ environment: "production", flag: "shop.checkout", ...scope });
      const asked = await fanout.jsonIn(400, "GET", `/api/blast-radius?${query.toString()}`, { as: "max" });
      const killed = await bulk(fanout, { command: "command-1", flags: ["shop.checkout"], scope });
      expect(killed.status).toBeGreaterThanOrEqual(400);
      expect(asked).toEqual(killed);
    }
  });

  const ask = async (fanout: RunningFanout, query: string): Promise<Record<string, unknown>> =>
    (await fanout.json("GET", `/api/blast-radius?environment=production&${query}`, { as: "max" })).body;

  test("of a release counts its customers, names what it pauses and what goes with it", async () => {
    const fanout = await running();
    await fanout.stream();
    expect(await ask(fanout, "of=release&name=r1")).toEqual({
      sentence:
        "Killing it takes 2 features (Checkout and Gift) away in Production from the 3 of 4 customers who have it now. 1 running process of shop switches it off at once. It pauses the release Checkout 2.",
      flags: ["shop.checkout", "shop.gift"],
      leftOut: [],
      customers: 3,
      who: ["id-acme", "id-brick", "id-crane"],
      releases: [{ release: "r1", title: "Checkout 2" }],
      instances: 1,
      services: [{ service: "shop", instances: 1 }],
      dependants: [],
    });
  });

  test("says what goes off with it, along the whole chain", async () => {
    const fanout = await running();
    const needs: Readonly<Record<string, readonly string[]>> = { "shop.checkout": ["shop.gift"], "shop.gift": ["shop.limits"] };
    const environments = [{ key: "production", name: "Production", protected: true }];
    fanout.api.tell({ kind: "catalogue", environments, flags: FLAGS.map((flag) => ({ ...flag, dependants: [...(needs[flag.key] ?? [])] })) });
    await settle();
    expect(await ask(fanout, "flag=shop.checkout")).toMatchObject({
      sentence: expect.stringContaining(" Gift and Limits go off with it, because they need it."),
      dependants: ["shop.gift", "shop.limits"],
    });
    expect(await ask(fanout, "of=dependants&name=shop.checkout")).toMatchObject({
      sentence: expect.stringContaining(" Limits goes off with them, because it needs some of them."),
      dependants: ["shop.limits"],
    });
  });

  test("of named customers and one service says that everyone else keeps it", async () => {
    const fanout = await running();
    expect((await ask(fanout, "flag=shop.gift&customer=acme&customer=dome&service=web"))["sentence"]).toBe(
      "Killing it takes Gift away in Production from 1 of the 2 customers you named (acme and dome), only in web; everyone else keeps it. No process is connected there right now; those that come later start without it. It pauses the release Checkout 2.",
    );
  });

  test("a pin is counted as it answers, before what releases give", async () => {
    const pins: FlagForm["pins"] = [
      ["customer", hash("acme"), "off"],
      ["customer", hash("brick"), "off"],
      ["customer", hash("dome"), "on"],
    ];
    const fanout = await running({ pins });
    expect(await ask(fanout, "flag=shop.gift")).toMatchObject({ customers: 2 });
    expect(await ask(fanout, "flag=shop.checkout")).toMatchObject({ customers: 3 });
  });

  test("where rules in Git give it to more than releases do, says so and names no number", async () => {
    const fanout = await running({ rules: [{ if: ["exists", "plan", true], serve: "on" }] });
    const one = await ask(fanout, "flag=shop.gift");
    expect(one["sentence"]).toMatch(
      /^Killing it takes Gift away in Production from everyone who has it now\. Its rules in Git give it to more people than releases do, so they are not counted\. /,
    );
    expect(one["customers"]).toBeUndefined();
    const both = await ask(fanout, "of=release&name=r1");
    expect(both["sentence"]).toContain("Rules in Git give some of them to more people than releases do, so they are not counted.");
    // Only releases decide the other.
    expect((await ask(fanout, "flag=shop.checkout"))["sentence"]).not.toContain("Git");
  });

  test("of what is killed already, or of a target that is not there, says so", async () => {
    const fanout = await running();
    await bulk(fanout, { command: "command-1", of: { kind: "release", name: "r1" } });
    expect((await ask(fanout, "flag=shop.gift"))["sentence"]).toMatch(/^Gift is off in Production already: a kill keeps it off whatever is merged\./);
    expect(await ask(fanout, "of=team&name=nobody")).toMatchObject({ error: { code: "noFlags" } });
  });
});
