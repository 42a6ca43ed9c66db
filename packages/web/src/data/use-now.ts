import { useEffect, useState } from "react";

/** The time, once a minute or as often as it says: what a page says of today and tomorrow stays true while it is open. */
export function useNow(everyMs: number = 60_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(tick);
  }, [everyMs]);
  return now;
}
