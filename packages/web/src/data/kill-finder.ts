import type { KillListing } from "./console-data.ts";

/** Finds one of these kills by its id. */
export function killFinder(kills: readonly KillListing[]): (id: string) => KillListing | undefined {
  const known = new Map(kills.map((kill) => [kill.kill, kill]));
  return (id) => known.get(id);
}
