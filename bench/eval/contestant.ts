import type { User } from "./workload.ts";

/** Something that answers the workload's flags. */
export interface Contestant {
  readonly ask: (key: string, user: User) => boolean;
}
