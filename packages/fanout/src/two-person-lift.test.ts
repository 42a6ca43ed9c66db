import { expect, test } from "vitest";
import { OPERATOR_KEY, RunningFanout } from "./testing/running-fanout.ts";

/** A fan-out whose production says that a lift takes two, or does not. */
async function running(liftNeedsTwo: boolean): Promise<RunningFanout> {
  const fanout = await new RunningFanout().prepare();
  const { everything } = fanout.api;
  fanout.api.everything = () =>
    everything().map((message) =>
      message.kind === "catalogue" ? { ...message, environments: message.environments.map((environment) => ({ ...environment, liftNeedsTwo })) } : message,
    );
  return fanout.start();
}
const lift = (fanout: RunningFanout, kill: string, as: string, command = `lift-by-${as}`): ReturnType<RunningFanout["json"]> =>
  fanout.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { as, body: { command, reason: "mended" } });
const kinds = (fanout: RunningFanout): readonly string[] => fanout.database.events.map(({ facts }) => facts.kind);

test("a lift that takes two waits for a second person, whatever the first repeats", async () => {
  const fanout = await running(true);
  const sdk = await fanout.stream();
  const kill = String((await fanout.kill("command-1")).body["kill"]);
  await fanout.world.advance(61_000);
  expect(await lift(fanout, kill, "ada")).toEqual({ status: 200, body: { seq: 3, waits: true } });
  expect(await lift(fanout, kill, "ada")).toEqual({ status: 200, body: { seq: 3, waits: true } });
  expect(await lift(fanout, kill, "ada", "lift-by-ada-again")).toMatchObject({ status: 409, body: { error: { code: "needsSecondPerson" } } });
  // Who may not lift is no second person, and nobody's undo is a way around.
  for (const person of ["max", "aud"]) expect((await lift(fanout, kill, person)).status, person).toBe(403);
  expect((await fanout.jsonIn(400, "POST", `/api/kills/${kill}/undo`, { as: "ada", body: { command: "undo-by-ada" } })).status).toBe(409);
  expect(kinds(fanout)).toEqual(["projectCreated", "flagsKilled", "liftAsked"]);
  expect((await fanout.json("GET", "/api/kills", { as: "aud" })).body).toMatchObject({ kills: [{ kill, liftAsked: { by: "ada", reason: "mended" } }] });
  expect(sdk.named("patch")).toHaveLength(1);

  await fanout.restart();
  expect((await lift(fanout, kill, "ada", "lift-by-ada-later")).status).toBe(409);
  expect(await lift(fanout, kill, "pia")).toEqual({ status: 200, body: { seq: 4 } });
  expect(kinds(fanout).at(-1)).toBe("killLifted");
  expect((await fanout.json("GET", "/api/kills", { as: "aud" })).body).toEqual({ kills: [] });
});

test("a wish that nobody joined within a day counts for nothing, and is asked anew", async () => {
  const fanout = await running(true);
  const kill = String((await fanout.kill("command-1")).body["kill"]);
  expect((await lift(fanout, kill, "ada")).body).toMatchObject({ waits: true });
  fanout.world.monotonicMs += 24 * 3_600_000 + 1;
  expect((await fanout.json("GET", "/api/kills", { as: "aud" })).body).toMatchObject({ kills: [{ kill }] });
  expect(JSON.stringify((await fanout.json("GET", "/api/kills", { as: "aud" })).body)).not.toContain("liftAsked");
  // Another person begins anew, and the first is a second one by now.
  expect((await lift(fanout, kill, "pia")).body).toMatchObject({ waits: true });
  expect(kinds(fanout)).toEqual(["projectCreated", "flagsKilled", "liftAsked", "liftAsked"]);
  expect((await lift(fanout, kill, "ada", "lift-by-ada-again")).body).toEqual({ seq: 5 });
});

test("the operator is subject to it, and one's own kill is undone within a minute by oneself", async () => {
  const fanout = await running(true);
  const mine = String((await fanout.kill("command-1")).body["kill"]);
  expect((await fanout.jsonIn(400, "POST", `/api/kills/${mine}/undo`, { as: "ada", body: { command: "undo-by-ada" } })).body).toEqual({ seq: 3 });
  const kill = String((await fanout.kill("command-2")).body["kill"]);
  const operator = await fanout.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { bearer: OPERATOR_KEY, body: { command: "lift-by-operator" } });
  expect(operator.body).toMatchObject({ waits: true });
  expect((await fanout.json("GET", "/api/kills", { as: "aud" })).body).toMatchObject({ kills: [{ liftAsked: { by: "the operator of this machine" } }] });
});

test("where nothing is said one person lifts", async () => {
  const fanout = await running(false);
  const kill = String((await fanout.kill("command-1")).body["kill"]);
  expect((await lift(fanout, kill, "pia")).body).toEqual({ seq: 3 });
});

test("the policy holds over a restart with nobody to ask, and a wish that was erased counts for nothing", async () => {
  const fanout = await running(true);
  const kill = String((await fanout.kill("command-1")).body["kill"]);
  await fanout.world.advance(3_000);
  fanout.api.down();
  await fanout.restart();
  expect((await lift(fanout, kill, "ada")).body).toMatchObject({ waits: true });
  await fanout.store.erase(3);
  await fanout.restart();
  expect((await lift(fanout, kill, "pia")).body).toMatchObject({ waits: true });
  expect((await lift(fanout, kill, "ada", "lift-by-ada-again")).body).toEqual({ seq: 5 });
});

test("a lift that waits is refused by whoever may lift: the kill stays, and a lift begins anew", async () => {
  const fanout = await running(true);
  const sdk = await fanout.stream();
  const kill = String((await fanout.kill("command-1")).body["kill"]);
  const refuse = (as: string, command: string): ReturnType<RunningFanout["json"]> =>
    fanout.jsonIn(400, "POST", `/api/kills/${kill}/refuse-lift`, { as, body: { command, reason: "not mended" } });
  expect(await refuse("pia", "refuse-early")).toMatchObject({ status: 409, body: { error: { code: "noLiftAsked" } } });
  expect((await lift(fanout, kill, "ada")).body).toMatchObject({ waits: true });
  for (const person of ["max", "aud"]) expect((await refuse(person, `refuse-by-${person}`)).status, person).toBe(403);
  // Sent twice, as when its answer was lost.
  for (let times = 0; times < 2; times++) expect(await refuse("pia", "refuse-by-pia")).toEqual({ status: 200, body: { seq: 4 } });
  const { kills } = (await fanout.json("GET", "/api/kills", { as: "aud" })).body as { readonly kills: readonly object[] };
  expect(kills).toMatchObject([{ kill, liftRefused: { by: "pia", reason: "not mended" } }]);
  expect(kills[0]).not.toHaveProperty("liftAsked");
  expect(sdk.named("patch")).toHaveLength(1);
  await fanout.restart();
  expect((await lift(fanout, kill, "pia")).body).toEqual({ seq: 5, waits: true });
  expect(await lift(fanout, kill, "ada", "lift-by-ada-again")).toEqual({ status: 200, body: { seq: 6 } });
  expect(kinds(fanout)).toEqual(["projectCreated", "flagsKilled", "liftAsked", "liftRefused", "liftAsked", "killLifted"]);
});

test("a server that was never told whether a lift takes two asks for two, until it is told", async () => {
  const fanout = await running(false);
  const kill = String((await fanout.kill("command-1")).body["kill"]);
  await fanout.world.advance(3_000);
  // A machine that was set up anew, with the API dead: the log alone says what is in force.
  fanout.api.down();
  fanout.disk.files.clear();
  await fanout.restart();
  expect((await lift(fanout, kill, "ada")).body).toEqual({ seq: 3, waits: true });
  expect(kinds(fanout)).toEqual(["projectCreated", "flagsKilled", "liftAsked"]);
  fanout.api.isUp = true;
  await fanout.world.advance(30_000);
  expect((await lift(fanout, kill, "ada", "lift-by-ada-again")).body).toEqual({ seq: 4 });
});

test("with a dead API one person lifts where the disk says that one is enough", async () => {
  const fanout = await running(false);
  const kill = String((await fanout.kill("command-1")).body["kill"]);
  await fanout.world.advance(3_000);
  fanout.api.down();
  await fanout.restart();
  expect((await lift(fanout, kill, "ada")).body).toEqual({ seq: 3 });
});
