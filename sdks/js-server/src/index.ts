export type { Cause, Context, JsonValue, Reason, Version } from "@sluice/evaluation";
export type { ClientState } from "./client.ts";
export { SluiceClient } from "./client.ts";
export type { TokenOptions } from "./context-token.ts";
export { createClient } from "./create-client.ts";
export type { FlagDetails } from "./details.ts";
export type { Change } from "./holder.ts";
export type { SdkWorld, SluiceOptions } from "./options.ts";
export type { Trouble, TroubleKind } from "./trouble.ts";
