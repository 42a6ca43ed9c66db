import { pageWorld } from "./adapters/page-world.ts";
import { type BrowserClient, type BrowserOptions, clientIn } from "./client.ts";

/** Starts a client for this page. Nothing happens before this call. */
export function createClient(options: BrowserOptions): BrowserClient {
  return clientIn(options, options.world?.(pageWorld()) ?? pageWorld());
}
