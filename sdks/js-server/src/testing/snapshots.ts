import type { FlagForm, Snapshot } from "@sluice/evaluation";

/** A flag that is on for everybody. */
export const ON: FlagForm = { default: "on" };

/** A snapshot with three flags that are on, of epoch `e1` unless told otherwise. */
export function snapshotAt(seq: number, parts: Partial<Snapshot> = {}): Snapshot {
  return {
    format: 1,
    environment: "production",
    epoch: "e1",
    seq,
    salt: "pepper",
    flags: {
      "site.diary": ON,
      "site.photos": ON,
      greeting: { type: "string", variants: { plain: "Hello", warm: "Good morning" }, off: "plain", default: "warm" },
    },
    ...parts,
  };
}
