import type { Me } from "./console-data.ts";
import type { EnlargementView } from "./release-data.ts";
import { type Resource, useResource } from "./resource.ts";

/** Merged changes that wait for this person's word, refused ones left out; none for whoever may not decide about them. */
export function useEnlargements(me: Me, version: number): Resource<readonly EnlargementView[]> {
  const isAsked = me.can["acceptEnlargement"] === true;
  const { value, ...rest } = useResource<{ readonly enlargements: readonly EnlargementView[] }>(isAsked ? "/api/enlargements" : undefined, version);
  if (!isAsked) return { ...rest, value: [] };
  return value === undefined ? rest : { ...rest, value: value.enlargements.filter(({ isRefused }) => !isRefused) };
}
