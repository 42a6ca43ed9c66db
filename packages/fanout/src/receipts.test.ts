import { beforeEach, describe, expect, test } from "vitest";
import { Receipts } from "./receipts.ts";

let now = 0;
let receipts: Receipts;
beforeEach(() => {
  now = 0;
  receipts = new Receipts({ nowMs: () => now, monotonicMs: () => now });
});
const connect = (instance: string, environment = "production"): (() => void) =>
  receipts.connected({ instance, environment, service: "shop", version: "1.2.0" });
const confirm = (instance: string, seq: number, urgent: readonly string[] = [], environment = "production"): void =>
  receipts.confirm(environment, { instance, epoch: "e1", seq, urgent: [...urgent], asked: [], unknown: [] });
const track = (more: { readonly seq?: number } = { seq: 5 }): void =>
  receipts.track({ kill: "k1", environment: "production", epoch: "e1", atMs: now, ...more });

describe("a receipt", () => {
  test("counts the connected processes of its environment that serve the kill", () => {
    for (const instance of ["a", "b", "c"]) connect(instance);
    connect("elsewhere", "staging");
    confirm("a", 4);
    now = 1_000;
    track();
    now = 1_010;
    confirm("a", 5);
    now = 1_040;
    confirm("b", 6);
    confirm("c", 4);
    confirm("elsewhere", 9, [], "staging");
    expect(receipts.receipt("k1")).toMatchObject({ kill: "k1", of: 3, confirmed: 2, elapsedMs: 40, p50Ms: 10, p99Ms: 40, done: false, laggards: [] });
    now = 1_100;
    confirm("c", 5);
    now = 9_000;
    expect(receipts.receipt("k1")).toEqual({ kill: "k1", of: 3, confirmed: 3, elapsedMs: 100, p50Ms: 40, p99Ms: 100, laggards: [], done: true });
  });

  test("names who is missing, since when and what it serves", () => {
    connect("a");
    connect("b");
    confirm("b", 4);
    track();
    confirm("a", 5);
    now = 6_000;
    expect(receipts.receipt("k1")?.laggards).toEqual([{ instance: "b", service: "shop", version: "1.2.0", lastHeardMsAgo: 6_000, serves: "e1:4" }]);
  });

  test("of an emergency kill is confirmed by its name, before and after the log has it", () => {
    connect("a");
    connect("b");
    track({});
    confirm("a", 4, ["k1"]);
    expect(receipts.receipt("k1")).toMatchObject({ of: 2, confirmed: 1 });
    track({ seq: 9 });
    confirm("b", 9);
    expect(receipts.receipt("k1")).toMatchObject({ of: 2, confirmed: 2, done: true });
  });

  test("does not count what another epoch's number seems to say", () => {
    connect("a");
    track();
    receipts.confirm("production", { instance: "a", epoch: "e0", seq: 99, urgent: [], asked: [], unknown: [] });
    expect(receipts.receipt("k1")).toMatchObject({ of: 1, confirmed: 0 });
  });

  test("waits for a process whose stream has closed, for it may still serve the old answer, but not for ever", () => {
    const gone = connect("a");
    track();
    gone();
    now = 29_000;
    expect(receipts.receipt("k1")).toMatchObject({ of: 1, confirmed: 0, done: false });
    now = 31_000;
    expect(receipts.receipt("k1")).toMatchObject({ of: 0, confirmed: 0, gone: 1, done: true });
  });

  test("waits for a process that was cut off moments before the kill, names it, and then says that it is gone", () => {
    const [old, cut] = [connect("old"), connect("cut")];
    connect("here");
    old();
    now = 31_000;
    cut();
    now = 32_000;
    track();
    confirm("here", 5);
    now = 34_000;
    expect(receipts.receipt("k1")).toMatchObject({ of: 2, confirmed: 1, done: false, laggards: [{ instance: "cut", lastHeardMsAgo: 3_000 }] });
    expect(receipts.reach("k1")).toMatchObject({ of: 2, confirmed: 1, gone: 0, missing: ["shop 1.2.0 cut"] });
    now = 61_000;
    expect(receipts.receipt("k1")).toMatchObject({ of: 1, confirmed: 1, gone: 1, done: true });
    connect("cut");
    confirm("cut", 5);
    expect(receipts.receipt("k1")).toMatchObject({ of: 2, confirmed: 2, done: true });
  });

  test("counts those that confirm without a stream beside the others, and no more of them than there is room for", () => {
    connect("here");
    track();
    now = 100;
    confirm("here", 5);
    now = 9_000;
    for (let index = 0; index < 60_000; index++) confirm(`made-up-${index}`, 5);
    expect(receipts.receipt("k1")).toEqual({
      kill: "k1",
      of: 1,
      confirmed: 1,
      withoutStream: 50_000,
      elapsedMs: 100,
      p50Ms: 100,
      p99Ms: 100,
      laggards: [],
      done: true,
    });
    // Of a process that is connected later it says when it had it.
    connect("made-up-7");
    expect(receipts.receipt("k1")).toMatchObject({ of: 2, confirmed: 2, withoutStream: 49_999, elapsedMs: 9_000, p50Ms: 100, p99Ms: 9_000 });
  });

  test("waits for a process that was cut off, however many others are made up meanwhile", () => {
    connect("cut")();
    now = 1;
    for (let index = 0; index < 60_000; index++) confirm(`made-up-${index}`, 4);
    track();
    expect(receipts.receipt("k1")).toMatchObject({ of: 1, confirmed: 0, done: false });
  });

  test("measures from when the kill was asked for, although its event was heard of first", () => {
    connect("a");
    now = 1_000;
    track();
    now = 1_005;
    confirm("a", 5);
    receipts.track({ kill: "k1", environment: "production", epoch: "e1", atMs: 990, seq: 5 });
    expect(receipts.receipt("k1")?.p50Ms).toBe(15);
  });

  test("takes in those who come within ten minutes, and then no more", () => {
    connect("a");
    track();
    confirm("a", 5);
    now = 60_000;
    connect("b");
    expect(receipts.receipt("k1")?.of).toBe(2);
    now = 10 * 60_000 + 1;
    connect("c");
    confirm("c", 5);
    confirm("b", 5);
    expect(receipts.receipt("k1")).toMatchObject({ of: 2, confirmed: 2 });
  });

  test("keeps apart two clients of one process in two environments", () => {
    connect("a");
    connect("a", "staging");
    track();
    confirm("a", 9, [], "staging");
    expect(receipts.receipt("k1")).toMatchObject({ of: 1, confirmed: 0 });
    expect([receipts.connectedIn("production"), receipts.connectedIn("staging")]).toEqual([1, 1]);
  });

  test("is kept for the last 500 kills", () => {
    for (let index = 0; index < 501; index++) receipts.track({ kill: `n${index}`, environment: "production", epoch: "e1", atMs: 0, seq: index });
    expect([receipts.receipt("n0"), receipts.receipt("n1")?.kill]).toEqual([undefined, "n1"]);
  });
});

test("each new confirmation is told, repeated ones are not", () => {
  let told = 0;
  receipts.onConfirmed = () => told++;
  connect("a");
  confirm("a", 4);
  track();
  confirm("a", 5);
  confirm("a", 6);
  expect(told).toBe(1);
});

test("services are counted by connected processes, most first", () => {
  for (const [instance, service] of [
    ["1", "web"],
    ["2", "jobs"],
    ["3", "web"],
  ] as const)
    receipts.connected({ instance, environment: "production", service });
  receipts.connected({ instance: "4", environment: "production", service: "jobs" })();
  expect(receipts.services("production")).toEqual([
    { service: "web", instances: 2 },
    { service: "jobs", instances: 1 },
  ]);
});
