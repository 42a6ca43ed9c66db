import { expect, test } from "vitest";
import type { Decisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import type { Approved } from "../plan/release-state.ts";
import type { Role } from "../policy.ts";
import { decisionsAfter } from "../testing/decisions-after.ts";
import { decideRevertPlan } from "./revert-plan.ts";

const content = (title: string): ReleaseContent => ({
  title,
  owner: "ada",
  environment: "production",
  flags: [{ flag: "site.photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [{ name: "Everybody", audience: {}, start: { atMs: 9_000 }, bakeMs: 0 }],
  approvals: ["product", "marketing"],
});
const saved = (title: string): Facts => ({ kind: "releaseSaved", release: "r1", content: content(title), contentHash: `hash of ${title}` });
const CREATED: Facts = { kind: "projectCreated", project: "shop", salts: { production: "s1" } };
const AGREED: Facts = { kind: "releaseApproved", release: "r1", role: "marketing", contentHash: "hash of B" };
const decisionsOf = (...facts: readonly Facts[]): Decisions =>
  decisionsAfter([CREATED, saved("A"), { kind: "releasePlanned", release: "r1" }, saved("B"), ...facts], { by: "pia", atMs: 1_000 });

const approved = (role: Approved["role"], more: Partial<Approved> = {}): Approved => ({
  role,
  by: "ines",
  contentHash: "hash of A",
  atMs: 500,
  untilMs: 5_000,
  ...more,
});
const wish = {
  command: "new",
  atMs: 2_000,
  by: "pia",
  role: "product" as Role,
  release: "r1",
  toSeq: 2,
  expectedHash: "hash of B",
  past: { content: content("A"), contentHash: "hash of A", approvals: [approved("marketing")] },
};
const outcome = (result: ReturnType<typeof decideRevertPlan>): unknown => (result.ok ? result.value.map(({ facts }) => facts) : result.problem.code);
const back = (agreed?: readonly object[]): object => ({ ...saved("A"), toSeq: 2, ...(agreed === undefined ? {} : { agreed }) });

test("an earlier plan comes back by an edit of its own, with who agreed to it", () => {
  expect(outcome(decideRevertPlan(decisionsOf(), wish))).toEqual([back([{ role: "marketing", atMs: 500, untilMs: 5_000 }])]);
  expect(outcome(decideRevertPlan(decisionsOf(), { ...wish, past: { ...wish.past, approvals: [] } }))).toEqual([back()]);
  for (const [given, why] of [
    [approved("marketing", { untilMs: 2_000 }), "it is over"],
    [approved("marketing", { by: "pia" }), "it is of whoever goes back"],
    [approved("marketing", { contentHash: "hash of B" }), "it is of another plan"],
  ] as const)
    expect(outcome(decideRevertPlan(decisionsOf(), { ...wish, past: { ...wish.past, approvals: [given] } })), why).toEqual([back()]);
});

test("it is refused as an edit is, and where no such plan was saved", () => {
  expect(outcome(decideRevertPlan(decisionsOf(), { ...wish, role: "engineer" }))).toBe("notAllowed");
  expect(outcome(decideRevertPlan(decisionsOf(), { ...wish, expectedHash: "hash of A" }))).toBe("staleContent");
  expect(outcome(decideRevertPlan(decisionsOf(), { ...wish, past: undefined }))).toBe("unknownVersion");
  expect(outcome(decideRevertPlan(decisionsOf({ kind: "releaseEnded", release: "r1", how: "cancelled" }), wish))).toBe("wrongPhase");
  const live: Facts = { kind: "waveStarted", release: "r1", wave: 0, environment: "production", members: [], exposed: [] };
  const otherWave = { ...content("A"), waves: [{ ...content("A").waves[0], name: "All", audience: {}, start: { atMs: 1 }, bakeMs: 0 }] };
  expect(outcome(decideRevertPlan(decisionsOf(live), { ...wish, past: { ...wish.past, content: otherWave } }))).toBe("badPlan");
  const now = { content: content("B"), contentHash: "hash of B", approvals: [] };
  expect(outcome(decideRevertPlan(decisionsOf(), { ...wish, past: now }))).toEqual([]);
});

test("once it is back its agreements count until their own end, and those to the plan between count no more", () => {
  const facts = back([{ role: "marketing", atMs: 500, untilMs: 5_000 }]) as Facts;
  const release = decisionsOf(AGREED, facts).releases.get("r1");
  expect(release).toMatchObject({ contentHash: "hash of A", editedBy: "pia", content: { title: "A" } });
  expect(release?.approvals).toEqual([{ role: "marketing", contentHash: "hash of A", atMs: 500, untilMs: 5_000 }]);
});
