/** The functions of people; the store's accounts carry one each. */
export type Role = "engineer" | "product" | "marketing" | "customerSuccess" | "admin" | "auditor";

/** What a person may be allowed to do through the server. Editing flags is Git's own permission and not listed. */
export type Action = "killReleaseFlag" | "killOpsFlag" | "liftKill" | "undoKill" | "revertFlag" | "endRevert" | "acceptHeldCommit" | "readLog" | "exportLog";

const EVERYBODY: readonly Role[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"];

/**
 * Turning off is open to all four functions, turning on needs the right role. `undoKill` is everybody who may kill, since only
 * one's own kill can be undone; `killReleaseFlag` covers experiment flags, `killOpsFlag` permission flags. Accepting a commit
 * that removes many flags is an edit of flags. Reading history is part of every page; taking the log away is not.
 */
const ALLOWED: Readonly<Record<Action, readonly Role[]>> = {
  killReleaseFlag: ["engineer", "product", "marketing", "customerSuccess", "admin"],
  killOpsFlag: ["engineer", "admin"],
  liftKill: ["engineer", "product", "admin"],
  undoKill: ["engineer", "product", "marketing", "customerSuccess", "admin"],
  revertFlag: ["engineer", "admin"],
  endRevert: ["engineer", "admin"],
  acceptHeldCommit: ["engineer", "admin"],
  readLog: EVERYBODY,
  exportLog: ["admin", "auditor"],
};

/** Whether the policy lets somebody of this role do that. */
export function may(role: Role, action: Action): boolean {
  return ALLOWED[action].includes(role);
}

/** Everything this role may do, for `/api/me`. */
export function allowedActions(role: Role): Readonly<Record<Action, boolean>> {
  return {
    killReleaseFlag: may(role, "killReleaseFlag"),
    killOpsFlag: may(role, "killOpsFlag"),
    liftKill: may(role, "liftKill"),
    undoKill: may(role, "undoKill"),
    revertFlag: may(role, "revertFlag"),
    endRevert: may(role, "endRevert"),
    acceptHeldCommit: may(role, "acceptHeldCommit"),
    readLog: may(role, "readLog"),
    exportLog: may(role, "exportLog"),
  };
}

/** The roles that may, in the order of the table, for messages. */
export function rolesThatMay(action: Action): readonly Role[] {
  return ALLOWED[action];
}
