import { useMemo } from "react";
import type { CustomerListing } from "./release-data.ts";
import { type Resource, useResource } from "./resource.ts";

/** All customers, and what each is called. */
export interface Customers extends Resource<{ readonly customers: readonly CustomerListing[] }> {
  /** Its name; its id where the registry does not know it any more. */
  readonly nameOf: (id: string) => string;
  /** Who looks after it; nobody: a dash. */
  readonly ownerOf: (id: string) => string;
}

export function useCustomers(version: number): Customers {
  const resource = useResource<{ readonly customers: readonly CustomerListing[] }>("/api/customers", version);
  const known = useMemo(() => new Map((resource.value?.customers ?? []).map((customer) => [customer.id, customer])), [resource.value]);
  return { ...resource, nameOf: (id) => known.get(id)?.name ?? id, ownerOf: (id) => known.get(id)?.ownerName ?? "–" };
}
