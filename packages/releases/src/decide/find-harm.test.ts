import { describe, expect, test } from "vitest";
import { decodeDecisions, encodeDecisions } from "../decisions-codec.ts";
import type { Facts } from "../event.ts";
import { type FoundHarm, whyHeldBack } from "../guard/harm.ts";
import { harmWords, percentWords, queryWords } from "../guard/harm-words.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import { decisionsAfter } from "../testing/decisions-after.ts";
import { decideHarm, type HarmWish } from "./find-harm.ts";

const HOUR = 3_600_000;
const AT = 100 * HOUR;
const content = (environment: string, flag: string): ReleaseContent => ({
  title: "Exports",
  owner: "pia",
  environment,
  flags: [{ flag, serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [{ name: "First", audience: {}, start: { atMs: 0 }, bakeMs: 0 }],
});
const release = (id: string, environment: string, flag: string): Facts => ({
  kind: "releaseSaved",
  release: id,
  content: content(environment, flag),
  contentHash: "h",
});
const created: Facts = { kind: "projectCreated", project: "shop", salts: { production: "p", staging: "s" } };
const planned = (id: string): Facts => ({ kind: "releasePlanned", release: id });
const log: readonly Facts[] = [
  created,
  release("r1", "production", "export"),
  planned("r1"),
  release("r2", "staging", "export"),
  planned("r2"),
  release("r3", "production", "other"),
  planned("r3"),
  release("r4", "production", "export"),
];
const after = (...facts: readonly Facts[]): ReturnType<typeof decisionsAfter> => decisionsAfter([...log, ...facts], { by: "ada", atMs: AT });
const wish: HarmWish = { command: "guard-1", atMs: AT, guard: "errors", environment: "production", flag: "export", did: "paused", words: "It fails." };
const found = (more: Partial<Extract<Facts, { readonly kind: "harmFound" }>> = {}): Facts => ({
  kind: "harmFound",
  guard: "errors",
  environment: "production",
  flag: "export",
  did: "killed",
  words: "It fails.",
  kills: ["k1"],
  ...more,
});

describe("harm that a guard finds", () => {
  test("is written down under the guard's name, and pauses what gives the flag there and is under way", () => {
    const personal = { by: "guard:errors", reason: "It fails." };
    expect(decideHarm(after(), wish)).toEqual([
      { command: "guard-1", atMs: AT, personal, facts: { kind: "releasePaused", release: "r1" } },
      {
        command: "guard-1",
        atMs: AT,
        personal,
        facts: { kind: "harmFound", guard: "errors", environment: "production", flag: "export", did: "paused", words: "It fails." },
      },
    ]);
    expect(decideHarm(after(), { ...wish, did: "announced" }).map(({ facts }) => facts.kind)).toEqual(["harmFound"]);
    expect(decideHarm(after({ kind: "releasePaused", release: "r1" }), wish).map(({ facts }) => facts.kind)).toEqual(["harmFound"]);
    expect(decideHarm(after(), { ...wish, environment: "nowhere" })).toEqual([]);
    expect(decideHarm(after(), { ...wish, command: "c1" })).toEqual([]);
  });

  test("stays in mind, also in a checkpoint, with who took it back; under the flag's key now", () => {
    const decisions = after(
      found(),
      { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["export"] },
      { kind: "killLifted", kill: "k2", environment: "production" },
      found({ kills: ["k9"], guard: "slow" }),
      { kind: "killLifted", kill: "k1", environment: "production" },
    );
    const [first, second] = decisions.environments["production"]?.harm ?? [];
    expect(first).toEqual({ guard: "errors", flag: "export", atMs: AT, did: "killed", words: "It fails.", kills: ["k1"], takenBackAtMs: AT });
    expect(second).not.toHaveProperty("takenBackAtMs");
    expect(decodeDecisions(encodeDecisions(decisions))?.environments["production"]?.harm).toEqual([first, second]);
    const renamed = after(
      found(),
      { kind: "commitAdopted", commit: "abc", changed: [], kept: [], aliases: { export: "exports.csv" }, renamed: [{ from: "export", to: "exports.csv" }] },
      found(),
    );
    expect(renamed.environments["production"]?.harm?.map(({ flag }) => flag)).toEqual(["exports.csv", "exports.csv"]);
  });

  test("is taken back by a lift that came before it was written down", () => {
    const killed: Facts = { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["export"] };
    const harm = (...facts: readonly Facts[]): FoundHarm | undefined => after(...facts).environments["production"]?.harm?.at(-1);
    expect(harm(killed, { kind: "killLifted", kill: "k1", environment: "production" }, found())).toMatchObject({ kills: ["k1"], takenBackAtMs: AT });
    expect(harm(killed, { kind: "killLifted", kill: "k2", environment: "production" }, found())).not.toHaveProperty("takenBackAtMs");
    // Its emergency kill may come into the log after it.
    expect(harm(found(), killed)).not.toHaveProperty("takenBackAtMs");
  });

  test("that paused a release is taken back by whoever resumes that release, and by nobody else", () => {
    const paused = found({ did: "paused" });
    const own = after(paused, { kind: "releasePaused", release: "r1" }, { kind: "releaseResumed", release: "r1" });
    expect(own.environments["production"]?.harm?.[0]?.takenBackAtMs).toBe(AT);
    for (const other of ["r2", "r3"]) {
      const others = after(paused, { kind: "releasePaused", release: other }, { kind: "releaseResumed", release: other });
      expect(others.environments["production"]?.harm?.[0]).not.toHaveProperty("takenBackAtMs");
    }
    const killed = after(found(), { kind: "releasePaused", release: "r1" }, { kind: "releaseResumed", release: "r1" });
    expect(killed.environments["production"]?.harm?.[0]).not.toHaveProperty("takenBackAtMs");
  });
});

describe("what holds a guard back", () => {
  const one = (hoursAgo: number, more: Partial<FoundHarm> = {}): FoundHarm => ({
    guard: "errors",
    flag: "export",
    atMs: AT - hoursAgo * HOUR,
    did: "killed",
    words: "",
    ...more,
  });
  const cases: readonly (readonly [string, readonly FoundHarm[], string | undefined])[] = [
    ["nothing was found yet", [], undefined],
    ["as much was done today as it may", [one(1), one(23.9)], "perDay"],
    ["what was done yesterday counts no more", [one(1), one(24)], undefined],
    ["announcing is no deed", [one(1), one(2, { did: "announced" })], undefined],
    ["a pause is one", [one(1), one(2, { did: "paused" })], "perDay"],
    ["all together have done as much as they may", [one(1, { guard: "a" }), one(2, { guard: "b" }), one(3, { flag: "other" })], "perDay"],
    ["a person has taken one back", [one(30, { takenBackAtMs: AT - 5.9 * HOUR })], "quiet"],
    ["that was long ago", [one(30, { takenBackAtMs: AT - 6 * HOUR })], undefined],
    ["a person has taken another guard's back", [one(30, { guard: "slow", takenBackAtMs: AT })], undefined],
    ["the clock of the log was ahead", [one(-48), one(-72)], "perDay"],
    ["the clock was ahead when it was taken back", [one(-48, { takenBackAtMs: AT + 50 * HOUR })], "quiet"],
  ];

  test.each(cases)("%s", (_words, list, why) => {
    const bounds = { perDay: 2, allPerDay: 3, quietMs: 6 * HOUR };
    expect(whyHeldBack(list, { guard: "errors", flag: "export" }, { bounds, nowMs: AT })).toBe(why);
  });
});

describe("what is said of harm", () => {
  test.each([
    [{ outcome: "export", before: 0.008, now: 0.021, harmed: 3, of: 38 }, "Failures of export rose from 0.8 % to 2.1 % for 3 of 38 customers that have it."],
    [{ outcome: "export", before: 0, now: 0.5, harmed: 2, of: 2 }, "Failures of export are 50 % for all 2 customers that have it."],
    [{ outcome: "export", before: 0.0004, now: 0.1, harmed: 1, of: 1 }, "Failures of export rose from 0.04 % to 10 % for the 1 customer that has it."],
  ])("is a sentence with counts", (seen, words) => {
    expect(harmWords(seen)).toBe(words);
  });

  test("of a query is its value", () => {
    expect(queryWords({ above: 0.5, most: 0.93333, harmed: 3 })).toBe("Its query was above 0.5 for 3 customers, up to 0.933.");
    expect(queryWords({ above: 2, most: 12, harmed: undefined })).toBe("Its query was above 2, up to 12.");
    expect([0, 0.00001, 0.0999, 0.1, 1].map(percentWords)).toEqual(["0 %", "0.00 %", "10.0 %", "10 %", "100 %"]);
  });
});
