import { useSyncExternalStore } from "react";

/** As in the style sheets: below it there is no room for columns. */
const query = matchMedia("(max-width: 800px)");

/** Whether the window is as narrow as a phone. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => query.matches,
  );
}
