import { type FoundRoute, jsonReply, pinBody, problemReply, queryOf, readBody, steerBody, resultReply } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { Person } from "@sluice/store";
import type { Pins } from "../releases/pins.ts";

/** Pins: who has a fixed answer of which flag, until when and why; `undefined` for a route of somebody else. */
export async function pinReply(
  pins: Pins,
  { request, found, person }: { readonly request: HttpRequest; readonly found: FoundRoute; readonly person: Person },
): Promise<HttpReply | undefined> {
  const id = found.values["id"] ?? "";
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/pins": {
      const query = queryOf(request);
      const asked = ["customer", "customerKey", "flag"].flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : []));
      return resultReply(200, await pins.list(person, Object.fromEntries(asked)));
    }
    case "GET /api/customers/:id/pinnable":
      return jsonReply(200, await pins.pinnable(person, id));
    case "POST /api/pins": {
      const body = readBody(pinBody, request.body);
      return body.ok ? resultReply(201, await pins.place(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/pins/:id/end": {
      const body = readBody(steerBody, request.body);
      return body.ok ? resultReply(200, await pins.end(person, id, body.value)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}
