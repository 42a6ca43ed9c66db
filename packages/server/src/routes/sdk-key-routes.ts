import { changeAccountBody, type FoundRoute, jsonReply, newSdkKeyBody, problemReply, readBody, resultReply } from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import { type Person, sdkKeyDigits, type Store } from "@sluice/store";
import type { SdkKeys } from "../sdk-keys.ts";

interface Parts {
  readonly keys: SdkKeys;
  readonly store: Pick<Store, "sdkKeys">;
}

/** Keys of programs; `undefined` for a route of somebody else. */
export async function sdkKeyReply(
  { keys, store }: Parts,
  { request, found, person }: { readonly request: HttpRequest; readonly found: FoundRoute; readonly person: Person },
): Promise<HttpReply | undefined> {
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/sdk-keys":
      return jsonReply(200, { keys: (await store.sdkKeys()).map((one) => ({ key: sdkKeyDigits(one.hash), environment: one.environment, name: one.name })) });
    case "POST /api/sdk-keys": {
      const body = readBody(newSdkKeyBody, request.body);
      return body.ok ? resultReply(201, await keys.make(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/sdk-keys/:key/end": {
      const body = readBody(changeAccountBody, request.body);
      return body.ok ? resultReply(200, await keys.end(person, found.values["key"] ?? "", body.value)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}
