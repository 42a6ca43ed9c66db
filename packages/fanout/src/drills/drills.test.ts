import { describe, expect, test } from "vitest";
import { secretHash } from "@sluice/store";
import { FLAGS, RunningFanout, SDK_KEY } from "../testing/running-fanout.ts";
import { settle, TestSink } from "../testing/test-world.ts";

const DAY = 86_400_000;
const PRODUCTION = { key: "production", name: "Production", protected: true };

const RELAY_KEY = "slr_0123456789012345678901234567890123456789012";

async function running(every?: number): Promise<RunningFanout> {
  const fanout = await new RunningFanout(undefined, { relayKeys: [{ hash: secretHash(RELAY_KEY), environments: [] }] }).prepare();
  const { everything } = fanout.api;
  const drills = [{ environment: "production", flag: "shop.gift", ...(every === undefined ? {} : { every }) }];
  // A feed that is connected again says all of it again.
  fanout.api.everything = () => everything().map((message) => (message.kind === "catalogue" ? { ...message, drills } : message));
  return fanout.start();
}

const begin = (fanout: RunningFanout, command: string, as = "ada", environment = "production"): ReturnType<RunningFanout["jsonIn"]> =>
  fanout.jsonIn(50, "POST", "/api/drills", { as, body: { command, environment } });
const codeOf = ({ body }: { readonly body: Record<string, unknown> }): unknown => (body["error"] as { readonly code?: unknown } | undefined)?.code;
const drillIn = async (fanout: RunningFanout): Promise<unknown> =>
  ((await fanout.json("GET", "/api/drills", { as: "aud" })).body["drills"] as readonly unknown[])[0];
const factsIn = (fanout: RunningFanout): readonly unknown[] => fanout.database.events.map((event) => event.facts);

async function confirm(fanout: RunningFanout, instance: string, seq: number): Promise<void> {
  const body = { instance, epoch: fanout.epoch, seq, urgent: [], asked: [], unknown: [] };
  expect((await fanout.ask("POST", "/sdk/v1/confirm", { bearer: SDK_KEY, body })).status).toBe(204);
}

describe("a drill", () => {
  test("kills its flag for everybody, waits for the last process, lifts it and writes down what came of it", async () => {
    const fanout = await running();
    const [one] = [await fanout.stream({ "sluice-instance": "i1" }), await fanout.stream({ "sluice-instance": "i2" })];
    const { status, body } = await begin(fanout, "drill-command-1");
    const kill = String(body["kill"]);
    expect({ status, flags: body["flags"] }).toEqual({ status: 201, flags: ["shop.gift"] });
    expect(one.named("patch")).toMatchObject([{ to: 2, set: { kills: { [kill]: { flags: ["shop.gift"] } } } }]);
    expect(await drillIn(fanout)).toEqual({ environment: "production", flag: "shop.gift", running: kill });
    await confirm(fanout, "i1", 2);
    await fanout.world.advance(950);
    expect(factsIn(fanout)).toHaveLength(2);
    await confirm(fanout, "i2", 2);
    await fanout.world.advance(1_000);
    // Asked at 0; the second process confirmed 950 + 50 ms later.
    expect(factsIn(fanout).slice(1)).toEqual([
      expect.objectContaining({ kind: "flagsKilled", kill, flags: ["shop.gift"], drill: true }),
      { kind: "killLifted", kill, environment: "production" },
      { kind: "drillEnded", kill, environment: "production", of: 2, confirmed: 2, allMs: 1_000 },
    ]);
    expect(fanout.database.events.slice(1).map(({ personal }) => personal?.by)).toEqual(["ada", "ada", "ada"]);
    expect(await drillIn(fanout)).toMatchObject({ last: { kill, of: 2, confirmed: 2, allMs: 1_000 } });
    const history = await fanout.jsonIn(50, "GET", "/api/kills/history", { as: "aud" });
    expect(history.body["kills"]).toMatchObject([{ kill, isDrill: true, lifted: { isUndo: false } }]);
  });

  test("with a customer is for that one alone, and is seen by everybody's process all the same", async () => {
    const fanout = await running();
    fanout.api.tell({
      kind: "catalogue",
      flags: FLAGS,
      environments: [PRODUCTION],
      drills: [{ environment: "production", flag: "shop.gift", customer: "our-tenant" }],
    });
    await settle();
    const sdk = await fanout.stream({ "sluice-instance": "i1" });
    const { body } = await begin(fanout, "drill-command-1");
    const kill = String(body["kill"]);
    const [patch] = sdk.named("patch") as readonly {
      readonly to: number;
      readonly set: { readonly kills: Record<string, object> };
    }[];
    // Who it is stands in the person's part of the log alone; SDKs get the hash by the environment's salt (semantics 6).
    expect(patch?.set.kills[kill]).toMatchObject({ flags: ["shop.gift"], scope: { customers: [expect.stringMatching(/^[\w-]{10,}$/)] } });
    expect(JSON.stringify(patch)).not.toContain("our-tenant");
    await confirm(fanout, "i1", patch?.to ?? 0);
    await fanout.world.advance(1_000);
    expect(factsIn(fanout).slice(1)).toMatchObject([
      { kind: "flagsKilled", drill: true, scope: { customers: [expect.any(String)] } },
      { kind: "killLifted", kill },
      { kind: "drillEnded", of: 1, confirmed: 1 },
    ]);
    expect(fanout.database.events[1]?.personal).toMatchObject({ customers: ["our-tenant"] });
    expect(await drillIn(fanout)).toMatchObject({ customer: "our-tenant", last: { of: 1, confirmed: 1 } });
  });

  test("says who did not confirm in half a minute, and lifts all the same, also where a lift takes two", async () => {
    const fanout = await running();
    fanout.api.tell({
      kind: "catalogue",
      flags: FLAGS,
      environments: [{ ...PRODUCTION, liftNeedsTwo: true }],
      drills: [{ environment: "production", flag: "shop.gift" }],
    });
    await settle();
    await fanout.stream({ "sluice-instance": "deaf" });
    const { body } = await begin(fanout, "drill-command-1");
    await fanout.world.advance(31_000);
    const kill = String(body["kill"]);
    expect(factsIn(fanout).slice(2)).toEqual([
      { kind: "killLifted", kill, environment: "production" },
      { kind: "drillEnded", kill, environment: "production", of: 1, confirmed: 0 },
    ]);
  });

  test("is not whole while a relay is cut off, whoever else has confirmed: its receipt and what is written down say the same", async () => {
    const fanout = await running();
    await fanout.stream({ "sluice-instance": "i1" });
    const headers = { "sluice-relay": "eu-west" };
    const feed = await fanout.ask("GET", "/relay/v1/feed", { bearer: RELAY_KEY, headers });
    if (!("attach" in feed)) throw new Error(`status ${feed.status}`);
    const cut = feed.attach(new TestSink());
    const behind = (instance: string): object => ({ environment: "production", instance, isOpen: true, epoch: fanout.epoch, seq: 1, urgent: [] });
    const serves = [{ environment: "production", epoch: fanout.epoch, seq: 1, urgent: [], pages: 0 }];
    const report = { isWhole: true, serves, instances: [behind("r1"), behind("r2")], asked: [] };
    expect((await fanout.ask("POST", "/relay/v1/report", { bearer: RELAY_KEY, headers, body: report })).status).toBe(204);
    cut();
    await fanout.world.advance(40_000);
    const { body } = await begin(fanout, "drill-command-1");
    await confirm(fanout, "i1", 2);
    await fanout.world.advance(1_000);
    const kill = String(body["kill"]);
    const receipt = await fanout.json("GET", `/api/kills/${kill}/receipt`, { as: "aud" });
    expect(receipt.body).toMatchObject({ of: 1, confirmed: 1, done: false, relays: [{ relay: "eu-west", connected: false, instances: 2 }] });
    await fanout.world.advance(32_000);
    expect(factsIn(fanout).slice(2)).toEqual([
      { kind: "killLifted", kill, environment: "production" },
      { kind: "drillEnded", kill, environment: "production", of: 1, confirmed: 1, cutOff: 1 },
    ]);
    expect(await drillIn(fanout)).toMatchObject({ last: { of: 1, confirmed: 1, cutOff: 1 } });
    const [past] = (await fanout.jsonIn(50, "GET", "/api/kills/history", { as: "aud" })).body["kills"] as readonly { readonly reach: object }[];
    expect(past?.reach).not.toHaveProperty("allMs");
  });

  test("is refused without a drill in sluice.yaml, while one goes on, and to who may not kill; asked again it is the same", async () => {
    const fanout = await running();
    await fanout.stream();
    expect(codeOf(await begin(fanout, "drill-command-1", "ada", "staging"))).toBe("noDrill");
    expect((await begin(fanout, "drill-command-2", "aud")).status).toBe(403);
    const first = await begin(fanout, "drill-command-3");
    expect((await begin(fanout, "drill-command-3")).body["kill"]).toBe(first.body["kill"]);
    expect(codeOf(await begin(fanout, "drill-command-4"))).toBe("drillRunning");
    expect(
      codeOf(
        await fanout.jsonIn(50, "POST", "/api/kills", { as: "ada", body: { command: "k-1", environment: "production", flags: ["shop.gift"], drill: true } }),
      ),
    ).toBe("badRequest");
  });

  test("begins by itself when it is due and somebody is connected, once for each time", async () => {
    const fanout = await running(7);
    await fanout.world.advance(120_000);
    expect(factsIn(fanout)).toHaveLength(1);
    const sdk = await fanout.stream({ "sluice-instance": "i1" });
    await fanout.world.advance(61_000);
    const [kill] = sdk.named("patch") as readonly { readonly to: number }[];
    await confirm(fanout, "i1", kill?.to ?? 0);
    await fanout.world.advance(1_000);
    expect(factsIn(fanout).slice(1)).toMatchObject([{ kind: "flagsKilled", drill: true }, { kind: "killLifted" }, { kind: "drillEnded", of: 1, confirmed: 1 }]);
    expect(fanout.database.events[1]?.personal?.by).toBe("drill");
    fanout.world.monotonicMs += 6 * DAY;
    await fanout.world.advance(61_000);
    expect(factsIn(fanout)).toHaveLength(4);
    fanout.world.monotonicMs += DAY;
    await fanout.world.advance(61_000);
    // Nobody confirmed the second in half a minute.
    expect(factsIn(fanout).slice(4)).toMatchObject([{ kind: "flagsKilled", drill: true }, { kind: "killLifted" }, { kind: "drillEnded", of: 1, confirmed: 0 }]);
  });

  test("that its process did not live to end is ended by the next; a kill that is none stays", async () => {
    const fanout = await running();
    await fanout.stream({ "sluice-instance": "i1" });
    const { body } = await begin(fanout, "drill-command-1");
    await fanout.kill("command-1", ["shop.checkout"]);
    await fanout.restart();
    await fanout.world.advance(2_000);
    const kill = String(body["kill"]);
    expect(factsIn(fanout).slice(3)).toMatchObject([
      { kind: "killLifted", kill },
      { kind: "drillEnded", kill, of: 0, confirmed: 0 },
    ]);
    const inForce = await fanout.jsonIn(300, "GET", "/api/kills", { as: "ada" });
    expect(inForce.body["kills"]).toMatchObject([{ flags: ["shop.checkout"] }]);
  });

  test("goes the emergency way like any kill, and is ended when the log has it", async () => {
    const fanout = await running();
    const sdk = await fanout.stream({ "sluice-instance": "i1" });
    fanout.store.trouble = "hangs";
    const asked = fanout.jsonIn(400, "POST", "/api/drills", { as: "ada", body: { command: "drill-command-1", environment: "production" } });
    const { body } = await asked;
    expect(body).toMatchObject({ emergency: true });
    expect(sdk.named("urgent")).toMatchObject([{ flags: ["shop.gift"] }]);
    const confirmed = { instance: "i1", epoch: fanout.epoch, seq: 1, urgent: [String(body["kill"])], asked: [], unknown: [] };
    await fanout.ask("POST", "/sdk/v1/confirm", { bearer: SDK_KEY, body: confirmed });
    await fanout.world.advance(3_000);
    fanout.store.trouble = "none";
    await fanout.world.advance(20_000);
    expect(factsIn(fanout).slice(1)).toMatchObject([{ kind: "flagsKilled", drill: true }, { kind: "killLifted" }, { kind: "drillEnded", of: 1, confirmed: 1 }]);
  });

  test("that meets an outage of minutes is ended when the database is back, and the next can begin", async () => {
    const fanout = await running();
    await fanout.stream({ "sluice-instance": "i1" });
    const { body } = await begin(fanout, "drill-command-1");
    await fanout.world.advance(1_000);
    fanout.store.trouble = "refuses";
    await fanout.world.advance(5 * 60_000);
    expect(factsIn(fanout)).toHaveLength(2);
    fanout.store.trouble = "none";
    await fanout.world.advance(5 * 60_000);
    const kill = String(body["kill"]);
    expect(factsIn(fanout).slice(2)).toMatchObject([
      { kind: "killLifted", kill },
      { kind: "drillEnded", kill },
    ]);
    expect((await begin(fanout, "drill-command-2")).status).toBe(201);
  });

  test("that another server began and did not live to end is ended by one that runs", async () => {
    const fanout = await running();
    const second = fanout.beside();
    await second.start();
    await second.stream({ "sluice-instance": "i1" });
    const { body } = await begin(second, "drill-command-1");
    await second.world.advance(1_000);
    second.fanout.stop();
    await fanout.world.advance(5 * 60_000);
    expect(factsIn(fanout).slice(1)).toMatchObject([
      { kind: "flagsKilled", drill: true },
      { kind: "killLifted", kill: body["kill"] },
      { kind: "drillEnded", kill: body["kill"] },
    ]);
  });

  test("that neither the database nor the journal could write down is ended like any other", async () => {
    const fanout = await running();
    const sdk = await fanout.stream({ "sluice-instance": "i1" });
    fanout.store.trouble = "refuses";
    fanout.disk.isJournalBroken = true;
    const { status } = await begin(fanout, "drill-command-1");
    expect(status).toBe(503);
    const [sent] = sdk.named("urgent") as readonly { readonly id: string }[];
    fanout.store.trouble = "none";
    await fanout.world.advance(45_000);
    expect(factsIn(fanout).slice(1)).toMatchObject([
      { kind: "flagsKilled", drill: true, kill: sent?.id },
      { kind: "killLifted", kill: sent?.id },
      { kind: "drillEnded", kill: sent?.id },
    ]);
  });

  test("is kept from beginning or ending by nobody who uses its command before it does", async () => {
    const fanout = await running(7);
    const sdk = await fanout.stream({ "sluice-instance": "i1" });
    const day = Math.floor(fanout.world.clock.nowMs() / DAY);
    const refused = { status: 400, body: { error: { code: "badRequest", field: "command" } } };
    expect(await fanout.kill(`drill-production-${day}-${day}`, ["shop.checkout"])).toMatchObject(refused);
    await fanout.world.advance(61_000);
    const [patch] = sdk.named("patch") as readonly { readonly to: number; readonly set: { readonly kills: Record<string, object> } }[];
    const [drill] = Object.keys(patch?.set.kills ?? {});
    expect(await fanout.kill(`${String(drill)}-drill-over`, ["shop.checkout"])).toMatchObject(refused);
    await confirm(fanout, "i1", patch?.to ?? 0);
    await fanout.world.advance(1_000);
    expect(fanout.database.events.slice(1).map(({ command, facts }) => [command, facts.kind])).toEqual([
      [`drill-production-${day}-${day}`, "flagsKilled"],
      [`${String(drill)}-drill-over`, "killLifted"],
      [`${String(drill)}-drill-over`, "drillEnded"],
    ]);
  });
});
