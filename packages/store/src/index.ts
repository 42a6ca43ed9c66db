export type { Account, Appended, Asked, Blob, Checkpoint, Grant, Head, Role, SdkKey, Store } from "./store.ts";
export { StoreUnavailable } from "./store.ts";
