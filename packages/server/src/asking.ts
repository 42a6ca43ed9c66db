import type { World } from "@sluice/ports";
import type { Asking } from "@sluice/releases";
import type { Person } from "@sluice/store";

/** A person's wish as decisions take it: by whom, in which role, and now. */
export function askingOf(
  { clock }: Pick<World, "clock">,
  person: Person,
  { command, reason }: { readonly command: string; readonly reason?: string | undefined },
): Asking {
  return { command, atMs: clock.nowMs(), by: person.id, role: person.role, ...(reason === undefined ? {} : { reason }) };
}
