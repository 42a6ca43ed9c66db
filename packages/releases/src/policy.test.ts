import { expect, test } from "vitest";
import { allowedActions, may } from "./policy.ts";
import type { Action, Role } from "./policy.ts";

/** Reviewed by hand against the roles table of the design; `x` = may. Columns: engineer, product, marketing, customerSuccess, admin, auditor. */
const TABLE: readonly (readonly [Action, string])[] = [
  ["killReleaseFlag", "x x x x x -"],
  ["killOpsFlag", "x - - - x -"],
  ["liftKill", "x x - - x -"],
  ["undoKill", "x x x x x -"],
  ["revertFlag", "x - - - x -"],
  ["endRevert", "x - - - x -"],
  ["acceptHeldCommit", "x - - - x -"],
  ["acceptEnlargement", "- x - - x -"],
  ["draftRelease", "x x x - x -"],
  ["planRelease", "- x - - x -"],
  ["takeOverRelease", "- x - - x -"],
  ["moveWave", "- x - - x -"],
  ["pauseRelease", "x x - - x -"],
  ["resumeRelease", "- x - - x -"],
  ["endRelease", "- x - - x -"],
  ["rollBackRelease", "x x - - x -"],
  ["approveAsEngineer", "x - - - x -"],
  ["approveAsProduct", "- x - - - -"],
  ["approveAsMarketing", "- - x - - -"],
  ["approveAsCustomerSuccess", "- - - x - -"],
  ["holdCustomers", "- - - x x -"],
  ["optCustomersIn", "- - - x x -"],
  ["pinInternalCustomer", "x x - x x -"],
  ["pinOtherCustomer", "- - - x x -"],
  ["pinOpsFlag", "x - - - x -"],
  ["declareFreeze", "- - - - x -"],
  ["changeCustomers", "- - - x x -"],
  ["changeLists", "x x - x x -"],
  ["editFacts", "x x x - x -"],
  ["editServing", "x - - - x -"],
  ["makePermanent", "x x - - x -"],
  ["recordDeployment", "x - - - x -"],
  ["manageAccounts", "- - - - x -"],
  ["manageTriggers", "- - - - x -"],
  ["manageSdkKeys", "x - - - x -"],
  ["readLog", "x x x x x x"],
  ["exportLog", "- - - - x x"],
];
const ROLES: readonly Role[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"];

for (const [action, row] of TABLE) {
  test(`${action} is allowed exactly as the reviewed table says`, () => {
    expect(ROLES.map((role) => (may(role, action) ? "x" : "-")).join(" ")).toBe(row);
    for (const role of ROLES) expect(allowedActions(role)[action]).toBe(may(role, action));
  });
}

test("the table covers every action", () => {
  expect(TABLE.map(([action]) => action).sort()).toEqual(Object.keys(allowedActions("admin")).sort());
});
