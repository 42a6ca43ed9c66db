export { MemoryDatabase, MemoryStore } from "./memory/memory-store.ts";
export { DECISIONS_CHECKPOINT, LogFollower, type LostEnd } from "./log-follower.ts";
export { openStore } from "./open-store.ts";
export { type EventLog, probeCheckpoint, probeLog } from "./probe-log.ts";
export { openStoreInWorker } from "./sqlite/adapters/worker-store.ts";
export { AppendTooLarge, CommandsPartlyKnown } from "./sealing.ts";
export { isOperator, type KnownPerson, type Person, sdkKeyDigits, secretHash, Sessions, shownSecret } from "./sessions.ts";
export type {
  Account,
  Appended,
  Asked,
  Blob,
  Checkpoint,
  CustomerContact,
  Grant,
  Head,
  ListedId,
  PendingChange,
  Place,
  RegisteredCustomer,
  Role,
  SampleRow,
  SdkKey,
  Store,
} from "./store.ts";
export { type StoreQuestion, storeQuestions, StoreUnavailable } from "./store.ts";
