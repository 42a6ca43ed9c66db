import type { RelayReport } from "@sluice/contract";
import { describe, expect, test } from "vitest";
import { Receipts } from "../receipts.ts";
import { TestApi, TestDisk, TestWorld } from "../testing/test-world.ts";
import { RelayBook } from "./relay-book.ts";

const everywhere = (): boolean => true;
const A = { name: "eu-west", id: "aaaaaaaaaaaaaaaaaaaaaaaa" };
const B = { name: "eu-west", id: "bbbbbbbbbbbbbbbbbbbbbbbb" };
const OLD = { name: "eu-west", id: "" };

function made(): { readonly world: TestWorld; readonly receipts: Receipts; readonly book: RelayBook } {
  const world = new TestWorld({ disk: new TestDisk(), api: new TestApi() });
  const receipts = new Receipts(world.clock);
  return { world, receipts, book: new RelayBook(world, receipts) };
}

/** Everybody who is behind a relay, all of them serving `seq`. */
const report = (seq: number, ...instances: readonly string[]): RelayReport => ({
  isWhole: true,
  serves: [{ environment: "production", epoch: "e1", seq, urgent: [], pages: 0 }],
  instances: instances.map((instance) => ({ environment: "production", instance, isOpen: true, epoch: "e1", seq, urgent: [] })),
  asked: [],
});

test("two relays of one name each keep whoever is behind them, and the log tells of the name once", () => {
  const { world, receipts, book } = made();
  book.connected(A, "no trial kills");
  const cut = book.connected(B, "no trial kills");
  for (let times = 0; times < 3; times += 1) {
    book.report(A, report(4, "a1", "a2"), everywhere);
    book.report(B, report(4, "b1"), everywhere);
  }
  expect(receipts.connectedIn("production")).toBe(3);
  expect(book.list("production")).toMatchObject([
    { relay: "eu-west", instances: 2 },
    { relay: "eu-west (bbbbbb)", instances: 1 },
  ]);
  cut();
  book.connected(B, "no trial kills")();
  receipts.track({ kill: "k1", environment: "production", epoch: "e1", seq: 5, atMs: 0 });
  book.report(A, report(5, "a1", "a2"), everywhere);
  world.monotonicMs = 60_000;
  expect(receipts.receipt("k1")).toMatchObject({ of: 2, confirmed: 2, gone: 1, done: false, relays: [{ relay: "eu-west (bbbbbb)", instances: 1 }] });
  book.connected(B, "no trial kills");
  book.report(B, report(5, "b1"), everywhere);
  expect(receipts.receipt("k1")).toMatchObject({ of: 3, confirmed: 3, done: true });
  expect(world.lines.filter((line) => line.includes("relay.sameName"))).toHaveLength(1);
});

test("a relay that says no more than its name is known by it, and is the same one when it has learnt to say which it is", () => {
  const { world, receipts, book } = made();
  const gone = book.connected(OLD, "no trial kills");
  book.report(OLD, report(4, "a1"), everywhere);
  gone();
  expect(book.list("production")).toMatchObject([{ relay: "eu-west", connected: false, instances: 1 }]);
  book.connected(A, "no trial kills");
  book.report(A, report(4, "a1"), everywhere);
  expect(book.list("production")).toMatchObject([{ relay: "eu-west", connected: true, instances: 1 }]);
  expect(receipts.connectedIn("production")).toBe(1);
  expect(world.lines.filter((line) => line.includes("relay.sameName"))).toEqual([]);
});

test("pages behind relays count as told once their relay serves the kill, or an epoch that began with it", () => {
  const { book } = made();
  const cut = book.connected(A, "no trial kills");
  book.connected(B, "no trial kills");
  const pages = (epoch: string, seq: number, count: number, urgent: readonly string[] = []): RelayReport => ({
    ...report(seq),
    serves: [
      { environment: "production", epoch, seq, urgent: [...urgent], pages: count },
      { environment: "staging", epoch, seq, urgent: [], pages: 99 },
    ],
  });
  const kill = { kill: "k1", environment: "production", epoch: "e1", seq: 5 };
  book.report(A, pages("e1", 4, 30), everywhere);
  book.report(B, pages("e1", 5, 2), everywhere);
  expect(book.pagesTold(kill, undefined)).toEqual({ of: 32, told: 2 });
  book.report(A, pages("e1", 4, 31, ["k1"]), everywhere);
  expect(book.pagesTold(kill, undefined)).toEqual({ of: 33, told: 33 });
  book.report(A, pages("e2", 1, 31), everywhere);
  expect(book.pagesTold(kill, undefined)).toEqual({ of: 33, told: 2 });
  expect(book.pagesTold(kill, "e2")).toEqual({ of: 33, told: 33 });
  cut();
  expect(book.pagesTold(kill, "e2")).toEqual({ of: 2, told: 2 });
});

describe("a relay that hears trial kills", () => {
  const well = { sinceMs: 0, lateAfterMs: 150_000 };
  const had = (kill: string | undefined, ...late: readonly string[]): RelayReport => ({
    ...report(4),
    probe: { ...(kill === undefined ? {} : { kill }), late: [...late] },
  });

  test("is late where its client has had no other one for too long, whatever it reports beside, and no more when it has", () => {
    const { world, book } = made();
    book.connected(A, "trial kills");
    book.connected({ name: "old", id: "cccc" }, "no trial kills");
    book.report(A, had(undefined), everywhere);
    expect(book.probed(well)).toEqual([{ relay: "eu-west", isLate: false }]);
    world.monotonicMs = 100_000;
    book.report(A, had("k1"), everywhere);
    world.monotonicMs = 250_000;
    for (let times = 0; times < 3; times += 1) book.report(A, had("k1"), everywhere);
    expect(book.probed(well)).toEqual([{ relay: "eu-west", isLate: false }]);
    world.monotonicMs = 250_001;
    expect(book.probed(well)).toEqual([{ relay: "eu-west", isLate: true }]);
    book.report(A, had("k2"), everywhere);
    expect(book.probed(well)).toEqual([{ relay: "eu-west", isLate: false }]);
  });

  test("is not late for what the server's own trial kills are late with, nor for time that it was away", () => {
    const { world, book } = made();
    const cut = book.connected(A, "trial kills");
    world.monotonicMs = 140_000;
    cut();
    world.monotonicMs = 10_000_000;
    expect(book.probed(well)).toEqual([]);
    const again = book.connected(A, "trial kills");
    world.monotonicMs = 10_010_000;
    expect(book.probed(well)).toEqual([{ relay: "eu-west", isLate: false }]);
    // Connected for 150 s in all, whether at once or not.
    again();
    book.connected(A, "trial kills");
    world.monotonicMs = 10_010_001;
    expect(book.probed(well)).toEqual([{ relay: "eu-west", isLate: true }]);
    expect(book.probed(undefined)).toEqual([{ relay: "eu-west", isLate: false }]);
    expect(book.probed({ ...well, sinceMs: 10_000_000 })).toEqual([{ relay: "eu-west", isLate: false }]);
  });

  test("names those behind it that are late", () => {
    const { book } = made();
    const cut = book.connected(A, "trial kills");
    book.report(A, had("k1", "edge-1"), everywhere);
    expect(book.probed(well)).toEqual([
      { relay: "eu-west", isLate: false },
      { relay: "eu-west/edge-1", isLate: true },
    ]);
    book.report(A, had("k1"), everywhere);
    expect(book.probed(well)).toHaveLength(1);
    cut();
    expect(book.probed(well)).toEqual([]);
  });
});
