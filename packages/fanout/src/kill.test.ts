import { secretHash } from "@sluice/store";
import { describe, expect, test } from "vitest";
import { killIdOf } from "./kill-answer.ts";
import { OPERATOR_KEY, RunningFanout, SDK_KEY } from "./testing/running-fanout.ts";
import { settle } from "./testing/test-world.ts";

const running = async (): Promise<RunningFanout> => (await new RunningFanout().prepare()).start();
const factsIn = (fanout: RunningFanout): readonly unknown[] => fanout.database.events.map((event) => event.facts);

const codeOf = ({ body }: { readonly body: Record<string, unknown> }): unknown => (body["error"] as { readonly code?: unknown } | undefined)?.code;
const lift = (fanout: RunningFanout, kill: string, command: string): ReturnType<RunningFanout["kill"]> =>
  fanout.jsonIn(400, "POST", `/api/kills/${kill}/lift`, { as: "ada", body: { command } });

describe("a kill", () => {
  test("is appended, patched in and sent before it is answered, without the API", async () => {
    const fanout = await running();
    const sdk = await fanout.stream();
    fanout.api.down();
    const { status, body } = await fanout.kill("command-1");
    expect({ status, seq: body["seq"], emergency: body["emergency"], undoUntilMs: body["undoUntilMs"] }).toEqual({
      status: 201,
      seq: 2,
      emergency: false,
      undoUntilMs: (fanout.database.events[1]?.atMs ?? Number.NaN) + 60_000,
    });
    const kill = String(body["kill"]);
    expect(factsIn(fanout)[1]).toMatchObject({ kind: "flagsKilled", kill, environment: "production", flags: ["shop.checkout"] });
    const [patch] = sdk.named("patch");
    expect(patch).toMatchObject({ epoch: fanout.epoch, base: 1, to: 2, set: { kills: { [kill]: { flags: ["shop.checkout"] } } } });
    expect(sdk.events.find((event) => event.event === "patch")?.id).toBe(`${fanout.epoch}:2`);
  });

  test("is not refused for an unknown flag by a process that nobody has told the flags", async () => {
    const fanout = await new RunningFanout().prepare();
    fanout.api.down();
    await fanout.start();
    const early = await fanout.kill("command-1");
    expect({ status: early.status, error: early.body["error"] }).toMatchObject({ status: 503, error: { code: "noSnapshot" } });
    fanout.api.isUp = true;
    await fanout.world.advance(3_000);
    expect((await fanout.kill("command-1")).status).toBe(201);
    expect((await fanout.kill("command-2", ["shop.nowhere"])).status).toBe(404);
  });

  test("takes a flag that is served and not yet described", async () => {
    const fanout = await running();
    const added = { "shop.new": { rules: [{ serve: "on" }] } };
    fanout.api.tell({ kind: "patch", environment: "production", patch: { epoch: fanout.epoch, base: 1, to: 2, set: { flags: added } }, folded: 2 });
    await settle();
    await fanout.store.append([{ command: "held", atMs: 0, facts: { kind: "commitHeld", commit: "c", removed: 1, of: 2 }, personal: { by: "git" } }], 1);
    expect((await fanout.kill("command-1", ["shop.new"])).status).toBe(201);
  });

  test("under the same command is answered the same and happens once, at once or later", async () => {
    const fanout = await running();
    const first = await fanout.kill("command-1");
    const again = await Promise.all([fanout.kill("command-1"), fanout.kill("command-1")]);
    for (const { status, body } of again) expect({ status, body }).toEqual(first);
    expect(fanout.database.events).toHaveLength(2);
  });

  test("repeated after more than a thousand other decisions is still the first one", async () => {
    const fanout = await running();
    const first = await fanout.kill("command-1");
    const proposals = Array.from({ length: 1_100 }, (_, index) => ({
      command: `held-${index}`,
      atMs: 0,
      facts: { kind: "commitHeld" as const, commit: `c${index}`, removed: 1, of: 2 },
      personal: { by: "git" },
    }));
    await fanout.store.append(proposals.slice(0, 600), 2);
    await fanout.store.append(proposals.slice(600), 602);
    await fanout.world.advance(3_000);
    const { status, body } = await fanout.kill("command-1");
    expect({ status, kill: body["kill"], seq: body["seq"], emergency: body["emergency"] }).toEqual({
      status: 201,
      kill: first.body["kill"],
      seq: 2,
      emergency: false,
    });
    expect(factsIn(fanout).filter((facts) => JSON.stringify(facts).includes("flagsKilled"))).toHaveLength(1);
    const other = [await fanout.kill("command-1", ["shop.gift"]), await lift(fanout, String(first.body["kill"]), "command-1")];
    for (const { status: refusedWith, body: problem } of other)
      expect({ refusedWith, problem }).toMatchObject({ refusedWith: 409, problem: { error: { code: "commandReused" } } });
  });

  test("under the command of another kill is refused, in force, lifted, forgotten or waiting, and the other stays", async () => {
    const fanout = await running();
    const kill = String((await fanout.kill("command-1")).body["kill"]);
    expect(codeOf(await fanout.kill("command-1", ["shop.gift"]))).toBe("commandReused");
    expect(codeOf(await fanout.kill("command-1", ["shop.checkout", "shop.gift"]))).toBe("commandReused");
    expect(codeOf(await lift(fanout, kill, "command-1"))).toBe("commandReused");
    expect(fanout.database.events).toHaveLength(2);
    expect((await lift(fanout, kill, "command-2")).status).toBe(200);
    expect((await lift(fanout, kill, "command-2")).status).toBe(200);
    expect(codeOf(await fanout.kill("command-1", ["shop.gift"]))).toBe("commandReused");
    expect(codeOf(await fanout.kill("command-2", ["shop.gift"]))).toBe("commandReused");
    fanout.store.trouble = "hangs";
    expect((await fanout.kill("command-3")).body["emergency"]).toBe(true);
    expect(codeOf(await fanout.kill("command-3", ["shop.gift"]))).toBe("commandReused");
  });

  test("repeated after it was lifted is refused, whoever lifted it and however long ago, and kills nothing", async () => {
    const fanout = await running();
    const lifted = { status: 409, body: { error: { code: "killLifted", fix: expect.stringContaining("new command") as string } } };
    const kill = String((await fanout.kill("command-1")).body["kill"]);
    expect((await lift(fanout, kill, "command-2")).status).toBe(200);
    expect(await fanout.kill("command-1")).toMatchObject(lifted);
    expect((await lift(fanout, String((await fanout.kill("command-3", ["shop.gift"])).body["kill"]), "command-4")).status).toBe(200);
    // Another process appends more than anybody remembers commands of, and this one hears of the last of them with its own attempt.
    fanout.database.watchers.clear();
    const held = (from: number, to: number): Parameters<typeof fanout.store.append>[0] =>
      Array.from({ length: to - from }, (_, index) => ({
        command: `held-${from + index}`,
        atMs: 0,
        facts: { kind: "commitHeld" as const, commit: `c${from + index}`, removed: 1, of: 2 },
        personal: { by: "git" },
      }));
    await fanout.store.append(held(0, 600), 5);
    await fanout.store.append(held(600, 1_100), 605);
    expect(await fanout.kill("command-3", ["shop.gift"])).toMatchObject(lifted);
    await fanout.world.advance(3_000);
    expect(await fanout.kill("command-1")).toMatchObject(lifted);
    expect(codeOf(await fanout.kill("command-1", ["shop.gift"]))).toBe("commandReused");
    expect(factsIn(fanout).filter((facts) => JSON.stringify(facts).includes("flagsKilled"))).toHaveLength(2);
    expect(await fanout.kill("command-5")).toMatchObject({ status: 201 });
  });

  test("that another process took and lifted meanwhile is refused too, where this one has heard of neither", async () => {
    const fanout = await running();
    fanout.database.watchers.clear();
    const kill = killIdOf("command-1");
    const environment = "production";
    const facts = { kind: "flagsKilled", kill, environment, flags: ["shop.checkout"] } as const;
    await fanout.store.append([{ command: "command-1", atMs: 0, facts, personal: { by: "ada" } }], 1);
    await fanout.store.append([{ command: "lift-0001", atMs: 0, facts: { kind: "killLifted", kill, environment }, personal: { by: "ada" } }], 2);
    expect(codeOf(await fanout.kill("command-1"))).toBe("killLifted");
    expect(fanout.database.events).toHaveLength(3);
  });

  test("that waits in the journal is in force and answered as before, and is refused once it was lifted", async () => {
    const fanout = await running();
    const first = await fanout.kill("command-1");
    fanout.store.trouble = "hangs";
    const waiting = await fanout.kill("command-3");
    expect(waiting).toMatchObject({ status: 201, body: { emergency: true } });
    expect(await fanout.kill("command-3")).toEqual(waiting);
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect((await lift(fanout, String(waiting.body["kill"]), "command-4")).status).toBe(200);
    expect(codeOf(await fanout.kill("command-3"))).toBe("killLifted");
    expect(await fanout.kill("command-1")).toMatchObject({ status: 201, body: { kill: first.body["kill"] } });
  });

  test("of a segment that the environment does not serve is refused with the nearest name", async () => {
    const fanout = await running();
    fanout.api.tell({
      kind: "patch",
      environment: "production",
      patch: { epoch: fanout.epoch, base: 1, to: 2, set: { segments: { staff: { include: ["a"] } } } },
      folded: 2,
    });
    await settle();
    const ask = (segment: string): ReturnType<RunningFanout["kill"]> =>
      fanout.jsonIn(400, "POST", "/api/kills", {
        as: "ada",
        body: { command: `kill-${segment}`, environment: "production", flags: ["shop.gift"], scope: { segment } },
      });
    expect((await ask("staf")).body["error"]).toMatchObject({ code: "unknownSegment", field: "scope.segment", fix: "Did you mean staff?" });
  });

  test("that others came before is decided again on what they decided", async () => {
    const fanout = await running();
    // Another process appends, and this one is not told.
    fanout.database.watchers.clear();
    await fanout.store.append([{ command: "held-1", atMs: 0, facts: { kind: "commitHeld", commit: "c", removed: 1, of: 2 }, personal: { by: "git" } }], 1);
    const { status, body } = await fanout.kill("command-1");
    expect({ status, seq: body["seq"], emergency: body["emergency"] }).toEqual({ status: 201, seq: 3, emergency: false });
  });

  test("is refused in the words of the decision", async () => {
    const fanout = await running();
    expect(await fanout.kill("command-1", ["shop.chekout"])).toMatchObject({
      status: 404,
      body: { error: { code: "unknownFlag", field: "flags", fix: expect.stringContaining("shop.checkout") as string } },
    });
    expect(await fanout.kill("command-2", ["shop.checkout", "shop.limits"])).toMatchObject({ status: 400, body: { error: { code: "bulkNotAllowed" } } });
    expect(await fanout.kill("command-3", ["shop.limits"], "max")).toMatchObject({ status: 403, body: { error: { code: "notAllowed" } } });
    expect(await fanout.kill("command-4", ["shop.checkout"], "aud")).toMatchObject({ status: 403, body: { error: { code: "notAllowed" } } });
    expect(await fanout.kill("command-5", ["shop.checkout"], "max")).toMatchObject({ status: 201 });
    expect(fanout.database.events).toHaveLength(2);
  });

  test("of one journal carries counters that only grow, refusals and restarts included", async () => {
    const fanout = await running();
    await fanout.kill("command-1");
    await fanout.kill("command-2", ["unknown"]);
    await fanout.kill("command-3");
    await fanout.restart();
    await fanout.kill("command-4");
    const counters = fanout.database.events.flatMap(({ facts }) => (facts.kind === "flagsKilled" ? [facts.counter ?? -1] : []));
    expect(counters).toHaveLength(3);
    expect(counters).toEqual([...counters].sort((a, b) => a - b));
    expect(Math.floor((counters[0] ?? 0) / 2 ** 20)).toBe(1);
    expect(Math.floor((counters[2] ?? 0) / 2 ** 20)).toBe(2);
  });
});

describe("a kill while the store does not answer", () => {
  test("is journalled and sent within 250 ms, and adopted once when the store is back", async () => {
    const fanout = await running();
    const sdk = await fanout.stream();
    fanout.store.trouble = "hangs";
    const answer = fanout.json("POST", "/api/kills", { as: "ada", body: { command: "command-1", environment: "production", flags: ["shop.checkout"] } });
    await fanout.world.advance(249);
    expect(sdk.named("urgent")).toEqual([]);
    await fanout.world.advance(1);
    const { status, body } = await answer;
    expect({ status, emergency: body["emergency"], seq: body["seq"] }).toEqual({ status: 201, emergency: true, seq: undefined });
    const [urgent] = sdk.named("urgent");
    expect(urgent).toMatchObject({ id: body["kill"], epoch: fanout.epoch, flags: ["shop.checkout"] });
    expect(fanout.database.events).toHaveLength(1);

    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect(factsIn(fanout)[1]).toMatchObject({ kind: "flagsKilled", kill: body["kill"], counter: (urgent as { counter: number }).counter });
    expect(fanout.database.events).toHaveLength(2);
    expect(sdk.named("patch")).toMatchObject([
      {
        base: 1,
        to: 2,
        set: {
          kills: { [String(body["kill"])]: { flags: ["shop.checkout"] } },
          journals: { [(urgent as { journal: string }).journal]: (urgent as { counter: number }).counter },
        },
      },
    ]);
    expect((await fanout.kill("command-1")).body["kill"]).toBe(body["kill"]);
    expect(fanout.database.events).toHaveLength(2);
  });

  test("is one kill although its first append went through unheard", async () => {
    const fanout = await running();
    fanout.store.trouble = "deaf";
    const { body } = await fanout.kill("command-1");
    expect(body["emergency"]).toBe(true);
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect(fanout.database.events).toHaveLength(2);
    expect(factsIn(fanout)[1]).toMatchObject({ kill: body["kill"] });
    expect((await fanout.json("GET", "/api/kills", { as: "ada" })).body["kills"]).toHaveLength(1);
  });

  test("goes the emergency way at once when the store refuses", async () => {
    const fanout = await running();
    fanout.store.trouble = "refuses";
    const answer = fanout.json("POST", "/api/kills", { as: "ada", body: { command: "command-1", environment: "production", flags: ["shop.checkout"] } });
    await settle();
    expect((await answer).body["emergency"]).toBe(true);
  });

  test("comes before any later kill of this process, which waits or goes the same way", async () => {
    const fanout = await running();
    fanout.store.trouble = "hangs";
    const kills = [await fanout.kill("command-1"), await fanout.kill("command-2", ["shop.gift"])];
    fanout.store.trouble = "none";
    kills.push(await fanout.kill("command-3", ["shop.limits"]));
    expect(kills.map(({ body }) => body["emergency"])).toEqual([true, true, false]);
    expect(fanout.database.events.slice(1).map((event) => event.command)).toEqual(["command-1", "command-2", "command-3"]);
  });

  test("enters the log together with all others that wait, in their order", async () => {
    const fanout = await running();
    fanout.store.trouble = "refuses";
    for (let index = 1; index <= 30; index += 1) expect((await fanout.kill(`command-${index}`, ["shop.gift"])).body["emergency"]).toBe(true);
    const { store } = fanout;
    const append = store.append.bind(store);
    const sizes: number[] = [];
    store.append = (proposals, ...rest) => {
      sizes.push(proposals.length);
      return append(proposals, ...rest);
    };
    store.trouble = "none";
    await fanout.kill("command-31", ["shop.limits"]);
    // The first alone: an append that fails may be one that the store knows a part of.
    expect(sizes).toEqual([1, 29, 1]);
    expect(fanout.database.events.slice(1).map(({ command }) => command)).toEqual(Array.from({ length: 31 }, (_, index) => `command-${index + 1}`));
  });

  test("is adopted beside others although the log has had its command for so long that only the database knows it", async () => {
    const fanout = await running();
    fanout.store.trouble = "deaf";
    const lost = fanout.json("POST", "/api/kills", { as: "ada", body: { command: "command-1", environment: "production", flags: ["shop.checkout"] } });
    await settle();
    void lost;
    const held = Array.from({ length: 1_100 }, (_, index) => ({
      command: `held-${index}`,
      atMs: 0,
      facts: { kind: "commitHeld" as const, commit: `c${index}`, removed: 1, of: 2 },
      personal: { by: "git" },
    }));
    fanout.store.trouble = "none";
    await fanout.store.append(held.slice(0, 600), undefined);
    await fanout.store.append(held.slice(600), undefined);
    await fanout.restart("hangs");
    const asked = { bearer: OPERATOR_KEY, body: { command: "command-1", environment: "production", flags: ["shop.checkout"] } };
    expect((await fanout.jsonIn(600, "POST", "/api/kills", asked)).body["emergency"]).toBe(true);
    const second = { bearer: OPERATOR_KEY, body: { command: "command-2", environment: "production", flags: ["shop.gift"] } };
    expect((await fanout.jsonIn(600, "POST", "/api/kills", second)).body["emergency"]).toBe(true);
    fanout.store.trouble = "none";
    await fanout.world.advance(20_000);
    const kills = fanout.database.events.filter(({ facts }) => facts.kind === "flagsKilled");
    expect(kills.map(({ command }) => command.replace(/\+\d+$/, "+counter"))).toEqual(["command-1", "command-1+counter", "command-2"]);
    expect(await fanout.json("GET", "/sdk/v1/urgent", { bearer: SDK_KEY })).toMatchObject({ body: { urgent: [] } });
  });

  test("does not wait for a lift that waits for the store", async () => {
    const fanout = await running();
    const { body } = await fanout.kill("command-1");
    fanout.store.trouble = "hangs";
    const lift = fanout.json("POST", `/api/kills/${String(body["kill"])}/lift`, { as: "ada", body: { command: "lift-0001" } });
    await settle();
    const kill = fanout.json("POST", "/api/kills", { as: "ada", body: { command: "command-2", environment: "production", flags: ["shop.gift"] } });
    await fanout.world.advance(250);
    expect((await kill).body["emergency"]).toBe(true);
    expect(await lift).toMatchObject({ status: 503, body: { error: { code: "storeUnavailable" } } });
  });

  test("is in force although the journal refuses too, and whoever asked is told that it is not written down", async () => {
    const fanout = await running();
    const sdk = await fanout.stream();
    fanout.store.trouble = "refuses";
    fanout.disk.isJournalBroken = true;
    const { status, body } = await fanout.kill("command-1");
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { code: "storeUnavailable", message: expect.stringContaining("sent to every connected process") as string } });
    expect(sdk.named("urgent")).toMatchObject([{ flags: ["shop.checkout"] }]);
    // Asked for again it is no better kept, and nobody is told that it is.
    expect(await fanout.kill("command-1")).toMatchObject({ status: 503, body: { error: { code: "storeUnavailable" } } });
    fanout.disk.isJournalBroken = false;
    expect(await fanout.kill("command-1")).toMatchObject({ status: 201, body: { emergency: true } });
    await fanout.restart("refuses");
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect(fanout.database.events).toHaveLength(2);
  });
});

describe("a kill whose process ends", () => {
  test("repeated after it ended unheard is the same kill, which a lift ends everywhere", async () => {
    const fanout = await running();
    fanout.store.trouble = "deaf";
    const lost = fanout.json("POST", "/api/kills", { as: "ada", body: { command: "command-1", environment: "production", flags: ["shop.checkout"] } });
    await settle();
    void lost;
    await fanout.restart("hangs");
    const sdk = await fanout.stream();
    const { body } = await fanout.jsonIn(600, "POST", "/api/kills", {
      bearer: OPERATOR_KEY,
      body: { command: "command-1", environment: "production", flags: ["shop.checkout"] },
    });
    expect(body["emergency"]).toBe(true);
    const [urgent] = sdk.named("urgent");
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    const lift = await fanout.jsonIn(400, "POST", `/api/kills/${String(body["kill"])}/lift`, { as: "ada", body: { command: "lift-0001" } });
    expect(lift.status).toBe(200);
    const kinds = fanout.database.events.map(({ facts }) =>
      facts.kind === "flagsKilled" || facts.kind === "killLifted" ? `${facts.kind} ${facts.kill === body["kill"]}` : facts.kind,
    );
    expect(kinds).toEqual(["projectCreated", "flagsKilled true", "flagsKilled true", "killLifted true"]);
    // What ends the urgent kill at an SDK: its journal with a counter at least its own.
    const journals = sdk.named("patch").map((patch) => (patch as { set?: { journals?: Record<string, number> } }).set?.journals ?? {});
    expect(Math.max(...journals.map((listed) => listed[(urgent as { journal: string }).journal] ?? 0))).toBe((urgent as { counter: number }).counter);
    expect(await fanout.json("GET", "/sdk/v1/urgent", { bearer: SDK_KEY })).toMatchObject({ body: { urgent: [] } });
  });

  test("survives the end of the process in the journal alone", async () => {
    const fanout = await running();
    fanout.store.trouble = "refuses";
    const { body } = await fanout.kill("command-1");
    await fanout.restart("refuses");
    const sdk = await fanout.stream({ "sluice-instance": "new" });
    expect(sdk.named("urgent")).toMatchObject([{ id: body["kill"], flags: ["shop.checkout"] }]);
    expect(await fanout.json("GET", "/sdk/v1/urgent", { bearer: SDK_KEY })).toMatchObject({ body: { urgent: [{ id: body["kill"] }] } });
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect(factsIn(fanout)[1]).toMatchObject({ kill: body["kill"], kind: "flagsKilled" });
  });
});

describe("after a restart with neither store nor API", () => {
  test("streams, snapshots and kills go on from what the disk has, by the operator key", async () => {
    const fanout = await running();
    const { body: before } = await fanout.kill("command-1", ["shop.gift"]);
    await fanout.world.advance(2_000);
    fanout.api.down();
    await fanout.restart("hangs");
    const sdk = await fanout.stream();
    expect(sdk.named("hello")).toMatchObject([{ environment: "production", epoch: fanout.epoch, seq: 2 }]);
    const kill = await fanout.jsonIn(600, "POST", "/api/kills", {
      bearer: OPERATOR_KEY,
      body: { command: "command-2", environment: "production", flags: ["shop.checkout"] },
    });
    expect(kill).toMatchObject({ status: 201, body: { emergency: true } });
    expect(sdk.named("urgent")).toMatchObject([{ flags: ["shop.checkout"] }]);
    expect(
      await fanout.jsonIn(600, "POST", "/api/kills", {
        bearer: "slk_operator_but_another_one_0000",
        body: { command: "command-3", environment: "production", flags: ["shop.checkout"] },
      }),
    ).toMatchObject({ status: 401 });
    fanout.store.trouble = "none";
    await fanout.world.advance(10_000);
    expect(fanout.database.events.slice(1).map((event) => event.command)).toEqual(["command-1", "command-2"]);
    expect(before["seq"]).toBe(2);
  });

  test("a process that ended as soon as it had heard of a key lets in whom it opens", async () => {
    const fanout = await running();
    await fanout.world.advance(2_000);
    const secret = "slk_made-a-moment-ago";
    fanout.api.tell({ kind: "sdkKeys", keys: [{ hash: secretHash(secret), environment: "production", name: "new" }] });
    await fanout.world.advance(0);
    fanout.api.down();
    await fanout.restart("hangs");
    expect((await fanout.json("GET", "/sdk/v1/snapshot", { bearer: secret })).status).toBe(200);
  });

  test("an operator key that was withdrawn meanwhile opens nothing once the store is back", async () => {
    const fanout = await running();
    await fanout.world.advance(2_000);
    fanout.database.grants.clear();
    await fanout.restart();
    expect(await fanout.jsonIn(600, "GET", "/api/me", { bearer: OPERATOR_KEY })).toMatchObject({ status: 401 });
  });
});

describe("a lift", () => {
  test("ends its kill and no other", async () => {
    const fanout = await running();
    const sdk = await fanout.stream();
    const first = await fanout.kill("command-1");
    const second = await fanout.kill("command-2");
    const lift = await fanout.jsonIn(400, "POST", `/api/kills/${String(first.body["kill"])}/lift`, {
      as: "pia",
      body: { command: "lift-0001", reason: "mended" },
    });
    expect(lift).toMatchObject({ status: 200, body: { seq: 4 } });
    expect(sdk.named("patch").at(-1)).toEqual({ epoch: fanout.epoch, base: 3, to: 4, drop: { kills: [first.body["kill"]] } });
    const { body } = await fanout.json("GET", "/api/kills?environment=production", { as: "aud" });
    expect((body["kills"] as readonly { kill: string }[]).map(({ kill }) => kill)).toEqual([second.body["kill"]]);
  });

  test("needs a role that may, and the store", async () => {
    const fanout = await running();
    const { body } = await fanout.kill("command-1");
    const path = `/api/kills/${String(body["kill"])}/lift`;
    expect(await fanout.jsonIn(400, "POST", path, { as: "ada", body: { command: "short" } })).toMatchObject({
      status: 400,
      body: { error: { code: "badRequest", field: "command" } },
    });
    expect(await fanout.jsonIn(400, "POST", path, { as: "max", body: { command: "lift-0001" } })).toMatchObject({
      status: 403,
      body: { error: { code: "notAllowed" } },
    });
    fanout.store.trouble = "hangs";
    expect(await fanout.jsonIn(4_000, "POST", path, { as: "ada", body: { command: "lift-0002" } })).toMatchObject({
      status: 503,
      body: { error: { code: "storeUnavailable" } },
    });
    expect(fanout.database.events).toHaveLength(2);
  });

  test("that the database took unheard is said to be unknown, and is the same lift when it is asked for again", async () => {
    const fanout = await running();
    const { body } = await fanout.kill("command-1");
    const path = `/api/kills/${String(body["kill"])}/lift`;
    fanout.store.trouble = "deaf";
    const unheard = await fanout.jsonIn(4_000, "POST", path, { as: "ada", body: { command: "lift-0001" } });
    expect(unheard).toMatchObject({ status: 503, body: { error: { code: "storeUnavailable" } } });
    expect(JSON.stringify(unheard.body)).toContain("not known");
    fanout.store.trouble = "none";
    expect((await fanout.jsonIn(100, "POST", path, { as: "ada", body: { command: "lift-0001" } })).status).toBe(200);
    expect(fanout.database.events.slice(1).map(({ facts }) => facts.kind)).toEqual(["flagsKilled", "killLifted"]);
  });

  test("of an emergency kill comes after it in the log", async () => {
    const fanout = await running();
    fanout.store.trouble = "refuses";
    const { body } = await fanout.kill("command-1");
    const path = `/api/kills/${String(body["kill"])}/lift`;
    expect(await fanout.jsonIn(100, "POST", path, { as: "ada", body: { command: "lift-0001" } })).toMatchObject({ status: 503 });
    fanout.store.trouble = "none";
    expect(await fanout.jsonIn(100, "POST", path, { as: "ada", body: { command: "lift-0002" } })).toMatchObject({ status: 200, body: { seq: 3 } });
    expect(fanout.database.events.slice(1).map(({ facts }) => facts.kind)).toEqual(["flagsKilled", "killLifted"]);
  });

  test("as undo is for the same person within a minute", async () => {
    const fanout = await running();
    const { body } = await fanout.kill("command-1", ["shop.checkout"], "max");
    const path = `/api/kills/${String(body["kill"])}/undo`;
    expect(await fanout.jsonIn(100, "POST", path, { as: "ada", body: { command: "undo-0001" } })).toMatchObject({
      status: 403,
      body: { error: { code: "undoNotYours" } },
    });
    expect(await fanout.jsonIn(100, "POST", path, { as: "max", body: { command: "undo-0002" } })).toMatchObject({ status: 200 });
    const late = await fanout.kill("command-2", ["shop.checkout"], "max");
    await fanout.world.advance(60_000);
    expect(await fanout.jsonIn(100, "POST", `/api/kills/${String(late.body["kill"])}/undo`, { as: "max", body: { command: "undo-0003" } })).toMatchObject({
      status: 409,
      body: { error: { code: "undoTooLate" } },
    });
  });
});
