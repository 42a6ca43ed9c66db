import {
  changeAccountBody,
  changePasswordBody,
  changeRoleBody,
  endTokenBody,
  type FoundRoute,
  inviteBody,
  jsonReply,
  newTokenBody,
  problemReply,
  readBody,
  resultReply,
} from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { Person } from "@sluice/store";
import type { AccountAdministration } from "../account-administration.ts";

interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  readonly person: Person;
}

/** Accounts, and one's own password and tokens; `undefined` for a route of somebody else. */
export async function accountReply(accounts: AccountAdministration, asked: Asked): Promise<HttpReply | undefined> {
  const { request, found, person } = asked;
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/accounts":
      return jsonReply(200, { accounts: await accounts.list(person) });
    case "POST /api/accounts": {
      const body = readBody(inviteBody, request.body);
      return body.ok ? resultReply(201, await accounts.invite(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/accounts/:id/role": {
      const body = readBody(changeRoleBody, request.body);
      return body.ok ? resultReply(200, await accounts.changeRole(person, found.values["id"] ?? "", body.value)) : problemReply(body.problem);
    }
    case "POST /api/me/password": {
      const body = readBody(changePasswordBody, request.body);
      return body.ok ? resultReply(200, await accounts.changePassword(person, body.value)) : problemReply(body.problem);
    }
    case "GET /api/me/tokens":
      return jsonReply(200, { tokens: await accounts.tokens(person) });
    case "POST /api/me/tokens": {
      const body = readBody(newTokenBody, request.body);
      return body.ok ? resultReply(201, await accounts.newToken(person, body.value.days)) : problemReply(body.problem);
    }
    case "POST /api/me/tokens/end": {
      const body = readBody(endTokenBody, request.body);
      return body.ok ? resultReply(200, await accounts.endToken(person, body.value.token)) : problemReply(body.problem);
    }
    default:
      return changeReply(accounts, asked);
  }
}

async function changeReply(accounts: AccountAdministration, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const step = /^\/api\/accounts\/:id\/(remove|unlock|sign-out|invite-again)$/.exec(found.route.path)?.[1];
  if (step === undefined) return undefined;
  const body = readBody(changeAccountBody, request.body);
  if (!body.ok) return problemReply(body.problem);
  const id = found.values["id"] ?? "";
  switch (step) {
    case "remove":
      return resultReply(200, await accounts.remove(person, id, body.value));
    case "unlock":
      return resultReply(200, await accounts.unlock(person, id, body.value));
    case "sign-out":
      return resultReply(200, await accounts.signOut(person, id, body.value));
    default:
      return resultReply(201, await accounts.inviteAgain(person, id, body.value));
  }
}
