import type { Log, World } from "../ports.ts";
import { nodeDisk } from "./disk.ts";
import { nodeHttpClient } from "./http-client.ts";
import { nodeClock, nodeRandom, nodeTimers } from "./time.ts";

/**
 * The real world for one long-running part, with `folder` as its disk.
 * `keepsAlive: false` is for guests in somebody else's process: nothing of theirs keeps it from ending.
 */
export function nodeWorld(options: { readonly folder: string; readonly log: Log; readonly keepsAlive: boolean }): World {
  return {
    clock: nodeClock,
    timers: nodeTimers(options),
    random: nodeRandom,
    disk: nodeDisk(options.folder),
    http: nodeHttpClient(options),
    log: options.log,
  };
}
