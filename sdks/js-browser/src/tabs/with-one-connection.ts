import type { BrowserOptions } from "../client.ts";
import { pageTabs } from "./adapters/page-tabs.ts";
import { oneConnection } from "./one-connection.ts";

/** Options of a client that shares one stream with the person's other tabs; each tab has its own where the browser cannot share. */
export function withOneConnection(options: BrowserOptions): BrowserOptions {
  return {
    ...options,
    world: (page) => {
      const outer = options.world?.(page) ?? page;
      const tabs = pageTabs();
      return tabs ? oneConnection(outer, tabs) : outer;
    },
  };
}
