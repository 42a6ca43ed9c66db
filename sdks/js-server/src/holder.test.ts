import { evaluate, type Patch, type Snapshot, type UrgentKill } from "@sluice/evaluation";
import { describe, expect, test } from "vitest";
import { type Offer, SnapshotHolder } from "./holder.ts";
import { ON, snapshotAt } from "./testing/snapshots.ts";

type Step =
  | readonly ["snapshot", Snapshot]
  | readonly ["patch", Patch]
  | readonly ["urgent", UrgentKill]
  | readonly ["restore", Snapshot, readonly UrgentKill[]];

const killPatch = (base: number, to: number, epoch = "e1"): Patch => ({ epoch, base, to, set: { kills: { k1: { flags: ["site.diary"] } } } });
const urgent = (parts: Partial<UrgentKill> = {}): UrgentKill => ({ id: "u1", epoch: "e1", flags: ["site.diary"], ...parts });

function holderAfter(...steps: readonly Step[]): { readonly holder: SnapshotHolder; readonly offers: readonly Offer[] } {
  const holder = new SnapshotHolder({});
  const offers = steps.map((step) => {
    switch (step[0]) {
      case "snapshot":
        return holder.offerSnapshot(step[1], []);
      case "patch":
        return holder.offerPatch(step[1]);
      case "urgent":
        return holder.offerUrgent(step[1]);
      case "restore":
        return holder.restore(step[1], step[2]);
    }
  });
  return { holder, offers };
}

function check(steps: readonly Step[], expected: { readonly kinds: readonly Offer["kind"][]; readonly version: string; readonly diary: boolean }): void {
  const { holder, offers } = holderAfter(...steps);
  const { compiled } = holder;
  if (compiled === undefined) throw new Error("nothing is held");
  expect({
    kinds: offers.map((offer) => offer.kind),
    version: `${compiled.version.epoch}:${compiled.version.seq}`,
    diary: evaluate(compiled, "site.diary", {}).value,
  }).toEqual(expected);
}

describe("what a process serves", () => {
  test("moves on with a patch from exactly its version", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["patch", killPatch(3, 7)],
      ],
      { kinds: ["swapped", "swapped"], version: "e1:7", diary: false },
    );
  });

  test("ignores a patch it already has", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["patch", killPatch(3, 7)],
        ["patch", killPatch(3, 7)],
        ["patch", { epoch: "e1", base: 1, to: 2, drop: { kills: ["k1"] } }],
      ],
      {
        kinds: ["swapped", "swapped", "same", "same"],
        version: "e1:7",
        diary: false,
      },
    );
  });

  test("asks for the snapshot over a gap, and applies the kills of the patch at once", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["patch", killPatch(5, 6)],
      ],
      { kinds: ["swapped", "gap"], version: "e1:3", diary: false },
    );
  });

  test("lets such a kill go with the snapshot that reaches it", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["patch", killPatch(5, 6)],
        ["snapshot", snapshotAt(6)],
      ],
      { kinds: ["swapped", "gap", "swapped"], version: "e1:6", diary: true },
    );
  });

  test("asks for the snapshot when the patch is of another epoch, and applies nothing of it", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["patch", killPatch(3, 7, "e2")],
      ],
      { kinds: ["swapped", "gap"], version: "e1:3", diary: true },
    );
  });

  test("never goes back within an epoch", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["patch", killPatch(3, 7)],
        ["snapshot", snapshotAt(6)],
      ],
      { kinds: ["swapped", "swapped", "refused"], version: "e1:7", diary: false },
    );
  });

  test("goes to an epoch that replaces its own, whatever the number, and never back", () => {
    check(
      [
        ["snapshot", snapshotAt(30)],
        ["snapshot", snapshotAt(2, { epoch: "e2", replaces: ["e1"] })],
        ["snapshot", snapshotAt(31)],
        ["patch", killPatch(30, 31)],
      ],
      {
        kinds: ["swapped", "swapped", "refused", "refused"],
        version: "e2:2",
        diary: true,
      },
    );
  });

  test("goes to an epoch that nobody placed: its own may be lost", () => {
    check(
      [
        ["snapshot", snapshotAt(30)],
        ["snapshot", snapshotAt(1, { epoch: "fresh" })],
      ],
      { kinds: ["swapped", "swapped"], version: "fresh:1", diary: true },
    );
  });

  test("refuses an epoch that an epoch it passed through had replaced", () => {
    check(
      [
        ["snapshot", snapshotAt(9, { epoch: "e2", replaces: ["e1"] })],
        ["snapshot", snapshotAt(4, { epoch: "e3", replaces: ["e2"] })],
        ["snapshot", snapshotAt(99)],
      ],
      { kinds: ["swapped", "swapped", "refused"], version: "e3:4", diary: true },
    );
  });

  test("keeps a kill that a restored backup has forgotten, until the new epoch lists it", () => {
    const killed = snapshotAt(30, { kills: { k1: { flags: ["site.diary"] } } });
    const restored = snapshotAt(2, { epoch: "e2", replaces: ["e1"] });
    check(
      [
        ["snapshot", killed],
        ["snapshot", restored],
      ],
      { kinds: ["swapped", "swapped"], version: "e2:2", diary: false },
    );
    check(
      [
        ["snapshot", killed],
        ["snapshot", restored],
        ["patch", killPatch(2, 3, "e2")],
        ["patch", { epoch: "e2", base: 3, to: 4, drop: { kills: ["k1"] } }],
      ],
      {
        kinds: ["swapped", "swapped", "swapped", "swapped"],
        version: "e2:4",
        diary: true,
      },
    );
  });

  test.each([
    [4, false],
    [5, true],
    [9, true],
  ])("of an epoch that its successor has seen up to %i, a kill since 5 that is not listed is over: %s", (seen, diary) => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["patch", killPatch(3, 5)],
        ["patch", { epoch: "e1", base: 5, to: 8 }],
        ["snapshot", snapshotAt(1, { epoch: "e2", replaces: ["e1"], seen: { e1: seen } })],
      ],
      { kinds: ["swapped", "swapped", "swapped", "swapped"], version: "e2:1", diary },
    );
  });

  test("keeps an emergency kill that a failover lost, though the new epoch knows earlier kills of its journal", () => {
    const before = snapshotAt(30, { journals: { j: 4 } });
    const restored = snapshotAt(2, { epoch: "e2", replaces: ["e1"], journals: { j: 3 } });
    const heard = ["urgent", urgent({ journal: "j", counter: 5 })] as const;
    check([["snapshot", before], heard, ["snapshot", restored]], { kinds: ["swapped", "swapped", "swapped"], version: "e2:2", diary: false });
    const adopted: Patch = { epoch: "e2", base: 2, to: 3, set: { journals: { j: 5 } } };
    check([["snapshot", before], heard, ["snapshot", restored], ["patch", adopted]], {
      kinds: ["swapped", "swapped", "swapped", "swapped"],
      version: "e2:3",
      diary: true,
    });
  });

  test("applies an urgent kill at once and keeps it through patches that do not end it", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["urgent", urgent({ journal: "j", counter: 5 })],
        ["patch", { epoch: "e1", base: 3, to: 4, set: { journals: { j: 4 } } }],
      ],
      {
        kinds: ["swapped", "swapped", "swapped"],
        version: "e1:4",
        diary: false,
      },
    );
  });

  test("ends an urgent kill with the patch that adopts its counter", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["urgent", urgent({ journal: "j", counter: 5 })],
        ["patch", { epoch: "e1", base: 3, to: 4, set: { journals: { j: 5 } } }],
      ],
      {
        kinds: ["swapped", "swapped", "swapped"],
        version: "e1:4",
        diary: true,
      },
    );
  });

  test("ends an urgent kill with the patch that reaches its place in the log", () => {
    check(
      [
        ["snapshot", snapshotAt(3)],
        ["urgent", urgent({ seq: 6 })],
        ["patch", killPatch(3, 6)],
        ["patch", { epoch: "e1", base: 6, to: 7, drop: { kills: ["k1"] } }],
      ],
      {
        kinds: ["swapped", "swapped", "swapped", "swapped"],
        version: "e1:7",
        diary: true,
      },
    );
  });

  test("ignores an urgent kill that its snapshot has passed already", () => {
    check(
      [
        ["snapshot", snapshotAt(8)],
        ["urgent", urgent({ seq: 6 })],
      ],
      { kinds: ["swapped", "same"], version: "e1:8", diary: true },
    );
  });

  test("remembers an urgent kill that came before any snapshot", () => {
    check(
      [
        ["urgent", urgent({ journal: "j", counter: 1 })],
        ["snapshot", snapshotAt(3)],
      ],
      { kinds: ["same", "swapped"], version: "e1:3", diary: false },
    );
  });

  test("takes stored flags only where nothing newer came first, their urgent kills always", () => {
    check(
      [
        ["snapshot", snapshotAt(8)],
        ["restore", snapshotAt(3, { epoch: "e0" }), [urgent({ journal: "j", counter: 1 })]],
      ],
      { kinds: ["swapped", "swapped"], version: "e1:8", diary: false },
    );
  });

  test("names the flags that a change touches", () => {
    const { offers } = holderAfter(
      ["snapshot", snapshotAt(3)],
      [
        "patch",
        {
          epoch: "e1",
          base: 3,
          to: 4,
          set: { flags: { "site.photos": { default: "off" } }, kills: { k1: { flags: ["site.diary"] } } },
          drop: { flags: ["greeting"] },
        },
      ],
      ["patch", { epoch: "e1", base: 4, to: 5, drop: { kills: ["k1"] } }],
      ["patch", { epoch: "e1", base: 5, to: 6, set: { segments: { s: { include: ["a"] } }, flags: { added: ON } } }],
    );
    const touched = offers.map((offer) => (offer.kind === "swapped" ? [offer.change.flags.toSorted(), offer.change.isKill] : offer.kind));
    expect(touched).toEqual([
      [["greeting", "site.diary", "site.photos"], false],
      [["greeting", "site.diary", "site.photos"], true],
      [["site.diary"], false],
      [["added", "site.diary", "site.photos"], false],
    ]);
  });
});
