import * as fc from "fast-check";
import { expect, test } from "vitest";
import { applyEvent, foldEvents, LogNotUnderstood } from "./apply-event.ts";
import { decodeDecisions, encodeDecisions } from "./decisions-codec.ts";
import { adoptionAt, emptyDecisions } from "./decisions.ts";
import type { Facts, LoggedEvent } from "./event.ts";

function logged(facts: readonly Facts[], by = "ada"): LoggedEvent[] {
  let epoch = "e1";
  return facts.map((each, index) => {
    if (each.kind === "epochStarted") epoch = each.epoch;
    return {
      seq: index + 1,
      epoch,
      atMs: 1000 * index,
      command: `c${index}`,
      facts: each,
      personal: { by },
      personalHash: "p",
      prevHash: `h${index}`,
      hash: `h${index + 1}`,
    };
  });
}

const CREATED: Facts = { kind: "projectCreated", project: "shop", salts: { production: "s1", staging: "s2" } };
const environment = fc.constantFrom("production", "staging");
const path = fc.constantFrom("flags/a.yaml", "flags/b.yaml", "sluice.yaml");
const blob = fc.constantFrom("b1", "b2", "b3", "");
const changes = fc.array(fc.tuple(path, blob), { maxLength: 4 });
const id = fc.constantFrom("k1", "k2", "k3");
const flag = fc.constantFrom("a", "b");
const MEMBERS = ["00000000000000aa", "00000000000000bb", "00000000000000cc"];
const facts: fc.Arbitrary<Facts> = fc.oneof(
  fc.record({
    kind: fc.constant("commitAdopted" as const),
    commit: fc.string(),
    changed: changes,
    kept: fc.array(fc.record({ flag, environment, blobs: changes, why: fc.constant("broken" as const) }), { maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant("commitHeld" as const), commit: fc.string(), removed: fc.nat(), of: fc.nat() }),
  fc.record({
    kind: fc.constant("flagsKilled" as const),
    kill: id,
    environment,
    flags: fc.array(flag),
    journal: fc.constantFrom("j1", "j2"),
    counter: fc.nat(),
  }),
  fc.record({ kind: fc.constant("killLifted" as const), kill: id, environment }),
  fc.record({ kind: fc.constant("flagReverted" as const), revert: id, environment, flag, toSeq: fc.nat(), blobs: changes }),
  fc.record({ kind: fc.constant("segmentReverted" as const), revert: id, environment, segment: flag, toSeq: fc.nat(), blobs: changes }),
  fc.record({
    kind: fc.constant("revertAsked" as const),
    revert: id,
    environment,
    of: fc.oneof(fc.record({ flag }), fc.record({ segment: flag })),
    toSeq: fc.nat(),
    blobs: changes,
  }),
  fc.record({ kind: fc.constant("revertDecided" as const), revert: id, environment, isAccepted: fc.boolean() }),
  fc.record({ kind: fc.constant("revertEnded" as const), revert: id, environment }),
  fc.record({ kind: fc.constant("listChanged" as const), environment, list: flag, add: fc.subarray(MEMBERS), remove: fc.subarray(MEMBERS) }),
  fc.record({ kind: fc.constant("listChangeAsked" as const), change: id, environment, list: flag, add: fc.subarray(MEMBERS), remove: fc.subarray(MEMBERS) }),
  fc.record({ kind: fc.constant("listChangeDecided" as const), change: id, environment, list: flag, isAccepted: fc.boolean() }),
  fc.record({ kind: fc.constant("epochStarted" as const), epoch: fc.constantFrom("e2", "e3"), replaces: fc.constant(["e1"]) }),
);

test("a fold goes on from a decoded checkpoint exactly as from the start", () => {
  fc.assert(
    fc.property(fc.array(facts, { maxLength: 40 }), fc.nat(), (list, cut) => {
      const events = logged([CREATED, ...list]);
      const at = cut % (events.length + 1);
      const decoded = decodeDecisions(encodeDecisions(foldEvents(events.slice(0, at))));
      expect(decoded).toBeDefined();
      expect(encodeDecisions(foldEvents(events.slice(at), decoded))).toBe(encodeDecisions(foldEvents(events)));
    }),
  );
});

test("an adopted tree is what its changes build up, at every remembered sequence", () => {
  fc.assert(
    fc.property(fc.array(changes, { maxLength: 20 }), (list) => {
      const decisions = foldEvents(logged([CREATED, ...list.map((changed): Facts => ({ kind: "commitAdopted", commit: "c", changed, kept: [] }))]));
      const model = new Map<string, string>();
      list.forEach((changed, index) => {
        for (const [name, content] of changed) {
          if (content === "") model.delete(name);
          else model.set(name, content);
        }
        expect(new Map(adoptionAt(decisions, index + 2)?.files.entriesSorted())).toEqual(model);
      });
    }),
  );
});

test("facts of a kind that this version does not know are refused by name, never skipped", () => {
  const event = { ...logged([CREATED])[0], facts: { kind: "moonLanded" } } as unknown as LoggedEvent;
  expect(() => applyEvent(emptyDecisions, event)).toThrow(LogNotUnderstood);
  expect(() => applyEvent(emptyDecisions, event)).toThrow("moonLanded");
});

test("a gap, a foreign epoch and an unknown environment are refused", () => {
  const [first, second] = logged([CREATED, { kind: "killLifted", kill: "k", environment: "moon" }]);
  if (first === undefined || second === undefined) throw new Error("two events were made");
  const created = applyEvent(emptyDecisions, first);
  expect(() => applyEvent(emptyDecisions, second)).toThrow(/event 2: follows 0/);
  expect(() => applyEvent(created, { ...second, epoch: "e9" })).toThrow(/epoch e9/);
  expect(() => applyEvent(created, second)).toThrow(/moon/);
});

test("a revert ends when the flag's files are in Git as it has them, whatever sluice.yaml says", () => {
  const before: Facts[] = [
    CREATED,
    {
      kind: "commitAdopted",
      commit: "c1",
      changed: [
        ["flags/a.yaml", "old"],
        ["segments/s.yaml", "s1"],
        ["sluice.yaml", "p1"],
      ],
      kept: [],
    },
    {
      kind: "commitAdopted",
      commit: "c2",
      changed: [
        ["flags/a.yaml", "new"],
        ["segments/s.yaml", "s2"],
      ],
      kept: [],
    },
    {
      kind: "flagReverted",
      revert: "r1",
      environment: "production",
      flag: "a",
      toSeq: 2,
      blobs: [
        ["flags/a.yaml", "old"],
        ["segments/s.yaml", "s1"],
        ["sluice.yaml", "p1"],
      ],
    },
    {
      kind: "commitAdopted",
      commit: "c3",
      changed: [
        ["flags/a.yaml", "old"],
        ["sluice.yaml", "p2"],
      ],
      kept: [],
    },
  ];
  const after: Facts = { kind: "commitAdopted", commit: "c4", changed: [["segments/s.yaml", "s1"]], kept: [] };
  expect(foldEvents(logged(before)).environments["production"]?.reverts.has("a")).toBe(true);
  expect(foldEvents(logged([...before, after])).environments["production"]?.reverts.has("a")).toBe(false);
});

test("the kept list of the last adopted commit is complete: what it leaves out is no longer kept", () => {
  const kept = { flag: "a", environment: "production", blobs: [["flags/a.yaml", "b1"]], why: "broken" } as const;
  const first: Facts = { kind: "commitAdopted", commit: "c1", changed: [], kept: [kept] };
  const second: Facts = { kind: "commitAdopted", commit: "c2", changed: [], kept: [] };
  expect(foldEvents(logged([CREATED, first])).environments["production"]?.kept.get("a")).toEqual(kept);
  expect(foldEvents(logged([CREATED, first, second])).environments["production"]?.kept.size).toBe(0);
});

test("a commit is no longer held once any commit is adopted", () => {
  const held: Facts = { kind: "commitHeld", commit: "c1", removed: 9, of: 10 };
  expect(foldEvents(logged([CREATED, held])).held).toEqual({ seq: 2, commit: "c1", removed: 9, of: 10 });
  expect(foldEvents(logged([CREATED, held, { kind: "commitAdopted", commit: "c2", changed: [], kept: [] }])).held).toBeUndefined();
});

test("a new epoch replaces the named and all earlier ones, newest first, without itself", () => {
  const decisions = foldEvents(
    logged([CREATED, { kind: "epochStarted", epoch: "e2", replaces: ["e1"] }, { kind: "epochStarted", epoch: "e3", replaces: ["e2"] }]),
  );
  expect(decisions.epoch).toBe("e3");
  expect(decisions.replaces).toEqual(["e2", "e1"]);
});

test("commands are remembered for a thousand events and then forgotten", () => {
  const lift: Facts = { kind: "killLifted", kill: "k", environment: "production" };
  const decisions = foldEvents(logged([CREATED, ...Array.from({ length: 1005 }, () => lift)]));
  expect(decisions.commands.size).toBe(1000);
  expect(decisions.commands.has("c5")).toBe(false);
  expect(decisions.commands.get("c6")).toEqual({ seq: 7, atMs: 6000, kind: "killLifted", id: "k" });
});

test("an adopted counter never goes down", () => {
  const kill = (counter: number): Facts => ({ kind: "flagsKilled", kill: `k${counter}`, environment: "production", flags: ["a"], journal: "j", counter });
  expect(foldEvents(logged([CREATED, kill(7), kill(3)])).environments["production"]?.journals).toEqual({ j: 7 });
});

test("text that is no checkpoint of this format is not used", () => {
  expect(decodeDecisions("{")).toBeUndefined();
  expect(decodeDecisions('{"format":0}')).toBeUndefined();
});
