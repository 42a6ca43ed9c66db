import type { ProjectApproval } from "@sluice/definitions";
import { expect, test } from "vitest";
import { neededApprovals } from "./approvals-needed.ts";
import type { ToldChange } from "./change-report.ts";

const change = (flag: string, own: Partial<ToldChange> = {}): ToldChange => ({
  environment: "production",
  flag,
  how: "changes",
  isSame: false,
  waits: [],
  notes: [],
  ...own,
});
const same = change("same", { isSame: true });
const changed = change("changed");
const risky = change("risky", { notes: ["Its type changes."] });
const waiting = change("waiting", { waits: ["More may get on."] });
const staging = change("elsewhere", { environment: "staging", waits: ["More may get on."] });
const all = [same, changed, risky, waiting, staging];

const needed = (approvals: readonly ProjectApproval[], isPolicyChanged = false): unknown =>
  neededApprovals(
    { approvals },
    { changes: all, project: [], basis: "" },
    { ownerOf: (flag) => (flag === "risky" ? undefined : `team-of-${flag}`), isPolicyChanged },
  );

test.each([
  ["any", ["changed", "risky", "same", "waiting"]],
  ["changes", ["changed", "risky", "waiting"]],
  ["risky", ["risky", "waiting"]],
  ["waits", ["waiting"]],
] as const)("%s is asked of what it says, in its environment alone", (when, flags) => {
  expect(needed([{ environment: "production", when, count: 2, from: ["ops"] }])).toMatchObject([{ flags, count: 2, team: "ops" }]);
});

test("owners are the team of each flag, and anybody where a flag has none", () => {
  expect(needed([{ environment: "production", when: "risky", count: 1, from: ["owners"] }])).toEqual([
    { why: "there is a risk in production", flags: ["risky"], count: 1 },
    { why: "there is a risk in production", flags: ["waiting"], count: 1, team: "team-of-waiting" },
  ]);
});

test("without an environment it is asked of each, and the larger of two counts holds", () => {
  expect(
    needed([
      { when: "waits", count: 1, from: [] },
      { when: "waits", count: 3, from: [] },
    ]),
  ).toEqual([{ why: "it waits for a person", flags: ["elsewhere", "waiting"], count: 3 }]);
});

test("a change of who must agree needs everybody who is asked for anything", () => {
  expect(needed([{ environment: "nowhere", when: "waits", count: 2, from: ["ops", "owners"] }], true)).toEqual([
    { why: "sluice.yaml changes who must agree", flags: [], count: 2, team: "ops" },
  ]);
  expect(needed([{ environment: "nowhere", when: "waits", count: 1, from: [] }], true)).toEqual([
    { why: "sluice.yaml changes who must agree", flags: [], count: 1 },
  ]);
  expect(needed([])).toEqual([]);
});
