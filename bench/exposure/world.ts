import * as releases from "@sluice/releases";
import type { Customer, Decisions, Facts, ReleaseContent } from "@sluice/releases";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 2026-12-01T00:00:00Z. */
export const START_MS: number = Date.UTC(2026, 11, 1);
export const ENVIRONMENT = "production";
const ZONES = ["America/Los_Angeles", "America/New_York", "Europe/London", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "UTC"];
const TRACKS = ["internal", "early", "standard", "late"] as const;

const pick = <T>(list: readonly [T, ...T[]] | readonly T[], index: number): T => {
  const found = list[index % list.length];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
};

function customersOf(count: number): readonly Customer[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `c${index}`,
    ...(index % 9 === 0 ? {} : { zone: pick(ZONES, index) }),
    track: pick(TRACKS, Math.floor(index / 3)),
    tags: index % 5 === 0 ? ["beta"] : [],
    hashes: { [ENVIRONMENT]: index.toString(16).padStart(16, "0") },
  }));
}

/** Four waves over three weeks, half of them by the customers' own clocks, in office hours. */
function contentOf(index: number): ReleaseContent {
  const fromMs = START_MS - 5 * DAY + (index % 20) * 6 * HOUR;
  const local = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16);
  const start = (days: number): ReleaseContent["waves"][number]["start"] =>
    index % 2 === 0 ? { atMs: fromMs + days * DAY } : { local: local(fromMs + days * DAY) };
  return {
    title: `Release ${index}`,
    owner: "ada",
    environment: ENVIRONMENT,
    flags: [{ flag: `flag-${index}`, serve: "on" }],
    risk: pick(releases.RISKS, index),
    zone: pick(ZONES, index),
    waves: [
      { name: "Ours", audience: { tracks: ["internal"] }, start: start(0), bakeMs: DAY },
      { name: "Early", audience: { tracks: ["early"] }, start: start(4), bakeMs: DAY },
      { name: "Half", audience: { share: 50_000 }, start: start(11), bakeMs: DAY },
      { name: "All", audience: {}, start: start(18), bakeMs: DAY },
    ],
    openHours: { days: [1, 2, 3, 4, 5], fromMinute: 6 * 60, toMinute: 20 * 60 },
  };
}

export interface Wanted {
  readonly customers: number;
  readonly releases: number;
  readonly holds: number;
}

/** A company in the middle of its releases: some waves are live, one freeze is declared, every tenth customer is on hold at some time. */
export function companyOf({ customers, releases: count, holds }: Wanted): Decisions {
  let decisions = releases.emptyDecisions;
  const add = (facts: Facts, atMs: number): void => {
    const seq = decisions.seq + 1;
    decisions = releases.applyEvent(decisions, { seq, epoch: "e1", atMs, command: `c${seq}`, facts, personalHash: "", prevHash: "", hash: "" });
  };
  add({ kind: "projectCreated", project: "bench", salts: { [ENVIRONMENT]: "salt" } }, 0);
  const all = customersOf(customers);
  for (let at = 0; at < all.length; at += 1_000) add({ kind: "customersChanged", set: all.slice(at, at + 1_000) }, 0);
  for (let index = 0; index < count; index += 1) {
    add({ kind: "releaseSaved", release: `r${index}`, content: contentOf(index), contentHash: "h" }, START_MS - 6 * DAY);
    add({ kind: "releasePlanned", release: `r${index}` }, START_MS - 6 * DAY);
  }
  for (let index = 0; index < holds; index += 1) {
    const fromMs = START_MS + (index % 15) * DAY;
    add(
      { kind: "holdPlaced", hold: `h${index}`, environment: ENVIRONMENT, customers: [`c${(index * 10) % customers}`], fromMs, untilMs: fromMs + 3 * DAY },
      START_MS - 6 * DAY,
    );
  }
  add(
    { kind: "freezeDeclared", freeze: "f1", environment: ENVIRONMENT, fromMs: START_MS + 22 * DAY, untilMs: START_MS + 32 * DAY, policy: "shift" },
    START_MS - 6 * DAY,
  );
  let nowMs = START_MS - 6 * DAY;
  for (let next = releases.nextDueMs(decisions, nowMs); next !== undefined && next <= START_MS; next = releases.nextDueMs(decisions, nowMs)) {
    nowMs = next;
    for (let due = releases.due(decisions, nowMs, () => undefined); due.length > 0; due = releases.due(decisions, nowMs, () => undefined))
      for (const { facts } of due) add(facts, nowMs);
  }
  return decisions;
}
