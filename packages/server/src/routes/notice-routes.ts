import { commandBody, type FoundRoute, jsonReply, noContent, problemReply, readBody } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { Person } from "@sluice/store";
import { ConnectorFailed } from "../notices/connector.ts";
import type { OwnerNotices } from "../notices/owner-notices.ts";

/** How people outside are told, and trying it out; `undefined` for a route of somebody else. */
export async function noticeReply(
  notices: Pick<OwnerNotices, "health" | "tryOut"> | undefined,
  { request, found, person }: { readonly request: HttpRequest; readonly found: FoundRoute; readonly person: Person },
): Promise<HttpReply | undefined> {
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/notices":
      return jsonReply(200, notices === undefined ? {} : { mail: notices.health });
    case "POST /api/notices/test": {
      const body = readBody(commandBody, request.body);
      if (!body.ok) return problemReply(body.problem);
      return notices === undefined ? problemReply(off) : tryOut(notices, person);
    }
    default:
      return undefined;
  }
}

async function tryOut(notices: Pick<OwnerNotices, "tryOut">, { email }: Person): Promise<HttpReply> {
  if (!email.includes("@"))
    return problemReply({
      code: "badRequest",
      message: "You have no address here that something could be sent to.",
      fix: "Sign in with an account of your own.",
    });
  try {
    await notices.tryOut(email);
    return noContent;
  } catch (error) {
    if (!(error instanceof ConnectorFailed)) throw error;
    return problemReply({ code: "noticeFailed", message: `The mail host did not take it: ${error.message}`, fix: "Mend the file of --mail, and start again." });
  }
}

const off = {
  code: "noticesOff",
  message: "This server sends no mail.",
  fix: "Start it with --mail <file> (docs/notices.md).",
} as const;
