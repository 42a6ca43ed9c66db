export { type FlagValues, type InMemoryClient, inMemoryClient, type InMemoryOptions, type UnknownFlags } from "./in-memory-client.ts";
