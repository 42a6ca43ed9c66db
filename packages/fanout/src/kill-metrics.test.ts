import { expect, test } from "vitest";
import { PROBE_KEY, PROBE_SDK_KEY, RunningFanout } from "./testing/running-fanout.ts";

async function metrics(fanout: RunningFanout): Promise<readonly string[]> {
  const reply = await fanout.ask("GET", "/metrics", { as: "aud" });
  if ("attach" in reply || typeof reply.body !== "string") throw new Error("no text");
  expect([reply.status, reply.headers["content-type"]]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  expect(reply.body.endsWith("\n")).toBe(true);
  return reply.body.split("\n").filter((line) => !line.startsWith("#") && line !== "");
}

test("metrics say whether a kill comes through, how old that is and how long it took, also while the API is gone", async () => {
  const fanout = await new RunningFanout().prepare();
  fanout.api.answer = () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "# TYPE of_the_api gauge\nof_the_api 7\n" });
  await fanout.start();
  expect(await metrics(fanout)).toEqual(["of_the_api 7", "sluice_api_up 1", "sluice_kill_path_late 0"]);
  await fanout.stream({ "sluice-instance": "prober" }, PROBE_SDK_KEY);
  const { flags } = (await fanout.json("GET", "/api/flags", { bearer: PROBE_KEY })).body as { readonly flags: readonly { readonly key: string }[] };
  const wish = { command: "probe-round-1", environment: "sluice-probe", flags: flags.map(({ key }) => key) };
  const { body } = await fanout.jsonIn(400, "POST", "/api/kills", { bearer: PROBE_KEY, body: wish });
  const confirmed = { instance: "prober", epoch: fanout.database.probe.head().epoch, seq: Number(body["seq"]) };
  await fanout.ask("POST", "/sdk/v1/confirm", { bearer: PROBE_SDK_KEY, body: confirmed });
  await fanout.jsonIn(100, "POST", `/api/kills/${String(body["kill"])}/lift`, { bearer: PROBE_KEY, body: { command: "probe-round-1-lift" } });
  // The kill was answered and confirmed after its 400 ms; the lift took 100.
  const well = ["of_the_api 7", "sluice_api_up 1", "sluice_kill_path_late 0", "sluice_kill_path_age_seconds 0.1", "sluice_kill_path_reached_seconds 0.4"];
  expect(await metrics(fanout)).toEqual(well);
  fanout.api.down();
  await fanout.world.advance(150_900);
  expect(await metrics(fanout)).toEqual([
    "sluice_api_up 0",
    "sluice_kill_path_late 1",
    "sluice_kill_path_age_seconds 151",
    "sluice_kill_path_reached_seconds 0.4",
  ]);
});

test("metrics are for people of the project alone", async () => {
  const fanout = await (await new RunningFanout().prepare()).start();
  expect((await fanout.ask("GET", "/metrics")).status).toBe(401);
  expect((await fanout.ask("GET", "/metrics", { bearer: PROBE_KEY })).status).toBe(401);
});
