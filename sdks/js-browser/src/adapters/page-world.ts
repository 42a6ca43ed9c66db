import type { PageWorld } from "../world.ts";

/** The page this runs in. */
export function pageWorld(): PageWorld {
  return {
    // No cookie goes along: the token says who asks. Each answer is checked with the server, which says 304 where nothing changed.
    fetch: (url, init) => fetch(url, { ...init, cache: init.cache ?? "no-cache", credentials: "omit" }),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    unit: Math.random,
    keep: (name, text) => {
      try {
        if (!text) return localStorage.getItem(name);
        localStorage.setItem(name, text);
      } catch {
        // Forbidden or full: the page works all the same, it only begins without its last answers.
      }
      return undefined;
    },
    isHidden: () => document.hidden,
    onHidden: (run) => {
      document.addEventListener("visibilitychange", run);
      return () => document.removeEventListener("visibilitychange", run);
    },
  };
}
