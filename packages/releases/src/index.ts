export type { Facts, FileChange, KeptFlag, LoggedEvent, Personal, Proposal } from "./event.ts";
