export type { Answer, Handover, JsonValue } from "./answer.ts";
export type { BrowserClient, BrowserOptions } from "./client.ts";
export type { FlagKey } from "./flag-key.ts";
export { createClient } from "./create-client.ts";
