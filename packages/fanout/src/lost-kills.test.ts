import { foldEvents, type Proposal } from "@sluice/releases";
import { LogFollower } from "@sluice/store";
import { describe, expect, test } from "vitest";
import { LostKills } from "./lost-kills.ts";
import { RunningFanout, SDK_KEY } from "./testing/running-fanout.ts";
import { settle } from "./testing/test-world.ts";

const CHECKOUT = "shop.checkout";
const GIFT = "shop.gift";
const LIMITS = "shop.limits";

interface Two {
  readonly first: RunningFanout;
  readonly second: RunningFanout;
}

/** Two processes of one database, each of which has read the log's beginning. */
async function two(): Promise<Two> {
  const first = await (await new RunningFanout().prepare()).start();
  return { first, second: await first.beside().start() };
}

const killed = async (fanout: RunningFanout, command: string, flag: string): Promise<string> => String((await fanout.kill(command, [flag])).body["kill"]);

/** The database comes back with so many of its events. */
function lose({ database }: RunningFanout, kept: number): void {
  for (const { command } of database.events.splice(kept)) database.commands.delete(command);
}

/** The second finds the loss and begins the new epoch while the first cannot reach the database. */
async function secondBegins({ first, second }: Two, kept: number): Promise<void> {
  first.store.trouble = "refuses";
  lose(first, kept);
  second.store.trouble = "none";
  await second.world.advance(3_000);
}

const logOf = ({ database }: RunningFanout): readonly string[] =>
  database.events.map(({ facts }) => (facts.kind === "flagsKilled" || facts.kind === "killLifted" ? `${facts.kind} ${facts.kill}` : facts.kind));

const inForce = ({ database }: RunningFanout): readonly string[] =>
  foldEvents(database.events)
    .environments["production"]?.kills.entriesSorted()
    .map(([id]) => id) ?? [];

/** Whatever an SDK has off that comes by now: what the snapshot lists, and what stands beside it. */
async function killsServed(fanout: RunningFanout): Promise<readonly string[]> {
  const { body } = await fanout.json("GET", "/sdk/v1/snapshot", { bearer: SDK_KEY });
  const { urgent } = (await fanout.json("GET", "/sdk/v1/urgent", { bearer: SDK_KEY })).body as { readonly urgent: readonly { readonly id: string }[] };
  return [...new Set([...Object.keys({ ...(body["kills"] as object | undefined) }), ...urgent.map(({ id }) => id)])].sort();
}

/** What the API of a process compiles of the log's newest epoch, up to `seq`. */
function publish(fanout: RunningFanout, seq: number, kills: Readonly<Record<string, { readonly flags: readonly string[] }>>): void {
  const { epoch, replaces } = foldEvents(fanout.database.events);
  fanout.api.tell({ kind: "snapshot", environment: "production", snapshot: fanout.snapshot(seq, { epoch, replaces, kills }), folded: seq });
}

describe("kills that one of two processes alone knew when the other began the new epoch", () => {
  test("hold where they were served, enter the log once, and reach the other from there", async () => {
    const both = await two();
    const { first, second } = both;
    const known = await killed(first, "command-1", CHECKOUT);
    await second.world.advance(1_000);
    second.store.trouble = "refuses";
    const alone = await killed(first, "command-2", GIFT);
    await secondBegins(both, 1);
    expect(logOf(first)).toEqual(["projectCreated", "epochStarted", `flagsKilled ${known}`]);
    publish(second, 3, { [known]: { flags: [CHECKOUT] } });
    await settle();
    first.store.trouble = "none";
    const client = await first.stream();
    await first.world.advance(3_000);
    expect(logOf(first)).toEqual(["projectCreated", "epochStarted", `flagsKilled ${known}`, `flagsKilled ${alone}`]);
    expect(await killsServed(second)).toEqual([known, alone].sort());
    expect(await killsServed(first)).toEqual([known, alone].sort());
    publish(first, 3, { [known]: { flags: [CHECKOUT] } });
    await first.world.advance(3_000);
    expect(await killsServed(first)).toEqual([known, alone].sort());
    expect(logOf(first)).toHaveLength(4);
    expect(client.named("reset").length).toBeGreaterThan(0);
    // And it ends as any other does.
    expect(await second.jsonIn(400, "POST", `/api/kills/${alone}/lift`, { as: "ada", body: { command: "lift-command-1" } })).toMatchObject({ status: 200 });
    await first.world.advance(2_000);
    expect([await killsServed(first), await killsServed(second), inForce(first)]).toEqual([[known], [known], [known]]);
  });

  test("enter it also where that process ended before the loss and comes back later", async () => {
    const both = await two();
    const { first, second } = both;
    second.store.trouble = "refuses";
    const alone = await killed(first, "command-1", CHECKOUT);
    await first.world.advance(2_000);
    first.fanout.stop();
    // It had seen a kill of which the second has no trace; of the second's own, nothing is lost but the place.
    second.store.trouble = "none";
    await second.world.advance(1_000);
    await killed(second, "command-2", GIFT);
    second.store.trouble = "refuses";
    const late = await killed(first, "command-3", LIMITS);
    await first.world.advance(2_000);
    await secondBegins(both, 1);
    await first.restart();
    expect(inForce(first)).toEqual(expect.arrayContaining([alone, late]));
    expect(logOf(first).filter((one) => one === "epochStarted")).toHaveLength(1);
  });

  test("are not those that the log still had, and that somebody has lifted since", async () => {
    const both = await two();
    const { first, second } = both;
    const lasting = await killed(first, "command-1", CHECKOUT);
    const known = await killed(first, "command-2", GIFT);
    await second.world.advance(2_000);
    second.store.trouble = "refuses";
    const alone = await killed(first, "command-3", LIMITS);
    await first.world.advance(2_000);
    first.fanout.stop();
    await secondBegins(both, 2);
    expect(logOf(second)).toEqual(["projectCreated", `flagsKilled ${lasting}`, "epochStarted", `flagsKilled ${known}`]);
    expect(await second.jsonIn(400, "POST", `/api/kills/${lasting}/lift`, { as: "ada", body: { command: "lift-command-1" } })).toMatchObject({ status: 200 });
    await first.restart();
    await first.world.advance(2_000);
    expect(inForce(first)).toEqual([known, alone].sort());
  });

  test("are not those whose end the other had seen", async () => {
    const both = await two();
    const { first, second } = both;
    const kill = await killed(first, "command-1", CHECKOUT);
    await first.world.advance(2_000);
    first.store.trouble = "refuses";
    first.fanout.stop();
    await second.world.advance(1_000);
    expect(await second.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { as: "ada", body: { command: "lift-command-1" } })).toMatchObject({ status: 200 });
    await second.world.advance(2_000);
    await secondBegins(both, 1);
    await first.restart();
    await first.world.advance(2_000);
    expect(logOf(first)).toEqual(["projectCreated", "epochStarted"]);
  });

  test("are those of the API too, which may have read further than the process that serves them", async () => {
    const { first } = await two();
    const { epoch } = first;
    const kill = "k0123456789ab";
    first.api.tell({ kind: "snapshot", environment: "production", snapshot: first.snapshot(2, { kills: { [kill]: { flags: [GIFT] } } }), folded: 2 });
    await settle();
    const facts = { kind: "epochStarted", epoch: "e2", replaces: [epoch] } as const;
    await first.store.append([{ command: "epoch-e2", atMs: 0, facts, personal: { by: "server" } }], 1);
    await settle();
    expect(logOf(first)).toEqual(["projectCreated", "epochStarted"]);
    publish(first, 2, {});
    await first.world.advance(2_000);
    expect(logOf(first)).toEqual(["projectCreated", "epochStarted", `flagsKilled ${kill}`]);
    expect(await killsServed(first)).toEqual([kill]);
  });
});

test("a kill that entered the log long ago and was lifted keeps no other out that is offered with it", async () => {
  const { first } = await two();
  const { world, store, epoch } = first;
  const log = new LogFollower(world, store);
  const propose = (command: string, facts: Proposal["facts"]): Proposal => ({ command, atMs: 0, facts, personal: { by: "server" } });
  const kill = (id: string): Proposal["facts"] => ({ kind: "flagsKilled", kill: id, environment: "production", flags: [GIFT] });
  await store.append(
    [
      propose("epoch-e2", { kind: "epochStarted", epoch: "e2", replaces: [epoch] }),
      propose("kept-k1", kill("k1")),
      propose("lift-1", { kind: "killLifted", kill: "k1", environment: "production" }),
    ],
    1,
  );
  // More commands than the fold remembers.
  for (let at = 0; at < 1_100; at += 100)
    await store.append(
      Array.from({ length: 100 }, (_, one) => propose(`other-${at + one}`, { kind: "freezeEnded", freeze: `f${at + one}` })),
      undefined,
    );
  const kills = new LostKills({ world, store, log });
  const offered = ["k1", "k2"].map((id) => ({ id, environment: "production", epoch, seq: 9, flags: [GIFT] }));
  expect(await kills.keep(offered)).toBe(true);
  expect(inForce(first)).toEqual(["k2"]);
  // Nor is one that is lost once more taken for known.
  lose(first, 2);
  await store.append([propose("other", { kind: "freezeEnded", freeze: "f" })], undefined);
  const again = new LogFollower(world, store);
  kills.forget();
  expect(await new LostKills({ world, store, log: again }).keep(offered)).toBe(true);
  expect(inForce(first)).toEqual(["k1", "k2"]);
});
