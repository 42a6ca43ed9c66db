import {
  commandBody,
  type FoundRoute,
  jsonReply,
  previewChangeBody,
  problemReply,
  readBody,
  saveDraftBody,
  submitChangeBody,
  resultReply,
} from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { Person } from "@sluice/store";
import type { Changes } from "../edits/changes.ts";

interface Asked {
  readonly request: HttpRequest;
  readonly found: FoundRoute;
  readonly person: Person;
}

/** Edits of definitions and drafts of them; `undefined` for a route of somebody else. */
export async function changeReply(changes: Changes, { request, found, person }: Asked): Promise<HttpReply | undefined> {
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/changes":
      return jsonReply(200, await changes.list(person));
    case "GET /api/flags/:key/editable":
      return resultReply(200, await changes.editable(found.values["key"] ?? ""));
    case "POST /api/changes/preview": {
      const body = readBody(previewChangeBody, request.body);
      return body.ok ? resultReply(200, await changes.preview(person, body.value.edits)) : problemReply(body.problem);
    }
    case "POST /api/changes": {
      const body = readBody(submitChangeBody, request.body);
      return body.ok ? resultReply(200, await changes.submit(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/drafts": {
      const body = readBody(saveDraftBody, request.body);
      return body.ok ? resultReply(200, await changes.saveDraft(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/drafts/:id/discard": {
      const body = readBody(commandBody, request.body);
      return body.ok ? resultReply(200, await changes.discard(person, found.values["id"] ?? "")) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}
