export { type FlagValues, type InMemoryClient, inMemoryClient, type TestedOutcome, type UnknownFlags } from "./in-memory-client.ts";
export { TestFlags, type TestFlagsProps, withFlags } from "./test-flags.ts";
