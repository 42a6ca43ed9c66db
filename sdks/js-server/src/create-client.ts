import { sdkNodeWorld } from "./adapters/node-world.ts";
import { SluiceClient } from "./client.ts";
import type { SluiceOptions } from "./options.ts";

/** Starts a client in this process. Nothing happens before this call, and nothing of the client keeps the process from ending. */
export function createClient(options: SluiceOptions): SluiceClient {
  const { cacheDir, log } = options;
  return new SluiceClient(options, sdkNodeWorld({ ...(cacheDir === undefined ? {} : { cacheDir }), ...(log === undefined ? {} : { log }) }));
}
