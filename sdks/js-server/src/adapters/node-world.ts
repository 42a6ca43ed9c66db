import type { Log } from "@sluice/ports";
import { nodeLog, nodeWorld } from "@sluice/ports/node";
import { readFile } from "node:fs/promises";
import type { SdkWorld } from "../options.ts";

/** The real world for an SDK: a guest, whose timers and sockets never keep the host process from ending. */
export function sdkNodeWorld(options: { readonly cacheDir?: string; readonly log?: Log }): SdkWorld {
  const log = options.log ?? nodeLog({ json: false, name: "sluice", minimum: "info" });
  // Without a cache folder nothing is ever written, so the folder named here is never made.
  return {
    ...nodeWorld({ folder: options.cacheDir ?? ".", log, keepsAlive: false }),
    readFile: async (path) => {
      try {
        return new Uint8Array(await readFile(path));
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    stayAlive: (maxMs) => {
      const timer = setTimeout(() => {}, maxMs);
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
