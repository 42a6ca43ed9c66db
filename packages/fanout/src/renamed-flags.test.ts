import { describe, expect, test } from "vitest";
import { RunningFanout } from "./testing/running-fanout.ts";
import { settle } from "./testing/test-world.ts";

/** A fan-out that serves `shop.checkout` under the key `shop.basket`, as the API has adopted it; its log knows of the rename. */
async function afterRename(): Promise<RunningFanout> {
  const fanout = await (await new RunningFanout().prepare()).start();
  const facts = {
    kind: "commitAdopted" as const,
    commit: "c2",
    changed: [],
    kept: [],
    aliases: { "shop.checkout": "shop.basket" },
    renamed: [{ from: "shop.checkout", to: "shop.basket" }],
  };
  await fanout.store.append([{ command: "adopt-c2", atMs: 0, facts, personal: { by: "git" } }], 1);
  const form = { rules: [{ serve: "on" as const }], salt: "shop.checkout" };
  const flags = { "shop.basket": form, "shop.checkout": { ...form, aliasOf: "shop.basket" } };
  fanout.api.tell({ kind: "patch", environment: "production", patch: { epoch: fanout.epoch, base: 1, to: 2, set: { flags } }, folded: 2 });
  await settle();
  await fanout.world.advance(3_000);
  return fanout;
}
const BOTH = ["shop.basket", "shop.checkout"];

describe.each(BOTH)("a kill of a renamed flag as %s", (flag) => {
  test("is one event of the flag's key and one patch of both keys; its lift ends both", async () => {
    const fanout = await afterRename();
    const sdk = await fanout.stream();
    const { status, body } = await fanout.kill("command-1", [flag]);
    const kill = String(body["kill"]);
    expect([status, body["flags"]]).toEqual([201, ["shop.basket"]]);
    expect(fanout.database.events.at(-1)?.facts).toMatchObject({ kind: "flagsKilled", flags: ["shop.basket"] });
    expect(sdk.named("patch").at(-1)).toMatchObject({ base: 2, to: 3, set: { kills: { [kill]: { flags: BOTH } } } });
    for (const name of BOTH) expect((await fanout.kill("command-1", [name])).body["kill"]).toBe(kill);
    const lifted = await fanout.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { as: "ada", body: { command: "lift-0001" } });
    expect(lifted.status).toBe(200);
    expect(sdk.named("patch").at(-1)).toMatchObject({ drop: { kills: [kill] } });
  });

  test("goes out for both keys while the database does not answer, and comes into the log as one kill", async () => {
    const fanout = await afterRename();
    const sdk = await fanout.stream();
    fanout.store.trouble = "hangs";
    const { status, body } = await fanout.kill("command-1", [flag]);
    expect([status, body["emergency"]]).toEqual([201, true]);
    expect(sdk.named("urgent")).toMatchObject([{ flags: BOTH, journal: expect.any(String) }]);
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect(fanout.database.events.at(-1)?.facts).toMatchObject({ kind: "flagsKilled", flags: ["shop.basket"], counter: expect.any(Number) });
    expect(sdk.named("patch").at(-1)).toMatchObject({ set: { kills: { [String(body["kill"])]: { flags: BOTH } } } });
  });
});

test("what a kill would take away is asked for by either key", async () => {
  const fanout = await afterRename();
  const asked = BOTH.map((flag) => fanout.jsonIn(400, "GET", `/api/blast-radius?environment=production&flag=${flag}`, { as: "ada" }));
  const [one, other] = await Promise.all(asked);
  expect(one?.body["flags"]).toEqual(["shop.basket"]);
  expect(other?.body).toEqual(one?.body);
});
