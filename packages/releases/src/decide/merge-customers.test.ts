import { expect, test } from "vitest";
import { applyEvent } from "../apply-event.ts";
import type { Customer } from "../customer/customer.ts";
import { decodeDecisions, encodeDecisions } from "../decisions-codec.ts";
import { type Decisions, emptyDecisions } from "../decisions.ts";
import type { Facts, Proposal } from "../event.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import type { Role } from "../policy.ts";
import { cellOf } from "../schedule/cell.ts";
import { due } from "../schedule/due.ts";
import { decideChangeCustomers } from "./customers.ts";
import { decideMergeCustomers } from "./merge-customers.ts";

const HOUR = 3_600_000;
/** 2026-12-01T00:00:00Z. */
const DAY_ONE = Date.UTC(2026, 11, 1);
const valid = (): undefined => undefined;

const customer = (id: string, more: Partial<Customer> = {}): Customer => ({
  id,
  track: "standard",
  tags: [],
  hashes: { production: `hash-of-${id}` },
  ...more,
});
const content: ReleaseContent = {
  title: "Photos",
  owner: "ada",
  environment: "production",
  flags: [{ flag: "photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [
    { name: "Early", audience: { tracks: ["early"] }, start: { atMs: DAY_ONE + 9 * HOUR }, bakeMs: HOUR },
    { name: "All", audience: {}, start: { atMs: DAY_ONE + 20 * HOUR }, bakeMs: HOUR },
  ],
};

/** A log with a scheduler, and acme in the first wave, bolt and crane in the second. */
class Log {
  decisions: Decisions = emptyDecisions;

  constructor(...more: readonly Facts[]) {
    this.add({ kind: "projectCreated", project: "shop", salts: { production: "s1" } });
    this.add({ kind: "customersChanged", set: [customer("acme", { track: "early" }), customer("bolt"), customer("crane")] });
    this.add({ kind: "releaseSaved", release: "r1", content, contentHash: "h1" });
    this.add({ kind: "releasePlanned", release: "r1" });
    for (const facts of more) this.add(facts);
  }

  add(facts: Facts, atMs: number = DAY_ONE, command = `c${this.decisions.seq + 1}`): void {
    const [seq, hash] = [this.decisions.seq + 1, String(this.decisions.seq + 1)];
    this.decisions = applyEvent(this.decisions, { seq, epoch: "e", atMs, command, facts, personal: { by: "ada" }, personalHash: "", prevHash: "", hash });
  }

  take(proposals: readonly Proposal[]): void {
    for (const { facts, atMs, command } of proposals) this.add(facts, atMs, command);
  }

  look(atMs: number): void {
    this.take(due(this.decisions, atMs, valid));
  }

  /** What is served: who has it, or who is left out of everybody. */
  get served(): unknown {
    const { keys = [], rest, except } = this.decisions.environments["production"]?.exposures.get("photos") ?? {};
    return rest === true ? { butNot: except } : keys;
  }

  cell(id: string, nowMs: number): string {
    const release = this.decisions.releases.get("r1");
    if (release === undefined) throw new Error("there is no release");
    return cellOf(this.decisions, { release, customer: id, nowMs, atMs: nowMs }, valid).state.state;
  }
}

const OPTED: Facts = { kind: "optedIn", release: "r1", environment: "production", customer: "bolt" };
const held = (id: string, untilMs: number): Facts => ({
  kind: "holdPlaced",
  hold: "h1",
  environment: "production",
  customers: [id],
  fromMs: DAY_ONE - HOUR,
  untilMs,
});
const asking = { command: "command-1", atMs: DAY_ONE + 10 * HOUR, by: "jonas", role: "admin" as Role };
const granted = (decided: ReturnType<typeof decideMergeCustomers>): readonly Proposal[] => {
  if (!decided.ok) throw new Error(decided.problem.message);
  return decided.value;
};
const erase = (log: Log, id: string, atMs: number): void =>
  log.take(granted(decideChangeCustomers(log.decisions, { ...asking, atMs, command: `erase-${id}`, set: [], removed: [id] })));

test("an erased customer keeps what it has, whatever is exposed after it", () => {
  const log = new Log(OPTED);
  log.look(DAY_ONE + 9 * HOUR);
  expect(log.served).toEqual(["hash-of-acme", "hash-of-bolt"]);
  erase(log, "acme", DAY_ONE + 10 * HOUR);
  log.add({ ...OPTED, customer: "crane" }, DAY_ONE + 11 * HOUR);
  expect(log.served).toEqual(["hash-of-acme", "hash-of-bolt", "hash-of-crane"]);
  log.add({ kind: "releaseEnded", release: "r1", how: "rolledBack" }, DAY_ONE + 12 * HOUR);
  expect(log.served).toEqual([]);
});

test("whoever waits in a wave for everybody gets nothing by being erased", () => {
  const log = new Log(held("bolt", DAY_ONE + 200 * HOUR), { ...OPTED, customer: "crane" });
  log.look(DAY_ONE + 9 * HOUR);
  log.look(DAY_ONE + 20 * HOUR);
  expect(log.served).toEqual({ butNot: ["hash-of-bolt"] });
  erase(log, "bolt", DAY_ONE + 21 * HOUR);
  log.add({ kind: "optedOut", release: "r1", environment: "production", customer: "crane" }, DAY_ONE + 22 * HOUR);
  expect(log.served).toEqual({ butNot: ["hash-of-bolt"] });
  log.look(DAY_ONE + 23 * HOUR);
  expect(log.decisions.releases.get("r1")?.phase).toBe("completed");
});

test("a customer that is erased before its wave is no member of it, and one that comes back under its id is", () => {
  const log = new Log();
  erase(log, "acme", DAY_ONE + HOUR);
  log.look(DAY_ONE + 9 * HOUR);
  expect(log.decisions.releases.get("r1")?.waves[0]?.members).toEqual([]);
  log.add({ kind: "customersChanged", set: [customer("acme")] }, DAY_ONE + 10 * HOUR);
  log.look(DAY_ONE + 20 * HOUR);
  expect(log.cell("acme", DAY_ONE + 20 * HOUR)).toBe("on");
  expect(log.decisions.gone.size).toBe(0);
});

test("who is gone is in the checkpoint", () => {
  const log = new Log();
  erase(log, "acme", DAY_ONE + HOUR);
  const read = decodeDecisions(encodeDecisions(log.decisions));
  expect(read?.gone.get("acme")).toEqual({ hashes: { production: "hash-of-acme" }, seq: 5 });
});

test("a merge hands on holds that are not over, and neither opt-ins nor turns", () => {
  const log = new Log(held("bolt", DAY_ONE + 200 * HOUR), { ...held("bolt", DAY_ONE + 2 * HOUR), hold: "h0" } as Facts, OPTED);
  log.look(DAY_ONE + 9 * HOUR);
  const merge = { ...asking, kept: "crane", merged: "bolt", own: new Set<string>() };
  log.take(granted(decideMergeCustomers(log.decisions, merge)));
  expect(log.decisions.customers.has("bolt")).toBe(false);
  expect(log.served).toEqual(["hash-of-acme", "hash-of-bolt"]);
  expect(log.decisions.holds.entriesSorted().map(([, { customers, fromMs, untilMs }]) => [customers, fromMs - DAY_ONE, untilMs - DAY_ONE])).toEqual([
    [["bolt"], -HOUR, 2 * HOUR],
    [["bolt"], -HOUR, 200 * HOUR],
    [["crane"], 10 * HOUR, 200 * HOUR],
  ]);
  log.look(DAY_ONE + 20 * HOUR);
  expect(log.cell("crane", DAY_ONE + 20 * HOUR)).toBe("held");
  expect(granted(decideMergeCustomers(log.decisions, merge))).toEqual([]);
});

test("a customer with a live wave behind it may be merged into one that waits, which goes on waiting", () => {
  const log = new Log();
  log.look(DAY_ONE + 9 * HOUR);
  log.take(granted(decideMergeCustomers(log.decisions, { ...asking, kept: "crane", merged: "acme", own: new Set() })));
  expect([log.cell("crane", DAY_ONE + 10 * HOUR), log.served]).toEqual(["scheduled", ["hash-of-acme"]]);
});

test("nobody merges strangers, into itself, into nobody, or without the role", () => {
  const log = new Log();
  const said = (more: object): string => {
    const decided = decideMergeCustomers(log.decisions, { ...asking, kept: "crane", merged: "bolt", own: new Set(["bolt"]), ...more });
    return decided.ok ? "granted" : decided.problem.code;
  };
  expect([said({}), said({ role: "customerSuccess" }), said({ role: "customerSuccess", own: new Set(["bolt", "crane"]) })]).toEqual([
    "granted",
    "notYours",
    "granted",
  ]);
  expect([said({ merged: "crane" }), said({ merged: "zed" }), said({ kept: "zed" }), said({ role: "product" })]).toEqual([
    "badPlan",
    "unknownCustomer",
    "unknownCustomer",
    "notAllowed",
  ]);
});

test("customer success changes and removes its own, and registers new ones; a name alone is a decision too", () => {
  const log = new Log();
  const said = (more: object): string => {
    const wish = { ...asking, role: "customerSuccess" as const, own: new Set(["bolt"]), set: [], ...more };
    const decided = decideChangeCustomers(log.decisions, wish);
    return decided.ok ? `${decided.value.length}` : decided.problem.code;
  };
  expect([said({ set: [customer("bolt", { track: "late" })] }), said({ set: [customer("new")] }), said({ removed: ["bolt"] })]).toEqual(["1", "1", "1"]);
  expect([said({ set: [customer("crane", { track: "late" })] }), said({ removed: ["crane"] })]).toEqual(["notYours", "notYours"]);
  expect([said({ set: [customer("bolt")] }), said({ set: [customer("bolt")], touched: new Set(["bolt"]) })]).toEqual(["0", "1"]);
});
