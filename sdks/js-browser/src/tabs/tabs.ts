/** What the tabs of one origin have in common. Tests bring their own. */
export interface Tabs {
  /** Runs `run` alone among all tabs if nobody holds or waits for the name; false where somebody does. Rejects as `run` does. */
  leadAtOnce(name: string, run: () => Promise<void>): Promise<boolean>;
  /** Waits until this tab is next, then runs `run` alone. Rejects where the signal ends the wait, and as `run` does. */
  lead(name: string, signal: AbortSignal, run: () => Promise<void>): Promise<void>;
  /** Hears what other tabs say under the name, never what this one says. */
  open(name: string, hear: (text: string) => void): TabChannel;
}

export interface TabChannel {
  say(text: string): void;
  close(): void;
}
