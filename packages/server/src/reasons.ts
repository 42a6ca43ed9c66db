import type { Store } from "@sluice/store";

/** Why each of these was decided, by the place of its event; without those who gave no reason or whose words were erased. Throws `StoreUnavailable`. */
export async function reasonsAt(store: Pick<Store, "readAt">, decided: readonly { readonly seq: number }[]): Promise<ReadonlyMap<number, string>> {
  const events = await store.readAt(decided.map(({ seq }) => seq));
  return new Map(events.flatMap(({ seq, personal }) => (personal?.reason === undefined ? [] : [[seq, personal.reason] as const])));
}
