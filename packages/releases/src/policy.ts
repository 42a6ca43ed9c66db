/** The functions of people; the store's accounts carry one each. */
export type Role = "engineer" | "product" | "marketing" | "customerSuccess" | "admin" | "auditor";

/** What a person may be allowed to do through the server. What is edited in Git itself is Git's own permission and not listed. */
export type Action =
  | "killReleaseFlag"
  | "killOpsFlag"
  | "liftKill"
  | "undoKill"
  | "revertFlag"
  | "endRevert"
  | "acceptHeldCommit"
  | "acceptEnlargement"
  | "draftRelease"
  | "planRelease"
  | "takeOverRelease"
  | "moveWave"
  | "pauseRelease"
  | "resumeRelease"
  | "endRelease"
  | "rollBackRelease"
  | "approveAsEngineer"
  | "approveAsProduct"
  | "approveAsMarketing"
  | "approveAsCustomerSuccess"
  | "holdCustomers"
  | "optCustomersIn"
  | "pinInternalCustomer"
  | "pinOtherCustomer"
  | "pinOpsFlag"
  | "declareFreeze"
  | "changeCustomers"
  | "changeLists"
  | "editFacts"
  | "editServing"
  | "makePermanent"
  | "recordDeployment"
  | "manageAccounts"
  | "manageTriggers"
  | "manageSdkKeys"
  | "readLog"
  | "exportLog";

const EVERYBODY: readonly Role[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"];

/**
 * Turning off is open to all four functions, turning on needs the right role. `undoKill` is everybody who may kill, since only
 * one's own kill can be undone; `killReleaseFlag` covers experiment flags, `killOpsFlag` permission flags. Accepting a commit
 * that removes many flags is an edit of flags. Drafting proposes; planning means it: from then on waves start. Customer success holds and
 * opts in its own customers only, which the decision checks, as it pins its own alone; `pinInternalCustomer` covers test tenants, `pinOtherCustomer`
 * is an opt-in to one flag, `pinOpsFlag` covers permission flags. `editFacts` is a flag's words, owner, tags and dates, `editServing` what it serves,
 * `makePermanent` putting what a decision says into the file: each is a commit or a pull request, reviewed where the project says so. Reading history is part of every page; taking the log away is not.
 */
const ALLOWED: Readonly<Record<Action, readonly Role[]>> = {
  killReleaseFlag: ["engineer", "product", "marketing", "customerSuccess", "admin"],
  killOpsFlag: ["engineer", "admin"],
  liftKill: ["engineer", "product", "admin"],
  undoKill: ["engineer", "product", "marketing", "customerSuccess", "admin"],
  revertFlag: ["engineer", "admin"],
  endRevert: ["engineer", "admin"],
  acceptHeldCommit: ["engineer", "admin"],
  acceptEnlargement: ["product", "admin"],
  draftRelease: ["engineer", "product", "marketing", "admin"],
  planRelease: ["product", "admin"],
  takeOverRelease: ["product", "admin"],
  moveWave: ["product", "admin"],
  pauseRelease: ["engineer", "product", "admin"],
  resumeRelease: ["product", "admin"],
  endRelease: ["product", "admin"],
  rollBackRelease: ["engineer", "product", "admin"],
  approveAsEngineer: ["engineer", "admin"],
  approveAsProduct: ["product"],
  approveAsMarketing: ["marketing"],
  approveAsCustomerSuccess: ["customerSuccess"],
  holdCustomers: ["customerSuccess", "admin"],
  optCustomersIn: ["customerSuccess", "admin"],
  pinInternalCustomer: ["engineer", "product", "customerSuccess", "admin"],
  pinOtherCustomer: ["customerSuccess", "admin"],
  pinOpsFlag: ["engineer", "admin"],
  declareFreeze: ["admin"],
  changeCustomers: ["customerSuccess", "admin"],
  changeLists: ["engineer", "product", "customerSuccess", "admin"],
  editFacts: ["engineer", "product", "marketing", "admin"],
  editServing: ["engineer", "admin"],
  makePermanent: ["engineer", "product", "admin"],
  recordDeployment: ["engineer", "admin"],
  manageAccounts: ["admin"],
  manageTriggers: ["admin"],
  manageSdkKeys: ["engineer", "admin"],
  readLog: EVERYBODY,
  exportLog: ["admin", "auditor"],
};

/** Every action, in the order of the table. */
export const ACTIONS: readonly Action[] = Object.keys(ALLOWED) as readonly Action[];

/** Whether the policy lets somebody of this role do that. */
export function may(role: Role, action: Action): boolean {
  return ALLOWED[action].includes(role);
}

/** Everything this role may do, for `/api/me`. */
export function allowedActions(role: Role): Readonly<Record<Action, boolean>> {
  return Object.fromEntries(ACTIONS.map((action) => [action, may(role, action)])) as Readonly<Record<Action, boolean>>;
}

/** The roles that may, in the order of the table, for messages. */
export function rolesThatMay(action: Action): readonly Role[] {
  return ALLOWED[action];
}
