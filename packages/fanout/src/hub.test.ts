import { applyPatch, type Patch, type Snapshot, type UrgentKill } from "@sluice/evaluation";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Hub } from "./hub.ts";
import { TestSink } from "./testing/test-world.ts";

const snapshotAt = (seq: number, kills: Snapshot["kills"] = {}): Snapshot => ({
  format: 1,
  environment: "production",
  epoch: "e1",
  seq,
  salt: "s",
  kills,
  flags: { pins: { rules: [{ serve: "on" }] } },
});
const killPatch = (base: number, to: number, more: Partial<Patch["set"]> = {}): Patch => ({
  epoch: "e1",
  base,
  to,
  set: { kills: { [`k${to}`]: { flags: ["pins"] } }, ...more },
});
const at = (seq: number): { readonly epoch: string; readonly seq: number } => ({ epoch: "e1", seq });

const hubAt = (seq: number): Hub => {
  const hub = new Hub("production", undefined);
  hub.publishSnapshot(snapshotAt(seq));
  return hub;
};
const attached = (hub: Hub, known?: { readonly epoch: string; readonly seq: number }): TestSink => {
  const sink = new TestSink();
  hub.attach(sink, known);
  return sink;
};

/** What an SDK does with a stream, told in the protocol's words and in none of its code. */
function follow(sink: TestSink, own: Snapshot, fetched: (seq: number) => Snapshot): Snapshot {
  let state = own;
  for (const { event, data } of sink.events) {
    if (event === "reset") state = fetched((data as { seq: number }).seq);
    if (event !== "patch") continue;
    const patch = data as Patch;
    if (patch.to <= state.seq) continue;
    const applied = applyPatch(state, patch);
    if (!applied.ok) throw new Error(`a gap: ${patch.base} after ${state.seq}`);
    state = applied.value;
  }
  return state;
}

describe("a stream", () => {
  test("begins with hello, then exactly the patches that are missing, then urgent kills", () => {
    const hub = hubAt(1);
    for (const seq of [1, 2, 3]) hub.publishPatch(killPatch(seq, seq + 1));
    const urgent: UrgentKill = { id: "u1", epoch: "e1", journal: "j", counter: 1, flags: ["pins"] };
    hub.publishUrgent(urgent);
    const { events } = attached(hub, at(2));
    expect(events.map(({ event, id }) => [event, id])).toEqual([
      ["hello", undefined],
      ["patch", "e1:3"],
      ["patch", "e1:4"],
      ["urgent", undefined],
    ]);
    expect(events[0]?.data).toMatchObject({ environment: "production", epoch: "e1", seq: 4, heartbeatMs: 5_000 });
    expect(events[3]?.data).toEqual(urgent);
  });

  test("says reset to whoever has nothing, another epoch, or a version that the ring no longer reaches", () => {
    const hub = hubAt(1);
    for (let seq = 1; seq <= 1_005; seq++) hub.publishPatch(killPatch(seq, seq + 1));
    for (const known of [undefined, { epoch: "e0", seq: 1_006 }, at(1), at(5)])
      expect(attached(hub, known).named("reset"), JSON.stringify(known)).toEqual([{ epoch: "e1", seq: 1_006 }]);
    expect(attached(hub, at(6)).named("patch")).toHaveLength(1_000);
    expect(attached(hub, at(1_006)).events.map(({ event }) => event)).toEqual(["hello"]);
  });

  test("keeps killed what a new epoch has forgotten, until that lists it", () => {
    const hub = hubAt(1);
    hub.publishPatch(killPatch(1, 2));
    const [id = "", form] = Object.entries(hub.snapshot?.kills ?? {})[0] ?? [];
    const next = { ...hubAt(1).snapshot, epoch: "e2", replaces: ["e1"] } as NonNullable<Hub["snapshot"]>;
    hub.publishSnapshot(next);
    expect(hub.urgent).toEqual([{ ...form, id, epoch: "e1", seq: 2 }]);
    hub.publishSnapshot({ ...next, seq: 2, kills: form === undefined ? {} : { [id]: form } });
    expect(hub.urgent).toEqual([]);
  });

  test("keeps at most 4 MiB of patches", () => {
    const hub = hubAt(1);
    for (let seq = 1; seq <= 10; seq++) hub.publishPatch(killPatch(seq, seq + 1, { salt: "x".repeat(1 << 20) }));
    const reached = [...Array(11).keys()].filter((seq) => attached(hub, at(seq)).named("reset").length === 0);
    expect(Math.min(...reached)).toBe(8);
  });

  test("leaves an SDK alone that knows a newer version of the same epoch", () => {
    expect(attached(hubAt(5), at(9)).events.map(({ event }) => event)).toEqual(["hello"]);
  });

  test("ends for a reader that does not keep up, and for nobody else", () => {
    const hub = hubAt(1);
    const [slow, quick] = [attached(hub, at(1)), attached(hub, at(1))];
    slow.limit = slow.chunks.length;
    hub.publishPatch(killPatch(1, 2));
    hub.publishPatch(killPatch(2, 3));
    expect({ closed: slow.isClosed, patches: slow.named("patch").length }).toEqual({ closed: true, patches: 1 });
    expect({ closed: quick.isClosed, patches: quick.named("patch").length, streams: hub.streams }).toEqual({ closed: false, patches: 2, streams: 1 });
  });

  test("hears nothing after it was detached", () => {
    const hub = hubAt(1);
    const sink = new TestSink();
    hub.attach(sink, at(1))();
    hub.publishPatch(killPatch(1, 2));
    hub.heartbeat();
    expect(sink.events.map(({ event }) => event)).toEqual(["hello"]);
  });

  test("leads to the served version, whatever was known and whenever it began", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.constantFrom("patch", "reset", "heartbeat"), { minLength: 1, maxLength: 30 }),
        (before, known, resetAt, later) => {
          const hub = hubAt(1);
          const history = new Map([[1, snapshotAt(1)]]);
          const remember = (): void => void (hub.snapshot && history.set(hub.snapshot.seq, hub.snapshot));
          const next = (): number => (hub.version?.seq ?? 0) + 1;
          for (let step = 0; step < before; step++) {
            if (step === resetAt) hub.publishSnapshot({ ...snapshotAt(next()), salt: "other" });
            else hub.publishPatch(killPatch(next() - 1, next()));
            remember();
          }
          const own = history.get(known) ?? snapshotAt(0);
          const sink = attached(hub, own.seq === 0 ? undefined : at(own.seq));
          for (const step of later) {
            if (step === "patch") hub.publishPatch(killPatch(next() - 1, next()));
            else if (step === "reset") hub.publishSnapshot({ ...snapshotAt(next()), salt: `salt ${next()}` });
            else hub.heartbeat();
            remember();
          }
          expect(follow(sink, own, (seq) => history.get(seq) ?? own)).toEqual(hub.snapshot);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a version", () => {
  test("is published only from the one before it", () => {
    const hub = hubAt(5);
    const sink = attached(hub, at(5));
    expect([hub.publishPatch(killPatch(4, 6)), hub.publishPatch({ ...killPatch(5, 6), epoch: "e0" }), hub.version]).toEqual([false, false, at(5)]);
    expect(sink.named("patch")).toEqual([]);
  });

  test("is encoded once, and again when it changed under the same number", () => {
    const hub = hubAt(5);
    expect(hub.bytes()).toBe(hub.bytes());
    const before = new TextDecoder().decode(hub.bytes()?.plain);
    hub.publishSnapshot({ ...snapshotAt(5), salt: "corrected" });
    expect(hub.bytes()?.etag).toBe('"e1:5"');
    expect(new TextDecoder().decode(hub.bytes()?.plain)).toBe(before.replace('"salt":"s"', '"salt":"corrected"'));
  });
});

describe("an urgent kill", () => {
  test("is sent once, and ends with the version that has it", () => {
    const hub = hubAt(1);
    const sink = attached(hub, at(1));
    const kill: UrgentKill = { id: "u1", epoch: "e1", journal: "j", counter: 7, flags: ["pins"] };
    hub.publishUrgent(kill);
    hub.publishUrgent(kill);
    expect(sink.named("urgent")).toHaveLength(1);
    hub.publishPatch(killPatch(1, 2, { journals: { j: 6 } }));
    expect(hub.urgent).toHaveLength(1);
    hub.publishPatch(killPatch(2, 3, { journals: { j: 7 } }));
    expect(hub.urgent).toEqual([]);
    hub.publishUrgent(kill);
    expect(hub.urgent).toEqual([]);
  });

  test("outlives a failover after which the log knows earlier kills of its journal alone", () => {
    const hub = new Hub("production", undefined);
    hub.publishSnapshot({ ...snapshotAt(30), journals: { j: 4 } });
    hub.publishUrgent({ id: "u1", epoch: "e1", journal: "j", counter: 5, flags: ["pins"] });
    const restored: Snapshot = { ...snapshotAt(2), epoch: "e2", replaces: ["e1"], journals: { j: 3 } };
    hub.publishSnapshot(restored);
    expect(hub.urgent.map(({ id }) => id)).toEqual(["u1"]);
    hub.publishSnapshot({ ...restored, seq: 3, journals: { j: 5 } });
    expect(hub.urgent).toEqual([]);
  });

  test("waits for a snapshot where there is none yet", () => {
    const hub = new Hub("production", undefined);
    hub.publishUrgent({ id: "u1", epoch: "", journal: "j", counter: 7, flags: ["pins"] });
    hub.publishSnapshot(snapshotAt(3));
    expect(attached(hub).named("urgent")).toMatchObject([{ id: "u1" }]);
  });
});

describe("a flag that was renamed", () => {
  const renamed: Patch = {
    epoch: "e1",
    base: 1,
    to: 2,
    set: { flags: { pictures: { rules: [{ serve: "on" }] }, pins: { rules: [{ serve: "on" }], aliasOf: "pictures" } } },
  };

  test.each([["pins"], ["pictures"]])("is killed at once under both keys by an emergency kill of %s", (flag) => {
    const hub = hubAt(1);
    hub.publishPatch(renamed);
    const sink = attached(hub, at(2));
    hub.publishUrgent({ id: "k9", epoch: "e1", journal: "j", counter: 1, flags: [flag] });
    expect(sink.named("urgent")).toEqual([{ id: "k9", epoch: "e1", journal: "j", counter: 1, flags: ["pictures", "pins"] }]);
  });

  test("while an emergency kill of its former key waits for the log: the new key is killed before it is served, until the journal is adopted", () => {
    const hub = hubAt(1);
    hub.publishUrgent({ id: "k9", epoch: "e1", journal: "j", counter: 1, flags: ["pins"] });
    const sink = attached(hub, at(1));
    hub.publishPatch(renamed);
    const order = sink.events
      .filter(({ event }) => event === "patch" || event === "urgent")
      .map(({ event, data }) => [event, (data as Partial<UrgentKill>).flags]);
    expect(order).toEqual([
      ["urgent", ["pins"]],
      ["urgent", ["pictures", "pins"]],
      ["patch", undefined],
    ]);
    hub.publishSnapshot({ ...snapshotAt(3), flags: renamed.set?.flags ?? {}, journals: { j: 1 } });
    expect(hub.urgent).toEqual([]);
  });
});
