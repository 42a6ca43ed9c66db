import type { Log } from "@sluice/ports";
import type { Facts, LoggedEvent } from "@sluice/releases";
import type { Snapshot } from "@sluice/evaluation";
import { beforeEach, describe, expect, test } from "vitest";
import { Publisher } from "./publisher.ts";
import { settle, TestSink } from "./testing/test-world.ts";

const lines: string[] = [];
const log: Log = { info: () => {}, warn: () => {}, error: (event) => void lines.push(event) };
const flag = { rules: [{ serve: "on" }] };
const snapshot = (seq: number, more: Partial<Snapshot> = {}): Snapshot => ({
  format: 1,
  environment: "production",
  epoch: "e1",
  seq,
  salt: "s",
  flags: { pins: flag, plan: flag },
  ...more,
});
const event = (seq: number, facts: Facts, epoch = "e1"): LoggedEvent => ({
  seq,
  epoch,
  atMs: 0,
  command: `c${seq}`,
  facts,
  personalHash: "",
  prevHash: "",
  hash: "",
});
const kill = (seq: number, environment = "production", epoch = "e1"): LoggedEvent =>
  event(seq, { kind: "flagsKilled", kill: `k${seq}`, environment, flags: ["pins"], journal: "j", counter: seq }, epoch);
const lift = (seq: number, of: number): LoggedEvent => event(seq, { kind: "killLifted", kill: `k${of}`, environment: "production" });
const adoption = (seq: number): LoggedEvent => event(seq, { kind: "commitAdopted", commit: `c${seq}`, changed: [], kept: [] });

let publisher: Publisher;
let sink: TestSink;
beforeEach(() => {
  lines.length = 0;
  publisher = new Publisher(log, undefined);
  publisher.feed({ kind: "snapshot", environment: "production", snapshot: snapshot(1), folded: 1 });
  sink = new TestSink();
  publisher.hub("production")?.attach(sink, { epoch: "e1", seq: 1 });
});
const told = (): readonly string[] =>
  sink.events.slice(1).map(({ event, id, data }) => `${event} ${id ?? (data as { id?: string }).id ?? (data as { seq: number }).seq}`);

describe("own decisions", () => {
  test("are patched in where nothing before them needs the compiler", () => {
    publisher.event(kill(2));
    publisher.event(event(3, { kind: "commitHeld", commit: "c", removed: 1, of: 2 }));
    publisher.event(kill(4, "staging"));
    publisher.event(lift(5, 2));
    expect(sink.named("patch")).toEqual([
      { epoch: "e1", base: 1, to: 2, set: { kills: { k2: { flags: ["pins"] } }, journals: { j: 2 } } },
      { epoch: "e1", base: 2, to: 5, drop: { kills: ["k2"] } },
    ]);
    expect(publisher.folded("production")).toBe(5);
  });

  test("that enter the log together are a patch each, and told of once, when all are in force", () => {
    const heard: unknown[] = [];
    publisher.onChange = (environment) => void heard.push(environment, publisher.hub(environment)?.snapshot?.kills);
    publisher.hub("production")?.follow((change) => void heard.push(change.kind, publisher.hub("production")?.version?.seq));
    publisher.together(() => {
      for (const one of [kill(2), kill(3, "staging"), kill(4)]) publisher.event(one);
      expect(sink.named("patch")).toEqual([]);
    });
    const form = { flags: ["pins"] };
    expect(sink.named("patch")).toEqual([
      { epoch: "e1", base: 1, to: 2, set: { kills: { k2: form }, journals: { j: 2 } } },
      { epoch: "e1", base: 2, to: 4, set: { kills: { k4: form }, journals: { j: 4 } } },
    ]);
    expect(heard).toEqual(["patch", 4, "patch", 4, "production", { k2: form, k4: form }]);
    expect([publisher.folded("production"), publisher.hub("production")?.snapshot?.journals]).toEqual([4, { j: 4 }]);
    // Whoever has one of the versions between goes on from there, and each kill is known since its own.
    expect(publisher.hub("production")?.patchesAfter({ epoch: "e1", seq: 2 })).toMatchObject([{ patch: { base: 2, to: 4 } }]);
    publisher.feed({ kind: "snapshot", environment: "production", snapshot: snapshot(3, { epoch: "e2", replaces: ["e1"] }), folded: 3 });
    expect(publisher.hub("production")?.urgent.map(({ id, seq }) => [id, seq])).toEqual([
      ["k2", 2],
      ["k4", 4],
    ]);
  });

  test("that are told together keep their place among other decisions", () => {
    publisher.together(() => {
      for (const one of [kill(2), lift(3, 2), kill(4), adoption(5), kill(6)]) publisher.event(one);
    });
    expect(told()).toEqual(["patch e1:2", "patch e1:3", "patch e1:4", "urgent k6"]);
    expect(publisher.hub("production")?.snapshot?.kills).toEqual({ k4: { flags: ["pins"] } });
  });

  test("of an epoch that ends while they are told are patched in before it ends", () => {
    publisher.together(() => {
      publisher.event(kill(2));
      publisher.event(event(3, { kind: "epochStarted", epoch: "e2", replaces: ["e1"] }, "e2"));
    });
    expect(told()).toEqual(["patch e1:2"]);
  });

  test("go ahead as urgent kills while an adoption before them is compiled, and are patched in after it", () => {
    publisher.event(adoption(2));
    publisher.event(kill(3));
    expect(told()).toEqual(["urgent k3"]);
    expect(sink.named("urgent")).toEqual([{ id: "k3", epoch: "e1", seq: 3, flags: ["pins"] }]);
    publisher.feed({ kind: "patch", environment: "production", patch: { epoch: "e1", base: 1, to: 2, set: { flags: { plan: {} } } }, folded: 2 });
    expect(told()).toEqual(["urgent k3", "patch e1:2", "patch e1:3"]);
    expect(publisher.hub("production")?.urgent).toEqual([]);
    expect(publisher.hub("production")?.snapshot?.flags["plan"]).toEqual({});
  });

  test("wait for an adoption that turns out to change nothing", () => {
    publisher.event(adoption(2));
    publisher.event(kill(3));
    publisher.feed({ kind: "unchanged", environment: "production", folded: 2 });
    expect(sink.named("patch")).toMatchObject([{ base: 1, to: 3 }]);
  });

  test("of a later epoch are sent ahead whatever their number, those of a replaced one never", () => {
    publisher.feed({
      kind: "snapshot",
      environment: "staging",
      snapshot: { ...snapshot(9, { epoch: "e2", replaces: ["e1"] }), environment: "staging" },
      folded: 9,
    });
    publisher.event(kill(3, "staging", "e1"));
    expect(publisher.hub("staging")?.urgent).toEqual([]);
    publisher.event(kill(5, "staging", "e3"));
    expect(publisher.hub("staging")?.urgent).toEqual([{ id: "k5", epoch: "e3", seq: 5, flags: ["pins"] }]);
  });
});

describe("the API's publications", () => {
  test("of what was patched in already must say the same, byte for byte", () => {
    publisher.event(kill(2));
    const same = { epoch: "e1", base: 1, to: 2, set: { journals: { j: 2 }, kills: { k2: { flags: ["pins"] } } } };
    expect(publisher.feed({ kind: "patch", environment: "production", patch: same, folded: 2 })).toBe(true);
    expect(lines).toEqual([]);
    expect(publisher.feed({ kind: "patch", environment: "production", patch: { ...same, set: { kills: { k2: { flags: ["plan"] } } } }, folded: 2 })).toBe(
      false,
    );
    expect(lines).toEqual(["publish.diverged"]);
    // The feed begins anew, and what the API says then is served.
    publisher.feed({ kind: "snapshot", environment: "production", snapshot: snapshot(2, { kills: { k2: { flags: ["plan"] } } }), folded: 2 });
    expect(told().at(-1)).toBe("reset 2");
    expect(publisher.hub("production")?.snapshot?.kills).toEqual({ k2: { flags: ["plan"] } });
  });

  test("that lead in one step to where two had led must change nothing there", () => {
    publisher.event(kill(2));
    publisher.event(lift(3, 2));
    const whole = { epoch: "e1", base: 1, to: 3, set: { journals: { j: 2 } } };
    expect(publisher.feed({ kind: "patch", environment: "production", patch: whole, folded: 3 })).toBe(true);
    expect(lines).toEqual([]);
    const other = { ...whole, set: { kills: { k2: { flags: ["pins"] } }, journals: { j: 2 } } };
    expect(publisher.feed({ kind: "patch", environment: "production", patch: other, folded: 3 })).toBe(false);
    expect(lines).toEqual(["publish.diverged"]);
  });

  test("that do not follow from what is served are refused and change nothing", () => {
    expect(publisher.feed({ kind: "patch", environment: "production", patch: { epoch: "e1", base: 5, to: 6 }, folded: 6 })).toBe(false);
    expect(publisher.feed({ kind: "patch", environment: "unknown", patch: { epoch: "e1", base: 5, to: 6 }, folded: 6 })).toBe(false);
    expect(publisher.feed({ kind: "unchanged", environment: "unknown", folded: 6 })).toBe(false);
    expect([publisher.folded("production"), told()]).toEqual([1, []]);
  });

  test("after a lost connection are told as one patch where a patch can say it", () => {
    publisher.feed({ kind: "snapshot", environment: "production", snapshot: snapshot(4, { flags: { pins: flag, plan: {} } }), folded: 4 });
    expect(sink.named("patch")).toEqual([{ epoch: "e1", base: 1, to: 4, set: { flags: { plan: {} } } }]);
    publisher.feed({ kind: "snapshot", environment: "production", snapshot: snapshot(4, { flags: { pins: flag, plan: {} } }), folded: 4 });
    publisher.feed({ kind: "snapshot", environment: "production", snapshot: snapshot(5, { epoch: "e2", replaces: ["e1"] }), folded: 5 });
    expect(told()).toEqual(["patch e1:4", "reset 5"]);
  });

  test("of an epoch that the log has left are not taken", () => {
    publisher.event(kill(2));
    publisher.event(event(3, { kind: "epochStarted", epoch: "e2", replaces: ["e1"] }, "e2"));
    const late = { kind: "snapshot", environment: "production", snapshot: snapshot(2, { flags: {} }), folded: 2 } as const;
    expect(publisher.feed(late)).toBe(true);
    expect(publisher.feed({ kind: "patch", environment: "production", patch: { epoch: "e1", base: 2, to: 4, drop: { kills: ["k2"] } }, folded: 4 })).toBe(true);
    expect([lines, told()]).toEqual([[], ["patch e1:2"]]);
    publisher.feed({ kind: "snapshot", environment: "production", snapshot: snapshot(3, { epoch: "e2", replaces: ["e1"] }), folded: 3 });
    expect(told().slice(0, 2)).toEqual(["patch e1:2", "reset 3"]);
  });

  test("older than what is served do not take back a kill", () => {
    publisher.event(kill(2));
    expect(publisher.feed({ kind: "snapshot", environment: "production", snapshot: snapshot(1), folded: 1 })).toBe(true);
    expect(publisher.hub("production")?.snapshot?.kills).toEqual({ k2: { flags: ["pins"] } });
    expect(told()).toEqual(["patch e1:2"]);
  });
});

test("an environment restored from disk goes on from there, and only once", () => {
  const restored = new Publisher(log, undefined);
  restored.restore({ snapshot: snapshot(7), signature: undefined, patches: [] }, 9, []);
  restored.restore({ snapshot: snapshot(3), signature: undefined, patches: [] }, 3, []);
  restored.settled();
  for (const seq of [8, 9]) restored.event(kill(seq));
  expect(restored.hub("production")?.version?.seq).toBe(7);
  restored.event(kill(10));
  expect(restored.hub("production")?.version?.seq).toBe(10);
});

test("events of a log that may have gone on without what was restored are patched in once it is known to have it, and never where its epoch is over", () => {
  const made = (): Publisher => {
    const restored = new Publisher(log, undefined);
    restored.restore({ snapshot: snapshot(7), signature: undefined, patches: [] }, 9, []);
    restored.event(kill(10));
    return restored;
  };
  const whole = made();
  // It is in force at once, beside what is served.
  expect([whole.hub("production")?.version?.seq, whole.hub("production")?.urgent.length]).toEqual([7, 1]);
  whole.settled();
  expect(whole.hub("production")?.version?.seq).toBe(10);

  const lost = made();
  lost.ended(["e1"]);
  lost.settled();
  lost.event(kill(11));
  expect([lost.hub("production")?.version?.seq, lost.hub("production")?.urgent.length]).toEqual([7, 2]);

  const held = made();
  held.settled();
  held.isHeld = true;
  held.event(kill(11));
  expect(held.hub("production")?.version?.seq).toBe(10);
  held.isHeld = false;
  held.settled();
  expect(held.hub("production")?.version?.seq).toBe(11);
});

describe("what contradicts what is served", () => {
  const patch = { epoch: "e1", base: 1, to: 2, set: { kills: { other: { flags: ["plan"] } } } };
  const killed = { k2: { flags: ["pins"] } };
  let looks: number;
  beforeEach(() => {
    looks = 0;
    publisher.look = async () => void (looks += 1);
    publisher.event(kill(2));
  });

  test.each([
    ["another content of the same version", { kind: "snapshot", environment: "production", snapshot: snapshot(2), folded: 2 }],
    ["an older version of a log that is read as far", { kind: "snapshot", environment: "production", snapshot: snapshot(1), folded: 2 }],
    ["a later version without a kill", { kind: "snapshot", environment: "production", snapshot: snapshot(3), folded: 3 }],
    ["another patch to the same version", { kind: "patch", environment: "production", patch, folded: 2 }],
    ["another event at a place that was read", { kind: "unchanged", environment: "production", folded: 2, hash: "of another log" }],
  ] as const)("%s: is taken once the log was looked at", async (_, message) => {
    expect(publisher.feed(message)).toBe(false);
    expect([publisher.hub("production")?.snapshot?.kills, looks]).toEqual([killed, 1]);
    await settle();
    const whole = { kind: "snapshot", environment: "production", snapshot: snapshot(3), folded: 3, hash: "h3" } as const;
    expect(publisher.feed(message.kind === "snapshot" ? message : whole)).toBe(true);
    expect([publisher.hub("production")?.snapshot?.kills, looks]).toEqual([undefined, 1]);
    // That was one look's worth.
    publisher.event(kill(4));
    expect(publisher.feed({ ...whole, snapshot: snapshot(4), folded: 4 })).toBe(false);
  });

  test("a patch that passes the place of a kill which was sent ahead: is looked into", async () => {
    publisher.event(adoption(3));
    publisher.event(kill(4));
    expect(publisher.hub("production")?.urgent.map(({ id }) => id)).toEqual(["k4"]);
    expect(publisher.feed({ kind: "patch", environment: "production", patch: { epoch: "e1", base: 2, to: 4, set: { salt: "t" } }, folded: 4 })).toBe(false);
    expect([publisher.hub("production")?.urgent.map(({ id }) => id), looks]).toEqual([["k4"], 1]);
    const own = { epoch: "e1", base: 2, to: 4, set: { salt: "t", kills: { k4: { flags: ["pins"] } } } };
    expect(publisher.feed({ kind: "patch", environment: "production", patch: own, folded: 4 })).toBe(true);
  });

  test("is not taken while the store does not answer, nor after the log is found to have lost decisions", async () => {
    const message = { kind: "snapshot", environment: "production", snapshot: snapshot(3), folded: 3 } as const;
    publisher.look = async () => {
      looks += 1;
      throw new Error("the store does not answer");
    };
    for (const times of [1, 2]) {
      expect([publisher.feed(message), looks]).toEqual([false, times]);
      await settle();
    }
    publisher.look = async () => {
      looks += 1;
      publisher.isHeld = true;
    };
    expect(publisher.feed(message)).toBe(false);
    await settle();
    publisher.isHeld = false;
    expect([publisher.feed(message), looks]).toEqual([false, 4]);
    expect(publisher.hub("production")?.snapshot?.kills).toEqual(killed);
  });
});
