import { useEffect, useState } from "react";

/** Typing goes on; what it comes to is asked for when it pauses. */
const PAUSE_MS = 250;

/** The text as it was when it last stood still; the first at once. */
export function usePaused(text: string): string {
  const [still, setStill] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setStill(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return still;
}
