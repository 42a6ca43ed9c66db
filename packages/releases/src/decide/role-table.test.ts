import { describe, expect, test } from "vitest";
import type { Decisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import type { ApprovingRole, ReleaseContent } from "../plan/release-content.ts";
import type { Role } from "../policy.ts";
import { decisionsAfter } from "../testing/decisions-after.ts";
import { decideChangeAccount } from "./change-account.ts";
import { decideChangeCustomers } from "./customers.ts";
import { decideKill } from "./kill.ts";
import { decideLift, decideUndo } from "./lift.ts";
import { decideMergeCustomers } from "./merge-customers.ts";
import { decideOptIn, decideOptOut } from "./opt-in.ts";
import { decideRecordDeployment } from "./record-deployment.ts";
import { decideSaveRelease } from "./save-release.ts";
import * as steer from "./steer-release.ts";
import { decideEndFreeze, decideFreeze, decideHold, decideLiftHold } from "./windows.ts";

const ROLES: readonly Role[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"];
const HOUR = 3_600_000;
/** 2026-12-01T00:00:00Z. */
const NOW = Date.UTC(2026, 11, 1);
const valid = (): undefined => undefined;

const approvals: readonly ApprovingRole[] = ["engineer", "product", "marketing", "customerSuccess"];
const content: ReleaseContent = {
  title: "Photos",
  owner: "ada",
  environment: "production",
  flags: [{ flag: "photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [{ name: "All", audience: {}, start: { atMs: NOW + 9 * HOUR }, bakeMs: HOUR }],
  approvals,
  earlyAccessFromMs: NOW - HOUR,
};
const window = { environment: "production", fromMs: NOW, untilMs: NOW + 24 * HOUR };

const BASE: readonly Facts[] = [
  { kind: "projectCreated", project: "shop", salts: { production: "salt" } },
  { kind: "customersChanged", set: ["acme", "bolt"].map((id) => ({ id, track: "standard", tags: [], hashes: { production: id } })) },
  { kind: "releaseSaved", release: "r1", content, contentHash: "h1" },
];
const PLANNED: Facts = { kind: "releasePlanned", release: "r1" };
const PAUSED: Facts = { kind: "releasePaused", release: "r1" };
const OPTED_IN: Facts = { kind: "optedIn", release: "r1", environment: "production", customer: "acme" };
const HELD: Facts = { kind: "holdPlaced", hold: "h", customers: ["acme"], ...window };
const FROZEN: Facts = { kind: "freezeDeclared", freeze: "f", policy: "ask", ...window };
const KILLED: Facts = { kind: "flagsKilled", kill: "k", environment: "production", flags: ["photos"] };

/** The last edit of the plan, and the kill, are by `ada`, a second before now. */
function decisionsOf(facts: readonly Facts[]): Decisions {
  return decisionsAfter([...BASE, ...facts], { by: "ada", atMs: NOW - 1_000 });
}

interface Asks {
  readonly command: string;
  readonly atMs: number;
  readonly by: string;
  readonly role: Role;
  readonly reason: string;
  readonly own: ReadonlySet<string>;
}
type Answer = { readonly ok: true } | { readonly ok: false; readonly problem: { readonly code: string } };
type Decide = (decisions: Decisions, asks: Asks) => Answer;

const kinds = new Map([
  ["photos", { kind: "release" as const }],
  ["limits", { kind: "ops" as const }],
  ["seats", { kind: "permission" as const }],
  ["price", { kind: "experiment" as const }],
]);
const kill =
  (flag: string): Decide =>
  (now, asks) =>
    decideKill(now, kinds, { ...asks, kill: "new", environment: "production", flags: [flag] });
const approve =
  (as: ApprovingRole): Decide =>
  (now, asks) =>
    steer.decideApprove(now, { ...asks, release: "r1", as, contentHash: "h1" });
const askChange =
  (as: ApprovingRole): Decide =>
  (now, asks) =>
    steer.decideAskChange(now, { ...asks, release: "r1", as, contentHash: "h1" });
const onRelease =
  (decide: (now: Decisions, wish: steer.ReleaseWish) => Answer): Decide =>
  (now, asks) =>
    decide(now, { ...asks, release: "r1" });

/**
 * Who may what, by hand from the roles of the design; `x` in the order of `ROLES`. Every right is read off the decision itself, without a
 * route in front of it; customer success asks for a customer of its own here.
 */
const TABLE: readonly (readonly [verb: string, row: string, decide: Decide, facts?: readonly Facts[]])[] = [
  ["kill a release flag", "x x x x x -", kill("photos")],
  ["kill an experiment flag", "x x x x x -", kill("price")],
  ["kill an ops flag", "x - - - x -", kill("limits")],
  ["kill a permission flag", "x - - - x -", kill("seats")],
  ["lift a kill", "x x - - x -", (now, asks) => decideLift(now, { ...asks, kill: "k" }), [KILLED]],
  ["undo one's own kill", "x x x x x -", (now, asks) => decideUndo(now, { ...asks, by: "ada", kill: "k" }), [KILLED]],
  ["approve as engineering", "x - - - x -", approve("engineer"), [PLANNED]],
  ["approve as product", "- x - - - -", approve("product"), [PLANNED]],
  ["approve as marketing", "- - x - - -", approve("marketing"), [PLANNED]],
  ["approve as customer success", "- - - x - -", approve("customerSuccess"), [PLANNED]],
  ["ask for a change as engineering", "x - - - x -", askChange("engineer"), [PLANNED]],
  ["ask for a change as product", "- x - - - -", askChange("product"), [PLANNED]],
  ["ask for a change as marketing", "- - x - - -", askChange("marketing"), [PLANNED]],
  ["ask for a change as customer success", "- - - x - -", askChange("customerSuccess"), [PLANNED]],
  ["draft a release", "x x x - x -", (now, asks) => decideSaveRelease(now, { ...asks, release: "r2", content, contentHash: "h2" })],
  [
    "edit a planned release",
    "- x - - x -",
    (now, asks) => decideSaveRelease(now, { ...asks, release: "r1", content: { ...content, title: "Pictures" }, contentHash: "h2", expectedHash: "h1" }),
    [PLANNED],
  ],
  ["plan a release", "- x - - x -", onRelease((now, wish) => steer.decidePlanRelease(now, wish, valid))],
  ["pause a release", "x x - - x -", onRelease(steer.decidePauseRelease), [PLANNED]],
  ["resume a release", "- x - - x -", onRelease(steer.decideResumeRelease), [PLANNED, PAUSED]],
  ["cancel a release", "- x - - x -", onRelease(steer.decideCancelRelease)],
  ["roll a release back", "x x - - x -", onRelease(steer.decideRollBack), [PLANNED, PAUSED]],
  [
    "take over a release whose owner is gone",
    "- x - - x -",
    onRelease(steer.decideTakeOverRelease),
    [PLANNED, { kind: "accountChanged", account: content.owner, how: "removed" }],
  ],
  ["move a wave", "- x - - x -", (now, asks) => steer.decideMoveWave(now, { ...asks, release: "r1", wave: 0, startAtMs: NOW + 10 * HOUR }), [PLANNED]],
  ["opt a customer in", "- - - x x -", (now, asks) => decideOptIn(now, { ...asks, release: "r1", customer: "acme" }), [PLANNED]],
  ["opt a customer out", "- - - x x -", (now, asks) => decideOptOut(now, { ...asks, release: "r1", customer: "acme" }), [PLANNED, OPTED_IN]],
  ["hold a customer", "- - - x x -", (now, asks) => decideHold(now, { ...asks, ...window, hold: "new", customers: ["acme"] })],
  ["lift a hold", "- - - x x -", (now, asks) => decideLiftHold(now, { ...asks, hold: "h" }), [HELD]],
  ["declare a freeze", "- - - - x -", (now, asks) => decideFreeze(now, { ...asks, ...window, freeze: "new", policy: "ask" })],
  ["end a freeze", "- - - - x -", (now, asks) => decideEndFreeze(now, { ...asks, freeze: "f" }), [FROZEN]],
  ["change a customer", "- - - x x -", (now, asks) => decideChangeCustomers(now, { ...asks, set: [{ id: "acme", track: "early", tags: [], hashes: {} }] })],
  ["erase a customer", "- - - x x -", (now, asks) => decideChangeCustomers(now, { ...asks, set: [], removed: ["acme"] })],
  ["record a deployment", "x - - - x -", (now, asks) => decideRecordDeployment(now, { ...asks, service: "web", environment: "production", version: "1.0.0" })],
  [
    "change an account",
    "- - - - x -",
    (now, asks) => decideChangeAccount(now, { ...asks, account: "eve", how: "invited", as: "auditor", otherAdmins: 1, isAdmin: false }),
  ],
];

const said = (answer: Answer): string => (answer.ok ? "granted" : answer.problem.code);

describe("every verb, by every role, is granted or refused by the decision itself", () => {
  test.each(TABLE.map(([verb, row, decide, facts]) => ({ verb, row, decide, facts })))("$verb: $row", ({ row, decide, facts = [] }) => {
    const answers = ROLES.map((role) =>
      said(decide(decisionsOf(facts), { command: "new", atMs: NOW, by: "pia", role, reason: "Payroll week", own: new Set(["acme"]) })),
    );
    expect(answers).toEqual(row.split(" ").map((mark) => (mark === "x" ? "granted" : "notAllowed")));
  });
});

describe("customer success decides for its own customers alone", () => {
  const merge: Decide = (now, asks) => decideMergeCustomers(now, { ...asks, kept: "acme", merged: "bolt" });
  const cases: readonly (readonly [verb: string, decide: Decide, facts?: readonly Facts[]])[] = [
    ["opt a customer in", (now, asks) => decideOptIn(now, { ...asks, release: "r1", customer: "acme" }), [PLANNED]],
    ["opt a customer out", (now, asks) => decideOptOut(now, { ...asks, release: "r1", customer: "acme" }), [PLANNED, OPTED_IN]],
    ["hold a customer", (now, asks) => decideHold(now, { ...asks, ...window, hold: "new", customers: ["acme"] })],
    ["hold it beside one of its own", (now, asks) => decideHold(now, { ...asks, ...window, hold: "new", customers: ["acme", "bolt"] })],
    ["lift a hold", (now, asks) => decideLiftHold(now, { ...asks, hold: "h" }), [HELD]],
    ["change a customer", (now, asks) => decideChangeCustomers(now, { ...asks, set: [{ id: "acme", track: "early", tags: [], hashes: {} }] })],
    ["erase a customer", (now, asks) => decideChangeCustomers(now, { ...asks, set: [], removed: ["acme"] })],
    ["merge one of its own into it", merge],
  ];
  test.each(cases.map(([verb, decide, facts]) => ({ verb, decide, facts })))(
    "$verb of another owner is refused to it, and granted to an admin",
    ({ decide, facts = [] }) => {
      const ask = (role: Role): string =>
        said(decide(decisionsOf(facts), { command: "new", atMs: NOW, by: "cy", role, reason: "Payroll week", own: new Set(["bolt"]) }));
      expect([ask("customerSuccess"), ask("admin")]).toEqual(["notYours", "granted"]);
    },
  );
});

test("whoever edited last approves nothing, whatever the role; nobody undoes the kill of somebody else", () => {
  for (const as of approvals)
    expect(said(approve(as)(decisionsOf([PLANNED]), { command: "new", atMs: NOW, by: "ada", role: as, reason: "", own: new Set() })), as).toBe("ownEdit");
  for (const role of ROLES.filter((each) => each !== "auditor"))
    expect(said(decideUndo(decisionsOf([KILLED]), { command: "new", atMs: NOW, by: "pia", role, kill: "k" })), role).toBe("undoNotYours");
});
