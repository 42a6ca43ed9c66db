import { describe, expect, test } from "vitest";
import { OPERATOR_KEY, PROBE_KEY, PROBE_SDK_KEY, RunningFanout, SDK_KEY } from "../testing/running-fanout.ts";

const running = async (): Promise<RunningFanout> => (await new RunningFanout().prepare()).start();
const DAY = 86_400_000;

const health = async (fanout: RunningFanout): Promise<Record<string, unknown>> => (await fanout.json("GET", "/health")).body;
const killPath = async (fanout: RunningFanout): Promise<unknown> => (await health(fanout))["killPath"];

const served = async (fanout: RunningFanout): Promise<unknown> => (await fanout.json("GET", "/sdk/v1/snapshot", { bearer: PROBE_SDK_KEY })).body;

async function flagOf(fanout: RunningFanout): Promise<string> {
  const { body } = await fanout.json("GET", "/api/flags", { bearer: PROBE_KEY });
  return (body["flags"] as readonly { readonly key: string }[])[0]?.key ?? "";
}

type Answer = ReturnType<RunningFanout["jsonIn"]>;
const kill = async (fanout: RunningFanout, command: string, environment = "sluice-probe"): Answer =>
  fanout.jsonIn(400, "POST", "/api/kills", { bearer: PROBE_KEY, body: { command, environment, flags: [await flagOf(fanout)] } });
const lift = (fanout: RunningFanout, id: unknown, command: string): Answer =>
  fanout.jsonIn(400, "POST", `/api/kills/${String(id)}/lift`, { bearer: PROBE_KEY, body: { command } });

/** A client that follows the probe's stream, and says `afterMs` later what it serves. */
async function confirm(fanout: RunningFanout, seq: number, more: { readonly urgent?: readonly string[]; readonly afterMs?: number } = {}): Promise<void> {
  await fanout.world.advance(more.afterMs ?? 0);
  const { epoch } = fanout.database.probe.head();
  const body = { instance: "prober", epoch, seq, urgent: more.urgent ?? [], asked: [], unknown: [] };
  expect((await fanout.ask("POST", "/sdk/v1/confirm", { bearer: PROBE_SDK_KEY, body })).status).toBe(204);
}

/** One round that comes through. */
async function round(fanout: RunningFanout, name: string): Promise<void> {
  const client = await fanout.stream({ "sluice-instance": "prober" }, PROBE_SDK_KEY);
  const killed = await kill(fanout, name);
  await confirm(fanout, Number(killed.body["seq"] ?? fanout.database.probe.head().seq));
  await lift(fanout, killed.body["kill"], `${name}-lift`);
  client.gone();
}

describe("the probe of kills", () => {
  test("kills and lifts a flag that nobody has, over its client's stream, in a log beside the project's", async () => {
    const fanout = await running();
    const [client, shop] = [await fanout.stream({ "sluice-instance": "prober" }, PROBE_SDK_KEY), await fanout.stream()];
    const flag = await flagOf(fanout);
    expect(await served(fanout)).toMatchObject({ environment: "sluice-probe", flags: { [flag]: { rules: [{ serve: "on" }] } } });
    const before = fanout.database.events.length;
    const killed = await kill(fanout, "probe-command-1");
    const id = String(killed.body["kill"]);
    expect(killed).toMatchObject({ status: 201, body: { flags: [flag], seq: 2, emergency: false } });
    expect(client.named("patch")).toMatchObject([{ to: 2, set: { kills: { [id]: { flags: [flag] } } } }]);
    await confirm(fanout, 2, { afterMs: 7 });
    expect(await lift(fanout, id, "probe-command-2")).toMatchObject({ status: 200 });
    expect(client.named("patch")[1]).toMatchObject({ to: 3, drop: { kills: [id] } });
    // The kill was answered after its 400 ms, and confirmed 7 later; the lift took 400.
    expect(await killPath(fanout)).toEqual({ environment: "sluice-probe", ageMs: 400, reachedMs: 407, tried: 1, confirmed: 1, isLate: false });
    expect(fanout.database.events).toHaveLength(before);
    expect(shop.named("patch")).toEqual([]);
    expect(fanout.database.probe.events.map(({ facts }) => facts.kind)).toEqual(["projectCreated", "flagsKilled", "killLifted"]);
  });

  test("goes the emergency way each tenth time, by its journal and urgent frames, and nobody is alarmed for it", async () => {
    const fanout = await running();
    for (let at = 1; at < 10; at++) await round(fanout, `probe-round-${at}`);
    const client = await fanout.stream({ "sluice-instance": "prober" }, PROBE_SDK_KEY);
    const killed = await kill(fanout, "probe-round-10");
    const id = String(killed.body["kill"]);
    expect(killed).toMatchObject({ status: 201, body: { emergency: true } });
    expect(client.named("urgent")).toMatchObject([{ id }]);
    await confirm(fanout, fanout.database.probe.head().seq, { urgent: [id] });
    await fanout.world.advance(5_000);
    expect(await lift(fanout, id, "probe-round-10-lift")).toMatchObject({ status: 200 });
    const facts = fanout.database.probe.events.map(({ facts: one }) => one.kind);
    expect([facts.filter((kind) => kind === "flagsKilled").length, facts.filter((kind) => kind === "killLifted").length]).toEqual([10, 10]);
    const path = (await killPath(fanout)) as Record<string, unknown>;
    expect([path["tried"], path["confirmed"], path["isEmergency"], path["isLate"]]).toEqual([10, 10, undefined, false]);
    expect((await kill(fanout, "probe-round-11")).body["emergency"]).toBe(false);
  });

  test("goes on in an epoch of its own after a database has lost the end of its log", async () => {
    const fanout = await running();
    await round(fanout, "probe-command-1");
    const killed = await kill(fanout, "probe-command-2");
    const { epoch } = fanout.database.probe.head();
    fanout.database.probe.events.splice(1);
    fanout.database.probe.commands.clear();
    await fanout.world.advance(3_000);
    const { seen, ...now } = (await served(fanout)) as { readonly seen: unknown };
    expect(now).toMatchObject({ replaces: [epoch], seq: 2, epoch: fanout.database.probe.head().epoch });
    expect(seen).toEqual({ [epoch]: Number(killed.body["seq"]) });
    // The kill that is lost is over, and not in force beside the new epoch.
    expect((await fanout.json("GET", "/sdk/v1/urgent", { bearer: PROBE_SDK_KEY })).body).toEqual({ urgent: [] });
    await round(fanout, "probe-command-3");
    expect(await killPath(fanout)).toMatchObject({ confirmed: 2, isLate: false });
  });

  test("is let into its own project alone, and nobody else into it", async () => {
    const fanout = await running();
    const flag = await flagOf(fanout);
    expect((await kill(fanout, "probe-command-1", "production")).status).toBe(401);
    expect((await fanout.json("GET", "/api/kills", { bearer: PROBE_KEY })).status).toBe(401);
    expect((await fanout.json("GET", "/api/console-stream", { bearer: PROBE_KEY })).status).toBe(401);
    expect((await fanout.json("GET", "/api/flags", { bearer: PROBE_SDK_KEY })).status).toBe(401);
    const body = { command: "command-9", environment: "sluice-probe", flags: [flag] };
    expect((await fanout.jsonIn(400, "POST", "/api/kills", { bearer: OPERATOR_KEY, body })).status).toBe(404);
    expect((await fanout.jsonIn(400, "POST", "/api/kills", { as: "ada", body })).status).toBe(404);
    const snapshot = await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY });
    expect(snapshot.body["environment"]).toBe("production");
    expect(JSON.stringify((await fanout.json("GET", "/api/environments", { as: "ada" })).body)).not.toContain("probe");
    expect(JSON.stringify((await fanout.json("GET", "/api/flags", { as: "ada" })).body)).not.toContain("probe");
  });

  test("is late where no kill has come through for two and a half minutes, and says when one does again", async () => {
    const fanout = await running();
    await round(fanout, "probe-round-1");
    await fanout.world.advance(149_000);
    expect(await health(fanout)).toMatchObject({ status: "ok", killPath: { isLate: false } });
    // It was taken, and no client ever had it.
    const lost = await kill(fanout, "probe-round-2");
    await lift(fanout, lost.body["kill"], "probe-round-2-lift");
    await fanout.world.advance(2_000);
    expect(await health(fanout)).toMatchObject({ status: "degraded", killPath: { isLate: true, tried: 2, confirmed: 1 } });
    await round(fanout, "probe-round-3");
    expect(await health(fanout)).toMatchObject({ status: "ok", killPath: { isLate: false, tried: 3, confirmed: 2 } });
  });

  test("goes the emergency way while the store hangs, by a journal of its own, and is adopted once", async () => {
    const fanout = await running();
    const client = await fanout.stream({ "sluice-instance": "prober" }, PROBE_SDK_KEY);
    fanout.store.trouble = "hangs";
    const killed = await kill(fanout, "probe-command-1");
    const id = String(killed.body["kill"]);
    expect(killed).toMatchObject({ status: 201, body: { emergency: true } });
    expect(client.named("urgent")).toMatchObject([{ id, flags: [await flagOf(fanout)] }]);
    expect(await health(fanout)).toMatchObject({ fanout: { emergencyKillsWaiting: 0 } });
    await confirm(fanout, 1, { urgent: [id] });
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect(await lift(fanout, id, "probe-command-2")).toMatchObject({ status: 200 });
    expect(fanout.database.probe.events.filter(({ facts }) => facts.kind === "flagsKilled")).toHaveLength(1);
    expect(await killPath(fanout)).toMatchObject({ confirmed: 1, isEmergency: true, isLate: false });
  });

  test("is late where none comes through by urgent frames alone, though all others do", async () => {
    const fanout = await running();
    // Each tenth reaches its client only when the log has it: its urgent frame was lost.
    const rounds = async (from: number, to: number, urgent: boolean): Promise<void> => {
      for (let at = from; at <= to; at += 1) {
        const client = await fanout.stream({ "sluice-instance": "prober" }, PROBE_SDK_KEY);
        // Before the log is tried again.
        const body = { command: `probe-round-${at}`, environment: "sluice-probe", flags: [await flagOf(fanout)] };
        const killed = await fanout.jsonIn(100, "POST", "/api/kills", { bearer: PROBE_KEY, body });
        const isEmergency = killed.body["emergency"] === true;
        if (isEmergency && urgent) await confirm(fanout, fanout.database.probe.head().seq, { urgent: [String(killed.body["kill"])] });
        else await confirm(fanout, Number(killed.body["seq"] ?? 0), { afterMs: 10_000 });
        if (isEmergency && !urgent) await confirm(fanout, fanout.database.probe.head().seq);
        await lift(fanout, killed.body["kill"], `probe-round-${at}-lift`);
        client.gone();
        await fanout.world.advance(60_000 - (fanout.world.monotonicMs % 60_000));
      }
    };
    await rounds(1, 24, false);
    expect(await health(fanout)).toMatchObject({ status: "ok", killPath: { isLate: false, confirmed: 24 } });
    await rounds(25, 26, false);
    expect(await health(fanout)).toMatchObject({ status: "degraded", killPath: { isLate: true, isEmergencyLate: true, confirmed: 26 } });
    await fanout.world.advance(20_000);
    expect(fanout.world.lines.filter((line) => line.startsWith("error probe.emergencyLate"))).toHaveLength(1);
    await rounds(27, 30, true);
    expect(await health(fanout)).toMatchObject({ status: "ok", killPath: { isLate: false } });
    expect(await killPath(fanout)).not.toHaveProperty("isEmergencyLate");
  });

  test("comes through again after an outage in which it could not lift, whoever ran meanwhile", async () => {
    const fanout = await running();
    await round(fanout, "probe-round-1");
    const killed = await kill(fanout, "probe-round-2");
    fanout.store.trouble = "refuses";
    expect(await lift(fanout, killed.body["kill"], "probe-round-2-lift")).toMatchObject({ status: 503 });
    await fanout.world.advance(120_000);
    fanout.store.trouble = "none";
    await fanout.world.advance(60_000);
    expect(((await served(fanout)) as { readonly kills?: object }).kills).toEqual({});
    await round(fanout, "probe-round-3");
    expect(await killPath(fanout)).toMatchObject({ confirmed: 2, isLate: false });
    // Taken by the journal alone, before a start that finds no store either.
    fanout.store.trouble = "refuses";
    expect(await kill(fanout, "probe-round-4")).toMatchObject({ body: { emergency: true } });
    await fanout.restart("refuses");
    await fanout.world.advance(60_000);
    fanout.store.trouble = "none";
    await fanout.world.advance(120_000);
    await round(fanout, "probe-round-5");
    expect(fanout.database.probe.events.map(({ facts }) => facts.kind).slice(1)).toEqual(Array.from({ length: 5 }, () => ["flagsKilled", "killLifted"]).flat());
    expect((await fanout.json("GET", "/sdk/v1/urgent", { bearer: PROBE_SDK_KEY })).body).toEqual({ urgent: [] });
    expect(((await served(fanout)) as { readonly kills?: object }).kills).toEqual({});
  });

  test("lifts what an earlier life left killed", async () => {
    const fanout = await running();
    await kill(fanout, "probe-command-1");
    await fanout.restart();
    await fanout.world.advance(1_000);
    expect(await served(fanout)).toMatchObject({ seq: 3, kills: {} });
    expect(await killPath(fanout)).toMatchObject({ tried: 0, confirmed: 0 });
  });

  test("keeps its log for seven days, and goes on behind what it forgot", async () => {
    const fanout = await running();
    await round(fanout, "probe-round-1");
    fanout.world.monotonicMs += 6 * DAY;
    await round(fanout, "probe-round-2");
    fanout.world.monotonicMs += DAY;
    await fanout.world.advance(1_000);
    const { events } = fanout.database.probe;
    expect(events.map(({ seq, command }) => [seq, command])).toEqual([
      [4, "probe-round-2"],
      [5, "probe-round-2-lift"],
    ]);
    await fanout.restart();
    await round(fanout, "probe-round-3");
    expect(fanout.database.probe.events.map(({ seq }) => seq)).toEqual([4, 5, 6, 7]);
    expect(await killPath(fanout)).toMatchObject({ tried: 1, confirmed: 1 });
  });
});
