import type { Tabs } from "../tabs.ts";

/** The tabs of this page's origin, by Web Locks and BroadcastChannel; `undefined` where the browser lacks one, as in a page without TLS. */
export function pageTabs(): Tabs | undefined {
  if (typeof BroadcastChannel === "undefined" || !("locks" in navigator)) return undefined;
  const { locks } = navigator;
  return {
    leadAtOnce: async (name, run) =>
      locks.request(name, { ifAvailable: true }, async (lock) => {
        if (!lock) return false;
        await run();
        return true;
      }),
    lead: async (name, signal, run) => locks.request(name, { signal }, run),
    open: (name, hear) => {
      const channel = new BroadcastChannel(name);
      channel.addEventListener("message", ({ data }) => {
        if (typeof data === "string") hear(data);
      });
      return { say: (text) => channel.postMessage(text), close: () => channel.close() };
    },
  };
}
