import { type FoundRoute, keepKillBody, problemReply, readBody, resultReply } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { Person } from "@sluice/store";
import type { ControlPlane } from "../control-plane.ts";

interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  readonly person: Person;
}

/** Decisions about what is served instead of what Git says: kills that stay; `undefined` for a route of somebody else. */
export async function servingReply(plane: ControlPlane, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const id = found.values["id"] ?? "";
  switch (`${found.route.method} ${found.route.path}`) {
    case "POST /api/kills/:id/keep": {
      const body = readBody(keepKillBody, request.body);
      return body.ok ? resultReply(200, await plane.keepKill(person, id, body.value)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}
