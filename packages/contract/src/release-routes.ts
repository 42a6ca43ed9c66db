import type { Action } from "@sluice/releases";
import type * as z from "zod";
import { CSV_BASE64_CHARS_MAX, eraseCustomerBody, importCustomersBody, mergeCustomerBody, saveCustomerBody } from "./customer-bodies.ts";
import { commandBody } from "./bodies.ts";
import {
  approveBody,
  askChangeBody,
  deploymentBody,
  dryHoldBody,
  dryMoveBody,
  dryRunBody,
  enlargementBody,
  freezeBody,
  holdBody,
  moveWaveBody,
  optInBody,
  pinBody,
  revertPlanBody,
  saveReleaseBody,
  steerBody,
} from "./release-bodies.ts";
import { EDIT_BYTES, previewChangeBody, saveDraftBody, submitChangeBody } from "./edit-bodies.ts";
import { changeListBody, decideListChangeBody, LIST_BYTES } from "./list-bodies.ts";
import type { Route } from "./routes.ts";

/** A plan with lists of customers by id. */
const PLAN_BYTES = 512 << 10;
/** What is said beside a file. */
const PERSON_BYTES = 64 << 10;

const ask = (path: string): Route => ({ method: "GET", path, audience: { who: "person" }, by: "api", maxBodyBytes: 0 });
const tell = (path: string, may: Action | undefined, request: z.ZodType): Route => ({
  method: "POST",
  path,
  audience: may === undefined ? { who: "person" } : { who: "person", may },
  by: "api",
  maxBodyBytes: PLAN_BYTES,
  request,
});

/**
 * Releases, holds, freezes, pins and deployments. Which role may approve is checked by the decision, since it depends on what is approved; so is
 * which role may pin, since it depends on the customer and the flag: the route lets in whoever may pin anything.
 */
export const releaseRoutes: readonly Route[] = [
  ask("/api/home"),
  ask("/api/calendar"),
  ask("/api/releases"),
  ask("/api/releases/:id"),
  ask("/api/releases/:id/approvals"),
  ask("/api/releases/:id/customers"),
  ask("/api/customers"),
  ask("/api/customers/export"),
  ask("/api/customers/:id/releases"),
  ask("/api/releases/:id/plans"),
  ask("/api/enlargements"),
  ask("/api/lists"),
  ask("/api/lists/:key"),
  ask("/api/holds"),
  { ...ask("/api/holds/:id/lift/dry-run"), audience: { who: "person", may: "holdCustomers" } },
  ask("/api/freezes"),
  ask("/api/pins"),
  ask("/api/customers/:id/pinnable"),
  ask("/api/deployments"),
  tell("/api/releases", "draftRelease", saveReleaseBody),
  tell("/api/releases/dry-run", undefined, dryRunBody),
  tell("/api/releases/:id/revert", "draftRelease", revertPlanBody),
  tell("/api/releases/:id/plan", "planRelease", steerBody),
  tell("/api/releases/:id/approve", undefined, approveBody),
  tell("/api/releases/:id/ask-change", undefined, askChangeBody),
  tell("/api/releases/:id/take-over", "takeOverRelease", steerBody),
  tell("/api/releases/:id/pause", "pauseRelease", steerBody),
  tell("/api/releases/:id/resume", "resumeRelease", steerBody),
  tell("/api/releases/:id/cancel", "endRelease", steerBody),
  tell("/api/releases/:id/roll-back", "rollBackRelease", steerBody),
  tell("/api/releases/:id/move-wave", "moveWave", moveWaveBody),
  tell("/api/releases/:id/move-wave/dry-run", "moveWave", dryMoveBody),
  tell("/api/releases/:id/opt-in", "optCustomersIn", optInBody),
  tell("/api/releases/:id/opt-out", "optCustomersIn", optInBody),
  tell("/api/customers", "changeCustomers", saveCustomerBody),
  { ...tell("/api/customers/import", "changeCustomers", importCustomersBody), maxBodyBytes: CSV_BASE64_CHARS_MAX + PERSON_BYTES },
  tell("/api/customers/:id/erase", "changeCustomers", eraseCustomerBody),
  tell("/api/customers/:id/merge", "changeCustomers", mergeCustomerBody),
  { ...tell("/api/lists/:key", "changeLists", changeListBody), maxBodyBytes: LIST_BYTES },
  tell("/api/list-changes/:id", "acceptEnlargement", decideListChangeBody),
  tell("/api/enlargements", "acceptEnlargement", enlargementBody),
  tell("/api/holds", "holdCustomers", holdBody),
  tell("/api/holds/dry-run", "holdCustomers", dryHoldBody),
  tell("/api/holds/:id/lift", "holdCustomers", steerBody),
  tell("/api/pins", "pinInternalCustomer", pinBody),
  tell("/api/pins/:id/end", "pinInternalCustomer", steerBody),
  tell("/api/freezes", "declareFreeze", freezeBody),
  tell("/api/freezes/:id/end", "declareFreeze", steerBody),
  tell("/api/deployments", "recordDeployment", deploymentBody),
  ask("/api/changes"),
  { ...tell("/api/changes/preview", "editFacts", previewChangeBody), maxBodyBytes: EDIT_BYTES },
  { ...tell("/api/changes", "editFacts", submitChangeBody), maxBodyBytes: EDIT_BYTES },
  { ...tell("/api/drafts", "editFacts", saveDraftBody), maxBodyBytes: EDIT_BYTES },
  tell("/api/drafts/:id/discard", "editFacts", commandBody),
];
