import { changeListBody, decideListChangeBody, type FoundRoute, jsonReply, problemReply, queryOf, readBody, resultReply } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { Person } from "@sluice/store";
import type { Lists } from "../lists/lists.ts";

interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  readonly person: Person;
}

/** Runtime lists; `undefined` for a route of somebody else. */
export async function listReply(lists: Lists, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  const { key = "", id = "" } = found.values;
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/lists":
      return jsonReply(200, await lists.list());
    case "GET /api/lists/:key":
      return resultReply(200, await lists.one(key, queryOf(request)));
    case "POST /api/lists/:key": {
      const body = readBody(changeListBody, request.body);
      return body.ok
        ? resultReply(
            200,
            await lists.change(person, key, { ...body.value, add: body.value.add ?? [], remove: body.value.remove ?? [], dryRun: body.value.dryRun === true }),
          )
        : problemReply(body.problem);
    }
    case "POST /api/list-changes/:id": {
      const body = readBody(decideListChangeBody, request.body);
      return body.ok ? resultReply(200, await lists.decide(person, id, body.value)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}
