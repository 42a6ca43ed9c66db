import type { Action } from "@sluice/releases";
import type * as z from "zod";
import { changeAccountBody, changePasswordBody, changeRoleBody, endTokenBody, inviteBody, newSdkKeyBody, newTokenBody } from "./account-bodies.ts";
import { commandBody } from "./bodies.ts";
import { noticesReply, sdkKeysReply } from "./reply-bodies.ts";
import type { Route } from "./routes.ts";

const BYTES = 16 << 10;
const ask = (path: string, may?: Action, reply?: z.ZodType): Route => ({
  method: "GET",
  path,
  audience: { who: "person", ...(may === undefined ? {} : { may }) },
  by: "api",
  maxBodyBytes: 0,
  ...(reply === undefined ? {} : { reply }),
});
const tell = (path: string, request: z.ZodType, may?: Action): Route => ({ ...ask(path, may), method: "POST", maxBodyBytes: BYTES, request });

/** Accounts, one's own password and tokens, keys of programs, how owners are told, and the decision log as a whole. Everybody may know who has which role. */
export const accountRoutes: readonly Route[] = [
  ask("/api/accounts"),
  tell("/api/accounts", inviteBody, "manageAccounts"),
  tell("/api/accounts/:id/role", changeRoleBody, "manageAccounts"),
  tell("/api/accounts/:id/remove", changeAccountBody, "manageAccounts"),
  tell("/api/accounts/:id/unlock", changeAccountBody, "manageAccounts"),
  tell("/api/accounts/:id/sign-out", changeAccountBody, "manageAccounts"),
  tell("/api/accounts/:id/invite-again", changeAccountBody, "manageAccounts"),
  tell("/api/me/password", changePasswordBody),
  ask("/api/me/tokens"),
  tell("/api/me/tokens", newTokenBody),
  tell("/api/me/tokens/end", endTokenBody),
  ask("/api/notices", undefined, noticesReply),
  tell("/api/notices/test", commandBody, "manageAccounts"),
  ask("/api/sdk-keys", undefined, sdkKeysReply),
  tell("/api/sdk-keys", newSdkKeyBody, "manageSdkKeys"),
  tell("/api/sdk-keys/:key/end", changeAccountBody, "manageSdkKeys"),
  ask("/api/log/verify", "exportLog"),
  ask("/api/log/export", "exportLog"),
];
