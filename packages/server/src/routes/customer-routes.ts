import {
  eraseCustomerBody,
  type FoundRoute,
  importCustomersBody,
  jsonReply,
  mergeCustomerBody,
  problemReply,
  queryOf,
  readBody,
  saveCustomerBody,
  resultReply,
} from "@sluice/contract";
import type { HttpReply, HttpRequest } from "@sluice/ports";
import type { Person } from "@sluice/store";
import type { Customers } from "../customers/customers.ts";

/** The registry of customers; `undefined` for a route of somebody else. */
export async function customerReply(
  customers: Customers,
  { request, found, person }: { readonly request: HttpRequest; readonly found: FoundRoute; readonly person: Person },
): Promise<HttpReply | undefined> {
  const id = found.values["id"] ?? "";
  switch (`${found.route.method} ${found.route.path}`) {
    case "GET /api/customers":
      return jsonReply(200, { customers: await customers.list(person, queryOf(request).get("id") ?? undefined) });
    case "GET /api/customers/export":
      return fileReply(await customers.exportCsv(person), "customers.csv", "text/csv; charset=utf-8");
    case "POST /api/customers": {
      const body = readBody(saveCustomerBody, request.body);
      return body.ok ? resultReply(200, await customers.save(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/customers/import": {
      const body = readBody(importCustomersBody, request.body);
      return body.ok ? resultReply(200, await customers.importCsv(person, body.value)) : problemReply(body.problem);
    }
    case "POST /api/customers/:id/erase": {
      const body = readBody(eraseCustomerBody, request.body);
      return body.ok ? resultReply(200, await customers.erase(person, id, body.value)) : problemReply(body.problem);
    }
    case "POST /api/customers/:id/merge": {
      const body = readBody(mergeCustomerBody, request.body);
      return body.ok ? resultReply(200, await customers.merge(person, id, body.value)) : problemReply(body.problem);
    }
    default:
      return undefined;
  }
}

/** Text that a browser saves under this name. */
export function fileReply(text: string, name: string, type: string): HttpReply {
  return { status: 200, headers: { "content-type": type, "content-disposition": `attachment; filename="${name}"`, "cache-control": "no-store" }, body: text };
}
