import type { Store } from "@sluice/store";

/** What people are called, by account id. Throws `StoreUnavailable`. */
export async function accountNames(store: Pick<Store, "accounts">): Promise<ReadonlyMap<string, string>> {
  return new Map((await store.accounts()).map(({ id, name }) => [id, name]));
}
