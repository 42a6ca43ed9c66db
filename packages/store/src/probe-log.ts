import type { Store } from "./store.ts";

/** A log as whoever decides on it needs it. */
export type EventLog = Pick<Store, "append" | "read">;
/** A log as whoever follows it needs it. */
export type FollowedLog = Pick<Store, "readOn" | "checkpoint" | "watch">;

/** The probe's log as a log of its own, so that the same code decides on it and follows it as on the project's. */
export function probeLog(store: Store): EventLog & FollowedLog {
  return {
    append: (proposals, expected) => store.probeAppend(proposals, expected),
    read: (after, limit) => store.probeRead(after, limit),
    readOn: (place, limit) => store.probeReadOn(place, limit),
    checkpoint: (name) => store.checkpoint(probeCheckpoint(name)),
    watch: (hint) => store.watch(hint),
  };
}

/** Name under which a checkpoint of the probe's log is kept beside those of the project's. */
export const probeCheckpoint = (name: string): string => `probe.${name}`;
