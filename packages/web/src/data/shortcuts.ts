import { useEffect, useRef, useState } from "react";
import { to } from "./address.ts";
import { places } from "./places.ts";

/** Whether this machine's command key is ⌘. */
export const isMac: boolean = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Between the two keys of a pair: longer than anybody takes who means it. */
const PAIR_MS = 1_500;
const STORED = "sluice-single-keys";

/** Whether keys without Ctrl work. People who dictate switch them off, since words would press them. */
export function singleKeysOn(): boolean {
  return localStorage.getItem(STORED) !== "off";
}

/** The same, to be switched. */
export function useSingleKeys(): readonly [isOn: boolean, turn: (isOn: boolean) => void] {
  const [isOn, setOn] = useState(singleKeysOn);
  return [
    isOn,
    (next) => {
      localStorage.setItem(STORED, next ? "on" : "off");
      setOn(next);
    },
  ];
}

interface Shortcuts {
  readonly palette: () => void;
  readonly keys: () => void;
  /** While a palette is open, only its own keys count. */
  readonly isOpen: boolean;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));

/** Ctrl-K or ⌘-K and `/` open the palette, `?` the list of keys, `g` and a letter a page. */
export function useShortcuts({ palette, keys, isOpen }: Shortcuts): void {
  // Kept beyond a drawing: between the two keys of a pair the page may be drawn anew, and the listener with it.
  const goneAt = useRef(0);
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (isOpen) return;
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !singleKeysOn()) return;
      const place = event.timeStamp - goneAt.current < PAIR_MS ? places.find(({ key }) => key === event.key) : undefined;
      goneAt.current = event.key === "g" ? event.timeStamp : 0;
      if (place !== undefined) location.hash = to(place.page);
      else if (event.key === "/") palette();
      else if (event.key === "?") keys();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [palette, keys, isOpen]);
}
