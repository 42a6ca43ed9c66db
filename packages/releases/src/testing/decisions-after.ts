import { foldEvents } from "../apply-event.ts";
import type { Decisions } from "../decisions.ts";
import type { Facts } from "../event.ts";

/** The decisions after a log of these facts, all of one instant and by one person; their commands are `c1`, `c2` and so on. */
export function decisionsAfter(facts: readonly Facts[], { by, atMs }: { readonly by: string; readonly atMs: number }): Decisions {
  const unsealed = { personal: { by }, personalHash: "", prevHash: "", hash: "" };
  return foldEvents(facts.map((each, index) => ({ ...unsealed, seq: index + 1, epoch: "e1", atMs, command: `c${index + 1}`, facts: each })));
}
