import { commandBody, type FoundRoute, keepKillBody, problemReply, readBody, revertBody, resultReply } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { Person } from "@sluice/store";
import type { ControlPlane } from "../control-plane.ts";

interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  readonly person: Person;
}

/** Decisions about what is served instead of what Git says: kills that stay, reverts and their ends; `undefined` for a route of somebody else. */
export async function servingReply(plane: ControlPlane, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const id = found.values["id"] ?? "";
  switch (`${found.route.method} ${found.route.path}`) {
    case "POST /api/kills/:id/keep": {
      const body = readBody(keepKillBody, request.body);
      return body.ok ? resultReply(200, await plane.keepKill(person, id, body.value)) : problemReply(body.problem);
    }
    case "POST /api/reverts": {
      const body = readBody(revertBody, request.body);
      return body.ok ? resultReply(201, await plane.revert(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/reverts/:id/end": {
      const body = readBody(commandBody, request.body);
      return body.ok ? resultReply(200, await plane.endRevert(person, id, body.value.command)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}
