import type { Role } from "@sluice/releases";

/** The columns of the rows below. */
export const ROLES: readonly Role[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"];

/**
 * Who may use which route of people: reviewed by hand against the roles of the design, never derived from the code.
 * `x` = may, in the order of `ROLES`. A route that is new has no row, and fails until somebody has thought about it.
 */
export const REVIEWED: Readonly<Record<string, string>> = {
  "POST /api/kills": "x x x x x -",
  "POST /api/kills/:id/undo": "x x x x x -",
  "POST /api/kills/:id/lift": "x x - - x -",
  "POST /api/reverts": "x - - - x -",
  "POST /api/reverts/:id/end": "x - - - x -",
  "POST /api/commits/:sha/accept": "x - - - x -",
  "POST /api/enlargements": "- x - - x -",
  "POST /api/releases": "x x x - x -",
  "POST /api/releases/:id/plan": "- x - - x -",
  "POST /api/releases/:id/pause": "x x - - x -",
  "POST /api/releases/:id/resume": "- x - - x -",
  "POST /api/releases/:id/cancel": "- x - - x -",
  "POST /api/releases/:id/roll-back": "x x - - x -",
  "POST /api/releases/:id/move-wave": "- x - - x -",
  "POST /api/releases/:id/move-wave/dry-run": "- x - - x -",
  "POST /api/releases/:id/opt-in": "- - - x x -",
  "POST /api/releases/:id/opt-out": "- - - x x -",
  "POST /api/customers": "- - - x x -",
  "POST /api/customers/import": "- - - x x -",
  "POST /api/customers/:id/erase": "- - - x x -",
  "POST /api/customers/:id/merge": "- - - x x -",
  "POST /api/holds": "- - - x x -",
  "POST /api/holds/dry-run": "- - - x x -",
  "POST /api/holds/:id/lift": "- - - x x -",
  "POST /api/freezes": "- - - - x -",
  "POST /api/freezes/:id/end": "- - - - x -",
  "POST /api/deployments": "x - - - x -",
  "POST /api/accounts": "- - - - x -",
  "POST /api/accounts/:id/role": "- - - - x -",
  "POST /api/accounts/:id/remove": "- - - - x -",
  "POST /api/accounts/:id/unlock": "- - - - x -",
  "POST /api/accounts/:id/sign-out": "- - - - x -",
  "POST /api/accounts/:id/invite-again": "- - - - x -",
  "GET /api/log/verify": "- - - - x x",
  "GET /api/log/export": "- - - - x x",
  // Everybody who is signed in: what changes nothing, and what is one's own.
  "GET /api/me": "x x x x x x",
  "GET /api/me/tokens": "x x x x x x",
  "POST /api/me/tokens": "x x x x x x",
  "POST /api/me/tokens/end": "x x x x x x",
  "POST /api/me/password": "x x x x x x",
  "POST /api/sign-out": "x x x x x x",
  "GET /api/environments": "x x x x x x",
  "GET /api/flags": "x x x x x x",
  "GET /api/flags/:key": "x x x x x x",
  "GET /api/unknown-keys": "x x x x x x",
  "GET /api/blast-radius": "x x x x x x",
  "GET /api/kills": "x x x x x x",
  "GET /api/kills/:id/receipt": "x x x x x x",
  "GET /api/events": "x x x x x x",
  "GET /api/sdk-keys": "x x x x x x",
  "GET /api/console-stream": "x x x x x x",
  "GET /api/accounts": "x x x x x x",
  "GET /api/home": "x x x x x x",
  "GET /api/calendar": "x x x x x x",
  "GET /api/releases": "x x x x x x",
  "GET /api/releases/:id": "x x x x x x",
  "GET /api/releases/:id/approvals": "x x x x x x",
  "GET /api/releases/:id/customers": "x x x x x x",
  "GET /api/customers": "x x x x x x",
  "GET /api/customers/export": "x x x x x x",
  "GET /api/customers/:id/releases": "x x x x x x",
  "GET /api/enlargements": "x x x x x x",
  "GET /api/holds": "x x x x x x",
  "GET /api/freezes": "x x x x x x",
  "GET /api/deployments": "x x x x x x",
  "POST /api/releases/dry-run": "x x x x x x",
  // Which role may depends on what is approved: the decision looks.
  "POST /api/releases/:id/approve": "x x x x x x",
  "POST /api/releases/:id/ask-change": "x x x x x x",
};

/** Whether a row of `x` and `-` lets this role. */
export const lets = (row: string, role: Role): boolean => row.split(" ")[ROLES.indexOf(role)] === "x";
