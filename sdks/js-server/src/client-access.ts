import type { Patch, Snapshot } from "@sluice/evaluation";
import type { SluiceClient } from "./client.ts";

/** The way by which the test kit gives a client flags; hosts cannot reach it. Set where the class is defined. */
export const clientAccess: {
  snapshot: (client: SluiceClient, snapshot: Snapshot) => void;
  patch: (client: SluiceClient, patch: Patch) => void;
} = { snapshot: () => {}, patch: () => {} };
