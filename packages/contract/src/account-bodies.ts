import * as z from "zod";
import { command, PLAIN } from "./bodies.ts";

const role = z.enum(["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"]);
const words = z.string().max(2_000);
const password = z.string().min(12).max(200);

/** `POST /api/accounts`: an account that waits for its owner, who sets a password by the one-time link of the answer. */
export const inviteBody = z.strictObject({
  command,
  email: z.email().max(200),
  name: z.string().trim().min(1).max(100).regex(PLAIN, "holds a control character"),
  role,
  reason: words.optional(),
});
/** `POST /api/accounts/:id/role`. */
export const changeRoleBody = z.strictObject({ command, role, reason: words.optional() });
/** `POST /api/sdk-keys`: a key for programs of one environment; `name` says which. */
export const newSdkKeyBody = z.strictObject({
  command,
  environment: z.string().min(1).max(100),
  name: z.string().trim().min(1).max(60).regex(PLAIN, "holds a control character"),
  reason: words.optional(),
});
/** `POST /api/sdk-keys/:key/end`, `POST /api/accounts/:id/remove`, `unlock`, `sign-out` and `invite-again`. */
export const changeAccountBody = z.strictObject({ command, reason: words.optional() });
/** `POST /api/me/password`: every other session of this account ends. */
export const changePasswordBody = z.strictObject({ current: z.string().min(1).max(200), password });
/** `POST /api/me/tokens`: a personal token for the command line and pipelines. */
export const newTokenBody = z.strictObject({ days: z.number().int().min(1).max(366) });
/** `POST /api/me/tokens/end`. */
export const endTokenBody = z.strictObject({ token: z.string().min(8).max(64) });
