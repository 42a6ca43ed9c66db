import { useEffect, useRef, useState } from "react";
import { to } from "./address.ts";
import { arrowsMove, moveInList } from "./list-keys.ts";
import { places } from "./places.ts";

/** Whether this machine's command key is ⌘. */
export const isMac: boolean = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Between the two keys of a pair: longer than anybody takes who means it. */
const PAIR_MS = 1_500;
/** No `g` was pressed. Not 0: a page that has just come up is younger than a pair may last. */
const NEVER = Number.NEGATIVE_INFINITY;
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

const opensPalette = (event: KeyboardEvent): boolean => (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
const arrows: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, ArrowUp: -1 };

/** Ctrl-K or ⌘-K and `/` open the palette, `?` the list of keys, `g` and a letter a page; `j`, `k` and the arrows go through the rows of a list. */
export function useShortcuts({ palette, keys, isOpen }: Shortcuts): void {
  // Kept beyond a drawing: between the two keys of a pair the page may be drawn anew, and the listener with it.
  const goneAt = useRef(NEVER);
  useEffect(() => {
    /** What a key does by itself; nothing where it is none of ours. */
    const actionOf = (event: KeyboardEvent): (() => void) | undefined => {
      if (opensPalette(event)) return palette;
      if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
      const arrow = arrows[event.key];
      if (arrow !== undefined && arrowsMove(event.target, arrow)) return () => moveInList(arrow);
      if (isTyping(event.target) || !singleKeysOn()) return undefined;
      const place = event.timeStamp - goneAt.current < PAIR_MS ? places.find(({ key }) => key === event.key) : undefined;
      goneAt.current = event.key === "g" ? event.timeStamp : NEVER;
      if (place !== undefined) return () => (location.hash = to(place.page));
      return new Map<string, () => void>([
        ["/", palette],
        ["?", keys],
        ["j", () => moveInList(1)],
        ["k", () => moveInList(-1)],
      ]).get(event.key);
    };
    const pressed = (event: KeyboardEvent): void => {
      const act = isOpen ? undefined : actionOf(event);
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [palette, keys, isOpen]);
}
