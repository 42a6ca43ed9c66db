import { drillBody, type FoundRoute, jsonReply, problemReply, readBody, resultReply } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { KillAuthor } from "../kill-wish.ts";
import type { Drills } from "./drills.ts";

/** `GET` and `POST /api/drills`; undefined: not one of them. */
export async function answerDrills(
  drills: Drills,
  { request, found, person }: { readonly request: HttpRequest; readonly found: FoundRoute; readonly person: KillAuthor },
): Promise<HttpReply | undefined> {
  if (found.route.path !== "/api/drills") return undefined;
  if (found.route.method === "GET") return jsonReply(200, { drills: drills.views });
  const body = readBody(drillBody, request.body);
  return body.ok ? resultReply(201, await drills.begin(person, body.value)) : problemReply(body.problem);
}
